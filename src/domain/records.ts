import { normalIpv4, normalIpv6 } from './address-text';
import { normalSvcb, svcbKey } from './svcb';

/**
 * Record sets of one managed name, and the marker beside them.
 *
 * A name is managed through A and AAAA together, or CNAME alone. HTTPS and SVCB values that hint at addresses (RFC 9460) move with the
 * addresses: those without hints, and everything else at the name, are neighbours and are never touched.
 */

export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'HTTPS' | 'SVCB';

/** One record set in normal form: values sorted, addresses canonical, host names lower-case without a trailing dot (svcb.ts for HTTPS and SVCB). */
export interface RecordSet {
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  readonly values: readonly string[];
}

/**
 * Who wrote the records last, kept in a TXT record at `_failoverd.<record>`, in the zone itself, readable by people:
 * `heritage=failoverd,owner=sre,generation=8,site=europe-west1`, then `,tested=2026-11-23T09:50:00Z` after a self-test.
 */
export interface Marker {
  readonly owner: string;
  /** Fencing number of the change that wrote it; grows by at least one with every change. */
  readonly generation: number;
  readonly site: string;
  /** When the write path was last proven by rewriting this marker alone, as people write it: `2026-11-23T09:50:00Z`. */
  readonly tested?: string;
}

/** The TXT name beside a managed name. A wildcard's marker stands at the literal name below, never at `_failoverd.*`. */
export function markerName(record: string): string {
  return record.startsWith('*.') ? `_failoverd.wildcard.${record.slice(2)}` : `_failoverd.${record}`;
}

/** The marker as the text of one TXT string (always shorter than 255 bytes: owner and site names are bounded by the configuration). */
export function markerText(marker: Marker): string {
  const tested = marker.tested === undefined ? '' : `,tested=${marker.tested}`;
  return `heritage=failoverd,owner=${marker.owner},generation=${marker.generation},site=${marker.site}${tested}`;
}

/** Reads a marker; anything that is not exactly one of ours is null. */
export function parseMarker(text: string): Marker | null {
  const match =
    /^heritage=failoverd,owner=([^,\s]{1,80}),generation=(\d{1,15}),site=([^,\s]{1,63})(?:,tested=([0-9TZ:.-]{1,30}))?$/.exec(
      text,
    );
  const [, owner, generation, site, tested] = match ?? [];
  if (owner === undefined || generation === undefined || site === undefined) return null;
  return { owner, generation: Number(generation), site, ...(tested === undefined ? {} : { tested }) };
}

/** A host name in normal form: lower-case, no trailing dot. */
export function normalName(name: string): string {
  const lower = name.trim().toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** A value in the normal form of its type, or null when it is not a value of that type. */
export function normalValue(type: RecordType, text: string): string | null {
  if (type === 'A') return normalIpv4(text.trim());
  if (type === 'AAAA') return normalIpv6(text.trim());
  if (isSvcb(type)) return normalSvcb(text);
  const name = normalName(text);
  return isHostName(name) ? name : null;
}

/**
 * A host name by RFC 1123, with underscores allowed in labels (they occur in CNAME targets). Its last label is not a number (section 2.1),
 * so that a mistyped address is not taken for a name.
 */
export function isHostName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= 253 &&
    !/(^|\.)\d+$/.test(name) &&
    name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  );
}

/** A record set from whatever spelling a provider uses; null when a value is not of its type. Duplicates fold. */
export function recordSet(type: RecordType, ttl: number, values: readonly string[]): RecordSet | null {
  const normal = new Set<string>();
  for (const value of values) {
    const one = normalValue(type, value);
    if (one === null) return null;
    normal.add(one);
  }
  return { type, ttl, values: [...normal].sort() };
}

/** The same types with the same values; TTLs may differ (a human's or a provider's TTL is adopted, not fought). */
export function sameValues(left: readonly RecordSet[], right: readonly RecordSet[]): boolean {
  return valuesKey(left) === valuesKey(right);
}

function isSvcb(type: RecordType): boolean {
  return type === 'HTTPS' || type === 'SVCB';
}

/** One text for the types and values of some record sets: equal exactly when `sameValues`. */
export function valuesKey(sets: readonly RecordSet[]): string {
  return sets
    .filter((set) => set.values.length > 0)
    .map(({ type, values }) => `${type} ${(isSvcb(type) ? values.map(svcbKey) : [...values]).sort().join(' ')}`)
    .sort()
    .join('; ');
}
