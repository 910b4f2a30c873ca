import { isHostName, normalName } from '../../src/domain/records';
import { isObject } from '../json';
import type { Row, Zone } from '../per-record/api';

export const defaultLine = 'default';

/** Every record is listed with a weight, 1 unless somebody chose another, also where weights are off. Equal ones tell nothing. */
export function weighed(rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => {
    const alike = rows.filter(({ type, line }) => type === row.type && line === row.line);
    return new Set(alike.map(({ weight }) => weight)).size > 1 ? row : { ...row, weight: null };
  });
}

/** One record of a listing; null: not whole. */
export function rowOf(item: unknown): Row | null {
  if (!isObject(item)) return null;
  const { RecordId: id, RR: host, DomainName: zone, Type: type, Value: value, TTL: ttl } = item;
  const { Line: line, Status: status, Weight: weight, Locked: locked, Remark: remark } = item;
  if (typeof id !== 'string' || !/^\w{1,64}$/.test(id) || typeof host !== 'string' || typeof zone !== 'string')
    return null;
  if (typeof type !== 'string' || typeof value !== 'string' || typeof line !== 'string') return null;
  if (typeof status !== 'string' || typeof ttl !== 'number' || !Number.isSafeInteger(ttl) || ttl < 1) return null;
  return {
    id,
    name: normalName(host === '@' ? zone : `${host}.${zone}`),
    type: type.toUpperCase(),
    value,
    ttl,
    line: line === defaultLine ? null : line,
    // Listed as `ENABLE` or `Enable`, by age of the documentation.
    enabled: status.toUpperCase() === 'ENABLE',
    weight: typeof weight === 'number' ? weight : null,
    locked: locked === true,
    remark: typeof remark === 'string' ? remark : '',
  };
}

/** A domain; null: not whole. */
export function zoneOf(info: Readonly<Record<string, unknown>>): Zone | null {
  const { DomainName: name, MinTtl: floor, DnsServers: holder, InBlackHole: hole, InClean: cleaning } = info;
  if (typeof name !== 'string' || !isHostName(normalName(name))) return null;
  const listed = isObject(holder) ? holder['DnsServer'] : null;
  // The documentation's example holds one text that is itself a JSON list, real answers one text per server.
  const texts: readonly unknown[] = Array.isArray(listed) ? listed.slice(0, 16) : [];
  const names = texts.flatMap((text) => (typeof text === 'string' ? text.split(/[[\]",\s]+/) : [])).map(normalName);
  return {
    name: normalName(name),
    id: null,
    ttlFloor: typeof floor === 'number' && floor >= 1 ? floor : null,
    nameServers: names.filter(isHostName),
    troubles: [
      ...(hole === true ? [`zone ${normalName(name)} is in the black hole after an attack, and not answered`] : []),
      ...(cleaning === true ? [`zone ${normalName(name)} is under attack, and its queries are being filtered`] : []),
    ],
  };
}
