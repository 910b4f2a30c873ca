import {
  type Marker,
  markerName,
  markerText,
  parseMarker,
  type RecordSet,
  type RecordType,
  recordSet,
} from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { isHinting } from '../hints';
import { addressData, nameData, soaData, svcbData, textData } from './rdata';
import { types } from './wire';

/** A zone as it is kept: names and values in normal form, at most one entry per name and type. */
export interface Zone {
  readonly name: string;
  /** Grows with every change. */
  readonly serial: number;
  readonly records: readonly ZoneRecord[];
}

export interface ZoneRecord {
  readonly name: string;
  readonly type: RecordType | 'TXT';
  /** Seconds. */
  readonly ttl: number;
  readonly values: readonly string[];
}

/** What stands at a managed name and its marker. */
export function findRecord(zone: Zone, record: string): Found {
  const sets = zone.records.flatMap((entry) => {
    if (entry.name !== record || entry.type === 'TXT' || isNeighbour(entry)) return [];
    const set = recordSet(entry.type, entry.ttl, entry.values);
    return set === null ? [] : [set];
  });
  const beside = zone.records.find((entry) => entry.name === markerName(record) && entry.type === 'TXT');
  const texts = beside?.values ?? [];
  const marker = texts.length === 1 ? parseMarker(texts[0] ?? '') : null;
  const foreignMarker = texts.length > 0 && marker === null ? texts.join('; ').slice(0, 200) : null;
  return { sets, marker, foreignMarker, obstacles: [] };
}

/** What stands at a managed name without being ours: text, and HTTPS and SVCB values that hint at no address. */
export function isNeighbour({ type, values }: ZoneRecord): boolean {
  return type === 'TXT' || ((type === 'HTTPS' || type === 'SVCB') && !isHinting(type, values));
}

/** The zone with a managed name and its marker replaced; everything else as it was. */
export function replaceRecord(zone: Zone, record: string, to: readonly RecordSet[], marker: Marker): Zone {
  const beside = markerName(record);
  const isReplaced = (entry: ZoneRecord): boolean =>
    entry.name === record
      ? !isNeighbour(entry) || to.some(({ type }) => type === entry.type)
      : entry.name === beside && entry.type === 'TXT';
  const others = zone.records.filter((entry) => !isReplaced(entry));
  const sets = to.map((set) => ({ name: record, type: set.type, ttl: set.ttl, values: set.values }));
  const text: ZoneRecord = { name: beside, type: 'TXT', ttl: to[0]?.ttl ?? 0, values: [markerText(marker)] };
  // Serial numbers wrap at 32 bits (RFC 1982).
  return { name: zone.name, serial: (zone.serial + 1) >>> 0, records: [...others, ...sets, text] };
}

/** A zone made ready for answering: every name that exists, those with only something below them (empty) included. */
export interface Served {
  readonly apex: string;
  readonly soa: Rrset;
  readonly names: ReadonlyMap<string, readonly Rrset[]>;
}

export interface Rrset {
  readonly type: number;
  readonly ttl: number;
  readonly data: readonly Buffer[];
}

/** How long "there is no such thing" may be remembered: short, so that a record that appears is seen soon. Seconds. */
export const negativeTtl = 10;
const apexTtl = 300;

/** Adds what a zone must have: SOA, NS, and an address for `ns.<zone>` when `host` (where we listen) is one address. */
export function serveZone(zone: Zone, host: string): Served {
  const names = new Map<string, Rrset[]>();
  const add = (name: string, set: Rrset | null): void => {
    for (let at = name; at !== zone.name && !names.has(at); at = at.slice(at.indexOf('.') + 1)) names.set(at, []);
    if (set !== null) names.get(name)?.push(set);
  };
  const soa = { type: types.SOA, ttl: negativeTtl, data: [soaData(zone.name, zone.serial, negativeTtl)] };
  names.set(zone.name, [soa, { type: types.NS, ttl: apexTtl, data: [nameData(`ns.${zone.name}`)] }]);
  for (const entry of zone.records) add(entry.name, rrset(entry));
  const ns = `ns.${zone.name}`;
  const anywhere = host === '0.0.0.0' || host === '::';
  const type = host.includes(':') ? types.AAAA : types.A;
  const free = (names.get(ns) ?? []).length === 0;
  add(ns, free && !anywhere ? { type, ttl: apexTtl, data: [addressData(host)] } : null);
  return { apex: zone.name, soa, names };
}

function rrset(entry: ZoneRecord): Rrset {
  const data = { A: addressData, AAAA: addressData, CNAME: nameData, HTTPS: svcbData, SVCB: svcbData, TXT: textData }[
    entry.type
  ];
  return { type: types[entry.type], ttl: entry.ttl, data: entry.values.map(data) };
}

export type Lookup =
  | { readonly kind: 'data'; readonly set: Rrset }
  /** The name exists, without that type. */
  | { readonly kind: 'no-data' }
  | { readonly kind: 'no-name' };

/**
 * Answers a name in or below the apex (RFC 1034 section 4.3.2, RFC 4592 for the wildcard):
 *
 *   the name exists                      its set of that type, else its CNAME, else no-data
 *   it does not; its closest existing
 *   parent has a `*` below it            the same from the `*`, under the name asked for
 *   otherwise                            no-name
 *
 * A CNAME is not followed: its target is another host's business, and the resolver asks for it by itself.
 */
export function lookUp(served: Served, name: string, type: number): Lookup {
  let at = name;
  let sets = served.names.get(at);
  if (sets === undefined) {
    while (at !== served.apex && !served.names.has(at)) at = at.slice(at.indexOf('.') + 1);
    sets = served.names.get(`*.${at}`);
  }
  if (sets === undefined) return { kind: 'no-name' };
  const set = sets.find((one) => one.type === type) ?? sets.find((one) => one.type === types.CNAME);
  return set === undefined ? { kind: 'no-data' } : { kind: 'data', set };
}
