import {
  type Marker,
  markerName,
  markerText,
  parseMarker,
  type RecordSet,
  type RecordType,
  recordSet,
  sameValues,
} from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { isHinting, obscureHint, svcbParts } from '../hints';
import type { Change, ResourceRecordSet } from './client';
import { clean } from './failures';

/** What Route 53 lists at the managed name and at its marker. */
export interface Listed {
  readonly found: Found;
  /** The sets a replacement takes away, every field as listed: a DELETE must repeat them exactly. */
  readonly exact: readonly ResourceRecordSet[];
}

/** A name as Route 53 stores it: lower-case, trailing dot, `*` as `\052` (Developer Guide, "DNS domain name format", 2026-11). */
export function storedName(name: string): string {
  const lower = name.toLowerCase().replaceAll('*', '\\052');
  return lower.endsWith('.') ? lower : `${lower}.`;
}

/**
 * Where a name stands in a listing: labels reversed, trailing dot kept, ASCII
 * (API reference, ListResourceRecordSets, "Sort order", 2026-11).
 */
export function sortKey(name: string): string {
  return `${storedName(name).split('.').filter(Boolean).reverse().join('.')}.`;
}

/** Fields that make a set more than a name, a type, a TTL and values; writing over them would lose them. */
const special: readonly (readonly [keyof ResourceRecordSet, string])[] = [
  ['AliasTarget', 'is an alias'],
  ['TrafficPolicyInstanceId', 'belongs to a traffic policy'],
  ['Weight', 'is weighted'],
  ['Region', 'is chosen by latency'],
  ['Failover', "is part of Route 53's own failover"],
  ['GeoLocation', 'is chosen by geolocation'],
  ['GeoProximityLocation', 'is chosen by geoproximity'],
  ['CidrRoutingConfig', 'is chosen by the CIDR block of the client'],
  ['MultiValueAnswer', 'is a multivalue answer'],
  ['SetIdentifier', 'is one of several sets of this name and type'],
  ['HealthCheckId', 'has a health check of Route 53'],
];

/** Everything about the managed name in the rows of a listing; rows of other names are ignored. */
export function listed(record: string, apex: string, rows: readonly ResourceRecordSet[]): Listed {
  const at = (name: string) => rows.filter((row) => storedName(String(row.Name)) === storedName(name));
  const here = at(record);
  const managed = here.filter((row) => isManaged(row.Type) && !isNeighbour(row));
  const beside = at(markerName(record));
  const txt = beside.filter((row) => row.Type === 'TXT');
  const sets: RecordSet[] = [];
  const obstacles: string[] = [];
  for (const row of [...managed, ...txt]) {
    const traits = special.filter(([name]) => row[name] !== undefined).map(([, words]) => words);
    if (traits.length === 0) continue;
    const which = row.SetIdentifier === undefined ? '' : ` "${clean(row.SetIdentifier, [])}"`;
    const why = `${row.Type} ${row.Name}${which} ${traits.join(' and ')}`;
    obstacles.push(`${why}; failoverd writes simple records only: replace it by one, or manage another name`);
  }
  for (const row of managed.filter((one) => one.ResourceRecords !== undefined)) {
    const set = isManaged(row.Type) ? recordSet(row.Type, row.TTL ?? 0, valuesOf(row)) : null;
    if (set !== null) sets.push(set);
    else
      obstacles.push(
        `${row.Type} ${row.Name} holds ${clean(valuesOf(row).join(' '), [])}, which is no such value; correct it`,
      );
  }
  for (const row of here) {
    obstacles.push(...valuesOf(row).flatMap((value) => obscureHint(record, String(row.Type), value) ?? []));
  }
  if (beside.some((row) => row.Type === 'CNAME')) {
    obstacles.push(`${markerName(record)} is a CNAME, so the marker TXT cannot stand there; remove it`);
  }
  if (record !== apex && here.some((row) => row.Type === 'NS')) {
    obstacles.push(`${record} is delegated to other name servers by NS records; manage it in that zone`);
  }
  const texts = txt.flatMap(valuesOf).map(textOf);
  const [only, ...more] = texts;
  const marker = only !== undefined && more.length === 0 ? parseMarker(only) : null;
  const foreignMarker = only === undefined || marker !== null ? null : clean(texts.join(' | '), []);
  return {
    found: { sets: sets.sort((a, b) => (a.type < b.type ? -1 : 1)), marker, foreignMarker, obstacles },
    exact: [...managed, ...txt],
  };
}

function isManaged(type: string | undefined): type is RecordType {
  return type === 'A' || type === 'AAAA' || type === 'CNAME' || type === 'HTTPS' || type === 'SVCB';
}

/** HTTPS and SVCB values without address hints are not ours. Those behind an alias or a traffic policy cannot be seen: they may hint. */
function isNeighbour(row: ResourceRecordSet): boolean {
  if (row.Type !== 'HTTPS' && row.Type !== 'SVCB') return false;
  return row.ResourceRecords !== undefined && !isHinting(row.Type, valuesOf(row));
}

function valuesOf(row: ResourceRecordSet): readonly string[] {
  return (row.ResourceRecords ?? []).map((one) => one.Value ?? '');
}

/** The text of a TXT value: quoted strings of up to 255 bytes joined, `\"` and `\ooo` resolved; unquoted text as it is. */
function textOf(value: string): string {
  const strings = [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, inner = '']) => inner);
  return (strings.length > 0 ? strings.join('') : value).replace(/\\(?:([0-7]{3})|(.))/g, (_, octal, char) =>
    octal === undefined ? char : String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** HTTPS and SVCB as the Developer Guide writes them: `1 . alpn="h3,h2"` ("Supported DNS record types", 2026-11). */
function spelling(type: RecordType, value: string): string {
  if (type === 'CNAME') return `${value}.`;
  const parts = type === 'HTTPS' || type === 'SVCB' ? svcbParts(value) : null;
  return parts === null ? value : `${parts.priority} ${parts.target} ${parts.value}`.trimEnd();
}

/** What is to stand there: the new sets, and the marker with their TTL. */
function wanted(record: string, to: readonly RecordSet[], marker: Marker): readonly ResourceRecordSet[] {
  const sets = to.map(({ type, ttl, values }): ResourceRecordSet => {
    const spelled = values.map((value) => spelling(type, value));
    return { Name: `${record}.`, Type: type, TTL: ttl, ResourceRecords: spelled.map((Value) => ({ Value })) };
  });
  const text = [{ Value: `"${markerText(marker)}"` }];
  return [...sets, { Name: `${markerName(record)}.`, Type: 'TXT', TTL: to[0]?.ttl, ResourceRecords: text }];
}

/**
 * The batch that compares and swaps. Route 53 takes all of a batch or nothing, refuses a DELETE that does not repeat every current
 * value, and a CREATE of what exists (API reference, ChangeResourceRecordSets, 2026-11). So each listed set is deleted as it was
 * listed, even one that comes back unchanged: that is what compares it. Where no value changes, the marker alone is swapped: any other
 * batch under way deletes the marker it knew, so that is enough to shut it out.
 */
export function swapBatch(record: string, from: Listed, to: readonly RecordSet[], marker: Marker): Change[] {
  const alone = sameValues(from.found.sets, to);
  const ours = (set: ResourceRecordSet): boolean => !alone || set.Type === 'TXT';
  return [
    ...from.exact.filter(ours).map((set): Change => ({ Action: 'DELETE', ResourceRecordSet: set })),
    ...wanted(record, to, marker)
      .filter(ours)
      .map((set): Change => ({ Action: 'CREATE', ResourceRecordSet: set })),
  ];
}

/** The batch for a role that may only UPSERT: overwrites, compares nothing, removes nothing. Where no value changes, the marker alone. */
export function upsertBatch(record: string, from: Listed, to: readonly RecordSet[], marker: Marker): Change[] {
  const alone = sameValues(from.found.sets, to);
  const sent = wanted(record, to, marker).filter((set) => !alone || set.Type === 'TXT');
  return sent.map((set): Change => ({ Action: 'UPSERT', ResourceRecordSet: set }));
}
