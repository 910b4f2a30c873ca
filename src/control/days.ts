import type { ServiceStatus } from '../domain/explain';
import type { DayRow, DayStore } from './ports';

/** What every day held for every site, added up from what stands each second. */
export interface Days extends Omit<DayStore, 'addDays'> {
  /** What stands now; it is counted for the time since the last look. */
  look(statuses: readonly Pick<ServiceStatus, 'record' | 'active' | 'sites'>[]): void;
  /** Writes what is not written yet. */
  flush(): void;
}

const dayMs = 86_400_000;
/** Longer than that between two looks nobody was watching: the machine slept, or this process was stopped. */
const mostMs = 5_000;
const writeEveryMs = 60_000;

/**
 * Counted by time and not by checks: while a site is in doubt it is checked ten times as often, and each failure would weigh as much as ten
 * passes. What was not watched is in no column. `kill -9` costs the last minute.
 */
export function createDays(store: DayStore, clock: { nowMs(): number; wallMs(): number }): Days {
  let waiting = new Map<string, DayRow>();
  let lookedMs: number | null = null;
  let writtenMs = clock.nowMs();

  function flush(): void {
    writtenMs = clock.nowMs();
    if (waiting.size === 0) return;
    // What the disk does not take is kept: it is one row for each site and day.
    if (store.addDays([...waiting.values()]).ok) waiting = new Map();
  }

  return {
    look(statuses) {
      const nowMs = clock.nowMs();
      const spanMs = lookedMs === null ? 0 : Math.min(Math.max(0, nowMs - lookedMs), mostMs);
      lookedMs = nowMs;
      const day = Math.floor(clock.wallMs() / dayMs);
      for (const { record, active, sites } of statuses) {
        for (const { name: site, verdict, last } of sites) {
          const key = JSON.stringify([day, record, site]);
          const row = waiting.get(key) ?? empty(day, record, site);
          waiting.set(key, {
            ...row,
            activeMs: row.activeMs + (active === site ? spanMs : 0),
            upMs: row.upMs + (verdict === 'up' || verdict === 'recovering' ? spanMs : 0),
            downMs: row.downMs + (verdict === 'down' ? spanMs : 0),
            unknownMs: row.unknownMs + (verdict === 'unknown' ? spanMs : 0),
            passMs: row.passMs + (last?.result === 'pass' ? spanMs : 0),
            failMs: row.failMs + (last?.result === 'fail' ? spanMs : 0),
          });
        }
      }
      if (nowMs - writtenMs >= writeEveryMs) flush();
    },
    flush,
    days(filter) {
      flush();
      return store.days(filter);
    },
    counts: (filter, codes) => store.counts(filter, codes),
  };
}

function empty(day: number, record: string, site: string): DayRow {
  return { day, record, site, activeMs: 0, upMs: 0, downMs: 0, unknownMs: 0, passMs: 0, failMs: 0 };
}
