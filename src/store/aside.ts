import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lstat, syncDirectory } from './directory';

/** What SQLite may keep beside a database file. */
export const companions = ['-journal', '-wal', '-shm'] as const;

/** Only so many old ones are kept of each kind; the oldest is removed. */
const keptDatabases = 3;
const keptRows = 20;

/**
 * Puts a new database in the place of a damaged one, which is kept with its companions as `<path>.corrupt-<n>` for a human to
 * look at; returns that name. At every moment there is one or the other at `path`. Throws.
 */
export function replaceDamaged(path: string, replacement: string): string {
  const directory = dirname(path);
  const stem = `${basename(path)}.corrupt-`;
  const aside = join(directory, `${stem}${nextNumber(directory, stem, '', keptDatabases)}`);
  // The old journal goes first: it must never be rolled back into the new database.
  for (const end of companions) if (lstat(`${path}${end}`) !== null) renameSync(`${path}${end}`, `${aside}${end}`);
  removeDatabase(replacement, companions);
  try {
    linkSync(path, aside);
  } catch {
    // A file system without hard links: for a moment there is no database.
    renameSync(path, aside);
  }
  renameSync(replacement, path);
  syncDirectory(directory);
  return aside;
}

/** Removes a database file's parts, those that are there. Throws. */
export function removeDatabase(path: string, parts: readonly string[] = [...companions, '']): void {
  for (const part of parts) rmSync(`${path}${part}`, { force: true });
}

/** Writes a row that could not be trusted to `quarantine-<n>.json`, mode 0600; returns the file's name. Throws. */
export function quarantine(directory: string, row: Readonly<Record<string, string>>): string {
  const path = join(directory, `quarantine-${nextNumber(directory, 'quarantine-', '.json', keptRows)}.json`);
  const file = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_WRONLY, 0o600);
  try {
    const bytes = Buffer.from(JSON.stringify(row, null, 2));
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return path;
}

/** One above the highest number in use; removes the lowest ones so that `keep` remain with the new one. */
function nextNumber(directory: string, prefix: string, suffix: string, keep: number): number {
  const numbers: number[] = [];
  for (const name of readdirSync(directory)) {
    const fits = name.startsWith(prefix) && name.endsWith(suffix);
    const digits = fits ? name.slice(prefix.length, name.length - suffix.length) : '';
    if (/^\d{1,9}$/.test(digits)) numbers.push(Number(digits));
  }
  numbers.sort((a, b) => a - b);
  for (const old of numbers.slice(0, Math.max(0, numbers.length - keep + 1))) {
    removeDatabase(join(directory, `${prefix}${old}${suffix}`));
  }
  return (numbers.at(-1) ?? 0) + 1;
}
