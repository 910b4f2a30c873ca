import { closeSync, constants, openSync, readSync } from 'node:fs';
import { lstat } from './directory';
import { bytes, decoded, openSqlite, type Sqlite } from './sqlite';

/** Marks a SQLite file as ours: `fovd`. */
const applicationId = 0x666f7664;

/**
 * The steps from one version of the schema to the next; the first makes an empty file ours. Never change one that was released.
 * Every table is STRICT: the integrity check then sees a value of the wrong type.
 */
const migrations: readonly string[] = [
  `PRAGMA application_id = ${applicationId};
   CREATE TABLE state (key TEXT PRIMARY KEY, json TEXT NOT NULL, checksum TEXT NOT NULL) STRICT;
   CREATE TABLE meta (key TEXT PRIMARY KEY, json TEXT NOT NULL, checksum TEXT NOT NULL) STRICT;
   CREATE TABLE journal (id INTEGER PRIMARY KEY, record TEXT NOT NULL, at_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL,
     kind TEXT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL, data TEXT NOT NULL) STRICT;
   CREATE INDEX journal_record ON journal (record, id);
   CREATE INDEX journal_code ON journal (code, id);
   CREATE TABLE site (id INTEGER PRIMARY KEY, record TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (record, name)) STRICT;
   CREATE TABLE observation (id INTEGER PRIMARY KEY, site INTEGER NOT NULL, wall_ms INTEGER NOT NULL, result INTEGER NOT NULL,
     class INTEGER, latency_us INTEGER, why TEXT) STRICT`,
  `CREATE TABLE outbox (key TEXT PRIMARY KEY, json TEXT NOT NULL, checksum TEXT NOT NULL) STRICT`,
  `CREATE TABLE day (day INTEGER NOT NULL, record TEXT NOT NULL, site TEXT NOT NULL, active_ms INTEGER NOT NULL,
     up_ms INTEGER NOT NULL, down_ms INTEGER NOT NULL, unknown_ms INTEGER NOT NULL, pass_ms INTEGER NOT NULL,
     fail_ms INTEGER NOT NULL, PRIMARY KEY (day, record, site)) STRICT, WITHOUT ROWID`,
];

export const schemaVersion = migrations.length;

/** What a file is, from its first 100 bytes and without SQLite touching it (sqlite.org/fileformat2.html §1.3, November 2026). */
export type Header =
  | { readonly is: 'absent' | 'empty' | 'damaged' | 'ours' }
  | { readonly is: 'foreign'; readonly applicationId: number }
  | { readonly is: 'newer'; readonly version: number };

/** Throws on I/O errors. */
export function readHeader(path: string): Header {
  if (lstat(path) === null) return { is: 'absent' };
  const header = Buffer.alloc(100);
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const length = readSync(file, header);
  closeSync(file);
  if (length === 0) return { is: 'empty' };
  if (length < 100 || header.toString('latin1', 0, 16) !== 'SQLite format 3\0') return { is: 'damaged' };
  if (header.readUInt32BE(68) !== applicationId) return { is: 'foreign', applicationId: header.readUInt32BE(68) };
  const version = header.readUInt32BE(60);
  if (version > schemaVersion) return { is: 'newer', version };
  // Format 1 is a rollback journal, 2 a write-ahead log; above that SQLite would open the file for reading only.
  const known = [1, 2].includes(header.readUInt8(18)) && [1, 2].includes(header.readUInt8(19));
  return { is: known && version > 0 ? 'ours' : 'damaged' };
}

/** Brings an open database to the current version, one transaction per step; false if it has no version of ours. Throws. */
export function migrate(sqlite: Sqlite): boolean {
  const version = sqlite.number('PRAGMA user_version');
  if (version < 0 || version > schemaVersion) return false;
  for (const [step, sql] of migrations.entries()) {
    if (step >= version) sqlite.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${step + 1}; COMMIT`);
  }
  return true;
}

/** Why an open, migrated database cannot be trusted as a whole; null when SQLite finds it sound. Throws what SQLite throws. */
export function damageIn(sqlite: Sqlite): string | null {
  const found = sqlite.all<'said'>('SELECT CAST(integrity_check AS BLOB) AS said FROM pragma_integrity_check(1)', []);
  const said = decoded(found[0]?.said) ?? 'no answer';
  if (said !== 'ok') return said;
  const present = definitions(sqlite);
  for (const [name, sql] of expected()) if (present.get(name) !== sql) return `the definition of ${name} was changed`;
  return null;
}

/** The definitions as a database made a moment ago has them. */
function expected(): ReadonlyMap<string, string> {
  const fresh = openSqlite(':memory:');
  migrate(fresh);
  const all = definitions(fresh);
  fresh.close();
  return all;
}

function definitions(sqlite: Sqlite): ReadonlyMap<string, string> {
  const rows = sqlite.all<'name' | 'sql'>(
    `SELECT ${bytes('name')}, ${bytes('sql')} FROM sqlite_schema WHERE sql IS NOT NULL`,
    [],
  );
  return new Map(rows.map((row) => [decoded(row.name) ?? '', decoded(row.sql) ?? '']));
}
