import { nearest } from '../config/nearest';
import { type HistoryKind, historyKinds, isHistoryKind } from '../control/kinds';
import type { HistoryFilter, JournalLine } from '../control/ports';
import { printable } from '../domain/printable';
import { normalName } from '../domain/records';
import { momentOf, momentWords } from './moment';

const maxRows = 10_000;

/** What is wrong with a query, and what would be right. */
export interface Wrong {
  readonly error: string;
  readonly remedy: string;
}

type Given = Readonly<Record<string, string>>;
type Query = (name: string) => string | undefined;

/** What was asked for. */
export interface Asked {
  readonly filter: Omit<HistoryFilter, 'limit'>;
  readonly kinds: readonly HistoryKind[] | null;
  readonly limit: number;
  readonly format: 'json' | 'csv' | 'openmetrics';
}

/** What a query asks for, or what is wrong with it; `known`: the parameters that there are. */
export function asked(given: Given, known: readonly string[], nowMs: number): Asked | Wrong {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) return noParameter(unknown, known);
  const query: Query = (name) => given[name];
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
  const choice = (['kind', 'limit', 'before'] as const).find((name) => query(name) !== undefined);
  if (format === 'openmetrics' && choice !== undefined)
    return { error: `format=openmetrics counts the lines of each day and takes no ${choice}`, remedy: 'leave one out' };
  const record = query('record');
  return {
    limit: Math.min(limit ?? 100, maxRows),
    kinds: kind.kinds,
    format,
    filter: {
      ...(before === null ? {} : { before }),
      ...(record === undefined ? {} : { record: normalName(record) }),
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

function noParameter(name: string, known: readonly string[]): Wrong {
  const near = nearest(name, known);
  return {
    error: `there is no parameter ${printable(name, 60)} here${near === null ? '' : `, did you mean ${near}?`}`,
    remedy: `give some of ${known.join(', ')}`,
  };
}
