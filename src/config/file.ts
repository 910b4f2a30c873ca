import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { FileResult } from './input';

const maxBytes = 1_000_000;

/** Reads a regular file of at most 1 MB; text, mode and owner are of the same opened file. Never throws, never waits for a pipe. */
export function readRegularFile(path: string): FileResult {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      return readOpened(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'EIO';
    return { ok: false, code };
  }
}

function readOpened(descriptor: number): FileResult {
  const status = fstatSync(descriptor);
  if (status.isDirectory()) return { ok: false, code: 'EISDIR' };
  if (!status.isFile()) return { ok: false, code: 'EINVAL' };
  const bytes = Buffer.alloc(maxBytes + 1);
  let length = 0;
  while (length < bytes.length) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (read === 0) break;
    length += read;
  }
  if (length > maxBytes) return { ok: false, code: 'EFBIG' };
  return { ok: true, text: bytes.toString('utf8', 0, length), mode: status.mode, uid: status.uid };
}
