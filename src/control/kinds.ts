import { obstacleRemedies } from '../domain/obstacles';
import type { ReadHistory } from './chain';
import type { HistoryFilter, JournalRow } from './ports';

/** What a person looks for in the history. A line may be of several kinds: drift holds, and calls for a human. */
export const historyKinds = {
  switch: 'a switch that was verified',
  hold: 'what keeps automation from changing the record, and its end: an order, a pin, a zone that is not ours',
  page: 'an alert that calls for a human, and its end',
  drift: 'the zone, or a name server, says something that we did not write',
  order: 'what humans ordered, what was refused, and what ran out',
  start: 'the daemon started or stopped',
  reload: 'a new configuration was taken or refused',
} as const;
export type HistoryKind = keyof typeof historyKinds;

export function isHistoryKind(word: string): word is HistoryKind {
  return Object.hasOwn(historyKinds, word);
}

const holding: readonly string[] = [...Object.keys(obstacleRemedies), 'held', 'pinned'];
const drifting: readonly string[] = ['drift', 'foreign', 'absent', 'twin', 'obstacle', 'diverged', 'servers-differ'];

/** Which codes lines of a kind may have. */
const codes: Readonly<Record<HistoryKind, readonly string[]>> = {
  switch: ['switched'],
  hold: ['alert', 'cleared'],
  page: ['alert', 'cleared'],
  drift: ['alert', 'cleared', 'moved-by-hand', 'landed-late'],
  order: ['ordered', 'order-refused', 'order-expired'],
  start: ['started', 'stopping', 'store-recovered'],
  reload: ['reloaded', 'reload-refused'],
};

/** The codes of all that a person looks for. */
export const toldCodes: readonly string[] = [...new Set(Object.values(codes).flat())];

/** The kinds of a line; empty: it is of interest only to whoever wants everything. */
export function kindsOf({ kind, code, data }: Pick<JournalRow, 'kind' | 'code' | 'data'>): readonly HistoryKind[] {
  const all: readonly HistoryKind[] = ['switch', 'hold', 'page', 'drift', 'order', 'start', 'reload'];
  // The order itself and what became of it are two lines; the second tells both.
  if (code === 'ordered' && kind !== 'tell') return [];
  if (code !== 'alert' && code !== 'cleared') return all.filter((one) => codes[one].includes(code));
  const alert = String(data['alert']);
  // An older end does not say whether it was one of a page: rather one end too many.
  const page = code === 'alert' ? data['page'] === true : data['paged'] !== false;
  return all.filter(
    (one) =>
      (one === 'hold' && holding.includes(alert)) ||
      (one === 'page' && page) ||
      (one === 'drift' && drifting.includes(alert)),
  );
}

const mostRows = 10_000;

/** Lines of these kinds, newest first, however many others lie between; `older`: where to go on (`before`), null when there is nothing more. */
export function linesOfKinds(
  read: ReadHistory,
  filter: Omit<HistoryFilter, 'limit'>,
  kinds: readonly HistoryKind[],
  limit: number,
): { readonly rows: readonly JournalRow[]; readonly older: number | null } {
  const wanted = [...new Set(kinds.flatMap((one) => codes[one]))];
  const named = [...(kinds.includes('hold') ? holding : []), ...(kinds.includes('drift') ? drifting : [])];
  const alerts = { named: [...new Set(named)], pages: kinds.includes('page') };
  const rows: JournalRow[] = [];
  const asked = Math.min(mostRows, Math.max(100, limit));
  let before = filter.before ?? Number.MAX_SAFE_INTEGER;
  while (rows.length < limit) {
    // The store leaves out all but a line beside an order's own: each round brings most of what it asks for.
    const found = read({
      ...filter,
      before,
      codes: wanted,
      ...(wanted.includes('alert') ? { alerts } : {}),
      limit: asked,
    });
    for (const row of found) {
      before = row.id;
      if (kindsOf(row).some((one) => kinds.includes(one))) rows.push(row);
      if (rows.length === limit) return { rows, older: before };
    }
    if (found.length < asked) break;
  }
  return { rows, older: null };
}
