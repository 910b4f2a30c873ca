import { describe, expect, test } from '@jest/globals';
import { failingMs } from '../../src/domain/health';
import type { FailClass, Policy } from '../../src/domain/types';
import { healthOf } from '../../src/domain/view';
import { a, b, benchOf, fail, pass, policyOf, unknown } from './fixtures';

/** What came in, in seconds: at, of whom (`a`, `b`, or the canary `k`), what, and when the probe had begun. */
type Seen = readonly [atS: number, of: 'a' | 'b' | 'k', what: 'pass' | 'unknown' | FailClass, beganS?: number];

const two = policyOf({ sites: policyOf().sites.slice(0, 2) });
const watched = { ...two, canaries: ['k'] };

/** How many fails of `a` count at the end, and since how many seconds it has been failing. */
function after(policy: Policy, seen: readonly Seen[]): readonly [fails: number, failingS: number] {
  const bench = benchOf(policy);
  const beganMs = bench.nowMs;
  for (const [atS, of, what, beganS = atS] of seen) {
    bench.nowMs = beganMs + atS * 1_000;
    const observation = what === 'pass' ? pass : what === 'unknown' ? unknown : fail(what);
    if (of === 'k') bench.post({ type: 'canary', name: 'k', ok: what === 'pass' });
    else
      bench.post({
        type: 'observed',
        site: of === 'a' ? a : b,
        startedMs: beganMs + beganS * 1_000,
        paced: true,
        observation,
      });
  }
  const health = healthOf(bench.state, a);
  return [health.fails, failingMs(health) / 1_000];
}

describe('a failure is evidence only while something else answers', () => {
  const lost: readonly Seen[] = [
    [0, 'a', 'pass'],
    [0, 'b', 'pass'],
    [10, 'a', 'timeout'],
    [11, 'a', 'timeout'],
    [12, 'a', 'timeout'],
    [20, 'b', 'timeout'],
    [21, 'b', 'timeout'],
  ];
  const rows: [what: string, policy: Policy, seen: readonly Seen[], counts: readonly [number, number]][] = [
    ['another site answers', two, lost.slice(0, 5), [3, 2]],
    ['on the way into the dark: forgotten', two, lost, [0, 0]],
    [
      'and not remembered when the light is back',
      two,
      [...lost, [22, 'b', 'pass'], [23, 'a', 'timeout'], [24, 'a', 'timeout']],
      [2, 1],
    ],
    ['began in the dark, ended in the light', two, [...lost, [27, 'b', 'pass'], [28, 'a', 'timeout', 23]], [0, 0]],
    ['began in the dark, but it is an answer', two, [...lost, [27, 'b', 'pass'], [28, 'a', 'status', 23]], [1, 5]],
    ['a canary answers', watched, [[5, 'k', 'pass'], ...lost], [3, 2]],
    ['no canary does', watched, lost, [0, 0]],
    ['the canary is back', watched, [...lost, [27, 'k', 'pass'], [28, 'a', 'timeout', 23]], [0, 0]],
    ['the canary is back, and it began since', watched, [...lost, [27, 'k', 'pass'], [29, 'a', 'timeout', 28]], [1, 1]],
  ];
  const blind: readonly Seen[] = [
    [0, 'a', 'pass'],
    [0, 'b', 'pass'],
    [10, 'a', 'unknown'],
    [10, 'b', 'unknown'],
    [15, 'a', 'timeout', 12],
    [16, 'a', 'timeout'],
    [17, 'a', 'timeout'],
  ];
  rows.push(
    ['we could not ask, and now nothing answers', two, blind, [0, 0]],
    ['one answer from the other, then it fails', two, [...blind, [18, 'b', 'pass'], [19, 'a', 'timeout']], [1, 0]],
    [
      'we could not ask the other either',
      two,
      [...blind.slice(0, 5), [16, 'b', 'timeout'], [17, 'a', 'timeout']],
      [0, 0],
    ],
    [
      'we could not ask once, and the other answers',
      two,
      [
        [0, 'b', 'pass'],
        [9, 'a', 'timeout'],
        [10, 'a', 'unknown'],
        [11, 'a', 'timeout'],
      ],
      [2, 2],
    ],
  );
  test.each(rows)('%s', (_what, policy, seen, counts) => expect(after(policy, seen)).toEqual(counts));
});
