import { expect, test } from '@jest/globals';
import { backoffMs } from '../../src/control/backoff';

test.each<[attempt: number, leastMs: number, mostMs: number]>([
  [0, 0, 0],
  [1, 250, 500],
  [2, 500, 1_000],
  [3, 1_000, 2_000],
  [8, 30_000, 60_000],
  [2_000, 30_000, 60_000],
])('attempt %i waits %i ms at least, %i at most, by chance', (attempt, leastMs, mostMs) => {
  expect(backoffMs(attempt, () => 0, 500, 60_000)).toBe(leastMs);
  expect(backoffMs(attempt, () => 1, 500, 60_000)).toBe(mostMs);
});
