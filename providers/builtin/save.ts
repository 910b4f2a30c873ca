import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { writeZone } from './document';
import { codeOf, copies, readCopy, whyOf } from './keep';
import type { Zone } from './zone';

/** Writes the two copies of a zone that keep.ts reads. */

export type Saved = { readonly ok: true } | { readonly ok: false; readonly why: string };

const noRoom: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/** Makes the folder, for us alone; says why it cannot be used. */
export async function prepareDirectory(directory: string): Promise<Saved> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const stat = await lstat(directory);
    return stat.isDirectory() ? { ok: true } : { ok: false, why: `${directory} is not a folder` };
  } catch (error) {
    return { ok: false, why: whyOf(error) };
  }
}

/** Writes both copies; on disk when it says so. After a failure either of the two documents may be there, whole. */
export async function saveZone(directory: string, zone: Zone): Promise<Saved> {
  const text = writeZone(zone);
  const prepared = await prepareDirectory(directory);
  if (!prepared.ok) return prepared;
  const [first, second] = copies(directory, zone.name);
  for (const [path, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const written = await writeCopy(path, text);
    if (written.ok) continue;
    const isGood = written.noRoom && (await readCopy(other, zone.name)).kind === 'good';
    if (!isGood || !(await writeOver(path, text))) return { ok: false, why: written.why };
  }
  return flushFolder(directory);
}

/** In the room that the copy has already: neither a new file nor a longer one is asked of the disk. */
async function writeOver(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      await file.writeFile(text.padEnd(size));
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch {
    return false;
  }
}

type Copied = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly noRoom: boolean };

async function writeCopy(path: string, text: string): Promise<Copied> {
  const beside = `${path}.tmp`;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  try {
    const file = await open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    return { ok: true };
  } catch (error) {
    // Gives the space back on a full disk; what could not be removed is overwritten the next time.
    await rm(beside, { force: true }).catch(() => undefined);
    return { ok: false, why: whyOf(error), noRoom: noRoom.has(codeOf(error)) };
  }
}

async function flushFolder(directory: string): Promise<Saved> {
  try {
    const folder = await open(directory, constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return { ok: true };
  } catch (error) {
    return { ok: false, why: whyOf(error) };
  }
}
