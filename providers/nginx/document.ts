import { printable } from '../../src/domain/printable';
import { type Marker, markerText, normalValue, parseMarker, type RecordSet, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { addresses, type Settings } from './settings';

/**
 * The two texts that nginx includes.
 *
 * In the upstream, the server lines: the active site's, then the others' as `backup`. The first line is their statement:
 *
 *     # www.example.com heritage=failoverd,owner=sre,generation=8,site=europe-west1
 *     # Written by failoverd; a line that it would not write itself stops it.
 *     server 198.51.100.7:8080;
 *     server 203.0.113.10:8080 backup;
 *
 * In a map, the same statement as a value that nginx can be asked for:
 *
 *     default "www.example.com heritage=failoverd,owner=sre,generation=8,site=europe-west1";
 *
 * Included there, a text cannot say anything else: nginx takes nothing but directives of upstream, and entries of map, and no closing
 * brace. Whoever may write these files may send users elsewhere, and no more.
 */

/** Server lines, read. */
export interface ServerLines {
  readonly text: string;
  /** What nginx answers when it runs them. */
  readonly statement: string;
  readonly found: Found;
  /** Addresses of the `backup` servers, in order. */
  readonly backups: readonly string[];
}

type Name = Pick<Settings, 'record' | 'port' | 'ttl'>;

const notice = '# Written by failoverd; a line that it would not write itself stops it.';
const maxObstacles = 3;

/** Server lines as text. The caller has made sure that the marker is `writable`. */
export function writeServers(
  { record, port }: Name,
  to: readonly RecordSet[],
  backups: readonly string[],
  marker: Marker,
): string {
  const at = (address: string): string => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
  const lines = [
    `# ${record} ${markerText(marker)}`,
    notice,
    ...addresses(to).map((address) => `server ${at(address)};`),
    ...backups.map((address) => `server ${at(address)} backup;`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether nginx and HTTP carry that marker unchanged. */
export function writable(marker: Marker): boolean {
  const text = markerText(marker);
  return parseMarker(text) !== null && /^[\w.=,:@+-]+$/.test(text);
}

/**
 * Reads server lines, trusting nothing. Without a statement they are nobody's (`www.example.com none`). Every line that we do not write
 * ourselves is an obstacle: it would be lost with the next write.
 */
export function parseServers(text: string, { record, port, ttl }: Name): ServerLines {
  const lines = text.split('\n').map((line) => line.trim());
  const stated = lines[0]?.startsWith('# ') === true ? lines[0].slice(2) : null;
  const statement = stated ?? `${record} none`;
  const own = statement.startsWith(`${record} `) ? statement.slice(record.length + 1) : null;
  const marker = own === null ? null : parseMarker(own);
  const active: string[] = [];
  const backups: string[] = [];
  const obstacles: string[] = [];
  for (const [index, line] of lines.entries()) {
    if ((index === 0 && stated !== null) || line === '' || line === notice) continue;
    const server = parseServer(line, port);
    if (server !== null) (server.backup ? backups : active).push(server.address);
    else
      obstacles.push(
        `line ${index + 1} is "${printable(line, 80)}", failoverd writes only "server address:${port} [backup];"`,
      );
  }
  if (active.length === 0) obstacles.push('there is no server but backups');
  return {
    text,
    statement,
    found: {
      sets: setsOf(active, ttl),
      marker,
      foreignMarker: marker !== null || own === 'none' ? null : printable(own ?? statement),
      obstacles: obstacles.slice(0, maxObstacles),
    },
    backups,
  };
}

/** The same server lines under another statement, as nginx runs them when the marker alone was rewritten. */
export function restated(lines: ServerLines, statement: string, name: Name): ServerLines {
  const read = parseServers(`# ${statement}\n${linesIn(lines.text)}`, name);
  return { ...read, found: { ...read.found, obstacles: lines.found.obstacles } };
}

/** Whether two files hold the same server lines, whatever they state. */
export function sameLines(one: string, other: string): boolean {
  return linesIn(one) === linesIn(other);
}

function linesIn(text: string): string {
  return text.replace(/^# .*(\n|$)/, '');
}

function parseServer(line: string, port: number): { readonly address: string; readonly backup: boolean } | null {
  const match = /^server\s+(?:\[([0-9A-Fa-f:.]+)\]|([\d.]+)):(\d+)(\s+backup)?\s*;$/.exec(line);
  if (match === null || Number(match[3]) !== port) return null;
  const [, v6, v4 = ''] = match;
  const address = v6 === undefined ? normalValue('A', v4) : normalValue('AAAA', v6);
  return address === null ? null : { address, backup: match[4] !== undefined };
}

function setsOf(active: readonly string[], ttl: number): readonly RecordSet[] {
  const of = (type: 'A' | 'AAAA'): readonly RecordSet[] => {
    const values = active.filter((address) => address.includes(':') === (type === 'AAAA'));
    const set = recordSet(type, ttl, values);
    return set === null || set.values.length === 0 ? [] : [set];
  };
  return [...of('A'), ...of('AAAA')];
}

/** The map's entry for a statement. */
export function writeMarker(statement: string): string {
  return `default "${statement}";\n`;
}

/** The statement of a map's entry; null when it is not one. */
export function parseMarkerFile(text: string): string | null {
  return /^default "([^"\\$\n]*)";\n?$/.exec(text)?.[1] ?? null;
}

/** What stands in the kept file: the statement of the server lines that a marker alone was written for, and the marker's before or after. */
export interface Kept {
  readonly lines: string;
  readonly marker: string;
}

export function writeKept({ lines, marker }: Kept): string {
  return `${lines}\n${marker}\n`;
}

/** Null when it is not one. */
export function parseKept(text: string): Kept | null {
  const [, lines, marker] = /^([^\n]+)\n([^\n]+)\n$/.exec(text) ?? [];
  return lines === undefined || marker === undefined ? null : { lines, marker };
}
