import { createHash } from 'node:crypto';
import { isHostName, normalValue } from '../../src/domain/records';
import { svcbToWire } from '../../src/domain/svcb-wire';
import type { Zone, ZoneRecord } from './zone';

const format = 1;

/**
 * A zone as the text of one JSON document: format number, SHA-256 of both, the zone. Every later format keeps these three, so that
 * a flipped bit in the number is not taken for one.
 */
export function writeZone(zone: Zone): string {
  return JSON.stringify({ format, checksum: checksum(format, zone), zone });
}

/** What a text turned out to be. `unreadable`: written by a newer version; it is not ours to judge or to overwrite. */
export type Document =
  | { readonly kind: 'good'; readonly zone: Zone }
  | { readonly kind: 'corrupt'; readonly why: string }
  | { readonly kind: 'unreadable'; readonly why: string; readonly newer: true };

/** Reads a document of that zone, trusting nothing in it. */
export function parseZone(text: string, name: string): Document {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { kind: 'corrupt', why: 'not JSON' };
  }
  if (!isObject(document)) return { kind: 'corrupt', why: 'not a zone document' };
  const { format: given, zone, checksum: sum } = document;
  if (checksum(given, zone) !== sum) return { kind: 'corrupt', why: 'the checksum is wrong' };
  if (typeof given === 'number' && given > format)
    return { kind: 'unreadable', why: `format ${given}, this version reads up to ${format}`, newer: true };
  if (given !== format || !isZone(zone) || zone.name !== name)
    return { kind: 'corrupt', why: `not a document of zone ${name}` };
  return { kind: 'good', zone };
}

function isZone(value: unknown): value is Zone {
  if (!isObject(value)) return false;
  const { name, serial, records } = value;
  if (typeof name !== 'string' || !Number.isSafeInteger(serial) || !Array.isArray(records)) return false;
  return records.every((record: unknown) => isRecord(record, name));
}

function isRecord(value: unknown, zone: string): value is ZoneRecord {
  if (!isObject(value)) return false;
  const { name, type, ttl, values } = value;
  if (typeof name !== 'string' || !isHostName(name.replace(/^\*\./, ''))) return false;
  if (name !== zone && !name.endsWith(`.${zone}`)) return false;
  if (!Number.isSafeInteger(ttl) || !Array.isArray(values) || values.length === 0) return false;
  const known = kinds.find((kind) => kind === type);
  if (known === undefined) return false;
  return values.every((one: unknown) => typeof one === 'string' && isValue(known, one));
}

const kinds: readonly ZoneRecord['type'][] = ['A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB', 'TXT'];

function isValue(type: ZoneRecord['type'], text: string): boolean {
  if (type === 'TXT') return true;
  if ((type === 'HTTPS' || type === 'SVCB') && svcbToWire(text) === null) return false;
  return normalValue(type, text) === text;
}

function checksum(number: unknown, zone: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([number, zone]))
    .digest('hex');
}

/** Something with properties. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
