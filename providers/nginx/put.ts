import type { Outcome } from '../provider';
import { type ServerLines, sameLines, writeKept, writeMarker } from './document';
import { putText, readText, removeFile, type Written } from './files';
import type { Look } from './look';
import type { Paths } from './settings';

/** What stood in the files before a write. */
export type Before = Exclude<Look, { readonly kind: 'failed' }>;
export type Running = Extract<Look, { readonly kind: 'runs' }>;

/**
 * Puts new server lines into place, each file whole: what runs becomes the previous, then the marker, then the lines. A person's edit
 * since we looked is a conflict, up to the last rename. Null: they are in place; else what to answer, and nothing is changed.
 */
export async function putForward(paths: Paths, before: Before, next: ServerLines): Promise<Outcome | null> {
  if (before.kind === 'runs') {
    const kept = await putText(paths.previous, before.running.text);
    if (!kept.ok) return kept;
  }
  const marked = await putText(paths.marker, writeMarker(next.statement));
  if (!marked.ok) return marked;
  const now = await readText(paths.servers);
  const unchanged =
    before.kind === 'absent' ? now.kind === 'absent' : now.kind === 'text' && now.text === before.file.text;
  const put = unchanged ? await putText(paths.servers, next.text) : null;
  if (put?.ok === true) {
    // It was for the lines before.
    await removeFile(paths.kept);
    return null;
  }
  const back = await markerBack(paths, before);
  const outcome: Outcome = put ?? { code: 'conflict', why: `${paths.servers} was changed while we wrote` };
  return back.ok
    ? outcome
    : { ...outcome, why: `${outcome.why}; and ${paths.marker} could not be put back: ${back.why}` };
}

/**
 * Puts another marker into place and leaves the server lines as they are, byte by byte: so a test of the write path cannot move anybody.
 * What nginx states now is kept: whichever of the two it comes to run is known. A previous with the same lines would pass for a write
 * that was cut short, so it goes.
 */
export async function putMarker(paths: Paths, { running, file }: Running, statement: string): Promise<Outcome | null> {
  const [now, previous] = [await readText(paths.servers), await readText(paths.previous)];
  if (now.kind !== 'text' || now.text !== file.text)
    return { code: 'conflict', why: `${paths.servers} was changed while we wrote` };
  const same = previous.kind === 'text' && sameLines(previous.text, file.text);
  const gone: Written = same ? await removeFile(paths.previous) : { ok: true };
  if (!gone.ok) return gone;
  const kept = writeKept({ lines: file.statement, marker: running.statement });
  return putAll([paths.kept, kept], [paths.marker, writeMarker(statement)]);
}

/** Puts the marker back that nginx runs, and keeps the one taken out. */
export async function putMarkerBack(paths: Paths, { running, file }: Running, out: string): Promise<Written> {
  const kept = writeKept({ lines: file.statement, marker: out });
  return (await putAll([paths.marker, writeMarker(running.statement)], [paths.kept, kept])) ?? { ok: true };
}

async function putAll(...texts: readonly (readonly [path: string, text: string])[]) {
  for (const [path, text] of texts) {
    const put = await putText(path, text);
    if (!put.ok) return put;
  }
  return null;
}

/**
 * Puts back what nginx runs, so that a later reload by anybody changes nothing: the lines, then the marker. What is taken out becomes the
 * previous: should nginx have loaded it after all, it is still known. Lines that a person has changed meanwhile are left alone.
 */
export async function putBack(paths: Paths, before: Before, out: ServerLines): Promise<Written> {
  const now = await readText(paths.servers);
  if (now.kind !== 'text' || now.text !== out.text)
    return { ok: false, code: 'unavailable', why: `${paths.servers} was changed meanwhile` };
  const lines =
    before.kind === 'absent' ? await removeFile(paths.servers) : await putText(paths.servers, before.running.text);
  if (!lines.ok) return lines;
  const marked = await markerBack(paths, before);
  if (!marked.ok) return marked;
  return before.kind === 'absent' ? marked : putText(paths.previous, out.text);
}

function markerBack(paths: Paths, before: Before): Promise<Written> {
  if (before.kind === 'runs') return putText(paths.marker, writeMarker(before.running.statement));
  return before.marker === null ? removeFile(paths.marker) : putText(paths.marker, before.marker);
}
