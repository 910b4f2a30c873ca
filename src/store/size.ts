import type { StateFile } from './transactions';

/** How large the state is, and what waits to be written. */
export interface StoreSize extends FileSize {
  readonly waitingLines: number;
  readonly waitingObservations: number;
  /** Dropped since the start because the disk took nothing for too long. */
  readonly lostObservations: number;
}

interface FileSize {
  readonly bytes: number;
  /** Of those, free inside the file. */
  readonly freeBytes: number;
  /** Free on its disk; null when that cannot be learnt. */
  readonly diskFreeBytes: number | null;
}

const pageBytes = 4096;

/** What the file takes, and what its disk has left. */
export function fileSize(file: StateFile): FileSize {
  return {
    bytes: file.read((sqlite) => sqlite.number('PRAGMA page_count'), 0) * pageBytes,
    freeBytes: file.read((sqlite) => sqlite.number('PRAGMA freelist_count'), 0) * pageBytes,
    diskFreeBytes: file.diskFreeBytes(),
  };
}
