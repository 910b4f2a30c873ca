import { printable } from '../../src/domain/printable';
import { markerName, normalName, type RecordSet, type RecordType, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { hintObstacle, mayHint } from '../hints';
import { isObject } from '../json';
import { readMarker, textOf } from '../marker';
import type { Looked } from '../reread';
import type { RawEndpoint } from './api';

/** The managed name and its marker, as one listing showed them. */
export interface Snapshot {
  readonly found: Found;
  /** The endpoints as they came, by type: what `updateOld` and `delete` repeat. */
  readonly old: ReadonlyMap<RecordType | 'TXT', RawEndpoint>;
  /** How many other names were listed. */
  readonly strangers: number;
}

interface Endpoint {
  readonly raw: RawEndpoint;
  /** Normal form. */
  readonly name: string;
  readonly type: string;
  readonly targets: readonly string[];
  /** Seconds; null: the provider's own. */
  readonly ttl: number | null;
  readonly setIdentifier: string;
  readonly alias: boolean;
}

/** What a whole listing says about the name. An endpoint that is not understood makes it unreadable. */
export function snapshot(record: string, listing: readonly RawEndpoint[], ttl: number): Looked<Snapshot> {
  const read = listing.map(readEndpoint);
  const endpoints = read.flatMap((endpoint) => (endpoint === null ? [] : [endpoint]));
  if (endpoints.length < read.length) {
    return { ok: false, code: 'unknown', why: 'list records: an endpoint lacks its name, type or targets' };
  }
  const at = endpoints.filter((endpoint) => endpoint.name === record && isManaged(endpoint.type));
  const beside = endpoints.filter((endpoint) => endpoint.name === markerName(record));
  const hinting = endpoints.filter((one) => one.name === record && mayHint(one.type, one.targets));
  const obstacles = [
    ...special(at),
    ...special(beside),
    ...owned(record, endpoints),
    ...hinting.map((one) => hintObstacle(record, one.type)),
  ];
  if (beside.some((endpoint) => endpoint.type === 'CNAME')) {
    obstacles.push(`${markerName(record)} is a CNAME, so the marker TXT cannot stand there; remove it`);
  }
  const sets: RecordSet[] = [];
  const old = new Map<RecordType | 'TXT', RawEndpoint>();
  for (const { raw, type, targets, ttl: own } of at) {
    const set = isManaged(type) && targets.length > 0 ? recordSet(type, own ?? ttl, targets) : null;
    if (set === null) {
      obstacles.push(
        `${type} of ${record} holds "${printable(targets.join(' '))}", which is no such value; correct it`,
      );
    } else {
      sets.push(set);
      old.set(set.type, raw);
    }
  }
  const texts = beside.filter((endpoint) => endpoint.type === 'TXT');
  for (const { raw } of texts) old.set('TXT', raw);
  const claims = readMarker(texts.flatMap((endpoint) => endpoint.targets));
  const found = { sets: sets.sort((one, two) => (one.type < two.type ? -1 : 1)), ...claims, obstacles };
  const names = new Set(endpoints.map(({ name }) => name));
  for (const own of [record, markerName(record)]) names.delete(own);
  return { ok: true, seen: { found, old, strangers: names.size } };
}

function isManaged(type: string): type is RecordType {
  return type === 'A' || type === 'AAAA' || type === 'CNAME';
}

export function readEndpoint(raw: RawEndpoint): Endpoint | null {
  const { dnsName, recordType, targets = [], recordTTL = 0, setIdentifier = '', providerSpecific = [] } = raw;
  if (typeof dnsName !== 'string' || typeof recordType !== 'string' || !isTexts(targets)) return null;
  if (typeof recordTTL !== 'number' || !Number.isSafeInteger(recordTTL) || typeof setIdentifier !== 'string')
    return null;
  const properties: readonly unknown[] = Array.isArray(providerSpecific) ? providerSpecific : [];
  return {
    raw,
    name: normalName(dnsName),
    type: recordType,
    targets,
    ttl: recordTTL > 0 ? recordTTL : null,
    setIdentifier,
    alias: properties.some((one) => isObject(one) && one['name'] === 'alias' && one['value'] === 'true'),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** Endpoints that are more than a name, a type and values. */
function special(endpoints: readonly Endpoint[]): string[] {
  return endpoints.flatMap(({ name, type, setIdentifier, alias }) => {
    const twice = endpoints.filter((one) => one.name === name && one.type === type).length > 1;
    if (setIdentifier !== '') {
      const which = printable(setIdentifier);
      return [
        `${type} of ${name} is one of several sets ("${which}"): weighted, by latency or by place; replace them by one`,
      ];
    }
    if (alias)
      return [`${type} of ${name} is an alias of the provider; replace it by addresses, or manage another name`];
    return twice ? [`${type} of ${name} is listed more than once; make it one`] : [];
  });
}

/** external-dns' own claims stand at the name itself, or at the name with the type before it (docs/registry/txt.md, 2026-11). */
function owned(record: string, endpoints: readonly Endpoint[]): readonly string[] {
  const places = [record, `a-${record}`, `aaaa-${record}`, `cname-${record}`];
  const claim = endpoints
    .filter(({ name, type }) => type === 'TXT' && places.includes(name))
    .flatMap(({ targets }) => targets.map(textOf))
    .find((text) => text.startsWith('heritage=external-dns'));
  if (claim === undefined) return [];
  return [
    `${record} is managed by external-dns (${printable(claim)}), which would undo a switch; take it from there first`,
  ];
}
