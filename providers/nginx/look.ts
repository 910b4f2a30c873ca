import { printable } from '../../src/domain/printable';
import type { FailureCode } from '../provider';
import { parseKept, parseMarkerFile, parseServers, restated, type ServerLines, sameLines } from './document';
import { type FileRead, readText } from './files';
import { askRunning } from './running';
import type { Settings } from './settings';

/**
 * What nginx runs. That, not the file, is the record: a file that was written and not loaded is a write still under way, which any later
 * reload, ours or a certificate renewal's, lets take effect.
 *
 *   | nginx states       | the file states            | the previous   | it runs      | the file                          |
 *   |--------------------|----------------------------|----------------|--------------|-----------------------------------|
 *   | S                  | S                          | any            | the file     | is loaded                         |
 *   | S                  | another, whole and ours    | S              | the previous | a write under way, or interrupted |
 *   | S                  | another                    | S, same lines  | the previous | likewise, before the lines came   |
 *   | the marker file's  | another                    | the same lines | the previous | is loaded, a write was cut short  |
 *   | the marker file's  | what the kept is for       | other lines    | the file     | is loaded, and the marker alone   |
 *   | or the kept        |                            |                |              | was rewritten since               |
 *   | nothing of ours    | there is none              | any            | nothing      | absent                            |
 *   | anything else      |                            |                | not known    | a failure: a person must reload   |
 *
 * The marker file is written before the server lines, so no crash leaves new lines under an old marker.
 */
export type Look =
  | {
      readonly kind: 'runs';
      readonly running: ServerLines;
      /** The file as it is. */
      readonly file: ServerLines;
      /** It holds a write that nginx has not loaded: one is under way, or was interrupted. */
      readonly pending: boolean;
    }
  | { readonly kind: 'absent' /** The marker file, which may be there. */; readonly marker: string | null }
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly why: string };

interface Unclear {
  readonly kind: 'unclear';
  readonly why: string;
}

/** A writer may be at work between our question to nginx and our look at its files. */
const looks = 3;

/** Asks nginx, then reads the files. */
export async function look(settings: Settings, signal: AbortSignal): Promise<Look> {
  let why = '';
  for (let round = 0; round < looks; round++) {
    const seen = await lookOnce(settings, signal);
    if (seen.kind !== 'unclear') return seen;
    why = seen.why;
  }
  return { kind: 'failed', code: 'unavailable', why };
}

async function lookOnce(settings: Settings, signal: AbortSignal): Promise<Look | Unclear> {
  const { paths, record } = settings;
  const asked = await askRunning(settings, signal);
  const [servers, marker, kept, previous] = [
    await readText(paths.servers),
    await readText(paths.marker),
    await readText(paths.kept),
    await readText(paths.previous),
  ];
  if (servers.kind === 'failed') return servers;
  if (servers.kind === 'absent') {
    if (!asked.ok || !asked.statement.startsWith(`${record} `) || asked.statement === `${record} none`)
      return { kind: 'absent', marker: textOf(marker) };
    const why = `${paths.servers} is gone, but nginx still runs "${printable(asked.statement)}"; put it back, or reload nginx without it`;
    return { kind: 'failed', code: 'denied', why };
  }
  if (!asked.ok) return { kind: 'failed', code: 'unavailable', why: `nginx does not say what it runs: ${asked.why}` };
  const { statement } = asked;
  const file = parseServers(servers.text, settings);
  if (file.statement === statement) return { kind: 'runs', running: file, file, pending: false };
  const before = previous.kind === 'text' ? parseServers(previous.text, settings) : null;
  if (before?.statement === statement && (isOurs(file) || sameLines(before.text, file.text)))
    return { kind: 'runs', running: before, file, pending: true };
  const newest = marker.kind === 'text' ? parseMarkerFile(marker.text) : null;
  const runs = (told: string): Look => ({
    kind: 'runs',
    running: restated(file, told, settings),
    file,
    pending: false,
  });
  const alone = kept.kind === 'text' ? parseKept(kept.text) : null;
  const isAlone = alone?.lines === file.statement;
  const isCut = before?.text === file.text || (isAlone && before !== null && sameLines(before.text, file.text));
  if (statement === newest && before !== null && isCut) return runs(before.statement);
  if (isAlone && (statement === newest || statement === alone.marker)) return runs(statement);
  const why = `nginx runs "${printable(statement)}", but ${paths.servers} states "${printable(file.statement)}": reload nginx if the file is right, or put the file back`;
  return { kind: 'unclear', why };
}

function textOf(read: FileRead): string | null {
  return read.kind === 'text' ? read.text : null;
}

/** Whether a file is whole and carries a marker of failoverd, so that it can only be a write. */
function isOurs({ found }: ServerLines): boolean {
  return found.marker !== null && found.obstacles.length === 0;
}
