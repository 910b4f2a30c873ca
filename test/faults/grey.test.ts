import { describe, expect, test } from '@jest/globals';
import type { Policy } from '../../src/domain/types';
import { seeded } from '../../src/sim/time';
import { keepsPromises, siteOf, way } from '../control/promises';
import { calm, type Look } from '../control/world';
import { a, b, policyOf } from '../domain/fixtures';
import { lossyExchange } from './loss';

/** Sites that are neither up nor down, with the default settings. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const policy = policyOf();

describe('P12 brown-out: latency climbs from 0.2 s to 6 s in ten minutes, and stays', () => {
  const latencyMs = (sinceMs: number): number => Math.min(6_000, 200 + (5_800 * sinceMs) / (10 * minuteMs));
  const rows: readonly (readonly [what: string, limitMs: number])[] = [
    ['a limit of 800 ms', 800],
    ['no limit but the timeout', policy.timeoutMs],
  ];
  test.each(rows)('%s: one failover, once it was above for SUSTAIN, and no way back', async (_, limitMs) => {
    const world = await calm(policy);
    const fromMs = world.nowMs();
    world.looks[a] = (ms): Look => {
      const slow = latencyMs(ms - fromMs);
      return slow > limitMs && limitMs < policy.timeoutMs ? 'latency' : { slow };
    };
    const tookMs = await world.time.until(() => way(world).length > 1, hourMs);
    const aboveMs = ((limitMs - 200) * 10 * minuteMs) / 5_800;
    expect(tookMs).toBeGreaterThanOrEqual(aboveMs + policy.sustainMs - policy.timeoutMs);
    expect(tookMs).toBeLessThanOrEqual(aboveMs + policy.sustainMs + policy.intervalMs + 2 * policy.timeoutMs);
    await world.time.run(hourMs);
    expect(way(world)).toEqual([a, b]);
    keepsPromises(world);
  });

  test('everywhere at once: nothing is moved, and the page says that the cause is common', async () => {
    const world = await calm(policy);
    for (const site of policy.sites) world.looks[site.name] = () => 'latency';
    await world.time.run(hourMs);
    expect(way(world)).toEqual([a]);
    expect(world.tell('common-cause').some((tell) => tell.page)).toBe(true);
  });

  test('that follows the traffic from site to site: the budget ends it, with a page', async () => {
    const world = await calm(policy);
    for (const { name } of policy.sites)
      world.looks[name] = () => (siteOf(world, world.zone.now()) === name ? 'latency' : 'pass');
    await world.time.run(2 * hourMs);
    expect(way(world).length - 1).toBe(policy.maxSwitches.count);
    expect(world.tell('budget').filter((tell) => tell.page)).toHaveLength(1);
    keepsPromises(world);
  });
});

describe('P13 every probe of the primary fails by chance', () => {
  test.each([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])(
    'with probability %d, for an hour: at most two switches',
    async (chance) => {
      const world = await calm(policy, 2);
      const dice = seeded(100 * chance);
      world.looks[a] = () => (dice() < chance ? 'status' : 'pass');
      await world.time.run(hourMs);
      expect(way(world).length - 1).toBeLessThanOrEqual(chance === 0.1 ? 0 : 2);
      expect(way(world).length - 1).toBeGreaterThanOrEqual(chance >= 0.5 ? 1 : 0);
      keepsPromises(world);
    },
  );
});

describe('P14 packet loss', () => {
  const quick = { intervalMs: 1_500, timeoutMs: 1_500, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 };
  const tight = { ...quick, intervalMs: 1_000, timeoutMs: 1_000 };
  type Row = readonly [percent: number, where: 'primary' | 'uplink', changes: Partial<Policy>, forMs: number];
  const rows: readonly Row[] = [
    [1, 'primary', {}, hourMs],
    [10, 'primary', {}, 3 * hourMs],
    [1, 'uplink', {}, hourMs],
    [10, 'uplink', {}, 3 * hourMs],
    [10, 'primary', quick, 20 * minuteMs],
    [10, 'uplink', quick, 20 * minuteMs],
    // A timeout of a second takes every lost first packet for a failure: TCP sends it again after a second.
    [5, 'primary', tight, 20 * minuteMs],
  ];
  test.each(rows)('%i %% on the %s, with %j: nothing is moved', async (percent, where, changes, forMs) => {
    const world = await calm(policyOf(changes));
    const dice = seeded(percent);
    let failed = 0;
    const look = (): Look => {
      const slow = lossyExchange(percent / 100, world.policy.timeoutMs, dice);
      failed += slow === null ? 1 : 0;
      return slow === null ? 'hole' : { slow };
    };
    for (const { name } of policy.sites) if (name === a || where === 'uplink') world.looks[name] = look;
    await world.time.run(forMs);
    expect(way(world)).toEqual([a]);
    expect(failed > 0).toBe(percent > 1);
  });
});
