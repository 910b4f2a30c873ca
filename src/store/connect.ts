import { printable } from '../domain/printable';
import { damageIn, migrate } from './schema';
import { readSealed, type SealedRow } from './sealed';
import { faultOf, isDamage, openSqlite, type Sqlite } from './sqlite';

export interface Place {
  readonly directory: string;
  /** The database file. */
  readonly path: string;
  readonly uid: number;
  /** The file never grows beyond this. */
  readonly limitBytes: number;
}

/** What is wrong with the bytes, and the sealed rows that are intact all the same. */
export interface Damaged {
  readonly damage: string;
  readonly salvaged: readonly SealedRow[];
}

/** What is known of the file: nothing, that it is empty, that it was sound a moment ago, that its header is wrong. */
export type Check = 'whole' | 'made' | 'none' | 'damaged';

/** How long another program's lock is waited for. */
const busyMs = 1_000;
const pageBytes = 4096;
/** What the rollback journal keeps allocated, so that a small transaction still finds room on a full disk. */
const journalBytes = 1024 * 1024;

/**
 * Opens a database file and takes it for this process alone, once it has proved sound and current. Throws whatever is
 * not damage.
 *
 * A rollback journal rather than a write-ahead log: one flipped byte in a log silently takes back every acknowledged transaction
 * after it, and cannot be told from the torn end a crash leaves. It costs 0.2 ms more per transaction (0.56 against 0.38 ms).
 */
export function connect(place: Place, check: Check): Sqlite | Damaged {
  const sqlite = openSqlite(place.path);
  try {
    if (check === 'made') sqlite.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`);
    sqlite.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA mmap_size = 0; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = ${journalBytes}; PRAGMA max_page_count = ${Math.floor(place.limitBytes / pageBytes)}`);
    if (check === 'whole' || check === 'made') migrate(sqlite);
    const damage = check === 'damaged' ? 'its header makes no sense' : check === 'whole' ? damageIn(sqlite) : null;
    if (damage !== null) return { damage: printable(damage), salvaged: salvageAndClose(sqlite) };
    // Last, because a lock taken for good outlives a failed `close`.
    sqlite.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = PERSIST; BEGIN EXCLUSIVE; COMMIT');
    return sqlite;
  } catch (error) {
    const fault = faultOf(error);
    const salvaged = salvageAndClose(sqlite);
    if (isDamage(fault)) return { damage: `${fault.text} (${fault.code})`, salvaged };
    throw error;
  }
}

function salvageAndClose(sqlite: Sqlite): readonly SealedRow[] {
  const rows: SealedRow[] = [];
  for (const table of ['state', 'meta'] as const) {
    try {
      for (const row of readSealed(sqlite, table)) if (row.intact) rows.push(row);
    } catch {
      // This table is what is damaged; the other may still be read.
    }
  }
  try {
    sqlite.release();
  } catch {
    // A file that cannot even be read has not been locked for good.
  }
  sqlite.close();
  return rows;
}
