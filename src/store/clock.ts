import type { Clock } from '../control/ports';

/** The last saved point of the lasting clock. An empty boot id: which boot it was is not known. */
export interface SavedClock {
  readonly bootId: string;
  readonly uptimeMs: number;
  readonly nowMs: number;
}

export interface ClockSources {
  readonly saved: SavedClock | null;
  readonly bootId: string;
  /** Time since boot; goes on during suspend. */
  readonly uptimeMs: () => number;
  /** Time since any origin; may stop during suspend. */
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
}

/** setTimeout fires at once beyond this (nodejs.org/docs/latest-v20.x/api/timers.html, November 2026). */
const longestTimerMs = 2 ** 31 - 1;

/**
 * A clock that goes on over restarts and never back: the saved point, plus what surely passed since, plus what passes now.
 *
 * | saved              | counted while we were away              |
 * |--------------------|-----------------------------------------|
 * | in this boot       | the difference in uptime, at least 0    |
 * | in another boot    | this boot's uptime                      |
 * | in an unknown boot | nothing                                 |
 * | never              | nothing; starts at 0                    |
 *
 * Running, it follows the larger of uptime and monotonic time. Time switched off is not counted: a hold or a budget window can
 * only last longer than asked. `after` fires after 24.8 days at the latest.
 */
export function lastingClock(sources: ClockSources): Clock & { point(): SavedClock } {
  const { saved, bootId, uptimeMs, monotonicMs, wallMs } = sources;
  const uptimeAtStart = uptimeMs();
  const monotonicAtStart = monotonicMs();
  const start = (saved?.nowMs ?? 0) + (saved === null ? 0 : passedSince(saved, bootId, uptimeAtStart));
  let latest = Math.floor(start);

  function nowMs(): number {
    const passed = Math.max(monotonicMs() - monotonicAtStart, uptimeMs() - uptimeAtStart);
    if (Number.isFinite(passed)) latest = Math.max(latest, Math.floor(start + passed));
    return latest;
  }

  return {
    nowMs,
    wallMs,
    point: () => ({ bootId, uptimeMs: uptimeMs(), nowMs: nowMs() }),
    after(ms, run) {
      const timer = setTimeout(run, Math.min(Math.max(ms, 0), longestTimerMs));
      return () => clearTimeout(timer);
    },
  };
}

function passedSince(saved: SavedClock, bootId: string, uptimeMs: number): number {
  if (saved.bootId === '' || bootId === '') return 0;
  return Math.max(0, saved.bootId === bootId ? uptimeMs - saved.uptimeMs : uptimeMs);
}
