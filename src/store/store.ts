import type { JournalLine, Saved } from '../control/ports';
import { printable } from '../domain/printable';
import type { Machine } from './boot';
import type { SavedClock } from './clock';
import { addDays, readCounts, readDays } from './days';
import { insertLines, lineQueue, readHistory, writtenLine } from './journal';
import type { Loaded } from './load';
import { insertObservations, observationQueue, readObservations, readPage } from './observations';
import type { OpenStore } from './open-store';
import { outboxQueue } from './outbox';
import { giveWay, type Pruned, prune, shrink } from './prune';
import { clockRow, sealState, stateLimit } from './rows';
import { fileSize } from './size';
import type { StateFile, Transaction } from './transactions';

export type { OpenStore } from './open-store';

const flushMs = 2_000;
const flushRows = 256;

/** The store on an open file; `loaded` is what stood in it. */
export function sqliteStore(file: StateFile, machine: Machine, loaded: Loaded, release: () => void): OpenStore {
  const states = new Map(loaded.states);
  const lines = lineQueue();
  const observations = observationQueue();
  const outbox = outboxQueue(loaded.outbox, () => schedule());
  let hear = (_record: string, _line: JournalLine): void => undefined;
  let last: Saved = { ok: true };
  let lostObservations = 0;
  let nowMs = loaded.clock?.nowMs ?? 0;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  function wait(record: string, added: readonly JournalLine[]): void {
    for (const line of added) {
      lines.add(writtenLine(record, line));
      hear(record, line);
    }
  }

  /** A line of the store's own. */
  function say(code: string, text: string): void {
    wait('', [{ atMs: nowMs, wallMs: machine.wallMs(), kind: 'event', code, text, data: {} }]);
  }

  function write(work: (transaction: Transaction) => void): Saved {
    const saved = file.write((transaction) => {
      work(transaction);
      insertLines(transaction.sqlite, lines.items);
      outbox.write(transaction);
    });
    const lost = lines.dropped;
    if (saved.ok) {
      lines.clear();
      outbox.written();
      if (lost > 0) say('lines-lost', `${lost} lines were dropped while the disk took nothing and the queue was full`);
    }
    for (const note of file.takeNotes()) say('store-recovered', note);
    last = saved;
    return saved;
  }

  /** On a full disk the oldest history gives way: a switch must not fail for want of room for what is long past. */
  function writeMakingRoom(work: (transaction: Transaction) => void): Saved {
    let saved = write(work);
    for (let rows = 250; !saved.ok && saved.code === 'full' && rows <= 16_000; rows *= 2) {
      let gone = 0;
      const gave = file.write(({ sqlite }) => {
        gone = giveWay(sqlite, rows);
      });
      if (!gave.ok || gone === 0) return saved;
      say(
        'history-gave-way',
        `the disk is full: ${gone} rows of old history were removed to save the state; make room on it`,
      );
      saved = write(work);
    }
    return saved;
  }

  function flush(): Saved {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting() === 0) return last;
    const saved = write(({ sqlite }) => insertObservations(sqlite, observations.items));
    if (saved.ok) {
      lostObservations += observations.dropped;
      observations.clear();
    }
    schedule();
    return saved;
  }

  function waiting(): number {
    return lines.items.length + observations.items.length + outbox.waiting;
  }

  function schedule(): void {
    if (closed || timer !== null || waiting() === 0) return;
    timer = setTimeout(flush, flushMs).unref();
  }

  return {
    instance: loaded.instance,
    clock: loaded.clock,
    outbox,
    watch(heard) {
      hear = heard;
    },
    load: (record) => states.get(record) ?? null,
    commit(record, clockMs, durable, added) {
      wait(record, added);
      nowMs = clockMs;
      const sealed = sealState({ clockMs, durable });
      if (sealed === null) {
        const why = `the state of ${printable(record)} is malformed or over ${stateLimit} characters: a bug, please report it`;
        last = { ok: false, code: 'failed', why };
        return last;
      }
      const clock: SavedClock = { bootId: machine.bootId, uptimeMs: machine.uptimeMs(), nowMs: clockMs };
      const saved = writeMakingRoom(({ put }) => {
        put({ table: 'state', key: record, json: sealed.json });
        put(clockRow(clock));
      });
      if (saved.ok) states.set(record, sealed.state.durable);
      schedule();
      return saved;
    },
    journal(record, added) {
      wait(record, added);
      // On disk before it is told: whoever is to be paged will be, whatever happens to this process next.
      if (outbox.waiting > 0) return flush();
      schedule();
      return last;
    },
    observe(record, row) {
      observations.add({ record, ...row });
      if (last.ok && observations.items.length >= flushRows) flush();
      else schedule();
    },
    history(filter) {
      if (lines.items.length > 0) flush();
      return file.read((sqlite) => readHistory(sqlite, filter), []);
    },
    observed(record, limit, untilWallMs) {
      if (observations.items.length > 0) flush();
      return file.read((sqlite) => readObservations(sqlite, record, limit, untilWallMs), []);
    },
    observedPage: (id, limit) => file.read((sqlite) => readPage(sqlite, id, limit), { rows: [], nextId: null }),
    addDays: (rows) => file.write(({ sqlite }) => addDays(sqlite, rows)),
    days: (filter) => file.read((sqlite) => readDays(sqlite, filter), { rows: [], firstDay: null }),
    counts(filter, codes) {
      if (lines.items.length > 0) flush();
      return file.read((sqlite) => readCounts(sqlite, filter, codes), []);
    },
    saveClock(clock) {
      nowMs = clock.nowMs;
      return write(({ put }) => put(clockRow(clock)));
    },
    flush,
    prune(nowWallMs) {
      let pruned: Pruned = { journal: 0, observations: 0, more: false };
      const saved = file.write(({ sqlite }) => {
        pruned = prune(sqlite, nowWallMs);
        shrink(sqlite);
      });
      return saved.ok ? pruned : { journal: 0, observations: 0, more: false };
    },
    healthy: () => last,
    size: () => ({
      ...fileSize(file),
      waitingLines: lines.items.length,
      waitingObservations: observations.items.length,
      lostObservations: lostObservations + observations.dropped,
    }),
    close() {
      if (closed) return;
      closed = true;
      flush();
      file.close();
      release();
    },
  };
}
