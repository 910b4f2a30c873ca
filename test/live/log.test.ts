import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { openWorld, ready, record, until, type World } from './harness';

/** What stands in the log of a daemon of several services: lines of JSON and nothing else. */

let world: World | null = null;
afterEach(async () => {
  await world?.close();
});

test('each provider once, and what Node warns of as a line of its own', async () => {
  world = await openWorld(93);
  const { FAILOVERD_RECORD: _record, FAILOVERD_SITES: sites, FAILOVERD_CHECK: check = '', ...rest } = world.env;
  const services = [record, 'api.example.test'].map((name) => ({
    record: name,
    sites,
    check: check.replace(record, name),
  }));
  const file = join(world.stateDir, 'services.yaml');
  writeFileSync(file, JSON.stringify({ services }), { mode: 0o600 });
  const warns = join(world.stateDir, 'warns.cjs');
  const script = `setInterval(() => process.emitWarning('two\\nlines', { code: 'X1' }), 500).unref();`;
  writeFileSync(warns, script);
  const daemon = world.startWith({ ...rest, FAILOVERD_SERVICES_FILE: file, NODE_OPTIONS: `--require ${warns}` });
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  expect(daemon.log.find(({ msg }) => msg === 'failoverd runs')).toMatchObject({ provider: 'builtin' });

  const warned = () => daemon.log.filter(({ msg }) => msg === 'a warning of Node');
  const before = daemon.log.length;
  expect(await until(20_000, () => daemon.log.slice(before).length > 0 && warned().length > 1)).toBe(true);
  expect(warned()[0]).toMatchObject({ level: 'warn', name: 'Warning', message: expect.stringContaining('two') });
  expect(daemon.log.slice(before).filter(({ line }) => line !== undefined)).toEqual([]);
}, 240_000);
