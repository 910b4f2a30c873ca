import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import type { Found } from '../../src/domain/types';
import { type Route53Fake, startRoute53Fake } from './route53-fake';
import type { Seed } from './route53-fake-service';
import { canaries, connectTo, record, useCanaries } from './route53-subject';

useCanaries();

let fake: Route53Fake;
let provider: Provider;
beforeEach(async () => {
  fake = await startRoute53Fake();
  fake.addZone({ id: 'Z1', name: 'example.test' });
  provider = await connectTo(fake);
});
afterEach(async () => {
  await provider.close();
  await fake.close();
});

const signal = () => AbortSignal.timeout(6_000);
const a = (name: string, ...values: readonly string[]): Seed => ({ name, type: 'A', ttl: 60, values });

async function read(from: Provider = provider): Promise<Found> {
  const reading = await from.read(signal());
  if (!reading.ok) throw new Error(reading.why);
  return reading.found;
}

const alias = [
  ['HostedZoneId', 'Z2'],
  ['DNSName', 'lb.example.test.'],
  ['EvaluateTargetHealth', 'false'],
] as const;
const blue = { ...a(record, '192.0.2.1'), setIdentifier: 'blue' };
const markerAt = '_failoverd.www.example.test';

describe('route53 read', () => {
  test.each<[string, Seed, RegExp]>([
    ['an alias', { ...a(record), extra: [['AliasTarget', alias]] }, /^A www\.example\.test\. is an alias; /],
    ['weighted', { ...blue, extra: [['Weight', '10']] }, /"blue" is weighted/],
    ['by latency', { ...blue, extra: [['Region', 'eu-west-1']] }, /by latency/],
    ["Route 53's failover", { ...blue, extra: [['Failover', 'PRIMARY']] }, /own failover/],
    ['by geolocation', { ...blue, extra: [['GeoLocation', [['CountryCode', 'DE']]]] }, /by geolocation/],
    ['multivalue', { ...blue, extra: [['MultiValueAnswer', 'true']] }, /multivalue/],
    [
      'by CIDR',
      {
        ...blue,
        extra: [
          [
            'CidrRoutingConfig',
            [
              ['CollectionId', 'c'],
              ['LocationName', 'l'],
            ],
          ],
        ],
      },
      /CIDR/,
    ],
    ['with a health check', { ...a(record, '192.0.2.1'), extra: [['HealthCheckId', 'h']] }, /health check/],
    [
      'from a traffic policy',
      { ...a(record, '192.0.2.1'), extra: [['TrafficPolicyInstanceId', 't']] },
      /traffic policy/,
    ],
    [
      'an HTTPS alias',
      { ...a(record), type: 'HTTPS', extra: [['AliasTarget', alias]] },
      /^HTTPS www\.example\.test\. is an alias; /,
    ],
    [
      'a weighted HTTPS with hints',
      { ...blue, type: 'HTTPS', values: ['1 . ipv4hint=192.0.2.1'], extra: [['Weight', '10']] },
      /^HTTPS .*"blue" is weighted/,
    ],
    [
      'a hint by number',
      { ...a(record), type: 'HTTPS', values: ['1 . key4="\\192\\000"'] },
      /HTTPS of .* in a form that/,
    ],
    [
      'a hint that is none',
      { ...a(record), type: 'SVCB', values: ['1 . ipv4hint=300.1.1.1'] },
      /SVCB of .* in a form that/,
    ],
    ['delegated', { name: record, type: 'NS', ttl: 60, values: ['ns.example.net.'] }, /delegated/],
    ['no address', a(record, '192.0.2.1 '.repeat(2)), /holds 192\.0\.2\.1 192\.0\.2\.1 , which is no such value/],
    ['the marker is a CNAME', { ...a(markerAt, 'x.example.test'), type: 'CNAME' }, /marker TXT cannot stand/],
    [
      'the marker is weighted',
      { name: markerAt, type: 'TXT', ttl: 60, values: ['x'], setIdentifier: 'b', extra: [['Weight', '1']] },
      /weighted/,
    ],
  ])('an obstacle, and never written: %s', async (_, seed, why) => {
    fake.seed('Z1', [seed]);
    const found = await read();
    expect(found.obstacles).toEqual([expect.stringMatching(why)]);
    const to = [{ type: 'A', ttl: 60, values: ['192.0.2.2'] }] as const;
    const outcome = await provider.replace(
      { from: found, to, marker: { owner: 'o', generation: 1, site: 'b' } },
      signal(),
    );
    expect(outcome).toMatchObject({ code: 'denied', why: found.obstacles[0] });
    expect(fake.requests.some(({ operation }) => operation === 'ChangeResourceRecordSets')).toBe(false);
  });

  test.each<[string, Seed]>([
    ['HTTPS without hints', { ...a(record), type: 'HTTPS', values: ['1 . alpn="h2"'] }],
    ['a weighted HTTPS without hints', { ...blue, type: 'HTTPS', values: ['1 . alpn="h2"'], extra: [['Weight', '1']] }],
    ['another type', { name: record, type: 'MX', ttl: 60, values: ['10 mail.example.test.'] }],
    [
      'a weighted TXT at the name',
      { name: record, type: 'TXT', ttl: 60, values: ['x'], setIdentifier: 'b', extra: [['Weight', '1']] },
    ],
    ['an alias at another name', { ...a('ww.example.test'), extra: [['AliasTarget', alias]] }],
    ['an address beside the marker', a(markerAt, '192.0.2.3')],
  ])('no obstacle: %s', async (_, seed) => {
    fake.seed('Z1', [a(record, '192.0.2.1'), seed]);
    expect(await read()).toMatchObject({
      sets: [{ values: ['192.0.2.1'] }],
      obstacles: [],
      marker: null,
      foreignMarker: null,
    });
  });

  test('normal form: spelling, order and case do not matter', async () => {
    const aaaa = { name: 'WWW.example.test', type: 'AAAA', ttl: 30, values: ['2001:DB8:0:0::10', '2001:db8::2'] };
    fake.seed('Z1', [a(record, '192.0.2.9', '192.0.2.1'), aaaa]);
    expect((await read()).sets).toEqual([
      { type: 'A', ttl: 60, values: ['192.0.2.1', '192.0.2.9'] },
      { type: 'AAAA', ttl: 30, values: ['2001:db8::10', '2001:db8::2'] },
    ]);
  });

  test.each([
    ['two strings are one text', ['heritage=failoverd,owner=o,generation=7,site=a'], 7],
    ['two texts are nobody we know', ['heritage=failoverd,owner=o,generation=7,site=a', 'v=spf1'], null],
    ['quotes inside', ['he said "hello"'], null],
  ])('the marker: %s', async (_, values, generation) => {
    fake.seed('Z1', [a(record, '192.0.2.1'), { name: markerAt, type: 'TXT', ttl: 60, values }]);
    const found = await read();
    expect(found.marker?.generation ?? null).toBe(generation);
    expect(found.foreignMarker).toBe(generation === null ? values.join(' | ') : null);
  });

  const numbered = (count: number, suffix: string) =>
    Array.from({ length: count }, (_, index) => a(`${String(index).padStart(4, '0')}.${suffix}`, '192.0.2.1'));

  test.each<[string, string, readonly Seed[], number]>([
    ['one page holds name and marker', record, numbered(400, 'example.test'), 1],
    [
      'names between them on the page',
      record,
      [a('*.www.example.test', '192.0.2.2'), a('-x.www.example.test', '192.0.2.2')],
      1,
    ],
    ['many names between are skipped', record, numbered(400, 'www.example.test'), 2],
    ['a wildcard, the zone between it and its marker', '*.example.test', numbered(400, 'a.example.test'), 2],
    ['the apex', 'example.test', numbered(400, 'example.test'), 2],
  ])('%s: %s', async (_, name, crowd, pages) => {
    const markerName = name === '*.example.test' ? '_failoverd.wildcard.example.test' : `_failoverd.${name}`;
    const values = ['heritage=failoverd,owner=o,generation=3,site=a'];
    fake.seed('Z1', [...crowd, a(name, '192.0.2.7'), { name: markerName, type: 'TXT', ttl: 60, values }]);
    const other = await connectTo(fake, { record: name });
    const found = await read(other);
    expect(found).toMatchObject({ sets: [{ values: ['192.0.2.7'] }], marker: { generation: 3 }, obstacles: [] });
    expect(fake.requests.filter(({ operation }) => operation === 'ListResourceRecordSets')).toHaveLength(pages);
    const to = [{ type: 'A', ttl: 60, values: ['192.0.2.8'] }] as const;
    const outcome = await other.replace(
      { from: found, to, marker: { owner: 'o', generation: 4, site: 'b' } },
      signal(),
    );
    expect(outcome).toMatchObject({ code: 'applied' });
    expect(await read(other)).toMatchObject({ sets: [{ values: ['192.0.2.8'] }], marker: { generation: 4 } });
    const names = new Set(crowd.map((seed) => seed.name));
    expect(fake.truth('Z1').filter((one) => names.has(one.name))).toEqual(crowd);
    await other.close();
  });

  test('350 sets at the one name are read to the end', async () => {
    const sets = Array.from({ length: 350 }, (_, index) => ({
      ...blue,
      setIdentifier: `s${index}`,
      extra: [['Weight', '1']] as const,
    }));
    fake.seed('Z1', sets);
    expect((await read()).obstacles).toHaveLength(350);
  });

  test('a listing that never ends is given up', async () => {
    const sets = Array.from({ length: 2_001 }, (_, index) => ({
      ...blue,
      setIdentifier: `s${index}`,
      extra: [['Weight', '1']] as const,
    }));
    fake.seed('Z1', sets);
    const reading = await provider.read(AbortSignal.timeout(10_000));
    expect(reading).toMatchObject({ ok: false, code: 'unknown', why: expect.stringContaining('20 pages') });
  });

  test('reading and preflight ask, and never write', async () => {
    fake.seed('Z1', [a(record, '192.0.2.1')]);
    for (let round = 0; round < 20; round++) await read();
    const findings = await provider.preflight(signal());
    expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
    const told = findings.map(({ text }) => text).join('\n');
    expect(told).toMatch(/CREDENTIALS_ENV_VARS/);
    expect(told).toMatch(/example\.test \(Z1\), public/);
    expect(told).toMatch(/A 192\.0\.2\.1/);
    expect(told).toMatch(/CREATE and DELETE/);
    for (const secret of Object.values(canaries)) expect(told).not.toContain(secret);
    expect(fake.requests.some(({ operation }) => operation === 'ChangeResourceRecordSets')).toBe(false);
  });

  test.each<[string, () => void, string, RegExp]>([
    ['an obstacle', () => fake.seed('Z1', [{ ...a(record), extra: [['AliasTarget', alias]] }]), 'error', /is an alias/],
    [
      'a foreign marker',
      () => fake.seed('Z1', [{ name: markerAt, type: 'TXT', ttl: 60, values: ['x'] }]),
      'error',
      /somebody else's \(x\)/,
    ],
    ['no permission', () => fake.inject('denied'), 'error', /AccessDenied.*deploy\/iam/],
    ['plain http', () => {}, 'warn', /not encrypted/],
    ['one region', () => {}, 'warn', /accelerated recovery/],
  ])('preflight tells of %s', async (_, arrange, level, text) => {
    arrange();
    expect(await provider.preflight(signal())).toContainEqual({ level, text: expect.stringMatching(text) });
  });

  const day = new Date(Date.now() + 86_400_000).toISOString();
  test.each<[string, Readonly<Record<string, string | undefined>>, string, RegExp, number | null]>([
    ['a session with an end', { AWS_CREDENTIAL_EXPIRATION: day }, 'ok', /CREDENTIALS_ENV_VARS/, Date.parse(day)],
    [
      'a session with an end that is none',
      { AWS_CREDENTIAL_EXPIRATION: 'soon' },
      'warn',
      /end at a time that is not told/,
      null,
    ],
    ['a session without an end', {}, 'warn', /end at a time that is not told, and nobody renews them/, null],
    [
      'a lasting key',
      { AWS_SESSION_TOKEN: undefined },
      'warn',
      /lasting one, of an IAM user or of the root user/,
      null,
    ],
  ])('preflight tells of %s', async (_, env, level, text, expiresAtMs) => {
    const kept = process.env;
    process.env = { ...kept, ...env };
    for (const [name, value] of Object.entries(env)) if (value === undefined) delete process.env[name];
    const other = await connectTo(fake);
    const findings = await other.preflight(signal());
    process.env = kept;
    await other.close();
    const wanted = { level, text: expect.stringMatching(text), ...(expiresAtMs === null ? {} : { expiresAtMs }) };
    expect(findings).toContainEqual(wanted);
    expect(findings.filter((finding) => finding.expiresAtMs !== undefined)).toHaveLength(expiresAtMs === null ? 0 : 1);
  });

  test.each([
    [9_800, false],
    [9_900, true],
  ])('preflight of a zone with %d record sets warns of the quota: %p', async (count, warns) => {
    fake.seed(
      'Z1',
      Array.from({ length: count - 2 }, (_, index) => a(`n${index}.example.test`, '192.0.2.1')),
    );
    const told = (await provider.preflight(signal())).some(({ text }) =>
      /9900 record sets; the quota is 10000/.test(text),
    );
    expect(told).toBe(warns);
  });

  test('the SDK is named in one file, and loaded by no other adapter', () => {
    const root = join(__dirname, '../../..');
    const files = readdirSync(join(root, 'providers'), { recursive: true, encoding: 'utf8' });
    const naming = files.filter(
      (file) => file.endsWith('.ts') && /'@aws-sdk|'@smithy/.test(readFileSync(join(root, 'providers', file), 'utf8')),
    );
    expect(naming).toEqual([join('route53', 'client.ts')]);
    const script = `require('${root}/dist/providers/index.js'); console.log(Object.keys(require.cache).filter((file) => file.includes('@aws-sdk')).length)`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('0\n');
  });
});
