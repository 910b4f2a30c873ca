import { constants } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { printable } from '../../src/domain/printable';
import { isObject } from '../json';
import type { FailureCode } from '../provider';

const maxBytes = 64 * 1024;

export type FileRead =
  | { readonly kind: 'text'; readonly text: string }
  /** The folder is there, the file is not. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly why: string };

/** Reads a regular file of at most 64 KiB whole. A missing folder (not mounted yet) is a failure, not an absent file. */
export async function readText(path: string): Promise<FileRead> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) return { kind: 'failed', code: 'denied', why: `${path} is not a regular file` };
      if (found.size > maxBytes)
        return { kind: 'failed', code: 'denied', why: `${path} has ${found.size} bytes, more than ${maxBytes}` };
      const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0);
      return { kind: 'text', text: buffer.toString('utf8', 0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && (await isFolder(dirname(path)))) return { kind: 'absent' };
    if (code === 'ELOOP')
      return {
        kind: 'failed',
        code: 'denied',
        why: `${path} is a symbolic link: name the file itself, it is replaced by renaming`,
      };
    return { kind: 'failed', ...failureOf(error) };
  }
}

export type Written =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'denied' | 'unavailable'; readonly why: string };

/** Puts a file whole into its place; after a failure the old one is there. All may read it. */
export async function putText(path: string, text: string): Promise<Written> {
  const beside = join(dirname(path), `.${basename(path)}.tmp`);
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  try {
    const file = await open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
    try {
      await file.writeFile(text);
      // Whatever the umask: nginx may run as somebody else.
      await file.chmod(0o644);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await flushFolder(dirname(path));
    return { ok: true };
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    return { ok: false, ...failureOf(error) };
  }
}

/** Takes a file away that was not there before us. */
export async function removeFile(path: string): Promise<Written> {
  try {
    await rm(path, { force: true });
    await flushFolder(dirname(path));
    return { ok: true };
  } catch (error) {
    return { ok: false, ...failureOf(error) };
  }
}

/** As far as it goes: after a loss of power the old name or the new one stands there, both are whole, and nginx tells which it runs. */
async function flushFolder(directory: string): Promise<void> {
  const folder = await open(directory, constants.O_RDONLY).catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close().catch(() => undefined);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

const rights = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT'];

function failureOf(error: unknown): { readonly code: 'denied' | 'unavailable'; readonly why: string } {
  const { message = error } = isObject(error) ? error : {};
  return { code: rights.includes(codeOf(error)) ? 'denied' : 'unavailable', why: printable(String(message)) };
}

/** The system's own code of an error, `ENOENT`; empty when it has none. */
function codeOf(error: unknown): string {
  const { code = '' } = isObject(error) ? error : {};
  return String(code);
}
