import { describe, expect, test } from '@jest/globals';
import { rto } from '../../src/domain/rto';
import type { Policy } from '../../src/domain/types';
import { repetitionsOf, simulate } from '../../src/sim/operator';
import { type Scenario, usual } from '../../src/sim/operator-scenarios';
import type { Summary } from '../../src/sim/operator-summary';
import { withoutServiceMs } from '../../src/sim/operator-users';
import { a, b, policyOf } from '../domain/fixtures';

/** An operator's settings in the simulated world: what must follow from them. */

const minuteMs = 60_000;

async function played(scenario: Scenario, changes: Partial<Policy> = {}, settleMs = 0, seed = 1): Promise<Summary> {
  const [summary] = await simulate(
    { policy: policyOf(changes), settleMs, scenarios: [scenario], seed },
    () => undefined,
  );
  if (summary === undefined) throw new Error('nothing was played');
  return summary;
}

const outage = (ms: number): Scenario => ({ kind: 'outage', ms });
const loss = (share: number): Scenario => ({ kind: 'loss', share });
const flap = (ms: number): Scenario => ({ kind: 'flap', ms });

/** A load balancer's counter at its quickest: one fail, and that is that. */
const counter: Partial<Policy> = { fall: 1, sustainMs: 0, window: 0, confirmIntervalMs: 10_000 };

describe('an outage that is too short moves nothing, and users see all of it', () => {
  const rows: readonly [what: string, ms: number, changes: Partial<Policy>][] = [
    ['shorter than SUSTAIN', 15_000, {}],
    ['shorter than a longer SUSTAIN', 2 * minuteMs, { sustainMs: 3 * minuteMs }],
    ['of FALL fails that never come', 15_000, { sustainMs: 0, fall: 30, window: 0 }],
  ];
  test.each(rows)(
    '%s',
    async (_what, ms, changes) => {
      const { moved, failovers, verified, users, ends, repetitions } = await played(outage(ms), changes);
      expect({ moved, failovers, verified, ends }).toEqual({
        moved: 0,
        failovers: { least: 0, most: 0 },
        verified: null,
        ends: { [a]: repetitions },
      });
      expect(users.worstMs).toBe(ms);
    },
    240_000,
  );
});

describe('a long outage moves once, is verified within the bound, and users are back within TTL of that', () => {
  const name = (site: string) => ({
    name: site,
    sets: [{ type: 'CNAME' as const, ttl: 60, values: [`${site}.example.net`] }],
  });
  const rows: readonly [what: string, changes: Partial<Policy>, settleMs: number, home: boolean][] = [
    ['the defaults', {}, 0, true],
    ['a provider that takes half a minute to publish', {}, 30_000, true],
    ['a TTL of two minutes', { ttlMs: 2 * minuteMs }, 0, true],
    ['a quick daemon', { intervalMs: 1_000, timeoutMs: 1_000, sustainMs: 2_000, ttlMs: 5_000 }, 0, true],
    ['failback by hand', { failback: 'manual' }, 0, false],
    ['a failback too late to be played', { failbackAfterMs: 12 * 60 * minuteMs }, 0, false],
    ['host names', { sites: [name(a), name(b)] }, 0, true],
    ['canaries', { canaries: ['one', 'two'] }, 0, true],
    ['a dry run is played as if it wrote', { dryRun: true }, 0, true],
  ];
  test.each(rows)(
    '%s',
    async (_what, changes, settleMs, home) => {
      const bound = rto(policyOf(changes), settleMs);
      const one = await played(outage(3 * minuteMs), changes, settleMs);
      const { repetitions, failovers, failbacks, falseMoves, verified, users, ends } = one;
      const backs = home ? 1 : 0;
      expect({ failovers, failbacks, falseMoves, ends }).toEqual({
        failovers: { least: 1, most: 1 },
        failbacks: { least: backs, most: backs },
        falseMoves: 0,
        ends: { [home ? a : b]: repetitions },
      });
      expect(verified?.worstMs).toBeLessThanOrEqual(bound.verifiedMs);
      expect(users.worstMs).toBeLessThanOrEqual(bound.totalMs);
      // The worst-placed user asked right before the switch.
      expect(users.worstMs).toBeGreaterThan(0.5 * policyOf(changes).ttlMs);
      expect(users.medianMs).toBeLessThan(users.worstMs);
    },
    240_000,
  );
});

test('a provider that publishes slowly is verified later, and its users wait for it', async () => {
  const [quick, slow] = [await played(outage(3 * minuteMs)), await played(outage(3 * minuteMs), {}, 60_000)];
  expect((slow.verified?.medianMs ?? 0) - (quick.verified?.medianMs ?? 0)).toBeGreaterThan(20_000);
  expect(slow.users.medianMs - quick.users.medianMs).toBeGreaterThan(5_000);
}, 240_000);

describe('moves away from a site that serves', () => {
  const rows: readonly [
    what: string,
    scenario: Scenario,
    changes: Partial<Policy>,
    by: 'nothing' | 'streak' | 'ratio',
  ][] = [
    ['1 % of probes lost, the defaults', loss(0.01), {}, 'nothing'],
    ['5 % of probes lost, the defaults', loss(0.05), {}, 'nothing'],
    ['5 % of probes lost, and the first loss counts', loss(0.05), counter, 'streak'],
    ['20 % of probes lost, and little is down', loss(0.2), { downRatio: 0.15, upRatio: 0.05 }, 'ratio'],
  ];
  test.each(rows)(
    '%s',
    async (_what, scenario, changes, by) => {
      const { falseMoves, falseBy, failovers, users } = await played(scenario, changes);
      if (by === 'nothing') expect(failovers.most).toBe(0);
      else expect(falseBy[by]).toBeGreaterThan(0);
      expect(falseMoves).toBe(falseBy.streak + falseBy.ratio);
      expect(users.worstMs).toBe(0);
    },
    240_000,
  );
});

describe('a site that flaps', () => {
  const rows: readonly [what: string, scenario: Scenario, changes: Partial<Policy>][] = [
    ['fast, the defaults', flap(70_000), {}],
    ['slowly, the defaults', flap(20 * minuteMs), {}],
    ['slowly, back at once, and few switches', flap(10 * minuteMs), restless({ count: 2, windowMs: 3 * 3_600_000 })],
  ];
  test.each(rows)(
    '%s: the budget holds, and users see less than without failover',
    async (_what, scenario, changes) => {
      const { mostInWindow, failovers, users, failingMs } = await played(scenario, changes);
      expect(failovers.least).toBeGreaterThan(0);
      expect(mostInWindow).toBeLessThanOrEqual(policyOf(changes).maxSwitches.count);
      expect(users.worstMs).toBeLessThan(failingMs);
    },
    240_000,
  );

  test('damping makes fewer switches than there are without it', async () => {
    const free = restless({ count: 1_000, windowMs: 3 * 3_600_000 });
    const undamped = await played(flap(10 * minuteMs), { ...free, dampingCapMs: 0 });
    const damped = await played(flap(10 * minuteMs), free);
    expect(undamped.failovers.least).toBeGreaterThan(10);
    expect(damped.failovers.most).toBeLessThan(undamped.failovers.least);
  }, 240_000);

  function restless(maxSwitches: Policy['maxSwitches']): Partial<Policy> {
    return { maxSwitches, failbackAfterMs: 60_000, ttlMs: 5_000, window: 0, sustainMs: 5_000 };
  }
});

describe('chance', () => {
  const quick: Partial<Policy> = { window: 0, failback: 'manual' };

  test('the same seed plays the same, another one does not', async () => {
    const [one, again] = [await played(outage(minuteMs), quick), await played(outage(minuteMs), quick)];
    const other = await played(outage(minuteMs), quick, 0, 2);
    expect(again).toEqual(one);
    expect(other.users).not.toEqual(one.users);
  }, 240_000);

  test('a scenario shows the same alone and among others, and progress ends at 1', async () => {
    const shares: number[] = [];
    const scenarios = [outage(30_000), outage(minuteMs)];
    const wish = { policy: policyOf(quick), settleMs: 0, scenarios, seed: 1 };
    const among = await simulate(wish, (share) => shares.push(share));
    expect(among[1]).toEqual(await played(outage(minuteMs), quick));
    expect(shares.length).toBe(16);
    expect(shares.at(-1)).toBe(1);
  }, 240_000);
});

describe('dear settings are played less often', () => {
  test.each([
    ['the defaults', {}, [8, 8, 8, 8, 2, 2, 2, 1, 1]],
    ['ten probes a second', { intervalMs: 100, timeoutMs: 100 }, [2, 2, 2, 2, 1, 1, 1, 1, 1]],
  ] as const)('%s', (_what, changes, counts) => {
    expect(repetitionsOf(policyOf(changes), 0, usual)).toEqual(counts);
  });
});

describe('what one user sees, whose resolver asks at 0 s, 60 s, 120 s …', () => {
  const span = (fromMs: number, toMs: number) => ({ fromMs, toMs });
  const at = (atMs: number, site: string) => ({ atMs, site });
  const start = at(Number.NEGATIVE_INFINITY, a);
  const rows: readonly [
    what: string,
    shown: readonly ReturnType<typeof at>[],
    spans: readonly ReturnType<typeof span>[],
    ms: number,
  ][] = [
    ['nothing moves: the whole outage', [start], [span(10_000, 100_000)], 90_000],
    ['moved at 30 s, heard at 60 s', [start, at(30_000, b)], [span(10_000, 100_000)], 50_000],
    ['moved right at a question', [start, at(60_000, b)], [span(10_000, 100_000)], 50_000],
    ['over before it is heard', [start, at(30_000, b)], [span(10_000, 40_000)], 30_000],
    ['there and back between two questions', [start, at(70_000, b), at(80_000, a)], [span(65_000, 130_000)], 65_000],
    ['back too early', [start, at(30_000, b), at(130_000, a)], [span(0, 400_000)], 60_000 + 220_000],
    ['two outages', [start], [span(0, 1_000), span(5_000, 7_000)], 3_000],
    ['the play ends', [start], [span(390_000, 500_000)], 10_000],
  ];
  test.each(rows)('%s', (_what, shown, spans, ms) => {
    const user = { ttlMs: 60_000, phaseMs: 0, untilMs: 400_000 };
    expect(withoutServiceMs(shown, { site: a, spans }, user)).toBe(ms);
  });
});
