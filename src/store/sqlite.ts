import { isAnyArrayBuffer } from 'node:util/types';
import Database from 'libsql';
import { printable } from '../domain/printable';

/**
 * What may be bound. libsql 0.5.29 (tried November 2026) aborts the whole process on a boolean, and takes the previous call's
 * values for missing ones: always bind exactly as many as the statement has.
 */
export type Param = string | number | null;
/** One row by column name; what is in a column is to be looked at. */
export type Row<Column extends string> = Readonly<Record<Column, unknown>>;

export interface Statement {
  run(params: readonly Param[]): unknown;
}

/** An open database file. Everything throws libsql's errors; `faultOf` reads them. */
export interface Sqlite {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  run(sql: string, params: readonly Param[]): void;
  /** All rows at once: a cursor left half-way would keep its lock until the garbage collector comes by. */
  all<Column extends string>(sql: string, params: readonly Param[]): readonly Row<Column>[];
  /** The one number a statement yields; 0 when it yields none. */
  number(sql: string, params?: readonly Param[]): number;
  /**
   * Rolls back what is open and gives up the file lock; before `close`, because libsql closes the file only when the last statement is collected, and an
   * exclusive lock would live on until then. Throws when it cannot.
   */
  release(): void;
  close(): void;
}

export function openSqlite(path: string): Sqlite {
  const database = new Database(path, {});
  const exec = (sql: string): void => {
    database.exec(sql);
  };
  const all = <Column extends string>(sql: string, params: readonly Param[]) =>
    database
      .prepare(sql)
      .all(params)
      .filter(isRow<Column>);
  return {
    exec,
    prepare: (sql) => database.prepare(sql),
    all,
    run: (sql, params) => {
      database.prepare(sql).run(params);
    },
    number: (sql, params = []) => integer(Object.values(all(sql, params)[0] ?? {})[0]),
    release: () => {
      try {
        exec('ROLLBACK');
      } catch {
        // There was no transaction.
      }
      exec('PRAGMA locking_mode = NORMAL; SELECT 1 FROM sqlite_schema LIMIT 1');
    },
    close: () => {
      database.close();
    },
  };
}

function isRow<Column extends string>(value: unknown): value is Row<Column> {
  return typeof value === 'object' && value !== null;
}

/**
 * A text column, for SQL: as bytes. libsql 0.5.29 aborts the whole process on text that is not UTF-8, and one flipped byte on disk
 * is enough for that.
 */
export function bytes(column: string): string {
  return `CAST(${column} AS BLOB) AS ${column}`;
}

/** What `bytes` yielded, as text; bytes that are not UTF-8 become U+FFFD. Null for NULL. */
export function decoded(value: unknown): string | null {
  if (isAnyArrayBuffer(value)) return Buffer.from(value).toString('utf8');
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : null;
}

/** A number column; 0 for anything else. */
export function integer(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** A number of rows asked for, as a whole number between 0 and `most`. */
export function atMost(most: number, asked: number): number {
  return Math.min(Math.max(Math.trunc(asked) || 0, 0), most);
}

/** SQLite's result code by name (`SQLITE_FULL`; empty when the file could not be opened at all) and its message, printable. */
export interface Fault {
  readonly code: string;
  readonly text: string;
}

export function faultOf(error: unknown): Fault {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return { code: typeof code === 'string' ? code : '', text: printable(String(message)) };
}

/** Whether the bytes on disk are wrong, as opposed to the disk or the time. */
export function isDamage(fault: Fault): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|ERROR|SCHEMA|MISMATCH|CONSTRAINT|FORMAT)/.test(fault.code);
}
