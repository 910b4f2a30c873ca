import { isHostName, normalName } from '../../src/domain/records';
import { isObject } from '../json';
import type { Row, Zone } from '../per-record/api';

/** The default line's names, in Chinese and international accounts; its id is 0. */
const defaultLineNames = ['默认', 'Default'];

/** DescribeRecord names the fields of a record differently from DescribeRecordList. */
export function infoRow(zone: Zone, info: unknown): Row | null {
  if (!isObject(info)) return null;
  const { Id, SubDomain, RecordType, RecordLine, RecordLineId, Enabled, ...rest } = info;
  const Status = Enabled === 1 ? 'ENABLE' : 'DISABLE';
  const named = { RecordId: Id, Name: SubDomain, Type: RecordType, Line: RecordLine, LineId: RecordLineId, Status };
  return rowOf(zone, { ...rest, ...named });
}

/** One record of a listing; null: not whole. */
export function rowOf(zone: Zone, item: unknown): Row | null {
  if (!isObject(item)) return null;
  const { RecordId: id, Name: host, Type: type, Value: value, TTL: ttl, Status: status } = item;
  const { Line: line, LineId: lineId, Weight: weight, Remark: remark } = item;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1 || typeof host !== 'string') return null;
  if (typeof type !== 'string' || typeof value !== 'string' || typeof status !== 'string') return null;
  if (typeof ttl !== 'number' || !Number.isSafeInteger(ttl) || ttl < 1) return null;
  if (typeof line !== 'string') return null;
  const isDefault = typeof lineId === 'string' && lineId !== '' ? lineId === '0' : defaultLineNames.includes(line);
  return {
    id: String(id),
    name: normalName(host === '@' ? zone.name : `${host}.${zone.name}`),
    type,
    value,
    ttl,
    line: isDefault ? null : line,
    enabled: status.toUpperCase() === 'ENABLE',
    // 0 and null both mean that weights are off (ModifyRecord, 2026-11).
    weight: typeof weight === 'number' && weight > 0 ? weight : null,
    locked: false,
    remark: typeof remark === 'string' ? remark : '',
  };
}

/** A domain, its plan's least TTL not known yet; null: not whole. */
export function zoneOf(info: unknown): Zone | null {
  if (!isObject(info)) return null;
  const { DomainId: id, Domain: name, Status: status, DnsStatus: dns, DnspodNsList: servers } = info;
  if (typeof name !== 'string' || !isHostName(normalName(name)) || typeof id !== 'number') return null;
  const state = typeof status === 'string' ? status.toUpperCase() : 'ENABLE';
  const listed: readonly unknown[] = Array.isArray(servers) ? servers.slice(0, 16) : [];
  const names = listed.flatMap((server) => (typeof server === 'string' ? [normalName(server)] : [])).filter(isHostName);
  const zone = `zone ${normalName(name)}`;
  return {
    name: normalName(name),
    id: String(id),
    ttlFloor: null,
    nameServers: names,
    troubles: [
      ...(state === 'PAUSE' ? [`${zone} is paused, so nothing of it is answered; resume it`] : []),
      ...(state === 'SPAM' ? [`${zone} is banned by DNSPod; ask its support`] : []),
      ...(dns === 'dnserror'
        ? [`${zone} is not delegated to DNSPod's name servers (${names.join(', ')}); delegate it at the registrar`]
        : []),
    ],
  };
}
