import { describe, expect, test } from '@jest/globals';
import { watchSelf } from '../../src/probe/self';

/** A watch on clocks that move by hand. Its own timer is real and finds nothing new. */
function watched(
  run: (self: ReturnType<typeof watchSelf>, move: (monotonicMs: number, wallMs?: number) => void) => void,
  holdMs = 10_000,
) {
  let monotonic = 1_000;
  let wall = 1_700_000_000_000;
  const self = watchSelf({ holdMs, tickMs: 100, monotonicMs: () => monotonic, wallMs: () => wall });
  run(self, (monotonicMs, wallMs = monotonicMs) => {
    monotonic += monotonicMs;
    wall += wallMs;
  });
  self.close();
}

const year = 365 * 86_400_000;

const rows: readonly (readonly [string, number, number, RegExp | null])[] = [
  ['nothing', 100, 100, null],
  ['a slow wall clock', 100, 0, null],
  ['C03 an hour back', 100, 100 - 3_600_000, /set back by 3600.0 s/],
  ['C01 twelve years back', 100, 100 - 12 * year, /set back/],
  ['C02 twelve years ahead', 100, 12 * year, /jumped ahead/],
  ['C04 a leap second', 100, -900, null],
  ['5 s apart, still', 100, 5_100, null],
  ['more than 5 s apart', 100, 5_200, /jumped ahead by 5.1 s/],
  ['the machine was suspended', 100, 45_000, /jumped ahead by 44.9 s.*suspended/],
  ['C06 the process was stopped', 45_000, 45_000, /stood still for 44.9 s/],
];

describe('watchSelf', () => {
  test.each(rows)('%s', (_, monotonicMs, wallMs, expected) => {
    watched((self, move) => {
      move(monotonicMs, wallMs);
      const why = self.sick();
      if (expected === null) expect(why).toBeNull();
      else expect(why).toMatch(expected);
    });
  });

  test('a jump is remembered for the hold time, and taints what was begun before it only', () => {
    watched((self, move) => {
      move(100, 60_000);
      expect(self.disturbed(1_000, 2_500)).toMatch(/jumped ahead/);
      expect(self.disturbed(1_101, 2_500)).toBeNull();
      expect(self.clockSuspect()).toBe(true);
      move(10_001);
      expect(self.clockSuspect()).toBe(false);
    });
  });

  test('a stall counts for the part of it that fell into the window, from the first moment after it', () => {
    watched((self, move) => {
      move(2_100);
      expect(self.disturbed(1_000, 1_500)).toMatch(/stood still for 2000 ms/);
      expect(self.disturbed(1_000, 2_500)).toBeNull();
      expect(self.disturbed(2_600, 1_500)).toBeNull();
      expect(self.sick()).toBeNull();
    });
  });

  test('a stop taints the clock of nobody', () => {
    watched((self, move) => {
      move(45_000);
      expect(self.sick()).not.toBeNull();
      expect(self.clockSuspect()).toBe(false);
      expect(self.disturbed(1_000, 2_500)).toMatch(/stood still/);
    });
  });

  test('exhaustion is remembered for the hold time', () => {
    watched((self, move) => {
      self.exhausted('no file descriptors left (EMFILE)');
      move(3_000);
      expect(self.sick()).toMatch(/EMFILE/);
      move(1);
      expect(self.sick()).toBeNull();
    }, 3_000);
  });
});
