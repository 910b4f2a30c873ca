import type { Outcome } from '../provider';
import { type ServerLines, writeMarker } from './document';
import { putText, readText, removeFile, type Written } from './files';
import type { Look } from './look';
import type { Paths } from './settings';

/** What stood in the files before a write. */
export type Before = Exclude<Look, { readonly kind: 'failed' }>;

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
  if (put?.ok === true) return null;
  const back = await markerBack(paths, before);
  const outcome: Outcome = put ?? { code: 'conflict', why: `${paths.servers} was changed while we wrote` };
  return back.ok
    ? outcome
    : { ...outcome, why: `${outcome.why}; and ${paths.marker} could not be put back: ${back.why}` };
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
