import { constants } from 'node:fs';
import { lstat, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, parseZone } from './document';
import type { Zone } from './zone';

/**
 * A zone on disk: the same JSON document twice, `<zone>@1.json` and `<zone>@2.json`, with a format number and a checksum.
 *
 * Each copy is written beside its place, flushed, renamed into it, and the folder is flushed: a crash leaves the old or the new
 * document, never half of one. Where the disk has no room for that, a copy is written over in place, in the room it has, while the other
 * is known to be good: a crash then leaves at least that one. Two equal copies rather than the document and its predecessor: falling back to a predecessor would
 * publish an address we moved away from (stale), starting afresh would publish the first site or nothing (empty).
 *
 *   at least one good copy         the one with the highest serial; a bad one is set aside as `<file>.corrupt-<n>`
 *   none good                      `lost`: bad ones are set aside, and as long as one lies there without a good copy the zone
 *                                  stays lost. A person puts a backup in its place, or removes it and so agrees to an empty zone
 *   one that cannot be read now    `lost` too (permission, I/O error, a newer format), left where it is
 *   no trace of any                `absent`: the first start
 */

const maxBytes = 4 * 1024 * 1024;
const maxCorrupt = 99;

export type Loaded =
  /** `notes`: what was wrong with a copy, for people; the zone itself is whole. */
  | { readonly kind: 'zone'; readonly zone: Zone; readonly notes: readonly string[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'lost'; readonly why: string };

/** Reads a zone as the table above says. */
export async function loadZone(directory: string, name: string): Promise<Loaded> {
  const found = await Promise.all(copies(directory, name).map((path) => readCopy(path, name)));
  const notes: string[] = [];
  for (const copy of found) {
    if (copy.kind === 'missing') notes.push(`${copy.path} is missing`);
    if (copy.kind === 'unreadable') notes.push(`${copy.path}: ${copy.why}`);
    if (copy.kind === 'corrupt') notes.push(`${copy.path}: ${copy.why}; ${await setAside(copy.path)}`);
  }
  // A newer document beside an older one means that a newer version of this program owns the zone now.
  const newer = found.find((copy) => copy.kind === 'unreadable' && copy.newer);
  const zones = found.flatMap((copy) => (copy.kind === 'good' ? [copy.zone] : []));
  const zone = zones.reduce<Zone | null>((best, one) => (best === null || one.serial > best.serial ? one : best), null);
  if (zone !== null && newer === undefined) {
    if (zones.some((one) => one.serial !== zone.serial)) notes.push(`the two copies of ${name} differed`);
    return { kind: 'zone', zone, notes };
  }
  if (found.some((copy) => copy.kind !== 'missing')) return { kind: 'lost', why: `${notes.join('; ')}${remedy}` };
  const aside = await listAside(directory, name);
  if (!aside.ok) return { kind: 'lost', why: aside.why };
  if (aside.files.length === 0) return { kind: 'absent' };
  const why = `no readable copy of zone ${name} in ${directory}, only ${aside.files.join(', ')}${remedy}`;
  return { kind: 'lost', why };
}

const remedy = '; put a backup in its place, or remove every file of the zone there to start with an empty zone';

type Copy =
  | { readonly kind: 'good'; readonly path: string; readonly zone: Zone }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'corrupt'; readonly path: string; readonly why: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly why: string; readonly newer: boolean };

export async function readCopy(path: string, name: string): Promise<Copy> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      if (size > maxBytes) return { kind: 'corrupt', path, why: `${size} bytes, at most ${maxBytes} are expected` };
      return { path, ...parseZone(await file.readFile('utf8'), name) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { kind: 'missing', path };
    return { kind: 'unreadable', path, why: whyOf(error), newer: false };
  }
}

async function setAside(path: string): Promise<string> {
  try {
    for (let n = 1; ; n++) {
      const aside = `${path}.corrupt-${n}`;
      const taken = await lstat(aside).then(
        () => true,
        () => false,
      );
      if (taken && n < maxCorrupt) continue;
      await rename(path, aside);
      return `set aside as ${aside}`;
    }
  } catch (error) {
    return `could not be set aside: ${whyOf(error)}`;
  }
}

async function listAside(
  directory: string,
  name: string,
): Promise<{ readonly ok: true; readonly files: readonly string[] } | { readonly ok: false; readonly why: string }> {
  try {
    const files = await readdir(directory);
    const starts = copies('', name).map((path) => `${path}.corrupt-`);
    return { ok: true, files: files.filter((file) => starts.some((start) => file.startsWith(start))) };
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? { ok: true, files: [] } : { ok: false, why: whyOf(error) };
  }
}

export function copies(directory: string, name: string): readonly [string, string] {
  return [join(directory, `${name}@1.json`), join(directory, `${name}@2.json`)];
}

export function codeOf(error: unknown): unknown {
  const { code } = isObject(error) ? error : {};
  return code;
}

export function whyOf(error: unknown): string {
  const { message = error } = isObject(error) ? error : {};
  return String(message).slice(0, 200);
}
