import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAutomatic } from '../../src/domain/budget';
import type { Event } from '../../src/domain/events';
import { staleAfterMs } from '../../src/domain/health';
import type { Change, State } from '../../src/domain/state';
import { initial, step } from '../../src/domain/step';
import type { Policy } from '../../src/domain/types';
import { a, type Bench, b, benchOf, c, fail, foundAt, momentAt, pass, policyOf } from './fixtures';
import { everything, life, live, type Part } from './scripts';

/** The same lives in every run; `SEED=…` tries others. */
fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 1) });

const policies: Readonly<Record<string, Policy>> = {
  plain: policyOf({
    rise: 2,
    window: 0,
    sustainMs: 5_000,
    failbackAfterMs: 60_000,
    maxSwitches: { count: 3, windowMs: 1_800_000 },
  }),
  ringed: policyOf({ rise: 2, window: 12, sustainMs: 10_000, failbackAfterMs: 30_000, ttlMs: 5_000 }),
  canaries: policyOf({
    fall: 2,
    rise: 1,
    window: 6,
    sustainMs: 0,
    canaries: ['canary'],
    failbackAfterMs: 1_000,
    ttlMs: 0,
  }),
  create: policyOf({ fall: 1, rise: 1, window: 0, sustainMs: 0, create: true, failbackAfterMs: 1_000, ttlMs: 0 }),
};
const anyPolicy = fc.constantFrom(...Object.values(policies));
const lives = { numRuns: 100 };

/** The change that began with this event, if one did. */
function begun(before: State, after: State): Change | null {
  const { change } = after.durable;
  return change !== null && change.generation > before.durable.issued ? change : null;
}

/** What the observations alone say of one site, kept apart from the code under test. */
interface Tally {
  fails: number;
  passes: number;
  firstFailMs: number;
  newestMs: number;
  passStartMs: number;
  ring: boolean[];
  /** Enough was seen to call it down, and since then not enough to call it up. */
  down: boolean;
  /** It once had RISE passes in a row, and since then was not down. */
  up: boolean;
}

function fresh(): Tally {
  return {
    fails: 0,
    passes: 0,
    firstFailMs: 0,
    newestMs: -Infinity,
    passStartMs: -Infinity,
    ring: [],
    down: false,
    up: false,
  };
}

function tally(one: Tally, event: Extract<Event, { type: 'observed' }>, nowMs: number, policy: Policy): Tally {
  const { observation, startedMs, paced } = event;
  if (observation.result === 'unknown') return one;
  const next: Tally =
    nowMs - one.newestMs > staleAfterMs(policy) ? { ...fresh(), passStartMs: one.passStartMs } : { ...one };
  const ok = observation.result === 'pass';
  if (paced) next.ring = [...next.ring, ok].slice(-policy.window);
  if (ok) {
    next.passes += 1;
    next.fails = 0;
    next.passStartMs = Math.max(next.passStartMs, startedMs);
    next.newestMs = nowMs;
    if (next.passes >= policy.rise) [next.down, next.up] = [false, true];
  } else if (startedMs >= next.passStartMs) {
    if (next.fails === 0) next.firstFailMs = startedMs;
    next.fails += 1;
    next.passes = 0;
    next.newestMs = nowMs;
    const ratio = next.ring.filter((passed) => !passed).length / next.ring.length;
    const counted = next.fails >= policy.fall && nowMs - next.firstFailMs >= policy.sustainMs;
    const grey = policy.window > 0 && next.ring.length * 3 >= policy.window && ratio >= policy.downRatio;
    if (counted || grey) [next.down, next.up] = [true, false];
  }
  return next;
}

describe('whatever happens', () => {
  test('no automatic move without evidence against where it is, for where it goes, and leave to make it', () => {
    let [failovers, failbacks] = [0, 0];
    fc.assert(
      fc.property(anyPolicy, life(), (policy, acts) => {
        const bench = benchOf(policy);
        const seen = new Map<string, Tally>();
        live(bench, acts, (before, event) => {
          if (event === 'restart') return seen.clear();
          if (event.type === 'observed') {
            seen.set(event.site, tally(seen.get(event.site) ?? fresh(), event, bench.nowMs, policy));
          }
          const change = begun(before, bench.state);
          if (change === null || !isAutomatic(change.kind)) return;
          const { durable, read, sick, peers, gates } = bench.state;
          assert.deepEqual([durable.hold, durable.pin, durable.obstacle, sick, read], [null, null, null, null, true]);
          const target = seen.get(change.to) ?? fresh();
          const age = bench.nowMs - target.newestMs;
          assert.ok(target.fails === 0 && age <= staleAfterMs(policy), `${change.to} did not pass lately`);
          assert.ok(!(gates[change.to] ?? []).some((gate) => !gate.open), `${change.to} has a shut gate`);
          // A peer's vote counts like our own (quorum 1): then our own observations are not all there is.
          const alone = Object.values(peers).flat().length === 0;
          if (alone) assert.ok(target.up, `${change.to} never had RISE passes`);
          if (change.kind === 'failover') {
            failovers += 1;
            if (alone) assert.ok(seen.get(change.from ?? '')?.down, `${change.from} is not down`);
          } else failbacks += 1;
        });
      }),
      { numRuns: 300 },
    );
    expect([failovers > 20, failbacks > 0]).toEqual([true, true]);
  });

  test('observations that are all unknown never move anything', () => {
    const blind: readonly Part[] = ['blindness', 'waiting', 'self', 'attempt', 'unreadable', 'restart'];
    fc.assert(
      fc.property(anyPolicy, life(blind), (policy, acts) => {
        const bench = benchOf(policy);
        live(bench, acts, () => undefined);
        const { change, issued, active } = bench.state.durable;
        assert.deepEqual([change, issued, active], [null, 0, a]);
      }),
      lives,
    );
  });

  test('the state is plain JSON, and goes on the same after a round trip through it', () => {
    fc.assert(
      fc.property(anyPolicy, life(), (policy, acts) => {
        const bench = benchOf(policy);
        live(bench, acts, (before, event) => {
          if (event === 'restart') return;
          const copy: State = JSON.parse(JSON.stringify(before));
          assert.deepEqual(copy, before);
          const again = step(copy, event, policy, momentAt(bench.nowMs));
          assert.deepEqual(JSON.parse(JSON.stringify(again.state)), bench.state);
        });
      }),
      { numRuns: 40 },
    );
  });

  test('the same life leads to the same end', () => {
    fc.assert(
      fc.property(anyPolicy, life(), (policy, acts) => {
        const ends = [1, 2].map(() => {
          const bench = benchOf(policy);
          live(bench, acts, () => undefined);
          return JSON.stringify([bench.state, bench.effects]);
        });
        assert.equal(ends[0], ends[1]);
      }),
      { numRuns: 40 },
    );
  });

  test('automatic switches in any window never exceed the budget, however the sites take turns failing, over restarts', () => {
    const turn = fc.tuple(fc.constantFrom(a, b, c, null), fc.integer({ min: 1, max: 90 }), fc.boolean());
    let most = 0;
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3), fc.array(turn, { minLength: 5, maxLength: 20 }), (count, turns) => {
        const windowMs = 7_200_000;
        const fickle = policyOf({
          fall: 2,
          rise: 2,
          sustainMs: 0,
          window: 0,
          failbackAfterMs: 1_000,
          ttlMs: 0,
          maxSwitches: { count, windowMs },
        });
        const bench = benchOf(fickle);
        const taken: number[] = [];
        bench.post({ type: 'found', found: foundAt(a) });
        for (const [failing, minutes, restarted] of turns) {
          if (restarted) {
            bench.state = initial(bench.state.durable);
            bench.post({
              type: 'found',
              found: foundAt(bench.state.durable.active ?? a, bench.state.durable.generation),
            });
          }
          bench.wait(minutes * 60_000);
          for (let round = 0; round < 4; round++) {
            bench.wait(1_000);
            for (const site of [a, b, c]) bench.see(site, site === failing ? fail() : pass);
            const { change } = bench.state.durable;
            if (change === null) continue;
            taken.push(bench.nowMs);
            bench.settle();
          }
        }
        for (const atMs of taken) {
          const inWindow = taken.filter((one) => one >= atMs && one - atMs < windowMs).length;
          most = Math.max(most, inWindow);
          assert.ok(inWindow <= count, `${inWindow} switches within one window`);
        }
      }),
      { numRuns: 80 },
    );
    expect(most).toBe(3);
  });

  test('how fast a failover is does not depend on the penalty', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        anyPolicy,
        life(everything.filter((part) => part !== 'order')),
        fc.integer({ min: 0, max: 50 }),
        (policy, acts, value) => {
          const first = (penalty: number): number | null => {
            const start = initial(null);
            const bench = benchOf(policy, {
              ...start,
              durable: { ...start.durable, penalty: { value: penalty, atMs: 1_000_000 } },
            });
            let atMs: number | null = null;
            live(bench, acts, (before) => {
              if (begun(before, bench.state)?.kind === 'failover') atMs ??= bench.nowMs;
              if (begun(before, bench.state)?.kind === 'failback') atMs ??= -1;
            });
            return atMs;
          };
          const [calm, punished] = [first(0), first(value)];
          if (calm === -1 || punished === -1) return;
          compared += calm === null ? 0 : 1;
          assert.equal(punished, calm);
        },
      ),
      lives,
    );
    expect(compared).toBeGreaterThan(10);
  });

  test('what a human ordered ends by an order, by its expiry, or by a hand in the zone, and by nothing else', () => {
    fc.assert(
      fc.property(anyPolicy, life(), (policy, acts) => {
        const bench = benchOf(policy);
        live(bench, acts, (before, event) => {
          if (event === 'restart') return assert.deepEqual(bench.state.durable, before.durable);
          const { hold, pin } = before.durable;
          const now = bench.state.durable;
          const over = (untilMs: number | null): boolean => untilMs !== null && untilMs <= bench.nowMs;
          if (hold !== null && JSON.stringify(now.hold) !== JSON.stringify(hold)) {
            assert.ok(event.type === 'ordered' || over(hold.untilMs), `hold ended by ${event.type}`);
          }
          if (pin === null || JSON.stringify(now.pin) === JSON.stringify(pin)) return;
          const arrived = pin.by === 'failback' && now.active === pin.site && now.change === null;
          assert.ok(
            event.type === 'ordered' || event.type === 'found' || over(pin.untilMs) || arrived,
            `pin ended by ${event.type}`,
          );
        });
      }),
      lives,
    );
  });

  test('generations only grow, each is given once, and only configured sites are wanted', () => {
    fc.assert(
      fc.property(anyPolicy, life(), (policy, acts) => {
        const bench = benchOf(policy);
        let issued = 0;
        live(bench, acts, (before) => {
          const { durable } = bench.state;
          assert.ok(durable.issued >= issued && durable.generation <= durable.issued);
          issued = durable.issued;
          const change = begun(before, bench.state);
          if (change === null) return;
          assert.ok(change.generation > before.durable.issued && change.generation === durable.issued);
          assert.ok(policy.sites.some((site) => site.name === change.to));
        });
      }),
      lives,
    );
  });

  test('a down site that stays active is never without an alert that says why (L3)', () => {
    let held = 0;
    fc.assert(
      fc.property(anyPolicy, life(), (policy, acts) => {
        const bench = benchOf(policy);
        live(bench, acts, () => {
          if (!isStranded(bench)) return;
          held += 1;
          const alerts = Object.keys(bench.state.alerts).filter((code) => !code.startsWith('down:'));
          assert.notDeepEqual(alerts, []);
        });
      }),
      lives,
    );
    expect(held).toBeGreaterThan(30);
  });
});

function isStranded({ state }: Bench): boolean {
  const { active, change } = state.durable;
  const standing = state.standings[active ?? ''];
  return state.read && change === null && standing?.verdict === 'down' && !standing.disputed;
}

test('the third site is used too', () => {
  let used = false;
  fc.assert(
    fc.property(life(), (acts) => {
      const bench = benchOf(policyOf({ fall: 2, rise: 1, window: 0, sustainMs: 0 }));
      live(bench, acts, () => {
        used ||= bench.state.durable.change?.to === c;
      });
    }),
    { numRuns: 40 },
  );
  expect(used).toBe(true);
});
