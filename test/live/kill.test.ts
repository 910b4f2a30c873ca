import { afterEach, describe, expect, test } from '@jest/globals';
import { openWorld, ready, until, type World } from './harness';

/** The real daemon, killed with -9 at moments spread over a whole switch, and started again. */

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

describe('kill -9 during a switch', () => {
  // Milliseconds after the first log line that says `decided`; the switch itself takes some 20 ms.
  test.each([0, 1, 2, 4, 8, 15, 30, 60])(
    '%i ms after the decision: ends on the right site, once',
    async (afterMs) => {
      world = await openWorld(60);
      const first = world.start();
      expect(await until(15_000, ready(first, 'a'))).toBe(true);
      await world.sites[0]?.say('sick');
      expect(
        await until(
          10_000,
          () => first.log.some((line) => line['code'] === 'decided' && line['kind'] === 'failover'),
          1,
        ),
      ).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      first.signal('SIGKILL');
      await first.exited;

      const second = world.start();
      const on = world;
      expect(await until(15_000, async () => (await on.answer()) === on.sites[1]?.address)).toBe(true);
      expect(await until(5_000, async () => (await second.status())?.write === 'settled')).toBe(true);
      const status = await second.status();
      expect(status).toMatchObject({ active: 'b', wanted: 'b' });
      const history = await second.history();
      const writes = history.filter((row) => row.kind === 'tell' && row.code === 'applied');
      const generations = writes.map((row) => row.data['generation']);
      expect(new Set(generations).size).toBe(generations.length);
      expect(writes.filter((row) => row.data['to'] === 'b').length).toBeLessThanOrEqual(1);
      expect(history.some((row) => row.code === 'decided' && row.data['to'] === 'b')).toBe(true);
      expect(history.filter((row) => row.code === 'switched' && row.data['to'] === 'b')).toHaveLength(1);
    },
    45_000,
  );
});

test('a restart alone writes nothing, and a failing first probe after it moves nothing', async () => {
  world = await openWorld(61);
  const first = world.start();
  expect(await until(15_000, ready(first, 'a'))).toBe(true);
  first.signal('SIGKILL');
  await first.exited;
  await world.sites[0]?.say('sick');
  const second = world.start();
  expect(await until(5_000, async () => (await second.status())?.sites[0]?.last?.result === 'fail', 5)).toBe(true);
  await world.sites[0]?.say('well');
  expect(await until(15_000, ready(second, 'a'))).toBe(true);
  const writes = (await second.history()).filter((row) => row.code === 'sending');
  expect(writes).toHaveLength(1); // The creation by the first process.
});

test('SIGTERM ends it with 0 in under five seconds, and the last lines are in the log', async () => {
  world = await openWorld(62);
  const daemon = world.start();
  expect(await until(15_000, ready(daemon, 'a'))).toBe(true);
  const startedMs = performance.now();
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect(daemon.log.at(-1)).toMatchObject({ msg: 'stopping', reason: 'SIGTERM' });
});

test('a second process on the same state directory refuses to run', async () => {
  world = await openWorld(63);
  const first = world.start();
  expect(await until(15_000, ready(first, 'a'))).toBe(true);
  const second = world.start();
  expect(await second.exited).toBe(1);
  expect(JSON.stringify(second.log)).toContain(String(first.pid));
  expect(await first.status()).not.toBeNull();
});
