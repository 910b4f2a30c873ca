import type { Saved } from '../control/ports';
import type { Place } from './connect';
import { lstat } from './directory';
import { type FileOpened, openFile } from './file';
import { dropSealed, putSealed, type SealedRow } from './sealed';
import { type Fault, faultOf, isDamage, type Sqlite } from './sqlite';
import { diskSpace, notSaved } from './trouble';

/** What a unit of work may do inside a transaction. */
export interface Transaction {
  readonly sqlite: Sqlite;
  /** Writes a sealed row, and keeps it in memory once the transaction is on disk. */
  put(row: SealedRow): void;
  /** Removes a sealed row, and forgets it once that is on disk. */
  drop(row: Pick<SealedRow, 'table' | 'key'>): void;
}

type Opened = Extract<FileOpened, { ok: true }>;

/**
 * The open database file: whole transactions, and a fresh handle after every failure that was not a full disk. If the file
 * was damaged, removed or replaced while running, a new one is made from the sealed rows kept in memory.
 */
export class StateFile {
  readonly #place: Place;
  /** The sealed rows as last acknowledged, by table and key. */
  readonly #sealed = new Map<string, SealedRow>();
  readonly #notes: string[] = [];
  #open: Opened;
  #fault: Fault | null = null;
  /** Whether the file holds every sealed row; if not, the next transaction writes them all. */
  #whole = false;
  #closed = false;

  constructor(place: Place, opened: Opened, sealed: readonly SealedRow[]) {
    this.#place = place;
    this.#open = opened;
    for (const row of sealed) this.#remember(row);
  }

  /** What happened to the file since the last call, for people. */
  takeNotes(): readonly string[] {
    return this.#notes.splice(0);
  }

  /** Runs work in one transaction: all of it is on disk when this returns ok, none of it otherwise. Never throws. */
  write(work: (transaction: Transaction) => void): Saved {
    const ready = this.#ready();
    if (!ready.ok) return ready;
    const { sqlite } = this.#open;
    const changes: (() => void)[] = [];
    const put = (row: SealedRow) => {
      putSealed(sqlite, row);
      changes.push(() => this.#remember(row));
    };
    const drop = (row: Pick<SealedRow, 'table' | 'key'>) => {
      dropSealed(sqlite, row);
      changes.push(() => this.#sealed.delete(keyOf(row)));
    };
    try {
      sqlite.exec('BEGIN IMMEDIATE');
      if (!this.#whole) for (const row of this.#sealed.values()) put(row);
      work({ sqlite, put, drop });
      sqlite.exec('COMMIT');
      this.#whole = true;
      for (const change of changes) change();
      return { ok: true };
    } catch (error) {
      return this.#failed(faultOf(error));
    }
  }

  /** Reads; `otherwise` when that is not possible. Never throws. */
  read<T>(work: (sqlite: Sqlite) => T, otherwise: T): T {
    if (this.#closed || this.#fault !== null) return otherwise;
    try {
      return work(this.#open.sqlite);
    } catch (error) {
      this.#fault = faultOf(error);
      return otherwise;
    }
  }

  diskFreeBytes(): number | null {
    return diskSpace(this.#place.directory)?.freeBytes ?? null;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#release();
    this.#open.sqlite.close();
  }

  #ready(): Saved {
    if (this.#closed) return { ok: false, code: 'failed', why: `${this.#place.path} is closed` };
    const there = this.#inode() === this.#open.inode;
    if (this.#fault === null && there) return { ok: true };
    this.#release();
    const check = !there || (this.#fault !== null && isDamage(this.#fault));
    const opened = openFile(this.#place, check, [...this.#sealed.values()]);
    if (!opened.ok) return { ok: false, code: 'failed', why: opened.why };
    this.#open.sqlite.close();
    if (!there) this.#notes.push(`${this.#place.path} was removed or replaced while running`);
    this.#notes.push(...opened.notes);
    this.#open = opened;
    this.#fault = null;
    this.#whole = false;
    return { ok: true };
  }

  #failed(fault: Fault): Saved {
    try {
      this.#open.sqlite.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, or cannot: then the next handle does it from the journal.
    }
    const answer = notSaved(this.#place, fault);
    if (fault.code !== 'SQLITE_FULL') this.#fault = fault;
    return answer;
  }

  #release(): void {
    try {
      this.#open.sqlite.release();
    } catch {
      // If it is still locked, opening it anew says so, and the next save comes back here.
    }
  }

  #inode(): number {
    try {
      return lstat(this.#place.path)?.ino ?? 0;
    } catch {
      return 0;
    }
  }

  #remember(row: SealedRow): void {
    this.#sealed.set(keyOf(row), row);
  }
}

function keyOf({ table, key }: Pick<SealedRow, 'table' | 'key'>): string {
  return `${table} ${key}`;
}
