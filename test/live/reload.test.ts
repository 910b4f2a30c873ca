import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import axios from 'axios';
import { openReceiver, type Receiver, textAt } from '../notify/receiver';
import { failoverd } from './command';
import { openWorld, ready, until, type World } from './harness';

/** A reload that is refused, as the operator comes to know of it. */

let world: World | null = null;
let receiver: Receiver | null = null;
afterEach(async () => {
  await world?.close();
  await receiver?.close();
});

test('is one incident however often it is tried, stands in status, API and metrics, and is over with the next good one', async () => {
  world = await openWorld(90);
  receiver = await openReceiver(() => ({ status: 200 }));
  const { received, url } = receiver;
  const { FAILOVERD_RECORD: record, FAILOVERD_SITES: sites, FAILOVERD_CHECK: check, ...rest } = world.env;
  const file = join(world.stateDir, 'services.yaml');
  const write = (more: object): void =>
    writeFileSync(file, JSON.stringify({ services: [{ record, sites, check, ...more }] }));
  write({});
  const env = {
    ...rest,
    FAILOVERD_SERVICES_FILE: file,
    FAILOVERD_NOTIFY: `webhook+${url}/hook`,
    FAILOVERD_NOTIFY_QUIET: '1s',
  };
  const daemon = world.startWith(env);
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);

  const socketPath = join(world.stateDir, 'failoverd.sock');
  const get = async (path: string): Promise<unknown> =>
    (await axios.get(`http://localhost${path}`, { socketPath, proxy: false, timeout: 5_000 })).data;
  const told = (): readonly string[] =>
    received.filter(({ json }) => json['code'] === 'reload-refused').map(({ json }) => textAt(json, 'action'));
  const reload = async (message: string, times: number): Promise<void> => {
    daemon.signal('SIGHUP');
    const count = () => daemon.log.filter(({ msg }) => msg === message).length;
    expect(await until(20_000, () => count() === times)).toBe(true);
  };
  const status = async (): Promise<string> => (await failoverd(['status'], env)).out;

  expect(await get('/api/v1/status')).toMatchObject({ reloadRefused: null });
  for (const [index, fall] of ['zero', 'none'].entries()) {
    write({ fall });
    await reload('new configuration refused, the old one goes on', index + 1);
  }
  expect(await until(20_000, () => told().length > 0)).toBe(true);
  const why = expect.stringContaining('services[0].fall: ');
  expect(await get('/api/v1/status')).toMatchObject({ reloadRefused: { agoMs: expect.any(Number), why } });
  expect(await get('/metrics')).toContain('failoverd_reload_refused 1\n');
  expect(await status()).toMatch(
    /^configuration: the last reload was refused \S+ ago: \S+: services\[0\]\.fall: .*; the old settings go on$/m,
  );

  // The warnings of the new settings are logged as at a start: the dry run, after whatever the start warned of.
  const warned = () => daemon.log.filter(({ msg, name }) => msg === 'configuration' && /dry_run$/.test(String(name)));
  expect(warned()).toEqual([]);
  write({ fall: '4', dry_run: 'true' });
  await reload('configuration reloaded', 1);
  expect(await until(20_000, () => warned().length > 0)).toBe(true);
  expect(warned()).toEqual([expect.objectContaining({ level: 'warn', why: expect.any(String) })]);
  expect(await until(20_000, () => told().includes('resolve'))).toBe(true);
  expect(told()).toEqual(['trigger', 'resolve']);
  expect(await get('/api/v1/status')).toMatchObject({ reloadRefused: null });
  expect(await get('/metrics')).toContain('failoverd_reload_refused 0\n');
  expect(await status()).not.toContain('configuration:');
}, 240_000);
