import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import axios from 'axios';
import { type Daemon, openWorld, ready, until, type World } from '../live/harness';

/** Signals that come more than once: npm passes on what systemd or the terminal already sent, and operators reload twice. */

let world: World;
beforeEach(async () => {
  world = await openWorld(79);
});
afterEach(() => world.close());

test.each(['SIGTERM', 'SIGINT'] as const)(
  'a second %s does not cut short what the first began',
  async (signal) => {
    const daemon = world.start();
    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
    const again = setInterval(() => daemon.signal(signal), 1);
    const exit = await daemon.exited;
    clearInterval(again);
    expect(exit).toBe(0);
  },
  240_000,
);

describe('a signal while the parts of the daemon are still loaded', () => {
  /** A preload that sends it when the first of these is asked for. */
  function during(signal: NodeJS.Signals, wanted: string): string {
    const path = join(world.stateDir, 'early.js');
    writeFileSync(
      path,
      `const Module = require('node:module');
       const load = Module._load;
       Module._load = function (name, ...rest) {
         if (name === '${wanted}' || name.endsWith('/${wanted}.js')) {
           Module._load = load;
           process.kill(process.pid, '${signal}');
         }
         return load.call(this, name, ...rest);
       };`,
    );
    return `--require=${path}`;
  }

  test.each(['node-cron', 'serve', 'libsql'])('SIGTERM at %s: it ends in order', async (wanted) => {
    const daemon = world.start({ NODE_OPTIONS: during('SIGTERM', wanted) });
    expect(await daemon.exited).toBe(0);
    expect(daemon.log.map((line) => line['msg'])).toEqual(expect.arrayContaining(['failoverd runs', 'stopping']));
  });

  test.each(['node-cron', 'serve', 'libsql'])('SIGHUP at %s: it is reloaded once it runs', async (wanted) => {
    const daemon = world.start({ NODE_OPTIONS: during('SIGHUP', wanted) });
    expect(await until(20_000, () => daemon.log.some(({ msg }) => msg === 'configuration reloaded'))).toBe(true);
    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  });
});

test('however many reloads are asked for at once, each service runs once', async () => {
  const path = join(world.stateDir, 'services.yaml');
  const { FAILOVERD_RECORD, FAILOVERD_SITES, FAILOVERD_CHECK, ...env } = world.env;
  const write = (interval: string) => {
    const service = { record: FAILOVERD_RECORD, sites: FAILOVERD_SITES, check: FAILOVERD_CHECK, interval };
    writeFileSync(path, JSON.stringify({ services: [service] }));
  };
  write('1s');
  const daemon = world.startWith({ ...env, FAILOVERD_SERVICES_FILE: path });
  try {
    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
    for (let count = 0; count < 40; count++) {
      write(count % 2 === 0 ? '2s' : '1s');
      daemon.signal('SIGHUP');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const reloaded = () => daemon.log.filter((line) => line['msg'] === 'configuration reloaded').length;
    // Those that come while one is under way are one more.
    expect(await until(20_000, () => reloaded() > 1)).toBe(true);
    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
    const before = await probes(daemon);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    // Two sites at one probe a second, or every other second.
    expect((await probes(daemon)) - before).toBeLessThanOrEqual(12);
  } finally {
    daemon.signal('SIGKILL');
    await daemon.exited;
  }
}, 240_000);

async function probes(daemon: Daemon): Promise<number> {
  const socketPath = join(daemon.stateDir, 'failoverd.sock');
  const { data } = await axios.get<string>('http://localhost/metrics', { socketPath, proxy: false, timeout: 2_000 });
  const counts = data.matchAll(/^failoverd_probe_duration_seconds_count\{[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
