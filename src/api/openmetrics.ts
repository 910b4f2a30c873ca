import type { DaySource } from '../control/day-answers';
import { toldCodes } from '../control/kinds';
import type { DayFilter } from '../control/ports';

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const daySeconds = 86_400;

interface Point {
  readonly day: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The past as counters that grow from the first day asked for, one point at the end of each day that has any, the last one now. In the text
 * format OpenMetrics 1.0 (github.com/prometheus/OpenMetrics, read 2026-11-23), with times, so that
 * `promtool tsdb create-blocks-from openmetrics` takes it.
 */
export function openMetrics(source: DaySource, filter: DayFilter, nowMs: number): string {
  const nowSeconds = Math.floor(nowMs / 1_000);
  // An order is two lines: what was asked, and what became of it.
  const told = source.counts(filter, toldCodes).filter(({ kind, code }) => kind !== 'event' || code !== 'ordered');
  const entries = told.map(({ day, record, code, what, count }) => ({
    day,
    labels: { record, code, what },
    value: count,
  }));
  const seconds = source.days(filter).rows.flatMap(({ day, record, site, ...row }) =>
    (['active', 'up', 'down', 'unknown', 'pass', 'fail'] as const).map((state) => ({
      day,
      labels: { record, site, state },
      value: row[`${state}Ms`] / 1_000,
    })),
  );
  return [
    '# TYPE failoverd_history_entries counter',
    '# HELP failoverd_history_entries Lines of the history by code; what tells alerts apart by name, switches by kind.',
    ...series('failoverd_history_entries_total', entries, nowSeconds),
    '# TYPE failoverd_history_site_seconds counter',
    '# UNIT failoverd_history_site_seconds seconds',
    '# HELP failoverd_history_site_seconds Seconds the record pointed at the site, its verdict was up, down or unknown, its newest check passed or failed.',
    ...series('failoverd_history_site_seconds_total', seconds, nowSeconds),
    '# EOF',
    '',
  ].join('\n');
}

/** Each set of labels with its points in order of time, grown from day to day. */
function series(name: string, points: readonly Point[], nowSeconds: number): readonly string[] {
  const groups = new Map<string, Map<number, number>>();
  for (const { day, labels, value } of points) {
    const key = Object.entries(labels)
      .map(([label, text]) => `${label}="${escaped(text)}"`)
      .join(',');
    const days = groups.get(key) ?? new Map<number, number>();
    groups.set(key, days.set(day, (days.get(day) ?? 0) + value));
  }
  return [...groups].flatMap(([key, days]) => {
    let sum = 0;
    const ends = new Map<number, number>();
    for (const [day, value] of [...days].toSorted(([a], [b]) => a - b)) {
      sum += value;
      ends.set(Math.min((day + 1) * daySeconds, nowSeconds), sum);
    }
    return [...ends].map(([end, total]) => `${name}{${key}} ${Math.round(total * 1_000) / 1_000} ${end}`);
  });
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
