import { printable } from '../../src/domain/printable';
import { normalValue, type RecordSet, type RecordType, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { hintObstacle, mayHint } from '../hints';
import { readMarker, textOf } from '../marker';
import type { Row } from './api';

/** The managed name, its marker and the lock beside it, parsed. */
export interface Snapshot {
  readonly found: Found;
  readonly entries: readonly Entry[];
  /** Every TXT at the marker's name but the lock. */
  readonly claims: readonly Claim[];
  readonly locks: readonly Row[];
}

/** One address or CNAME record at the managed name, its value in normal form. */
export interface Entry {
  readonly row: Row;
  readonly type: RecordType;
  readonly value: string;
}

export interface Claim {
  readonly row: Row;
  readonly text: string;
}

/** The text of the lock record; `lock.ts` says what it is for. */
export const lockText = 'heritage=failoverd,lock=writing';

const managed = ['A', 'AAAA', 'CNAME'] as const;
/** Types that stand beside addresses without answering for them. Any other may (URL forwarding, aliases), and is an obstacle. */
const beside = new Set(['TXT', 'SPF', 'MX', 'CAA', 'SRV', 'NS', 'SOA', 'PTR', 'HTTPS', 'SVCB', 'NAPTR', 'TLSA']);

/** What the rows at the name and at its marker say together. */
export function snapshot(record: string, apex: boolean, at: readonly Row[], aside: readonly Row[]): Snapshot {
  const obstacles = [...at.flatMap((row) => obstaclesAt(row, apex)), ...aside.flatMap(obstaclesAside)];
  for (const { type } of at.filter((row) => mayHint(row.type, [row.value]))) obstacles.push(hintObstacle(record, type));
  const entries: Entry[] = [];
  for (const row of at) {
    const type = managed.find((one) => one === row.type);
    if (type === undefined || row.line !== null || !row.enabled) continue;
    const value = normalValue(type, row.value);
    if (value !== null) entries.push({ row, type, value });
    else obstacles.push(`${type} of ${record} holds ${printable(row.value)}, which is no such value; correct it`);
  }
  const texts = aside.filter(({ type }) => type === 'TXT').map((row) => ({ row, text: textOf(row.value) }));
  const claims = texts.filter(({ text }) => text !== lockText);
  return {
    found: {
      sets: managed.flatMap((type) => setOf(type, entries)),
      ...readMarker(claims.map(({ row }) => row.value)),
      obstacles,
    },
    entries,
    claims,
    locks: texts.filter(({ text }) => text === lockText).map(({ row }) => row),
  };
}

function setOf(type: RecordType, entries: readonly Entry[]): readonly RecordSet[] {
  const own = entries.filter((entry) => entry.type === type);
  const set = recordSet(
    type,
    Math.min(...own.map(({ row }) => row.ttl)),
    own.map(({ value }) => value),
  );
  return own.length === 0 || set === null ? [] : [set];
}

function obstaclesAt(row: Row, apex: boolean): readonly string[] {
  const which = `${printable(row.type)} ${printable(row.value)} of ${row.name}`;
  if (row.type === 'NS' && !apex) return [`${row.name} is delegated by NS records; manage it in that zone`];
  if (managed.some((type) => type === row.type)) return special(row, which);
  return beside.has(row.type)
    ? []
    : [`${which} may answer for the name, and failoverd does not know its type; remove it, or manage another name`];
}

function obstaclesAside(row: Row): readonly string[] {
  const which = `${printable(row.type)} ${printable(row.value)} of ${row.name}`;
  if (row.type === 'TXT') return special(row, which);
  return beside.has(row.type) ? [] : [`${which} stands where the marker TXT goes; remove it`];
}

/** What makes a record more than a name, a type, a TTL and a value. */
function special(row: Row, which: string): readonly string[] {
  const traits = [
    ...(row.line === null ? [] : [`is for the line ${printable(row.line)} only`]),
    ...(row.enabled ? [] : ['is switched off']),
    ...(row.weight === null ? [] : [`has the weight ${row.weight}`]),
    ...(row.locked ? ['is locked'] : []),
  ];
  if (traits.length === 0) return [];
  const remedy = 'failoverd writes plain records of the default line: make it one, or remove it';
  return [`${which} ${traits.join(' and ')}; ${remedy}`];
}
