import { pruneDays } from './days';
import type { Param, Sqlite } from './sqlite';

/** How many rows one call removed; `more` when there may be enough to do for another. */
export interface Pruned {
  readonly journal: number;
  readonly observations: number;
  readonly more: boolean;
}

interface Retention {
  readonly table: 'journal' | 'observation';
  readonly days: number;
  readonly rows: number;
  /** The newest rows, kept whatever their age: the wall clock may be wrong by years. */
  readonly kept: number;
}

const journal: Retention = { table: 'journal', days: 400, rows: 200_000, kept: 10_000 };
const observations: Retention = { table: 'observation', days: 14, rows: 2_000_000, kept: 100_000 };
const batchRows = 2_500;
const dayMs = 86_400_000;
/** Free pages kept inside the file for what comes next; above that the file shrinks, a little per call. */
const sparePages = 1_024;
const shrinkPages = 1_024;

/** Removes what is too old or too much, oldest first, at most 2,500 rows of each table. Wants a transaction. Throws. */
export function prune(sqlite: Sqlite, nowWallMs: number): Pruned {
  pruneDays(sqlite);
  const counts = [journal, observations].map(({ table, days, rows, kept }) => {
    const last = newest(sqlite, table);
    const cutoff = Number.isFinite(nowWallMs) ? Math.round(nowWallMs) - days * dayMs : 0;
    const tooMany = 'id <= ? OR (wall_ms < ? AND id <= ?)';
    return removeOldest(sqlite, table, batchRows, tooMany, [last - rows, cutoff, last - kept]);
  });
  const [lines = 0, observed = 0] = counts;
  return { journal: lines, observations: observed, more: counts.includes(batchRows) };
}

/** Gives free pages back to the file system. Wants no transaction. Throws. */
export function shrink(sqlite: Sqlite): void {
  const spare = Math.max(sparePages, sqlite.number('PRAGMA page_count') / 4);
  if (sqlite.number('PRAGMA freelist_count') > spare) sqlite.exec(`PRAGMA incremental_vacuum(${shrinkPages})`);
}

/**
 * Makes room inside the file when the disk is full: the oldest observations go first, then the oldest lines beyond the newest
 * 10,000. Returns how many rows went. Wants a transaction. Throws.
 */
export function giveWay(sqlite: Sqlite, rows: number): number {
  const observed = removeOldest(sqlite, 'observation', rows, 'TRUE', []);
  if (observed > 0) return observed;
  return removeOldest(sqlite, 'journal', rows, 'id <= ?', [newest(sqlite, 'journal') - journal.kept]);
}

function removeOldest(
  sqlite: Sqlite,
  table: Retention['table'],
  rows: number,
  condition: string,
  params: readonly Param[],
): number {
  const oldest = `SELECT id, wall_ms FROM ${table} ORDER BY id LIMIT ?`;
  sqlite.run(`DELETE FROM ${table} WHERE id IN (SELECT id FROM (${oldest}) WHERE ${condition})`, [rows, ...params]);
  return sqlite.number('SELECT changes()');
}

function newest(sqlite: Sqlite, table: Retention['table']): number {
  return sqlite.number(`SELECT max(id) FROM ${table}`);
}
