import type { Clock, HistoryFilter, JournalRow, RefusedReload } from '../control/ports';
import type { ServiceStatus } from '../domain/explain';
import type { MayOrder } from './orders';
import { createWatchers } from './watchers';

/** What happens, as it happens, for all who watch at once. */
export interface Live {
  /** Something was told: who watches hears of it within a quarter of a second. */
  stir(): void;
  /** The stream of a new watcher, with the journal from after this row; null: too many watch already. `cut` ends one who does not read. */
  watch(afterId: number | null, cut: () => void): ReadableStream<Uint8Array> | null;
  stop(): void;
}

export interface LiveInput {
  readonly clock: Pick<Clock, 'after' | 'nowMs' | 'wallMs'>;
  readonly version: string;
  /** Who may give orders at the port: a page that stays open over a restart must learn of it. */
  readonly orders: MayOrder['by'];
  readonly statuses: () => readonly ServiceStatus[];
  readonly history: (filter: HistoryFilter) => readonly JournalRow[];
  /** Whether the daemon runs on other settings than are written. */
  readonly refused?: (() => RefusedReload | null) | undefined;
}

const maxWatchers = 256;
/** Without news every second is looked at; after news this soon, and never more often. */
const lookMs = 1_000;
const soonMs = 250;
const heartbeatMs = 15_000;
/** Rows of the journal that one look, or one who comes back, gets at most: the newest. Before them `gap` says that there were more. */
const maxRows = 200;

/** Costs nothing while nobody watches, and the same for one as for many, but for the sending. */
export function createLive(input: LiveInput): Live {
  const { clock } = input;
  const watchers = createWatchers(maxWatchers);
  let shown: ReadonlyMap<string, string> = new Map();
  /** The whole of it, while it is what was shown last. */
  let whole: { readonly atMs: number; readonly text: string } | null = null;
  let shownRefusal: string | null = null;
  let lastId = 0;
  let isNews = false;
  let lookedMs = 0;
  let due: { readonly atMs: number; readonly cancel: () => void } | null = null;
  let cancelBeat = clock.after(heartbeatMs, beat);

  function lookIn(ms: number): void {
    const atMs = clock.nowMs() + ms;
    if (due !== null && due.atMs <= atMs) return;
    due?.cancel();
    due = { atMs, cancel: clock.after(ms, look) };
  }

  function look(): void {
    due = null;
    if (watchers.size() === 0) return;
    lookedMs = clock.nowMs();
    const before = shown;
    const statuses = see();
    const changed = statuses.filter(({ record }) => shown.get(record) !== before.get(record));
    const isSameList = statuses.length === before.size && statuses.every(({ record }) => before.has(record));
    const refusal = input.refused?.()?.why ?? null;
    if (changed.length > 0 || !isSameList || refusal !== shownRefusal) {
      shownRefusal = refusal;
      whole = null;
      watchers.send(statusOf(changed, isSameList ? null : statuses));
    }
    if (isNews) {
      const { rows, gap } = after(lastId);
      for (const text of [...gap, ...rows.map(journalOf)]) watchers.send(text);
      lastId = rows.at(-1)?.id ?? lastId;
    }
    isNews = false;
    lookIn(lookMs);
  }

  function see(): readonly ServiceStatus[] {
    const statuses = input.statuses();
    shown = new Map(statuses.map((status) => [status.record, essence(status)]));
    return statuses;
  }

  /** `all`: the list of services is told too. */
  function statusOf(services: readonly ServiceStatus[], all: readonly ServiceStatus[] | null): string {
    const records = all === null ? {} : { records: all.map(({ record }) => record) };
    const reloadRefused = input.refused?.() ?? null;
    const { version, orders } = input;
    return message('status', { at: clock.wallMs(), version, orders, ...records, services, reloadRefused });
  }

  /** What people were told since that row, oldest first; and the word that older lines of it are left out, where there are too many. */
  function after(id: number): { readonly rows: readonly JournalRow[]; readonly gap: readonly string[] } {
    const rows = input.history({ after: id, kind: 'tell', limit: maxRows + 1 });
    const gap = rows.length > maxRows ? [message('gap', { at: clock.wallMs() })] : [];
    return { rows: rows.slice(0, maxRows).toReversed(), gap };
  }

  function beat(): void {
    watchers.send(message('beat', { at: clock.wallMs() }));
    cancelBeat = clock.after(heartbeatMs, beat);
  }

  return {
    stir() {
      isNews = true;
      if (watchers.size() > 0) lookIn(Math.max(0, lookedMs + soonMs - clock.nowMs()));
    },
    watch(afterId, cut) {
      const nowMs = clock.nowMs();
      const isFirst = watchers.size() === 0;
      if (isFirst) lastId = input.history({ limit: 1 })[0]?.id ?? 0;
      // Many come at once after a restart: they get the same text.
      if (isFirst || whole === null || nowMs - whole.atMs > soonMs) {
        const statuses = isFirst ? see() : input.statuses();
        whole = { atMs: nowMs, text: statusOf(statuses, statuses) };
      }
      const { rows, gap } = afterId === null ? { rows: [], gap: [] } : after(afterId);
      // Newer ones come with the next look, to all.
      const missed = rows.filter((row) => row.id <= lastId).map(journalOf);
      const stream = watchers.add(['retry: 2000\n\n', whole.text, ...gap, ...missed], cut);
      if (stream !== null) lookIn(lookMs);
      return stream;
    },
    stop() {
      due?.cancel();
      cancelBeat();
      watchers.close();
    },
  };
}

function journalOf(row: JournalRow): string {
  return `id: ${row.id}\n${message('journal', row)}`;
}

/** JSON has no line breaks, so one `data` line holds it. */
function message(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A status without what changes by the mere passing of time. */
function essence({ options: _, ...status }: ServiceStatus): string {
  return JSON.stringify(status, (key, value: unknown) =>
    /Ms$|^(since|until|penalty)$/.test(key) && typeof value === 'number' ? undefined : value,
  );
}
