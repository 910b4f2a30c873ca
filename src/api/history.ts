import type { Context, Hono } from 'hono';
import { type DaySource, dayOf, daysAnswer } from '../control/day-answers';
import { type HistoryKind, historyKinds, isHistoryKind, linesOfKinds } from '../control/kinds';
import type { HistoryFilter, JournalLine, JournalRow } from '../control/ports';
import { daysCsv, historyCsv } from './csv';
import { momentOf, momentWords } from './moment';
import { openMetrics, openMetricsType } from './openmetrics';

export interface HistorySource {
  readonly history: (filter: HistoryFilter) => readonly JournalRow[];
  /** Absent: nothing is added up by day. */
  readonly days?: DaySource;
  readonly wallMs: () => number;
}

const maxRows = 10_000;
const usualDays = 7;
const mostDays = 400;
const noDays: DaySource = { days: () => ({ rows: [], firstDay: null }), counts: () => [] };
const csvType = 'text/csv; charset=utf-8; header=present';

/** What is wrong with a query, and what would be right. */
interface Wrong {
  readonly error: string;
  readonly remedy: string;
}

/** `GET /api/v1/history` and `GET /api/v1/history/days`. */
export function addHistory(api: Hono, source: HistorySource): void {
  const { history, wallMs, days = noDays } = source;

  api.get('/api/v1/history', (context) => {
    const asked = lines(queryOf(context), wallMs());
    if ('error' in asked) return context.json(asked, 400);
    const { filter, kinds, limit, format } = asked;
    if (format === 'openmetrics') return openMetricsOf(context, asked);
    const { rows, older } = kinds === null ? raw(filter, limit) : linesOfKinds(history, filter, kinds, limit);
    if (format === 'csv') return context.body(historyCsv(rows), 200, { 'Content-Type': csvType });
    return context.json({ history: rows, older });
  });

  api.get('/api/v1/history/days', (context) => {
    const asked = lines(queryOf(context), wallMs());
    if ('error' in asked) return context.json(asked, 400);
    if (asked.format === 'openmetrics') return openMetricsOf(context, asked);
    const answer = daysAnswer(days, dayFilter(asked));
    if (asked.format === 'csv') return context.body(daysCsv(answer.days), 200, { 'Content-Type': csvType });
    return context.json(answer);
  });

  function openMetricsOf(context: Context, asked: Asked): Response {
    return context.body(openMetrics(days, dayFilter(asked), wallMs()), 200, { 'Content-Type': openMetricsType });
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

type Query = (name: string) => string | undefined;

function queryOf(context: Context): Query {
  return (name) => context.req.query(name);
}

interface Asked {
  readonly filter: Omit<HistoryFilter, 'limit'>;
  readonly kinds: readonly HistoryKind[] | null;
  readonly limit: number;
  readonly format: 'json' | 'csv' | 'openmetrics';
}

function lines(query: Query, nowMs: number): Asked | Wrong {
  const limit = wholeNumber(query('limit'), 100);
  const before = wholeNumber(query('before'), null);
  if (limit === 'invalid' || before === 'invalid')
    return { error: 'limit and before are whole numbers', remedy: 'such as limit=100; before is the id of a line' };
  const times = span(query, nowMs);
  if ('error' in times) return times;
  const kind = kindsIn(query('kind'));
  if ('error' in kind) return kind;
  const format = query('format') ?? 'json';
  if (format !== 'json' && format !== 'csv' && format !== 'openmetrics')
    return { error: 'format is json, csv or openmetrics', remedy: 'leave it out for JSON' };
  const record = query('record');
  return {
    limit: Math.min(limit ?? 100, maxRows),
    kinds: kind.kinds,
    format,
    filter: {
      ...(before === null ? {} : { before }),
      ...(record === undefined ? {} : { record }),
      ...(kind.kind === null ? {} : { kind: kind.kind }),
      ...times,
    },
  };
}

function span(query: Query, nowMs: number): Pick<HistoryFilter, 'sinceWallMs' | 'untilWallMs'> | Wrong {
  const moments = (['since', 'until'] as const).map((name) => {
    const text = query(name);
    return { name, text, atMs: text === undefined ? undefined : momentOf(text, nowMs) };
  });
  for (const { name, text, atMs } of moments)
    if (atMs === null) return { error: `${name}=${text} is no moment`, remedy: `give ${momentWords}` };
  const [sinceWallMs, untilWallMs] = moments.map(({ atMs }) => atMs ?? undefined);
  if (sinceWallMs !== undefined && untilWallMs !== undefined && sinceWallMs > untilWallMs)
    return { error: 'since is later than until', remedy: 'exchange them' };
  return {
    ...(sinceWallMs === undefined ? {} : { sinceWallMs }),
    ...(untilWallMs === undefined ? {} : { untilWallMs }),
  };
}

type KindsAsked = { readonly kinds: readonly HistoryKind[] | null; readonly kind: JournalLine['kind'] | null };

/** Which part of the journal alone (`event`, `effect`, `tell`), or what people look for: some kinds of it, or `main`, all of them. */
function kindsIn(text: string | undefined): KindsAsked | Wrong {
  if (text === undefined) return { kinds: null, kind: null };
  if (text === 'event' || text === 'effect' || text === 'tell') return { kinds: null, kind: text };
  const words = text === 'main' ? Object.keys(historyKinds) : text.split(',');
  const kinds = words.filter(isHistoryKind);
  if (kinds.length === words.length && kinds.length > 0) return { kinds, kind: null };
  const known = Object.keys(historyKinds).join(', ');
  return { error: `kind=${text} is not known`, remedy: `give some of ${known}; or one of main, event, effect, tell` };
}

function wholeNumber<T>(text: string | undefined, otherwise: T): number | T | 'invalid' {
  if (text === undefined) return otherwise;
  return /^\d{1,12}$/.test(text) ? Number(text) : 'invalid';
}
