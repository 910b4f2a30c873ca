import { afterEach, describe, expect, test } from '@jest/globals';
import { failpoint, steps } from '../faults/failpoint';
import { openWorld, ready, until, type World } from './harness';

/** The real daemon, killed with -9 and started again. */

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

describe('the built-in name server, which dies with the daemon: killed at a step of a failover, and started again', () => {
  for (const [index, step] of steps.entries()) {
    test.concurrent(`${step}: ends on the right site, once`, async () => {
      const on = await openWorld(210 + index);
      try {
        const first = on.start(failpoint(step));
        expect(await until(30_000, ready(first, 'a'))).toBe(true);
        await on.sites[0]?.say('sick');
        expect(await first.exited).toBe('SIGKILL');

        const second = on.start();
        expect(await until(30_000, async () => (await on.answer()) === on.sites[1]?.address)).toBe(true);
        expect(await until(20_000, async () => (await second.status())?.write === 'settled')).toBe(true);
        expect(await second.status()).toMatchObject({ active: 'b', wanted: 'b', budget: { spent: 1 } });
        const history = await second.history();
        const told = (code: string) => history.filter((row) => row.kind === 'tell' && row.code === code);
        const generations = told('applied').map((row) => row.data['generation']);
        expect(new Set(generations).size).toBe(generations.length);
        expect(told('applied').map((row) => row.data['to'])).toEqual(['a', 'b']);
        expect(told('decided').some((row) => row.data['to'] === 'b')).toBe(true);
        expect(told('switched').filter((row) => row.data['to'] === 'b')).toHaveLength(1);
      } finally {
        await on.close();
      }
    }, 240_000);
  }
});

test('a restart alone writes nothing, and a failing first probe after it moves nothing', async () => {
  world = await openWorld(61);
  const first = world.start();
  expect(await until(20_000, ready(first, 'a'))).toBe(true);
  first.signal('SIGKILL');
  await first.exited;
  await world.sites[0]?.say('sick');
  const second = world.start();
  expect(await until(20_000, async () => (await second.status())?.sites[0]?.last?.result === 'fail', 5)).toBe(true);
  await world.sites[0]?.say('well');
  expect(await until(20_000, ready(second, 'a'))).toBe(true);
  const writes = (await second.history()).filter((row) => row.code === 'sending');
  expect(writes).toHaveLength(1); // The creation by the first process.
});

test('SIGTERM ends it with 0 in under five seconds, and the last lines are in the log', async () => {
  world = await openWorld(62);
  const daemon = world.start();
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  const startedMs = performance.now();
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect(daemon.log.at(-1)).toMatchObject({ msg: 'stopping', reason: 'SIGTERM' });
});

test('a second process on the same state directory refuses to run', async () => {
  world = await openWorld(63);
  const first = world.start();
  expect(await until(20_000, ready(first, 'a'))).toBe(true);
  const second = world.start();
  expect(await second.exited).toBe(1);
  expect(JSON.stringify(second.log)).toContain(String(first.pid));
  expect(await first.status()).not.toBeNull();
});
