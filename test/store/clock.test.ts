import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lastingClock, type SavedClock } from '../../src/store/clock';

/** A machine whose clocks are set by hand. */
function machine(saved: SavedClock | null, bootId: string, uptimeMs: number) {
  const time = { uptimeMs, monotonicMs: 50, wallMs: 1_790_000_000_000 };
  const clock = lastingClock({
    saved,
    bootId,
    uptimeMs: () => time.uptimeMs,
    monotonicMs: () => time.monotonicMs,
    wallMs: () => time.wallMs,
  });
  return { time, clock };
}

const saved: SavedClock = { bootId: 'b1', uptimeMs: 10_000, nowMs: 500_000 };

describe('where the lasting clock starts', () => {
  test.each([
    ['nothing saved', null, 'b1', 99_000, 0],
    ['same boot: the time between', saved, 'b1', 12_500, 502_500],
    ['same boot, uptime went back (a restarted container)', saved, 'b1', 3_000, 500_000],
    ['another boot: its uptime', saved, 'b2', 7_000, 507_000],
    ['saved boot not known', { ...saved, bootId: '' }, 'b1', 99_000, 500_000],
    ['this boot not known', saved, '', 99_000, 500_000],
  ] as const)('%s', (_, point, bootId, uptimeMs, expected) => {
    expect(machine(point, bootId, uptimeMs).clock.nowMs()).toBe(expected);
  });
});

describe('how it goes on', () => {
  test.each([
    ['both alike', [[1_000, 1_000]], 1_000],
    ['suspended for an hour: uptime counts', [[3_600_000, 20]], 3_600_000],
    ['uptime stuck: monotonic counts', [[0, 700]], 700],
    [
      'both back: it waits',
      [
        [500, 500],
        [-400, -400],
      ],
      500,
    ],
    [
      'an hour asleep, then awake',
      [
        [3_600_000, 20],
        [1_000, 1_000],
      ],
      3_601_000,
    ],
    ['an unreadable uptime', [[Number.NaN, 1_000]], 0],
  ] as const)('%s', (_, steps, expected) => {
    const { clock, time } = machine(null, 'b1', 10_000);
    for (const [uptime, monotonic] of steps) {
      time.uptimeMs += uptime;
      time.monotonicMs += monotonic;
      clock.nowMs();
    }
    expect(clock.nowMs()).toBe(expected);
  });

  test('the wall clock moves nothing but wallMs', () => {
    const { clock, time } = machine(saved, 'b1', 10_000);
    time.wallMs -= 12 * 365 * 86_400_000;
    expect([clock.nowMs(), clock.wallMs()]).toEqual([500_000, time.wallMs]);
  });

  test('its point, saved and taken up again, loses nothing and gains nothing', () => {
    const { clock, time } = machine(saved, 'b1', 10_000);
    time.uptimeMs += 2_000;
    time.monotonicMs += 2_000;
    expect(clock.point()).toEqual({ bootId: 'b1', uptimeMs: 12_000, nowMs: 502_000 });
    expect(machine(clock.point(), 'b1', 15_000).clock.nowMs()).toBe(505_000);
  });

  test('never back, whatever the sources do, over restarts too', () => {
    const step = fc.record({
      uptime: fc.integer(),
      monotonic: fc.integer(),
      restart: fc.boolean(),
      reboot: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let current = machine(null, 'b0', 0);
        let before = 0;
        for (const [index, { uptime, monotonic, restart, reboot }] of steps.entries()) {
          current.time.uptimeMs += uptime;
          current.time.monotonicMs += monotonic;
          const now = current.clock.nowMs();
          if (now < before) return false;
          before = now;
          if (restart) current = machine(current.clock.point(), reboot ? `b${index}` : 'b0', Math.abs(uptime));
        }
        return true;
      }),
    );
  });
});

describe('after', () => {
  test('fires once, not before its time, and not when cancelled', async () => {
    const { clock } = machine(null, 'b1', 0);
    const fired: string[] = [];
    const cancel = clock.after(5, () => fired.push('cancelled'));
    cancel();
    // setTimeout would fire at once beyond 2^31 - 1 ms.
    const cancelLong = clock.after(1e12, () => fired.push('long'));
    await new Promise<void>((resolve) => {
      clock.after(-1, () => fired.push('past'));
      clock.after(20, resolve);
    });
    cancelLong();
    expect(fired).toEqual(['past']);
  });
});
