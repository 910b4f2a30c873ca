import { type Marker, markerName, markerText, type RecordSet, type RecordType } from '../../src/domain/records';
import { svcbToWire } from '../../src/domain/svcb-wire';
import { addressData, classes, type Line, nameData, type Request, textData, types } from './wire';

/** What stands at the managed name and at its marker's, as exactly as a prerequisite must state it. */
export interface Standing {
  readonly sets: readonly RecordSet[];
  /** The TXT records at the marker's name, each as its strings. */
  readonly texts: readonly (readonly Buffer[])[];
  /** Target of a CNAME at the marker's name, which is never ours; null: there is none. */
  readonly alias: string | null;
  /**
   * HTTPS and SVCB at the managed name to the byte, those without hints too: two spellings of one value differ on the wire (the order of
   * hints), and a neighbour that gets hints while we write would be left behind.
   */
  readonly bindings: readonly Binding[];
}

export interface Binding {
  readonly type: 'HTTPS' | 'SVCB';
  readonly data: Buffer;
}

/** The types of one name that belong to us: A and AAAA, or CNAME; and HTTPS and SVCB where they hint at addresses. */
export const managedTypes: readonly RecordType[] = ['A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB'];
const addressTypes = ['A', 'AAAA', 'CNAME'] as const;
export const bindingTypes = ['HTTPS', 'SVCB'] as const;

/** What a marker stands for in a `Standing`. */
export function textsOf(marker: Marker | null): Standing['texts'] {
  return marker === null ? [] : [[Buffer.from(markerText(marker), 'utf8')]];
}

/**
 * Holds when all of it is exactly so: every set with just these values (RFC 2136 section 2.4.2), and none of the types that are not
 * there (section 2.4.3). TTLs play no part in it, and a wildcard does not satisfy it: it speaks of the zone's own contents.
 */
export function prerequisites(record: string, { sets, texts, alias, bindings }: Standing): readonly Line[] {
  const beside = markerName(record);
  return [
    ...addressTypes.flatMap((type) => {
      const values = sets.find((set) => set.type === type)?.values ?? [];
      return exactly(
        record,
        types[type],
        values.map((value) => valueData(type, value)),
      );
    }),
    ...bindingTypes.flatMap((type) =>
      exactly(
        record,
        types[type],
        bindings.flatMap((one) => (one.type === type ? [one.data] : [])),
      ),
    ),
    ...exactly(beside, types.TXT, texts.map(textData)),
    // Where a CNAME stands, a TXT would be ignored without a word (section 3.4.2.2), and the marker with it.
    ...exactly(beside, types.CNAME, alias === null ? [] : [nameData(alias)]),
  ];
}

function exactly(name: string, type: number, values: readonly Buffer[]): readonly Line[] {
  if (values.length === 0) return [{ name, type, class: classes.NONE, ttl: 0, data: Buffer.alloc(0) }];
  return values.map((data) => ({ name, type, class: classes.IN, ttl: 0, data }));
}

/** Holds when the name has no record of its own, of whatever type (section 2.4.5). */
export function notInUse(name: string): Line {
  return { name, type: types.ANY, class: classes.NONE, ttl: 0, data: Buffer.alloc(0) };
}

/** Asks whether the prerequisites hold, and changes nothing. */
export function question(zone: string, lines: readonly Line[]): Request {
  return { opcode: 'update', zone, prerequisites: lines, updates: [] };
}

/**
 * Makes the name hold `to` and the marker stand beside it, in one message: each set that differs is deleted and added (section 2.5),
 * the ones that are there already stay untouched. Nothing is deleted without something being added.
 */
export function replacement(
  zone: string,
  record: string,
  from: readonly RecordSet[],
  to: readonly RecordSet[],
  marker: Marker,
  required: readonly Line[],
): Request {
  const changes = managedTypes.flatMap((type) => {
    const old = from.find((set) => set.type === type);
    const now = to.find((set) => set.type === type);
    if (old === undefined && now === undefined) return [];
    if (old !== undefined && now !== undefined && sameSet(old, now)) return [];
    const values = now?.values ?? [];
    return put(
      record,
      types[type],
      now?.ttl ?? 0,
      values.map((value) => valueData(type, value)),
    );
  });
  const ttl = to[0]?.ttl ?? 0;
  const mark = put(markerName(record), types.TXT, ttl, textsOf(marker).map(textData));
  return { opcode: 'update', zone, prerequisites: required, updates: [...changes, ...mark] };
}

function put(name: string, type: number, ttl: number, values: readonly Buffer[]): readonly Line[] {
  return [
    { name, type, class: classes.ANY, ttl: 0, data: Buffer.alloc(0) },
    ...values.map((data) => ({ name, type, class: classes.IN, ttl, data })),
  ];
}

/** Deletes one value of a set (section 2.5.4): where the set does not have it, nothing happens, but it needs the same permission. */
export function deleteValue(name: string, type: RecordType | 'TXT', value: string): Line {
  const data = type === 'TXT' ? textData([Buffer.from(value)]) : valueData(type, value);
  return { name, type: types[type], class: classes.NONE, ttl: 0, data };
}

/** What those sets are on the wire. */
export function bindingsOf(sets: readonly RecordSet[]): readonly Binding[] {
  return sets.flatMap(({ type, values }) =>
    type === 'HTTPS' || type === 'SVCB' ? values.map((value) => ({ type, data: valueData(type, value) })) : [],
  );
}

function valueData(type: RecordType, value: string): Buffer {
  if (type === 'HTTPS' || type === 'SVCB') return Buffer.from(svcbToWire(value) ?? []);
  return type === 'CNAME' ? nameData(value) : addressData(value);
}

function sameSet(left: RecordSet, right: RecordSet): boolean {
  return left.ttl === right.ttl && [...left.values].sort().join() === [...right.values].sort().join();
}
