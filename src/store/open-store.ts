import type { DayStore, JournalLine, ObservationRow, Saved, Store } from '../control/ports';
import type { SavedClock } from './clock';
import type { ObservationPage } from './observations';
import type { Outbox } from './outbox';
import type { Pruned } from './prune';
import type { StoreSize } from './size';

/** The store of one daemon. Never throws. Lines of a failed `commit` are kept and written later: do not hand them in again. */
export interface OpenStore extends Store, DayStore {
  /** Random, made when the file was; two daemons that show the same one share a copied state. */
  readonly instance: string;
  /** Where the lasting clock stood when the file was last written; null in a new file. */
  readonly clock: SavedClock | null;
  saveClock(clock: SavedClock): Saved;
  /** What is still to be told. */
  readonly outbox: Outbox;
  /** Shows every line before it is written: what `hear` puts into the outbox goes to disk in the same transaction. */
  watch(hear: (record: string, line: JournalLine) => void): void;
  /** The newest observations of one service, until a moment if one is given; newest first, at most 10,000. */
  observed(record: string, limit: number, untilWallMs?: number): readonly ObservationRow[];
  /** Observations of all services, newest first, from below this id on; null: from the newest that is on disk. */
  observedPage(before: number | null, limit: number): ObservationPage;
  /** Writes what waits in memory. Happens by itself within 2 s. */
  flush(): Saved;
  /** Removes a bounded batch of what is past its retention; to be called every few minutes. */
  prune(nowWallMs: number): Pruned;
  /** How the newest write went: while it is not ok, what comes is kept in memory and tried again every 2 s. */
  healthy(): Saved;
  size(): StoreSize;
  /** Writes what waits and lets go of the file and the directory. */
  close(): void;
}
