import { utcText } from '../domain/wall';
import type { DayCount, DayFilter, DayRow, DayStore } from './ports';

/** One UTC day of one service. */
export interface DayAnswer {
  readonly day: string;
  readonly record: string;
  /** How much of it the daemon ran and watched; the rest is in no other number. */
  readonly watchedSeconds: number;
  /** Of what was watched: nobody knew yet where the record points, or it pointed at no site of ours. */
  readonly elsewhereSeconds: number;
  /** Verified ones; drills, orders and the first creation count too. */
  readonly switches: number;
  readonly switchesByKind: Readonly<Record<string, number>>;
  readonly sites: readonly SiteDay[];
}

export interface SiteDay {
  readonly name: string;
  readonly activeSeconds: number;
  /** By its verdict, recovering being up. */
  readonly upSeconds: number;
  readonly downSeconds: number;
  readonly unknownSeconds: number;
  /** By its newest check. */
  readonly passSeconds: number;
  readonly failSeconds: number;
  /** Of the time in which its checks were known to pass or fail, the share in which they passed; null: there is none. */
  readonly availability: number | null;
}

export interface DaysAnswer {
  /** The first day there are numbers of; null: none yet. */
  readonly since: string | null;
  /** There were more than one answer holds: ask for fewer days, or for one record. */
  readonly truncated: boolean;
  readonly days: readonly DayAnswer[];
}

export type DaySource = Pick<DayStore, 'days' | 'counts'>;

const dayMs = 86_400_000;
const rowsLimit = 20_000;

/** The day a wall time is in. */
export function dayOf(wallMs: number): number {
  return Math.floor(wallMs / dayMs);
}

/** Its date. */
export function dateOf(day: number): string {
  return utcText(day * dayMs).slice(0, 10);
}

/** What the days held, newest first. */
export function daysAnswer(source: DaySource, filter: DayFilter): DaysAnswer {
  const { rows, firstDay } = source.days(filter);
  const counts = byDay(source.counts(filter, ['switched']));
  const days = [...byDay(rows)].map(([key, sites]) => dayAnswer(sites, counts.get(key) ?? []));
  return { since: firstDay === null ? null : dateOf(firstDay), truncated: rows.length >= rowsLimit, days };
}

/** Groups in order of appearance. */
function byDay<T extends Pick<DayRow, 'day' | 'record'>>(rows: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = `${row.day} ${row.record}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(row);
  }
  return groups;
}

function dayAnswer(rows: readonly DayRow[], counts: readonly DayCount[]): DayAnswer {
  const [first] = rows;
  const watchedMs = Math.max(0, ...rows.map(({ upMs, downMs, unknownMs }) => upMs + downMs + unknownMs));
  const activeMs = rows.reduce((sum, row) => sum + row.activeMs, 0);
  return {
    day: dateOf(first?.day ?? 0),
    record: first?.record ?? '',
    watchedSeconds: seconds(watchedMs),
    elsewhereSeconds: seconds(Math.max(0, watchedMs - activeMs)),
    switches: counts.reduce((sum, { count }) => sum + count, 0),
    switchesByKind: Object.fromEntries(counts.map(({ what, count }) => [what, count])),
    sites: rows.map((row) => ({
      name: row.site,
      activeSeconds: seconds(row.activeMs),
      upSeconds: seconds(row.upMs),
      downSeconds: seconds(row.downMs),
      unknownSeconds: seconds(row.unknownMs),
      passSeconds: seconds(row.passMs),
      failSeconds: seconds(row.failMs),
      availability: availability(row),
    })),
  };
}

/** Rounded down, so that nothing but 100 % is shown as 100 %. */
function availability({ passMs, failMs }: DayRow): number | null {
  return passMs + failMs === 0 ? null : Math.floor((passMs / (passMs + failMs)) * 1e6) / 1e6;
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
