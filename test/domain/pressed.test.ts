import { describe, expect, test } from '@jest/globals';
import { press, startOf } from '../../src/domain/pressed';
import type { ChangeKind } from '../../src/domain/state';
import { initial } from '../../src/domain/step';
import { a, b, benchOf, c, fail, foundAt, pass, policyOf, viewOf } from './fixtures';

/** One backoff for the provider, whatever is tried with it. */

const policy = policyOf({ sustainMs: 0 });

describe('what a new change starts with', () => {
  const trouble = { code: 'unavailable', why: 'x', sinceMs: 900 } as const;
  const pressed = press(initial(null), 5, trouble, 1_000, 30_000);
  const rows: readonly (readonly [what: string, kind: ChangeKind, nowMs: number, start: object])[] = [
    ['right after a failure', 'failover', 1_000, { attempts: 5, trouble, atLeastMs: 30_000, restedMs: 0 }],
    ['ten seconds after', 'failback', 11_000, { attempts: 5, trouble, atLeastMs: 20_000, restedMs: 10_000 }],
    ['a minute after', 'fence', 61_000, { attempts: 5, trouble, atLeastMs: 0, restedMs: 60_000 }],
    ['two minutes after', 'failover', 121_000, { attempts: 0, trouble: null, atLeastMs: 0, restedMs: 0 }],
    ["a human's order", 'order', 1_000, { attempts: 0, trouble: null, atLeastMs: 0, restedMs: 0 }],
    ["a human's drill", 'drill', 1_000, { attempts: 0, trouble: null, atLeastMs: 0, restedMs: 0 }],
  ];
  test.each(rows)('%s: %s', (_what, kind, nowMs, start) => {
    expect(startOf(viewOf(pressed, policy, nowMs), kind)).toEqual(start);
  });
});

describe('a pause that the provider asked for', () => {
  test.each([
    ['outlasts two minutes', 200_000, 125_000, 75_000],
    ['ends with its time', 200_000, 200_001, 0],
    ['is five minutes at the most', 9_000_000, 125_000, 175_000],
  ])('%s', (_what, askedMs, laterMs, atLeastMs) => {
    const pressed = press(initial(null), 1, null, 1_000, askedMs);
    expect(startOf(viewOf(pressed, policy, 1_000 + laterMs), 'failover')).toMatchObject({ atLeastMs });
  });
});

test('dropped and decided anew, it goes on from the attempts before; once verified, the next begins at once', () => {
  const bench = benchOf(policy);
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  const lose = (generation: number): void => {
    bench.post({ type: 'sending', generation });
    bench.post({ type: 'wrote', generation, outcome: 'unavailable', why: 'x', requestId: null, retryAfterMs: null });
  };
  const falls = (): void => {
    for (let count = 0; count < policy.fall; count++) bench.see(a, fail());
  };
  falls();
  for (let count = 0; count < 3; count++) lose(1);
  bench.allUp(a);
  expect(bench.state.durable.change).toBeNull();
  bench.wait(2_000);
  for (const site of [b, c]) bench.see(site, pass);
  falls();
  const { change } = bench.state.durable;
  expect(change).toMatchObject({ generation: 2, attempts: 3, trouble: { sinceMs: 1_000_000 } });
  expect(bench.effects.at(-1)).toMatchObject({ type: 'point', generation: 2, attempt: 3, restedMs: 2_000 });
  bench.settle();
  expect(bench.state).toMatchObject({ pressed: null, durable: { active: b, change: null } });
});
