import { removeDatabase } from './aside';
import { createFile, lstat } from './directory';
import { type Fault, faultOf, isDamage, openSqlite, type Sqlite } from './sqlite';

export type Locked =
  | { readonly ok: true; readonly release: () => void; readonly notes: readonly string[] }
  | { readonly ok: false; readonly code: 'locked' | 'unusable'; readonly why: string };

/**
 * Makes this process the only one on a state directory until it ends, however it ends: a small SQLite database whose write lock
 * is held by the kernel in our name. The holder's pid can still be read in it. A damaged lock file is replaced: the exclusive
 * lock on the state database itself is the second bar.
 */
export function takeLock(path: string, pid: number): Locked {
  try {
    if (lstat(path) === null) createFile(path);
    const first = hold(path, pid);
    if (first.ok || !isDamage(first.fault)) return answer(path, first, []);
    removeDatabase(path);
    createFile(path);
    return answer(path, hold(path, pid), [`the lock file ${path} was damaged (${first.fault.code}) and made anew`]);
  } catch (error) {
    return { ok: false, code: 'unusable', why: `${path} cannot be locked: ${faultOf(error).text}` };
  }
}

type Held =
  | { readonly ok: true; readonly release: () => void }
  | { readonly ok: false; readonly fault: Fault; readonly holder: number };

function hold(path: string, pid: number): Held {
  const lock = openSqlite(path);
  try {
    lock.exec('PRAGMA busy_timeout = 250; PRAGMA mmap_size = 0');
    lock.exec('BEGIN IMMEDIATE');
    sign(lock, pid);
    return { ok: true, release: () => release(lock) };
  } catch (error) {
    const fault = faultOf(error);
    const holder = holderOf(lock);
    release(lock);
    return { ok: false, fault, holder };
  }
}

/** Writes our pid for others to read and takes the lock again; on a full disk we hold it unsigned. */
function sign(lock: Sqlite, pid: number): void {
  try {
    lock.exec('CREATE TABLE IF NOT EXISTS holder (one INTEGER PRIMARY KEY, pid INTEGER NOT NULL) STRICT');
    lock.run('INSERT INTO holder VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET pid = excluded.pid', [pid]);
    lock.exec('COMMIT');
  } catch (error) {
    rollback(lock);
    if (isDamage(faultOf(error))) throw error;
  }
  lock.exec('BEGIN IMMEDIATE');
}

function holderOf(lock: Sqlite): number {
  try {
    return lock.number('SELECT pid FROM holder');
  } catch {
    return 0;
  }
}

function release(lock: Sqlite): void {
  rollback(lock);
  lock.close();
}

function rollback(lock: Sqlite): void {
  try {
    lock.exec('ROLLBACK');
  } catch {
    // There was no transaction left to undo.
  }
}

function answer(path: string, held: Held, notes: readonly string[]): Locked {
  if (held.ok) return { ok: true, release: held.release, notes };
  if (held.fault.code.startsWith('SQLITE_BUSY')) {
    const who = held.holder > 0 ? `process ${held.holder}` : 'another process';
    return {
      ok: false,
      code: 'locked',
      why: `${path} is held by ${who}: one failoverd per state directory; stop that one first`,
    };
  }
  return {
    ok: false,
    code: 'unusable',
    why: `${path} cannot be locked: ${held.fault.text} (${held.fault.code}): check the disk and our rights on it`,
  };
}
