import { closeSync, constants, openSync, readSync } from 'node:fs';
import { companions, removeDatabase, replaceDamaged } from './aside';
import { type Check, connect, type Damaged, type Place } from './connect';
import { createFile, lstat, secureFile } from './directory';
import { readHeader, schemaVersion } from './schema';
import { putSealed, type SealedRow } from './sealed';
import { faultOf, type Sqlite } from './sqlite';

export type FileOpened =
  | { readonly ok: true; readonly sqlite: Sqlite; readonly inode: number; readonly notes: readonly string[] }
  | {
      readonly ok: false;
      readonly code: 'insecure' | 'misplaced' | 'newer' | 'locked' | 'unusable';
      readonly why: string;
    };

/**
 * Opens the state database for this process alone; never throws. A damaged file is kept aside and replaced by a new one with the
 * sealed rows of `known`, or else those still intact in it. What is not ours, or from a later version, is left exactly as it is.
 */
export function openFile(place: Place, check: boolean, known: readonly SealedRow[] | null): FileOpened {
  const { path, uid } = place;
  const notes: string[] = [];
  try {
    for (const end of ['', ...companions]) {
      const secured = secureFile(`${path}${end}`, uid);
      if (!secured.ok) return secured;
      notes.push(...secured.notes);
    }
    const header = readHeader(path);
    if (header.is === 'foreign')
      return {
        ok: false,
        code: 'misplaced',
        why: `${path} is another program's database (application id ${header.applicationId}): move it away`,
      };
    if (header.is === 'newer') return newer(path, header.version);
    if (header.is === 'empty') notes.push(`${path} was empty: starting without a past`);
    if (header.is === 'absent') createFile(path);
    const made = header.is === 'absent' || header.is === 'empty';
    const whole = check ? 'whole' : 'none';
    let opened = connectTwice(place, made ? 'made' : header.is === 'damaged' ? 'damaged' : whole);
    if ('damage' in opened) {
      const { damage, salvaged } = opened;
      const rows = known ?? salvaged;
      opened = rebuild(place, rows, (aside) => {
        notes.push(
          `${path} was damaged (${damage}): kept as ${aside}; ${rows.length} rows of state go on, history starts anew`,
        );
      });
    }
    return { ok: true, sqlite: opened, inode: lstat(path)?.ino ?? 0, notes };
  } catch (error) {
    const fault = faultOf(error);
    if (fault.code.startsWith('SQLITE_BUSY')) {
      return { ok: false, code: 'locked', why: `${path} is open in another program: close it there first` };
    }
    return unusable(path, `cannot be opened: ${fault.text} (${fault.code})`);
  }
}

/** Damage has to show twice, with every byte read in between: SQLite calls a disk that cannot be read (EIO) a damaged file. */
function connectTwice(place: Place, check: Check): Sqlite | Damaged {
  const first = connect(place, check);
  if (!('damage' in first)) return first;
  readAll(place.path);
  return connect(place, check === 'none' ? 'whole' : check);
}

function readAll(path: string): void {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const block = Buffer.alloc(1024 * 1024);
    for (let at = 0, read = 1; read > 0; at += read) read = readSync(file, block, 0, block.length, at);
  } finally {
    closeSync(file);
  }
}

/** Makes a database of the sealed rows beside the damaged one and puts it in its place. Throws. */
function rebuild(place: Place, rows: readonly SealedRow[], replaced: (aside: string) => void): Sqlite {
  const beside = { ...place, path: `${place.path}.new` };
  removeDatabase(beside.path);
  createFile(beside.path);
  const made = sound(connect(beside, 'made'));
  made.exec('BEGIN IMMEDIATE');
  for (const row of rows) putSealed(made, row);
  made.exec('COMMIT');
  made.release();
  made.close();
  replaced(replaceDamaged(place.path, beside.path));
  return sound(connect(place, 'none'));
}

function sound(opened: Sqlite | Damaged): Sqlite {
  if ('damage' in opened) throw new Error(`a new file is damaged at once: ${opened.damage}`);
  return opened;
}

function newer(path: string, version: number): FileOpened {
  const remedy = 'run the newer failoverd, or move the file away to start without a past';
  return {
    ok: false,
    code: 'newer',
    why: `${path} has schema ${version}, this failoverd knows up to ${schemaVersion}: ${remedy}`,
  };
}

function unusable(path: string, what: string): FileOpened {
  return { ok: false, code: 'unusable', why: `${path} ${what}` };
}
