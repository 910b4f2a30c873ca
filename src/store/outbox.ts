import type { Transaction } from './transactions';

/** What is still to be told, by key: small JSON texts that must survive a crash, written with whatever is saved next. */
export interface Outbox {
  rows(): ReadonlyMap<string, string>;
  put(key: string, json: string): void;
  drop(key: string): void;
}

/** An outbox, and the changes of it that are not on disk yet. */
export interface OutboxQueue extends Outbox {
  readonly waiting: number;
  /** Writes what waits. Throws. */
  write(transaction: Transaction): void;
  /** What waited is on disk. */
  written(): void;
}

/** The memory goes first and the disk follows, so that a full one keeps nothing from being told. */
export function outboxQueue(loaded: ReadonlyMap<string, string>, changed: () => void): OutboxQueue {
  const rows = new Map(loaded);
  const waiting = new Set<string>();
  return {
    rows: () => rows,
    put(key, json) {
      rows.set(key, json);
      waiting.add(key);
      changed();
    },
    drop(key) {
      if (!rows.delete(key)) return;
      waiting.add(key);
      changed();
    },
    get waiting() {
      return waiting.size;
    },
    write(transaction) {
      for (const key of waiting) {
        const json = rows.get(key);
        if (json === undefined) transaction.drop({ table: 'outbox', key });
        else transaction.put({ table: 'outbox', key, json });
      }
    },
    written: () => waiting.clear(),
  };
}
