import { closeSync, constants, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { constants as system } from 'node:os';
import { join } from 'node:path';
import type { Saved } from '../control/ports';
import type { Place } from './connect';
import type { Fault } from './sqlite';

export type NotSaved = Extract<Saved, { ok: false }>;

/** Says why a transaction failed, for people: which file, SQLite's code, the system's error, the space left, what to do. */
export function notSaved(place: Place, fault: Fault): NotSaved {
  // SQLite reports a full disk quota or inode table as a mere I/O error (SQLITE_IOERR_WRITE, SQLITE_CANTOPEN).
  const errno = fault.code === 'SQLITE_FULL' ? '' : tryWriting(place.directory);
  const full = ['ENOSPC', 'EDQUOT'].includes(errno) || fault.code === 'SQLITE_FULL';
  const trial = errno === '' ? '' : `, ${errno} on a trial write`;
  const cause = `${place.path}: ${fault.text} (${fault.code || 'no code'}${trial})`;
  if (!full)
    return { ok: false, code: 'failed', why: `${cause}: check the disk and its mount; the next save tries again` };
  const limit = `the database may take ${megabytes(place.limitBytes)}`;
  return { ok: false, code: 'full', why: `${cause}; ${space(place.directory)}, ${limit}: make room on that disk` };
}

/** A small lasting write beside the database: the system's own error code, empty when it succeeds. */
function tryWriting(directory: string): string {
  const path = join(directory, 'failoverd.trial');
  try {
    rmSync(path, { force: true });
    const file = openSync(
      path,
      constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_WRONLY,
      0o600,
    );
    try {
      writeSync(file, Buffer.alloc(4096));
      fsyncSync(file);
    } finally {
      closeSync(file);
      rmSync(path, { force: true });
    }
    return '';
  } catch (error) {
    return errnoName(error);
  }
}

/** By number: Node 20 has no name for EDQUOT in its errors. */
function errnoName(error: unknown): string {
  const number = typeof error === 'object' && error !== null && 'errno' in error ? Number(error.errno) : 0;
  return Object.entries(system.errno).find(([, value]) => value === -number)?.[0] ?? 'an error';
}

function space(directory: string): string {
  const disk = diskSpace(directory);
  if (disk === null) return 'free space unknown';
  return `${megabytes(disk.freeBytes)} of ${megabytes(disk.bytes)} free, ${disk.freeInodes} inodes free`;
}

/** The disk under a directory; null when the system does not say. */
export function diskSpace(directory: string): { bytes: number; freeBytes: number; freeInodes: number } | null {
  try {
    const disk = statfsSync(directory);
    return { bytes: disk.blocks * disk.bsize, freeBytes: disk.bavail * disk.bsize, freeInodes: disk.ffree };
  } catch {
    return null;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
