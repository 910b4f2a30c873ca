import { isIPv4, isIPv6 } from 'node:net';
import { parseSvcb } from '../../src/domain/svcb';
import type { Node } from './route53-fake-xml';

/** One resource record set as Route 53 stores it: lower-case escaped name with a trailing dot, values as they were sent. */
export interface StoredSet {
  readonly name: string;
  readonly type: string;
  /** Undefined for an alias. */
  readonly ttl: number | undefined;
  readonly values: readonly string[];
  readonly setIdentifier: string | undefined;
  /** Every other field (Weight, AliasTarget …), in the order of the schema. */
  readonly extra: readonly Node[];
}

export interface StoredChange {
  readonly action: string;
  readonly set: StoredSet;
}

export interface StoredZone {
  readonly id: string;
  /** With a trailing dot. */
  readonly name: string;
  readonly isPrivate: boolean;
  readonly nameservers: readonly string[];
}

/**
 * A name as Route 53 stores it: lower-case, trailing dot, everything but a-z 0-9 - _ . as `\ooo`
 * (Developer Guide, "DNS domain name format", 2026-11).
 */
export function storedName(name: string): string {
  const dotted = name.endsWith('.') ? name : `${name}.`;
  return dotted
    .toLowerCase()
    .replace(/\\[0-7]{3}|[^a-z0-9\-_.]/g, (part) =>
      part.length === 4 ? part : `\\${part.charCodeAt(0).toString(8).padStart(3, '0')}`,
    );
}

/** Sort key of a name: labels reversed, trailing dot kept, compared as ASCII (API reference, ListResourceRecordSets, 2026-11). */
function sortKey(name: string): string {
  return `${name.split('.').filter(Boolean).reverse().join('.')}.`;
}

function compare(left: readonly string[], right: readonly string[]): number {
  for (const [index, one] of left.entries()) {
    const other = right[index] ?? '';
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

export function compareNames(left: string, right: string): number {
  return compare([sortKey(left)], [sortKey(right)]);
}

function position(set: Pick<StoredSet, 'name' | 'type' | 'setIdentifier'>): readonly string[] {
  return [sortKey(set.name), set.type, set.setIdentifier ?? ''];
}

/** One page of a zone in Route 53's order, and where the next begins. */
export function page(
  sets: readonly StoredSet[],
  start: { readonly name: string | null; readonly type: string | null; readonly identifier: string | null },
  maxItems: number,
): { readonly items: readonly StoredSet[]; readonly next: StoredSet | undefined } {
  const from = [start.name === null ? '' : sortKey(storedName(start.name)), start.type ?? '', start.identifier ?? ''];
  const rest = [...sets]
    .sort((a, b) => compare(position(a), position(b)))
    .filter((set) => compare(position(set), from) >= 0);
  return { items: rest.slice(0, maxItems), next: rest[maxItems] };
}

/** A batch on a zone: all of it, or the messages saying why none of it. Texts as the service words them. */
export function applyBatch(
  zone: StoredZone,
  sets: readonly StoredSet[],
  changes: readonly StoredChange[],
  isProtected: (set: StoredSet) => boolean,
): { readonly sets: readonly StoredSet[] } | { readonly messages: readonly string[] } {
  const after = new Map(sets.map((set) => [keyOf(set), set]));
  const messages: string[] = [];
  const touched = new Map<string, string>();
  for (const { action, set } of changes) {
    const key = keyOf(set);
    const label = `[name='${set.name}', type='${set.type}'${set.setIdentifier === undefined ? '' : `, set-identifier='${set.setIdentifier}'`}]`;
    const before = touched.get(key);
    const problem = problemOf(zone, set, action) ?? (isProtected(set) ? `${label} is protected from changes` : null);
    if (problem !== null) messages.push(problem);
    else if (before !== undefined && !(before === 'DELETE' && action === 'CREATE')) {
      messages.push(
        `The request contains an invalid set of changes for a resource record set '${set.type} ${set.name}'`,
      );
    } else if (action === 'DELETE') {
      const there = after.get(key);
      if (there === undefined) messages.push(`Tried to delete resource record set ${label} but it was not found`);
      else if (!sameSet(there, set)) {
        messages.push(
          `Tried to delete resource record set ${label} but the values provided do not match the current values`,
        );
      } else after.delete(key);
    } else if (action === 'CREATE' && after.has(key)) {
      messages.push(`Tried to create resource record set ${label} but it already exists`);
    } else after.set(key, set);
    touched.set(key, action);
  }
  const result = [...after.values()];
  for (const { set } of changes) messages.push(...coexistence(zone, set, result));
  return messages.length > 0 ? { messages: [...new Set(messages)] } : { sets: result };
}

function keyOf(set: StoredSet): string {
  return `${set.name} ${set.type} ${set.setIdentifier ?? ''}`;
}

/** DELETE must repeat every value, in any order. */
function sameSet(there: StoredSet, given: StoredSet): boolean {
  const shape = (set: StoredSet) => JSON.stringify([set.ttl ?? null, [...set.values].sort(), set.extra]);
  return shape(there) === shape(given);
}

function problemOf(zone: StoredZone, set: StoredSet, action: string): string | null {
  if (set.name !== zone.name && !set.name.endsWith(`.${zone.name}`)) {
    return `RRSet with DNS name ${set.name} is not permitted in zone ${zone.name}`;
  }
  if (set.name === zone.name && set.type === 'SOA' && action !== 'UPSERT') {
    return 'A HostedZone must contain exactly one SOA record.';
  }
  if (set.name === zone.name && set.type === 'NS' && action === 'DELETE') {
    return 'A HostedZone must contain at least one NS record for the zone itself.';
  }
  if (set.name === zone.name && set.type === 'CNAME') {
    return `RRSet of type CNAME with DNS name ${set.name} is not permitted at apex in zone ${zone.name}`;
  }
  if (new Set(set.values).size < set.values.length) return `Duplicate Resource Record: '${set.values.join(', ')}'`;
  const wrong = set.values.find((value) => !isValue(set.type, value));
  if (wrong !== undefined)
    return `Invalid Resource Record: 'FATAL problem: ${reason(set.type)} encountered with '${wrong}''`;
  return null;
}

function isValue(type: string, value: string): boolean {
  if (type === 'A') return isIPv4(value);
  if (type === 'AAAA') return isIPv6(value);
  if (type === 'TXT') return /^"(?:[^"\\]|\\.){0,255}"(?: "(?:[^"\\]|\\.){0,255}")*$/.test(value);
  if (type === 'HTTPS' || type === 'SVCB') return parseSvcb(value) !== null;
  return value.length > 0;
}

function reason(type: string): string {
  if (type === 'A') return 'ARRDATAIllegalIPv4Address';
  return type === 'TXT' ? 'InvalidCharacterString (Value should be enclosed in quotation marks)' : 'InvalidRRDATA';
}

/** A CNAME stands alone at its name. */
function coexistence(zone: StoredZone, set: StoredSet, after: readonly StoredSet[]): readonly string[] {
  const here = after.filter((one) => one.name === set.name);
  const clash = here.find((one) => (one.type === 'CNAME') !== (set.type === 'CNAME'));
  if (clash === undefined || !here.some((one) => one.type === set.type)) return [];
  return [
    `RRSet of type ${set.type} with DNS name ${set.name} is not permitted because a conflicting RRSet of type ${clash.type} ` +
      `with the same DNS name already exists in zone ${zone.name}`,
  ];
}
