import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { failbackWaitMs } from '../../src/domain/budget';
import { rto } from '../../src/domain/rto';
import type { Policy } from '../../src/domain/types';
import { a, b, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, createWorld, type Look, suffers, type World } from './world';

const minuteMs = 60_000;
const fast: Partial<Policy> = {
  intervalMs: 1_000,
  timeoutMs: 1_000,
  fall: 3,
  rise: 2,
  sustainMs: 2_000,
  confirmIntervalMs: 200,
};

/** What a refused or answered probe takes at most in this world. */
const slowestAnswerMs = 25;

function switched(world: World): boolean {
  return world.tell('switched').length > 0;
}

test('the founding story: the primary answers 503; one failover within the printed bound; a calm failback', async () => {
  const policy = policyOf();
  const world = await calm(policy, 1);
  expect(world.service().status()).toMatchObject({ active: a, ready: true, write: 'settled', alerts: [] });
  suffers(world, a, 'status', 30 * minuteMs);

  const tookMs = await world.time.until(() => switched(world), minuteMs);
  expect(tookMs).toBeGreaterThanOrEqual(policy.sustainMs);
  expect(tookMs).toBeLessThanOrEqual(rto(policy, 0).verifiedMs);
  expect(way(world)).toEqual([a, b]);
  expect(world.zone.now().marker).toEqual({ owner: 'sre', generation: 1, site: b });
  expect(world.tells.map((tell) => tell.code)).toEqual(['decided', 'alert', 'applied', 'switched']);
  expect(world.tell('switched')[0]?.fields).toMatchObject({ kind: 'failover', from: a, to: b, generation: 1 });
  expect(world.service().status()).toMatchObject({
    active: b,
    wanted: b,
    write: 'settled',
    penalty: expect.closeTo(1, 3),
  });

  await world.time.run(30 * minuteMs);
  expect(way(world)).toEqual([a, b]);
  const { durable } = world.service().view().state;
  await world.time.until(() => way(world).length > 2, 60 * minuteMs);
  const { standings, durable: after } = world.service().view().state;
  const decidedMs = after.switches[1]?.atMs ?? 0;
  const upSinceMs = standings[a]?.sinceMs ?? 0;
  const waitMs = failbackWaitMs(durable, policy, decidedMs);
  expect(waitMs).toBeGreaterThan(1.3 * policy.failbackAfterMs);
  expect(decidedMs - upSinceMs).toBeGreaterThanOrEqual(waitMs);
  expect(decidedMs - upSinceMs).toBeLessThan(waitMs + 2_000);
  await world.time.run(60 * minuteMs);
  expect(way(world)).toEqual([a, b, a]);
  expect(world.service().status().alerts).toEqual([]);
  keepsPromises(world);
});

describe('a blip of 1.5 s under SUSTAIN=2s moves nothing', () => {
  test.each(['status', 'connect', 'hole', 'frozen'] as const)('%s', async (look) => {
    for (let seed = 1; seed <= 25; seed++) {
      const world = await calm(policyOf(fast), seed);
      suffers(world, a, look, 1_500);
      await world.time.run(6_000);
      expect([seed, way(world)]).toEqual([seed, [a]]);
    }
  });
});

describe('flapping', () => {
  test('8 flaps of 4.2 s bad and 3.6 s good: at most two changes', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const world = await calm(policyOf(fast), seed);
      const fromMs = world.nowMs();
      world.looks[a] = (ms) => (ms < fromMs + 8 * 7_800 && (ms - fromMs) % 7_800 < 4_200 ? 'status' : 'pass');
      await world.time.run(3 * minuteMs);
      expect(way(world).slice(0, 2)).toEqual([a, b]);
      expect(way(world).length - 1).toBeLessThanOrEqual(2);
      keepsPromises(world);
    }
  });

  test('1 s good, 1 s bad for a minute: exactly one failover, no ping-pong', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const world = await calm(policyOf(fast), seed);
      const fromMs = world.nowMs();
      world.looks[a] = (ms) => (ms < fromMs + minuteMs && (ms - fromMs) % 2_000 >= 1_000 ? 'status' : 'pass');
      await world.time.run(3 * minuteMs);
      expect([seed, way(world)]).toEqual([seed, [a, b]]);
    }
  });
});

describe('from the first bad moment to verified, INTERVAL=1s TIMEOUT=1s FALL=3 SUSTAIN=2s CONFIRM_INTERVAL=200ms, over 100 seeds', () => {
  const rows: readonly [look: Look, medianMs: number, maxMs: number][] = [
    ['status', 2_800, 3_500],
    ['connect', 2_800, 3_500],
    ['hole', 3_300, 4_000],
    ['frozen', 3_300, 4_000],
  ];
  test.each(rows)('%s: median at most %i ms, at most %i ms', async (look, medianMs, maxMs) => {
    const took: number[] = [];
    for (let seed = 1; seed <= 100; seed++) {
      const world = await calm(policyOf(fast), seed);
      suffers(world, a, look);
      took.push((await world.time.until(() => switched(world), 10_000)) ?? Number.POSITIVE_INFINITY);
    }
    took.sort((left, right) => left - right);
    expect(took[50]).toBeLessThanOrEqual(medianMs);
    expect(took[99]).toBeLessThanOrEqual(maxMs);
    expect(took[99]).toBeLessThanOrEqual(rto(policyOf(fast), 0).verifiedMs);
  });
});

test('one probe is sent right at the end of SUSTAIN, so that a long CONFIRM_INTERVAL does not delay the decision', async () => {
  const policy = policyOf({ intervalMs: 30_000, confirmIntervalMs: 7_000, sustainMs: 10_000, fall: 2, rise: 1 });
  for (let seed = 1; seed <= 10; seed++) {
    const world = await calm(policy, seed);
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('decided').length > 0, minuteMs);
    const { causeMs, decidedMs } = world.service().view().state.durable.change ?? {};
    expect((decidedMs ?? 0) - (causeMs ?? 0)).toBeLessThanOrEqual(policy.sustainMs + 2 * slowestAnswerMs);
  }
});

test('the standby was seen a moment ago when the record moves to it, whatever INTERVAL is', async () => {
  const policy = policyOf({ intervalMs: 20_000, sustainMs: 5_000 });
  for (let seed = 1; seed <= 10; seed++) {
    const world = await calm(policy, seed);
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('decided').length > 0, minuteMs);
    const { evidence } = world.service().view().state.durable.change ?? {};
    const ageMs = evidence?.sites.find((site) => site.name === b)?.votes[0]?.ageMs;
    expect(ageMs).toBeLessThanOrEqual(policy.confirmIntervalMs + slowestAnswerMs);
  }
});

test('with any settings and a working standby: decided within what `rto` prints for noticing and confirming (L1)', async () => {
  const settings = fc.record({
    intervalMs: fc.integer({ min: 500, max: 20_000 }),
    timeoutShare: fc.double({ min: 0.1, max: 1, noNaN: true }),
    confirmShare: fc.double({ min: 0.05, max: 1, noNaN: true }),
    fall: fc.integer({ min: 1, max: 8 }),
    rise: fc.integer({ min: 1, max: 6 }),
    sustainMs: fc.integer({ min: 0, max: 60_000 }),
    window: fc.constantFrom(0, 10, 30),
    look: fc.constantFrom<Look>('status', 'connect', 'hole', 'frozen'),
    seed: fc.integer({ min: 1, max: 1_000 }),
  });
  await fc.assert(
    fc.asyncProperty(settings, async ({ timeoutShare, confirmShare, look, seed, ...rest }) => {
      const policy = policyOf({
        ...rest,
        timeoutMs: Math.round(rest.intervalMs * timeoutShare),
        confirmIntervalMs: Math.round(rest.intervalMs * confirmShare),
      });
      const world = createWorld(policy, { seed });
      world.start();
      await world.time.run(10 * policy.intervalMs);
      suffers(world, a, look);
      const decidedMs = await world.time.until(() => world.tell('decided').length > 0, 10 * minuteMs);
      const [notice, confirm] = rto(policy, 0).stages;
      expect(decidedMs).not.toBeNull();
      expect(decidedMs).toBeLessThanOrEqual((notice?.ms ?? 0) + (confirm?.ms ?? 0) + slowestAnswerMs);
    }),
    { numRuns: 30, seed: Number(process.env['SEED'] ?? 1) },
  );
});

describe('an outage switches exactly when it is longer than SUSTAIN, counted from its first failed probe (INTERVAL=10s TIMEOUT=5s SUSTAIN=20s)', () => {
  const policy = policyOf();
  /** What the first site does; how much shorter than SUSTAIN may switch yet, and how much longer may not. */
  const rows: readonly [look: Look, shorterMs: number, longerMs: number][] = [
    ['status', 0, policy.confirmIntervalMs + slowestAnswerMs],
    ['hole', policy.confirmIntervalMs, policy.confirmIntervalMs + policy.timeoutMs],
  ];
  test.each(rows)('%s, lasting 1 to 60 s', async (look, shorterMs, longerMs) => {
    const lasted = { moved: [] as number[], stayed: [] as number[] };
    for (let seconds = 1; seconds <= 60; seconds++) {
      const world = await calm(policy, seconds);
      const endMs = world.time.nowMs() + seconds * 1_000;
      let firstMs = endMs;
      suffers(world, a, look, seconds * 1_000);
      await world.time.until(
        () => {
          const { fails, sinceMs } = world.service().view().state.health[a] ?? {};
          if (fails !== 0 && sinceMs !== undefined && sinceMs !== null) firstMs = Math.min(firstMs, sinceMs);
          return false;
        },
        seconds * 1_000 + 15_000,
      );
      (way(world).length > 1 ? lasted.moved : lasted.stayed).push(endMs - firstMs);
      keepsPromises(world);
    }
    expect(Math.min(...lasted.moved)).toBeGreaterThanOrEqual(policy.sustainMs - shorterMs);
    expect(Math.max(...lasted.stayed)).toBeLessThanOrEqual(policy.sustainMs + longerMs);
    expect([lasted.moved.length > 20, lasted.stayed.length > 15]).toEqual([true, true]);
  });
});
