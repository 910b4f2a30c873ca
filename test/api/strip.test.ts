import { expect, test } from '@jest/globals';
import { createStrips } from '../../src/api/strip';

const step = 15_000;
const t0 = 1_800_000_000_000;
const pass = (latencyMs: number) => ({ result: 'pass', latencyMs }) as const;
const fail = { result: 'fail' } as const;

test('probes fall into steps: counts, and the slowest pass of each', () => {
  const strips = createStrips();
  for (const [seen, atMs] of [
    [pass(10), 0],
    [pass(30), 5_000],
    [fail, 6_000],
    [{ result: 'unknown' } as const, step],
    [pass(4), 2 * step],
  ] as const)
    strips.observed('r', 'a', seen, t0 + atMs);
  const strip = strips.of('r', 'a', 1, t0 + 2 * step);
  expect(strip).toEqual({
    fromMs: t0 - step,
    stepMs: step,
    pass: [0, 2, 0, 1],
    fail: [0, 1, 0, 0],
    unknown: [0, 0, 1, 0],
    latencyMs: [null, 30, null, 4],
  });
  expect(strips.of('r', 'b', 1, t0).pass).toEqual([0, 0, 0, 0]);
});

test('an hour in 240 steps, a day in 240 more; never longer', () => {
  const strips = createStrips();
  strips.observed('r', 'a', fail, t0);
  expect(strips.of('r', 'a', 60, t0).fail).toHaveLength(240);
  expect(strips.of('r', 'a', 1_440, t0)).toMatchObject({ stepMs: 360_000 });
  expect(strips.of('r', 'a', 1_440, t0).fail.reduce((sum, one) => sum + one, 0)).toBe(1);
});

test('an hour later the place is taken anew, and what is remembered from before pushes nothing out', () => {
  const strips = createStrips();
  strips.observed('r', 'a', fail, t0);
  strips.observed('r', 'a', pass(5), t0 + 240 * step);
  strips.remember('r', 'a', fail, t0);
  strips.remember('r', 'a', fail, t0 + 239 * step);
  const strip = strips.of('r', 'a', 60, t0 + 240 * step);
  expect(strip.pass.at(-1)).toBe(1);
  expect(strip.fail.slice(-2)).toEqual([1, 0]);
  expect(strip.fail.reduce((sum, one) => sum + one, 0)).toBe(1);
});

test('after the wall clock jumped back it goes on from there', () => {
  const strips = createStrips();
  strips.observed('r', 'a', pass(5), t0 + 86_400_000);
  strips.observed('r', 'a', fail, t0);
  expect(strips.of('r', 'a', 1, t0).fail).toEqual([0, 0, 0, 1]);
});
