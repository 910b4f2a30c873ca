import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  type Stats,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { printable } from '../domain/printable';

export type Secured =
  | { readonly ok: true; readonly path: string; readonly notes: readonly string[] }
  | { readonly ok: false; readonly code: 'insecure' | 'misplaced' | 'unusable'; readonly why: string };

/**
 * The state directory, made with mode 0700 if missing, where nobody but `uid` and root can have put anything.
 *
 * | found                                   | answer                                                        |
 * |-----------------------------------------|---------------------------------------------------------------|
 * | readable by others (systemd's 0755)     | closed to 0700, noted                                         |
 * | writable by others, or somebody else's  | insecure: what is inside cannot be trusted                    |
 * | a symlink of root's or ours             | followed: systemd's DynamicUser puts one at /var/lib/failoverd |
 * | anybody else's symlink                  | insecure                                                      |
 */
export function secureDirectory(directory: string, uid: number): Secured {
  try {
    let path = resolve(directory);
    for (let links = 0; ; links++) {
      const found = lstat(path);
      if (found === null) {
        make(path);
        continue;
      }
      if (!found.isSymbolicLink()) return owned(path, found, uid, 'directory');
      if (found.uid !== 0 && found.uid !== uid) {
        return insecure(
          path,
          `is a symlink that belongs to uid ${found.uid}, not to root or uid ${uid}`,
          'put a directory there',
        );
      }
      if (links === 8) return insecure(path, 'is the ninth symlink in a row', 'put a directory there');
      path = resolve(dirname(path), readlinkSync(path));
    }
  } catch (error) {
    return unusable(`state directory ${printable(directory)}`, error);
  }
}

/**
 * Makes a directory and the missing ones above it. Not by mkdir's own `recursive`, which never ends where the system denies that a
 * parent is there: below /proc it spins for ever (Node 20.20, November 2026). Throws.
 */
function make(path: string): void {
  const parent = dirname(path);
  if (parent !== path && lstat(parent) === null) make(parent);
  mkdirSync(path, { mode: 0o700 });
  chmodSync(path, 0o700);
}

/** A file of ours inside the secured directory, or none: regular, owned by `uid`, mode 0600 (closed if it was readable). */
export function secureFile(path: string, uid: number): Secured {
  try {
    const found = lstat(path);
    return found === null ? { ok: true, path, notes: [] } : owned(path, found, uid, 'regular file');
  } catch (error) {
    return unusable(printable(path), error);
  }
}

function owned(path: string, found: Stats, uid: number, kind: 'directory' | 'regular file'): Secured {
  const [right, mode] = kind === 'directory' ? [found.isDirectory(), 0o700] : [found.isFile(), 0o600];
  const octal = (bits: number) => `0${(bits & 0o777).toString(8)}`;
  if (!right) return insecure(path, `is not a ${kind}`, 'move it away');
  if (found.uid !== uid) {
    return insecure(
      path,
      `belongs to uid ${found.uid}, failoverd runs as uid ${uid}`,
      `chown ${uid} it if you trust its content`,
    );
  }
  if ((found.mode & 0o022) !== 0) {
    return insecure(
      path,
      `has mode ${octal(found.mode)}: others may write to it`,
      `check its content, then chmod ${mode.toString(8)} it`,
    );
  }
  if ((found.mode & 0o777) === mode) return { ok: true, path, notes: [] };
  chmodSync(path, mode);
  return { ok: true, path, notes: [`${path} had mode ${octal(found.mode)}; it is ${octal(mode)} now`] };
}

/** Makes an empty file with mode 0600 whatever the umask, lasting: its name survives a power cut. Throws. */
export function createFile(path: string): void {
  const file = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_WRONLY, 0o600);
  closeSync(file);
  chmodSync(path, 0o600);
  syncDirectory(dirname(path));
}

/** Makes created, renamed and removed names last. Throws. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** What stands at a path without following a symlink; null for nothing. Throws on anything but absence. */
export function lstat(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function insecure(path: string, what: string, remedy: string): Secured {
  return { ok: false, code: 'insecure', why: `${printable(path)} ${what}: ${remedy}` };
}

/** What no waiting mends: the place itself is wrong. */
const misplaced: ReadonlySet<string> = new Set([
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ENOENT',
  'ELOOP',
  'ENAMETOOLONG',
  'EEXIST',
]);

function unusable(what: string, error: unknown): Secured {
  const why = printable(error instanceof Error ? error.message : String(error));
  const errno = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return { ok: false, code: misplaced.has(errno) ? 'misplaced' : 'unusable', why: `${what} cannot be used: ${why}` };
}
