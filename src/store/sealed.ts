import { createHash } from 'node:crypto';
import { bytes, decoded, integer, type Sqlite } from './sqlite';

/** Small things with a checksum of their own: the state of each service by record, what the store knows of itself, what is still to be told. */
export const sealedTables = ['state', 'meta', 'outbox'] as const;
export type SealedTable = (typeof sealedTables)[number];

export interface SealedRow {
  readonly table: SealedTable;
  readonly key: string;
  readonly json: string;
}

/** Puts a row in place of the one with its key. Throws. */
export function putSealed(sqlite: Sqlite, row: SealedRow): void {
  sqlite.run(
    `INSERT INTO ${row.table} VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json, checksum = excluded.checksum`,
    [row.key, row.json, checksum(row)],
  );
}

export interface FoundRow extends SealedRow {
  readonly rowid: number;
  /** Whether it is as it was written. */
  readonly intact: boolean;
}

/** Every row of a table. Throws. */
export function readSealed(sqlite: Sqlite, table: SealedTable): readonly FoundRow[] {
  const rows = sqlite.all<'rowid' | 'key' | 'json' | 'checksum'>(
    `SELECT rowid, ${bytes('key')}, ${bytes('json')}, ${bytes('checksum')} FROM ${table}`,
    [],
  );
  return rows.map((found) => {
    const row = { table, key: decoded(found.key) ?? '', json: decoded(found.json) ?? '' };
    return { ...row, rowid: integer(found.rowid), intact: decoded(found.checksum) === checksum(row) };
  });
}

/** Removes the row with this key. Throws. */
export function dropSealed(sqlite: Sqlite, { table, key }: Pick<SealedRow, 'table' | 'key'>): void {
  sqlite.run(`DELETE FROM ${table} WHERE key = ?`, [key]);
}

/** Removes a row by its place: its key may be what is damaged. Throws. */
export function removeSealed(sqlite: Sqlite, row: FoundRow): void {
  sqlite.run(`DELETE FROM ${row.table} WHERE rowid = ?`, [row.rowid]);
}

/** Covers table and key too: a row must not speak for another service. */
function checksum(row: SealedRow): string {
  return createHash('sha256')
    .update(JSON.stringify([row.table, row.key, row.json]))
    .digest('hex');
}
