import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Outcome, Provider } from '../../providers/provider';
import type { Marker } from '../../src/domain/records';
import { withServers } from '../servers/installed';
import { nginxPrograms } from '../servers/nginx';
import { a, b, held, marker, move, read, scene, waits } from './nginx-scene';
import { connectTo, inputOn } from './nginx-subject';

const tested = (minute: number): Marker => ({ ...marker(7, 'a'), tested: `2026-11-23T09:5${minute}:00Z` });

withServers('the marker alone, written to nginx', nginxPrograms, () => {
  const { nginx, files, running } = scene();
  const lines = (): string => readFileSync(nginx().file, 'utf8');
  const hidden = (kind: string): string => join(nginx().folder, `.www.servers.${kind}`);

  async function rewrite(provider: Provider, next: Marker, ms = 8_000): Promise<Outcome> {
    const from = await read(provider);
    return provider.replace({ from, to: from.sets, marker: next }, AbortSignal.timeout(ms));
  }

  test('not a byte of the server lines changes, also after many, and the record is still ours to switch', async () => {
    const provider = await running();
    const before = lines();
    for (const minute of [0, 1, 2]) {
      expect(await rewrite(provider, tested(minute))).toMatchObject({ code: 'applied' });
      expect(await read(provider)).toEqual({ ...held, marker: tested(minute) });
      expect(lines()).toBe(before);
    }
    expect(await nginx().statement()).toContain('tested=2026-11-23T09:52:00Z');
    // A daemon that starts anew, and a reload by somebody else, see the same.
    await nginx().reload();
    expect(await read(await connectTo(inputOn(nginx())))).toEqual({ ...held, marker: tested(2) });
    expect(await move(provider, b, 8)).toMatchObject({ code: 'applied' });
    expect(await read(provider)).toEqual({ ...held, sets: b, marker: marker(8) });
    expect(await rewrite(provider, { ...marker(8), tested: '2026-11-23T10:00:00Z' })).toMatchObject({
      code: 'applied',
    });
    expect(lines()).toContain('generation=8,site=b\n');
  });

  test('a newer generation over the same servers shuts an older write out', async () => {
    const provider = await running();
    const stale = await read(provider);
    expect(await rewrite(provider, marker(9, 'a'))).toMatchObject({ code: 'applied' });
    const late = { from: stale, to: b, marker: marker(8) };
    expect(await provider.replace(late, AbortSignal.timeout(5_000))).toMatchObject({ code: 'conflict' });
    expect(await read(provider)).toEqual({ ...held, marker: marker(9, 'a') });
  });

  test('refused by the test of the configuration: the marker is what it was, after an earlier one too', async () => {
    const provider = await running();
    expect(await rewrite(provider, tested(0))).toMatchObject({ code: 'applied' });
    const before = files();
    nginx().spoil(true);
    expect(await rewrite(provider, tested(1))).toMatchObject({ code: 'denied' });
    expect(files()).toEqual(before);
    nginx().spoil(false);
    await nginx().reload();
    expect(await read(provider)).toEqual({ ...held, marker: tested(0) });
    expect(await rewrite(provider, tested(2))).toMatchObject({ code: 'applied' });
  });

  test.each(['lost', 'refused'] as const)(
    'a reload that is %s: the reading is what nginx runs, whenever it comes',
    async (how) => {
      const provider = await running();
      expect(await rewrite(provider, tested(0))).toMatchObject({ code: 'applied' });
      nginx().reloads(how);
      expect((await rewrite(provider, tested(1), waits)).code).toBe(how === 'lost' ? 'unknown' : 'denied');
      expect(await read(provider)).toEqual({ ...held, marker: tested(0) });
      nginx().reloads('done');
      await nginx().reload();
      expect(await read(provider)).toEqual({ ...held, marker: tested(how === 'lost' ? 1 : 0) });
      expect(await move(provider, b, 8)).toMatchObject({ code: 'applied' });
    },
  );

  test('loaded after all, though it was put back: still known', async () => {
    const provider = await running();
    expect(await rewrite(provider, tested(0))).toMatchObject({ code: 'applied' });
    nginx().reloads('refused');
    await rewrite(provider, tested(1));
    const [, back = ''] = files();
    writeFileSync(`${nginx().file}.marker`, back.replace('09:50', '09:51'));
    await nginx().reload();
    writeFileSync(`${nginx().file}.marker`, back);
    expect(await read(provider)).toEqual({ ...held, marker: tested(1) });
    nginx().reloads('done');
    expect(await rewrite(provider, tested(2))).toMatchObject({ code: 'applied' });
  });

  test('a switch that is interrupted afterwards is put back, with the marker it found', async () => {
    const provider = await running();
    expect(await rewrite(provider, tested(0))).toMatchObject({ code: 'applied' });
    nginx().reloads('lost');
    expect(await move(provider, b, 8, waits)).toMatchObject({ code: 'unknown' });
    nginx().reloads('done');
    expect(await read(provider)).toEqual({ ...held, marker: tested(0) });
    await nginx().reload();
    expect(await read(provider)).toEqual({ ...held, marker: tested(0) });
  });

  test('a switch that was cut short between marker and servers, and loaded by somebody: the old marker, then the fence over it', async () => {
    const provider = await running();
    expect(await move(provider, b, 8)).toMatchObject({ code: 'applied' });
    copyFileSync(nginx().file, hidden('previous'));
    const [, mark = ''] = files();
    writeFileSync(`${nginx().file}.marker`, mark.replace('generation=8,site=b', 'generation=9,site=a'));
    await nginx().reload();
    expect(await read(provider)).toEqual({ ...held, sets: b, marker: marker(8) });
    expect(await rewrite(provider, marker(10))).toMatchObject({ code: 'applied' });
    expect(await read(provider)).toEqual({ ...held, sets: b, marker: marker(10) });
    expect(existsSync(hidden('previous'))).toBe(false);
  });

  test('servers exchanged by hand afterwards, the first line left: read as they are', async () => {
    const provider = await running();
    expect(await rewrite(provider, tested(0))).toMatchObject({ code: 'applied' });
    writeFileSync(nginx().file, lines().replace('203.0.113.10', '198.51.100.7'));
    await nginx().reload();
    expect(await read(provider)).toEqual({ ...held, sets: b, marker: tested(0) });
    expect(await move(provider, a, 8)).toMatchObject({ code: 'applied' });
  });

  test('adopted lines without a statement, and a switch killed before its lines: put back', async () => {
    const provider = await running();
    writeFileSync(nginx().file, 'server 203.0.113.10:8080;\n');
    writeFileSync(`${nginx().file}.marker`, 'default "www.example.test none";\n');
    await nginx().reload();
    expect(await rewrite(provider, tested(0))).toMatchObject({ code: 'applied' });
    expect(lines()).toBe('server 203.0.113.10:8080;\n');
    const [, mark = ''] = files();
    nginx().reloads('lost');
    await move(provider, b, 8, waits);
    writeFileSync(nginx().file, 'server 203.0.113.10:8080;\n');
    expect(await read(provider)).toEqual({ ...held, marker: tested(0) });
    expect(files()[1]).toBe(mark);
    nginx().reloads('done');
    expect(await rewrite(provider, tested(1))).toMatchObject({ code: 'applied' });
  });

  test('a file of somebody else, or of a later change, is not taken for the servers that run', async () => {
    const provider = await running();
    expect(await rewrite(provider, tested(0))).toMatchObject({ code: 'applied' });
    const ours = lines();
    for (const first of ['consul-template', 'heritage=failoverd,owner=sre,generation=99,site=b']) {
      writeFileSync(nginx().file, ours.replace(/heritage=\S+/, first));
      const reading = await provider.read(AbortSignal.timeout(5_000));
      expect(reading).toMatchObject({ ok: false, why: expect.stringContaining('reload nginx') });
    }
  });
});
