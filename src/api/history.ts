import type { Context, Hono } from 'hono';
import { noService } from '../config/nearest';
import { type DayAnswer, type DaySource, type DaysAnswer, dayOf, daysAnswer } from '../control/day-answers';
import { linesOfKinds } from '../control/kinds';
import type { HistoryFilter, JournalRow } from '../control/ports';
import { daysCsv, historyCsv } from './csv';
import { type Asked, asked, type Wrong } from './history-query';
import { parametersOf } from './openapi-routes';
import { openMetrics, openMetricsType } from './openmetrics';

export interface HistorySource {
  readonly statuses: () => readonly { readonly record: string; readonly sites: readonly { readonly name: string }[] }[];
  readonly history: (filter: HistoryFilter) => readonly JournalRow[];
  /** Absent: nothing is added up by day. */
  readonly days?: DaySource;
  readonly wallMs: () => number;
}

const usualDays = 7;
const mostDays = 400;
const noDays: DaySource = { days: () => ({ rows: [], firstDay: null }), counts: () => [] };
const csvType = 'text/csv; charset=utf-8; header=present';

/** `GET /api/v1/history` and `GET /api/v1/history/days`. */
export function addHistory(api: Hono, source: HistorySource): void {
  const { history, wallMs, days = noDays } = source;

  route('/api/v1/history', (context, { filter, kinds, limit, format }) => {
    const { rows, older } = kinds === null ? raw(filter, limit) : linesOfKinds(history, filter, kinds, limit);
    if (rows.length === 0 && isUnknown(filter.record)) return null;
    if (older !== null) next(context, { before: String(older) });
    if (format === 'csv') return context.body(historyCsv(rows), 200, { 'Content-Type': csvType });
    return context.json({ history: rows, older });
  });

  route('/api/v1/history/days', (context, asked) => {
    const answer = inOrder(daysAnswer(days, dayFilter(asked)));
    if (answer.days.length === 0 && isUnknown(asked.filter.record)) return null;
    const last = answer.days.at(-1);
    if (answer.truncated && last !== undefined) next(context, { until: last.day });
    if (asked.format === 'csv') return context.body(daysCsv(answer.days), 200, { 'Content-Type': csvType });
    return context.json(answer);
  });

  /** `answer` is not asked for what is wrong, nor for OpenMetrics, which is the same everywhere; null: there is no such service. */
  function route(path: string, answer: (context: Context, asked: Asked) => Response | null): void {
    const known = parametersOf(path);
    api.get(path, (context) => {
      const one = asked(context.req.query(), known, wallMs());
      if ('error' in one) return context.json<Wrong>(one, 400);
      const { record } = one.filter;
      const unknown = () => {
        const records = source.statuses().map((status) => status.record);
        return context.json({ error: noService(record ?? '', records) }, 404);
      };
      if (one.format !== 'openmetrics') return answer(context, one) ?? unknown();
      if (isUnknown(record)) return unknown();
      return context.body(openMetrics(days, dayFilter(one), wallMs()), 200, { 'Content-Type': openMetricsType });
    });
  }

  /** Where the rest is (RFC 8288): a table has no other place to say that there is more. */
  function next(context: Context, rest: Readonly<Record<string, string>>): void {
    const query = new URLSearchParams({ ...context.req.query(), ...rest });
    context.header('Link', `<?${query}>; rel="next"`);
  }

  /** The sites of each day in order of preference; after them those that are no more. */
  function inOrder(answer: DaysAnswer): DaysAnswer {
    const orders = new Map(source.statuses().map(({ record, sites }) => [record, sites.map(({ name }) => name)]));
    const ordered = ({ record, sites, ...day }: DayAnswer): DayAnswer => {
      const names = orders.get(record) ?? [];
      const place = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length);
      return { ...day, record, sites: sites.toSorted((left, right) => place(left.name) - place(right.name)) };
    };
    return { ...answer, days: answer.days.map(ordered) };
  }

  /** Neither a service nor one that was: its lines are kept longer than its settings. The daemon's own lines have no record. */
  function isUnknown(record: string | undefined): boolean {
    if (record === undefined || record === '') return false;
    if (source.statuses().some((status) => status.record === record)) return false;
    const everyDay = { record, fromDay: 0, toDay: dayOf(wallMs()) };
    return history({ record, limit: 1 }).length === 0 && days.days(everyDay).rows.length === 0;
  }

  function raw(filter: Asked['filter'], limit: number): ReturnType<typeof linesOfKinds> {
    const rows = history({ limit, ...filter });
    return { rows, older: limit > 0 && rows.length === limit ? (rows.at(-1)?.id ?? null) : null };
  }

  /** Whole days: from the one `since` is in to the one `until` is in. */
  function dayFilter({ filter: { record, sinceWallMs, untilWallMs } }: Asked): Parameters<DaySource['days']>[0] {
    const toDay = dayOf(untilWallMs ?? wallMs());
    const fromDay = sinceWallMs === undefined ? toDay - usualDays + 1 : dayOf(sinceWallMs);
    return { ...(record === undefined ? {} : { record }), fromDay: Math.max(fromDay, toDay - mostDays), toDay };
  }
}
