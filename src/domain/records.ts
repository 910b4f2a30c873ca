/**
 * Record sets of one managed name, and the marker beside them.
 *
 * A name is managed through three types only: A and AAAA together, or CNAME alone. Everything else at the name is a neighbour
 * and is never touched.
 */

export type RecordType = 'A' | 'AAAA' | 'CNAME';

/** One record set in normal form: values sorted, addresses canonical, host names lower-case without a trailing dot. */
export interface RecordSet {
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  readonly values: readonly string[];
}

/**
 * Who wrote the records last, kept in a TXT record at `_failoverd.<record>`, in the zone itself, readable by people:
 * `heritage=failoverd,owner=sre,generation=8,site=europe-west1`.
 */
export interface Marker {
  readonly owner: string;
  /** Fencing number of the change that wrote it; grows by at least one with every change. */
  readonly generation: number;
  readonly site: string;
}

/** The TXT name beside a managed name. A wildcard's marker stands at the literal name below, never at `_failoverd.*`. */
export function markerName(record: string): string {
  return record.startsWith('*.') ? `_failoverd.wildcard.${record.slice(2)}` : `_failoverd.${record}`;
}

/** The marker as the text of one TXT string (always shorter than 255 bytes: owner and site names are bounded by the configuration). */
export function markerText(marker: Marker): string {
  return `heritage=failoverd,owner=${marker.owner},generation=${marker.generation},site=${marker.site}`;
}

/** Reads a marker; anything that is not exactly one of ours is null. */
export function parseMarker(text: string): Marker | null {
  const match = /^heritage=failoverd,owner=([^,\s]{1,80}),generation=(\d{1,15}),site=([^,\s]{1,63})$/.exec(text);
  const [, owner, generation, site] = match ?? [];
  if (owner === undefined || generation === undefined || site === undefined) return null;
  return { owner, generation: Number(generation), site };
}

/** A host name in normal form: lower-case, no trailing dot. */
export function normalName(name: string): string {
  const lower = name.trim().toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** An IPv4 address in dotted form, or null. Leading zeros, short forms and numbers are not addresses here. */
export function normalIpv4(text: string): string | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const parts = match.slice(1);
  return parts.every((part) => String(Number(part)) === part && Number(part) <= 255) ? parts.join('.') : null;
}

/** An IPv6 address as RFC 5952 writes it, or null. Zone ids are refused: they mean nothing in DNS. */
export function normalIpv6(text: string): string | null {
  const groups = ipv6Groups(text.toLowerCase());
  if (groups === null) return null;
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

/** The eight 16-bit groups of an IPv6 address in any spelling, or null. */
export function ipv6Groups(text: string): readonly number[] | null {
  const halves = text.split('::');
  if (halves.length > 2 || text.length > 45) return null;
  const left = halfGroups(halves[0] ?? '', halves.length === 1);
  const right = halves.length === 2 ? halfGroups(halves[1] ?? '', true) : [];
  if (left === null || right === null) return null;
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...left, ...new Array<number>(missing).fill(0), ...right];
}

/** Only the end of an address may be written as IPv4 (RFC 4291 section 2.2). */
function halfGroups(half: string, ends: boolean): number[] | null {
  if (half === '') return [];
  const parts = half.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const v4 = ends && index === parts.length - 1 && part.includes('.') ? normalIpv4(part) : null;
    if (v4 !== null) {
      const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue;
    if (index - start > best.length) best = { start, length: index - start };
    start = index + 1;
  }
  return best;
}

/** A value in the normal form of its type, or null when it is not a value of that type. */
export function normalValue(type: RecordType, text: string): string | null {
  if (type === 'A') return normalIpv4(text.trim());
  if (type === 'AAAA') return normalIpv6(text.trim());
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

/** One text for the types and values of some record sets: equal exactly when `sameValues`. */
export function valuesKey(sets: readonly RecordSet[]): string {
  return sets
    .filter((set) => set.values.length > 0)
    .map((set) => `${set.type} ${[...set.values].sort().join(' ')}`)
    .sort()
    .join('; ');
}
