import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openZones } from '../../providers/builtin/zones';
import type { Outcome, Provider } from '../../providers/provider';
import type { RecordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { freePort } from '../free-port';
import { askUdp, question, summary } from './builtin-client';
import { copyFiles, eventually, openWorld, portOf, putZone, type World, zoneOnDisk } from './builtin-world';

const worlds: World[] = [];
function world(): World {
  const one = openWorld();
  worlds.push(one);
  return one;
}
afterEach(async () => {
  for (const one of worlds.splice(0)) await one.close();
});

const soon = () => AbortSignal.timeout(5_000);
const B: readonly RecordSet[] = [{ type: 'A', ttl: 60, values: ['198.51.100.7'] }];
const C: readonly RecordSet[] = [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }];
async function found(provider: Provider): Promise<Found> {
  const reading = await provider.read(soon());
  if (!reading.ok) throw new Error(reading.why);
  return reading.found;
}
async function point(provider: Provider, to: readonly RecordSet[], generation: number): Promise<Outcome> {
  const marker = { owner: 'test', generation, site: 'b' };
  return provider.replace({ from: await found(provider), to, marker }, soon());
}
async function answered(provider: Provider, name = 'www.example.test'): Promise<readonly string[]> {
  return summary(await askUdp(await portOf(provider), question(name)));
}
const pointsToB = ['NOERROR aa', 'www.example.test 60 A 198.51.100.7'];

describe('listening', () => {
  test.each([
    '',
    '5353',
    ':5353',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '127.0.0.01:53',
    '300.0.0.1:53',
    '::1:53',
    '[::1]',
    '[::g]:53',
    '[127.0.0.1]:53',
    'ns.example.test:53',
    '127.0.0.1:53 x',
  ])('BUILTIN_DNS_LISTEN=%j is refused', async (listen) => {
    expect(await world().create({ env: { BUILTIN_DNS_LISTEN: listen } })).toMatchObject({
      ok: false,
      problems: [{ name: 'BUILTIN_DNS_LISTEN', why: expect.stringContaining(JSON.stringify(listen)) }],
    });
  });

  test.each([
    ['www.example.test', 'other.test'],
    ['www.example.test', 'ample.test'],
    ['www.example.test', 'www.example.test.'.repeat(20)],
    ['www.example.test', '../x'],
    ['www.example.test', ''],
  ])('%s in the zone %j is refused', async (record, zone) => {
    expect(await world().create({ record, zone })).toMatchObject({ ok: false, problems: [{ name: 'FAILOVERD_ZONE' }] });
  });

  test.each(['udp', 'tcp'] as const)('a port taken for %s is a problem that names it', async (kind) => {
    const port = await freePort();
    const udp = createSocket('udp4');
    const tcp = createServer();
    if (kind === 'udp') await once(udp.bind(port, '127.0.0.1'), 'listening');
    else await once(tcp.listen(port, '127.0.0.1'), 'listening');
    const input = { env: { BUILTIN_DNS_LISTEN: `127.0.0.1:${port}` } };
    const one = world();
    expect(await one.create(input)).toMatchObject({
      ok: false,
      problems: [
        {
          name: 'BUILTIN_DNS_LISTEN',
          why: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*EADDRINUSE`)),
          remedy: expect.stringContaining('another port'),
        },
      ],
    });
    udp.close();
    tcp.close();
    expect(await eventually(async () => ((await one.create(input)).ok ? true : null))).toBe(true);
  });

  test('an address of another machine is a problem', async () => {
    expect(await world().create({ env: { BUILTIN_DNS_LISTEN: '192.0.2.1:0' } })).toMatchObject({
      ok: false,
      problems: [{ name: 'BUILTIN_DNS_LISTEN', remedy: expect.stringContaining('this machine has') }],
    });
  });

  test.each([
    ['localhost:0', /^127\.0\.0\.1:[1-9]\d*$/],
    ['[::1]:0', /^\[::1\]:[1-9]\d*$/],
    ['0.0.0.0:0', /^127\.0\.0\.1:[1-9]\d*$/],
    ['[::]:0', /^\[::1\]:[1-9]\d*$/],
  ])('%s is verified on its real port', async (listen, expected) => {
    const provider = await world().connect({ env: { BUILTIN_DNS_LISTEN: listen } });
    expect(await provider.nameservers(soon())).toEqual([expect.stringMatching(expected)]);
  });

  test('a folder that cannot be used is a problem', async () => {
    const one = world();
    writeFileSync(one.directory, '');
    expect(await one.create({})).toMatchObject({ ok: false, problems: [{ name: 'FAILOVERD_STATE_DIR' }] });
  });
});

describe('one server for several names', () => {
  test('lives until the last of them is closed, then frees its address', async () => {
    const env = { BUILTIN_DNS_LISTEN: `127.0.0.1:${await freePort()}` };
    const one = world();
    const [www, api, other] = await Promise.all([
      one.connect({ env }),
      one.connect({ env, record: 'api.example.test' }),
      one.connect({ env, record: 'www.other.test' }),
    ]);
    expect(one.threads).toHaveLength(1);
    await Promise.all([point(www, B, 1), point(api, C, 1), point(other, C, 1)]);
    await www.close();
    await www.close();
    await api.close();
    expect(await answered(other, 'www.other.test')).toEqual(['NOERROR aa', 'www.other.test 60 A 192.0.2.99']);
    expect(await answered(other)).toEqual(pointsToB);
    expect(await www.read(soon())).toMatchObject({ ok: false, code: 'unavailable' });
    await other.close();
    const again = await one.connect({ env });
    expect(one.threads).toHaveLength(2);
    expect((await found(again)).sets).toEqual(B);
  });

  test.each([
    [
      'one zone in two folders',
      {},
      { record: 'api.example.test', directory: '/tmp/builtin-elsewhere' },
      'FAILOVERD_STATE_DIR',
    ],
    [
      'one zone on two addresses',
      {},
      { record: 'api.example.test', env: { BUILTIN_DNS_LISTEN: '[::1]:0' } },
      'BUILTIN_DNS_LISTEN',
    ],
    ['a zone over a name of another', {}, { record: 'x.www.example.test', zone: 'www.example.test' }, 'FAILOVERD_ZONE'],
    [
      'a name under another zone',
      { record: 'a.sub.example.test' },
      { record: 'b.sub.example.test', zone: 'example.test' },
      'FAILOVERD_ZONE',
    ],
  ])('%s is refused', async (_, first, second, variable) => {
    const one = world();
    await one.connect(first);
    expect(await one.create(second)).toMatchObject({ ok: false, problems: [{ name: variable }] });
  });
});

describe('what is never written', () => {
  test.each<readonly [string, readonly RecordSet[]]>([
    ['nothing', []],
    ['an empty set', [{ type: 'A', ttl: 60, values: [] }]],
    ['no address', [{ type: 'A', ttl: 60, values: ['300.1.1.1'] }]],
    ['another spelling', [{ type: 'AAAA', ttl: 60, values: ['2001:DB8::1'] }]],
    ['a label of 64', [{ type: 'CNAME', ttl: 60, values: [`${'a'.repeat(64)}.test`] }]],
    ['a negative TTL', [{ type: 'A', ttl: -1, values: ['192.0.2.1'] }]],
    ['half a second', [{ type: 'A', ttl: 0.5, values: ['192.0.2.1'] }]],
    ['a type twice', [...B, ...C]],
    ['CNAME beside A', [...B, { type: 'CNAME', ttl: 60, values: ['x.test'] }]],
    ['two CNAME', [{ type: 'CNAME', ttl: 60, values: ['x.test', 'y.test'] }]],
    ['too many', [{ type: 'A', ttl: 60, values: Array.from({ length: 201 }, (_, i) => `192.0.2.${i}`) }]],
  ])('%s', async (_, to) => {
    const one = world();
    expect(await point(await one.connect(), to, 1)).toMatchObject({ code: 'denied' });
    expect(await zoneOnDisk(one.directory)).toEqual([]);
  });

  test('a CNAME at the top of the zone, or beside a text', async () => {
    const one = world();
    putZone(one.directory, {
      name: 'example.test',
      serial: 1,
      records: [{ name: 'www.example.test', type: 'TXT', ttl: 60, values: ['x'] }],
    });
    const alias: readonly RecordSet[] = [{ type: 'CNAME', ttl: 60, values: ['lb.example.net'] }];
    expect(await point(await one.connect(), alias, 1)).toMatchObject({ code: 'denied' });
    expect(await point(await one.connect({ record: 'example.test' }), alias, 1)).toMatchObject({ code: 'denied' });
    expect(await point(await one.connect({ record: 'api.example.test' }), alias, 1)).toMatchObject({ code: 'applied' });
  });
});

describe('the zone survives', () => {
  test('a restart', async () => {
    const one = world();
    const before = await one.connect();
    expect((await point(before, B, 8)).code).toBe('applied');
    await before.close();
    const after = await one.connect();
    expect(await answered(after)).toEqual(pointsToB);
    expect(await found(after)).toMatchObject({ sets: B, marker: { generation: 8 } });
  });

  test('the death of its thread, which is told once, to each, and undone on the same port', async () => {
    const one = world();
    const [www, api] = [await one.connect(), await one.connect({ record: 'api.example.test' })];
    await point(www, B, 8);
    const at = await www.nameservers(soon());
    const from = await found(www);
    one.kill();
    const dying = await eventually(async () => {
      const reading = await www.read(soon());
      return reading.ok ? null : reading;
    });
    expect(dying).toMatchObject({ code: 'unavailable', why: expect.stringContaining('died') });
    const writing = await www.replace({ from, to: C, marker: { owner: 'test', generation: 9, site: 'c' } }, soon());
    expect(['applied', 'unavailable']).toContain(writing.code);
    await eventually(async () => ((await www.read(soon())).ok ? true : null));
    expect(await api.read(soon())).toMatchObject({ ok: false, why: expect.stringContaining('died') });
    expect(await api.read(soon())).toMatchObject({ ok: true });
    expect(await www.nameservers(soon())).toEqual(at);
    const end = writing.code === 'applied' ? ['NOERROR aa', 'www.example.test 60 A 192.0.2.99'] : pointsToB;
    expect(await answered(www)).toEqual(end);
  });

  test('one broken copy: served, told by preflight, and made whole', async () => {
    const one = world();
    const before = await one.connect();
    await point(before, B, 8);
    await before.close();
    const [first] = copyFiles(one.directory);
    writeFileSync(first, 'broken');
    const after = await one.connect();
    expect(await answered(after)).toEqual(pointsToB);
    const warnings = (await after.preflight(soon())).filter((finding) => finding.level === 'warn');
    expect(warnings.map((finding) => finding.text).join()).toContain('set aside as');
    await after.close();
    for (const path of copyFiles(one.directory)) {
      rmSync(path === first ? copyFiles(one.directory)[1] : first);
      expect(await zoneOnDisk(one.directory)).toHaveLength(2);
      await one.connect().then((provider) => provider.close());
    }
  });

  test('two broken copies: SERVFAIL and unavailable, never empty, until a person puts a backup there', async () => {
    const one = world();
    const before = await one.connect();
    await point(before, B, 8);
    const from = await found(before);
    await before.close();
    for (const path of copyFiles(one.directory)) writeFileSync(path, 'broken');
    for (let start = 1; start <= 2; start++) {
      const after = await one.connect();
      expect(await answered(after)).toEqual(['SERVFAIL']);
      expect(await after.read(soon())).toMatchObject({
        ok: false,
        code: 'unavailable',
        why: expect.stringContaining('corrupt-1'),
      });
      const marker = { owner: 'test', generation: 9, site: 'b' };
      expect(await after.replace({ from, to: B, marker }, soon())).toMatchObject({ code: 'unavailable' });
      expect(await after.preflight(soon())).toContainEqual(expect.objectContaining({ level: 'error' }));
      if (start === 1) await after.close();
      else {
        putZone(one.directory, {
          name: 'example.test',
          serial: 3,
          records: [{ name: 'www.example.test', ...B[0], type: 'A', ttl: 60, values: ['198.51.100.7'] }],
        });
        expect((await found(after)).sets).toEqual(B);
        expect(await answered(after)).toEqual(pointsToB);
      }
    }
  });

  test('a disk that takes nothing: the change is served, says so, and reaches the disk when there is room', async () => {
    const one = world();
    const provider = await one.connect();
    await point(provider, C, 7);
    const [first] = copyFiles(one.directory);
    mkdirSync(`${first}.tmp`);
    expect(await point(provider, B, 8)).toMatchObject({ code: 'applied', why: expect.stringContaining('NOT on disk') });
    expect(await answered(provider)).toEqual(pointsToB);
    expect(await zoneOnDisk(one.directory)).toContainEqual(expect.objectContaining({ values: ['192.0.2.99'] }));
    // An error, so that the self-test of the write path fails and pages.
    const told = (await provider.preflight(soon())).filter(({ level }) => level === 'error').map(({ text }) => text);
    expect(told).toEqual([expect.stringContaining('is served but NOT on disk')]);
    rmdirSync(`${first}.tmp`);
    await eventually(async () => {
      const findings = await provider.preflight(soon());
      return findings.some((finding) => finding.text.includes('NOT on disk')) ? null : true;
    });
    expect(JSON.stringify(await zoneOnDisk(one.directory))).toContain('198.51.100.7');
  });

  test('a change nobody waits for any more is not begun', async () => {
    const one = world();
    const zones = openZones('127.0.0.1');
    await zones.attach({ record: 'www.example.test', zone: 'example.test', directory: one.directory });
    const marker = (generation: number) => ({ owner: 'test', generation, site: 'b' });
    const from: Found = { sets: [], marker: null, foreignMarker: null, obstacles: [] };
    const control = new AbortController();
    const replace = (to: readonly RecordSet[], generation: number, signal: AbortSignal) =>
      zones.replace('example.test', 'www.example.test', { from, to, marker: marker(generation) }, signal);
    const replacing = [replace(B, 1, soon()), replace(C, 1, control.signal)];
    control.abort();
    expect(await Promise.all(replacing)).toMatchObject([{ code: 'applied' }, { code: 'unavailable' }]);
  });

  test('an unsaved change is written at the end', async () => {
    const one = world();
    const provider = await one.connect();
    const [first] = copyFiles(one.directory);
    mkdirSync(`${first}.tmp`);
    expect(await point(provider, B, 8)).toMatchObject({ why: expect.stringContaining('NOT on disk') });
    rmdirSync(`${first}.tmp`);
    await provider.close();
    expect(JSON.stringify(await zoneOnDisk(one.directory))).toContain('198.51.100.7');
    expect(readdirSync(join(one.directory))).toHaveLength(2);
  });
});
