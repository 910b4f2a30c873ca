import { printable } from '../../src/domain/printable';
import {
  type Marker,
  markerName,
  markerText,
  type RecordSet,
  type RecordType,
  recordSet,
  sameValues,
} from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { mayHint } from '../hints';
import { readMarker } from '../marker';
import type { Looked } from '../reread';
import { spelt } from './spelling';
import type { Row, Zone } from './zone';

/** The managed name as it stood at one moment. */
export interface Snapshot {
  readonly found: Found;
  readonly zone: Zone;
  /** Whether the whole zone was read, disabled records with it. */
  readonly whole: boolean;
}

const managed = ['A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB'] as const;
const secondary = new Set(['slave', 'secondary', 'consumer']);

/** What the answers say together: one for the whole zone, or one for each name. */
export function snapshot(record: string, zones: readonly Zone[], whole: boolean): Looked<Snapshot> {
  const [zone] = zones;
  if (zone === undefined) return { ok: false, code: 'unknown', why: 'no zone was read' };
  const rows = zones.flatMap((one) => one.rows);
  if (whole && !rows.some((row) => row.name === zone.name && row.type === 'SOA' && row.contents.length > 0)) {
    // Not "absent": a listing that fails half-way, or a zone that was switched off, would look the same.
    const why = `zone ${zone.name} lists no SOA that is served, so it answers nothing; enable it, or look at its database`;
    return { ok: false, code: 'unknown', why };
  }
  const at = rows.filter((row) => row.name === record);
  const beside = rows.filter((row) => row.name === markerName(record));
  const obstacles = [
    ...zoneObstacles(record, zone, rows),
    ...at.flatMap(recordObstacles),
    ...beside.flatMap(besideObstacles),
  ];
  const sets: RecordSet[] = [];
  for (const row of at) {
    if (!isManaged(row.type) || row.contents.length === 0) continue;
    if (isNeighbour(row)) continue;
    const set = recordSet(row.type, row.ttl, row.contents);
    if (set !== null) sets.push(set);
    else obstacles.push(`${row.type} holds ${printable(row.contents.join(' '))}, which is no such value; correct it`);
  }
  const texts = beside.flatMap((row) => (row.type === 'TXT' ? row.contents : []));
  const found = { sets: sets.sort((one, two) => (one.type < two.type ? -1 : 1)), ...readMarker(texts), obstacles };
  return { ok: true, seen: { found, zone, whole } };
}

function isManaged(type: string): type is RecordType {
  return managed.some((one) => one === type);
}

/** HTTPS and SVCB values without address hints are not ours; automatic ones follow the addresses by themselves. */
function isNeighbour({ type, contents }: Row): boolean {
  const byHand = contents.map((content) => content.replace(/\bipv[46]hint="?auto"?(?=\s|$)/g, ''));
  return (type === 'HTTPS' || type === 'SVCB') && !mayHint(type, byHand);
}

function zoneObstacles(record: string, zone: Zone, rows: readonly Row[]): readonly string[] {
  const obstacles: string[] = [];
  if (secondary.has(zone.kind.toLowerCase())) {
    obstacles.push(
      `zone ${zone.name} is a ${printable(zone.kind)}: the next transfer would undo a change; write at its primary`,
    );
  }
  const cut = rows.find(
    (row) => row.type === 'NS' && row.name !== zone.name && (record === row.name || record.endsWith(`.${row.name}`)),
  );
  if (cut !== undefined) obstacles.push(`${cut.name} is delegated by NS records; manage ${record} in that zone`);
  return obstacles;
}

/** What would be lost, or would answer in the place of what is written. */
function recordObstacles(row: Row): readonly string[] {
  const { name, type, disabled } = row;
  if (type === 'LUA') return [`${name} is answered by a LUA record; remove it, or manage another name`];
  if (type === 'ALIAS') return [`${name} is an ALIAS; replace it by addresses, or manage another name`];
  return isManaged(type) && !isNeighbour(row) ? lost(name, type, disabled) : [];
}

function besideObstacles({ name, type, disabled }: Row): readonly string[] {
  if (type === 'CNAME' || type === 'LUA')
    return [`${name} is a ${type} record, so the marker TXT cannot stand there; remove it`];
  return type === 'TXT' ? lost(name, type, disabled) : [];
}

function lost(name: string, type: string, disabled: readonly string[]): readonly string[] {
  if (disabled.length === 0) return [];
  const values = printable(disabled.join(' '));
  return [`${type} ${values} of ${name} is disabled: not served, and a switch would drop it; enable or remove it`];
}

/**
 * The record sets of one PATCH. It is one transaction, in which DELETEs stand first because PowerDNS looks at a CNAME beside other types
 * row by row (tried on 4.7.3, 2026-11). No comments are sent: those of people stay as they are, and a backend that knows none refuses
 * a change that has any (ws-auth.cc, applyReplace, read 2026-11).
 */
export function planPatch(
  record: string,
  { found, zone }: Snapshot,
  to: readonly RecordSet[],
  marker: Marker,
): readonly unknown[] {
  const gone = found.sets.filter((set) => !to.some(({ type }) => type === set.type));
  const deletes = gone.map(({ type }) => ({ name: `${record}.`, type, changetype: 'DELETE' }));
  // What stands there already is left alone, the marker aside: nobody sees a change where there is none.
  const moved = sameValues(found.sets, to) ? [] : to;
  const sets = moved.map(({ type, ttl, values }) => {
    const now = zone.rows.find((row) => row.name === record && row.type === type)?.contents ?? [];
    return replacement(
      record,
      type,
      ttl,
      values.map((value) => contentOf(type, value, now)),
    );
  });
  const text = replacement(markerName(record), 'TXT', to[0]?.ttl ?? 60, [`"${markerText(marker)}"`]);
  return [...deletes, ...sets, text];
}

function contentOf(type: RecordType, value: string, now: readonly string[]): string {
  if (type === 'HTTPS' || type === 'SVCB') return spelt(value, now);
  return type === 'CNAME' ? `${value}.` : value;
}

function replacement(name: string, type: string, ttl: number, contents: readonly string[]) {
  const records = contents.map((content) => ({ content, disabled: false }));
  return { name: `${name}.`, type, ttl, changetype: 'REPLACE', records };
}
