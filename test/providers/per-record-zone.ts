import { normalName, normalValue } from '../../src/domain/records';
import type { ZoneRecord } from './conformance';

/** One record as a service that changes one record per call keeps it. */
export interface FakeRow {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly ttl: number;
  /** `default`, or a line of the vendor's. */
  readonly line: string;
  readonly enabled: boolean;
  readonly weight: number | null;
  readonly locked: boolean;
  readonly remark: string;
}

/** Why the service refuses a change; each fake has its vendor's code for it. */
export type Refusal = 'exists' | 'gone' | 'conflict' | 'ttl' | 'value' | 'roll' | 'outside' | 'locked';
export type Made = { readonly ok: true; readonly row: FakeRow } | { readonly ok: false; readonly refusal: Refusal };

export interface FakeZone {
  readonly name: string;
  all(): readonly FakeRow[];
  /** As a hand in the console would: no rule is asked. */
  put(row: Partial<FakeRow> & Pick<FakeRow, 'name' | 'type' | 'value'>): FakeRow;
  drop(wanted: (row: FakeRow) => boolean): void;
  seed(records: readonly ZoneRecord[]): void;
  truth(): readonly ZoneRecord[];
  create(wanted: Pick<FakeRow, 'name' | 'type' | 'value' | 'ttl' | 'line'>): Made;
  update(id: number, wanted: Partial<FakeRow> & Pick<FakeRow, 'type' | 'value' | 'ttl' | 'line'>): Made;
  remove(id: number): Made;
  /** Values of A, AAAA and CNAME at that name, as the servers of the default line answer them. */
  values(name: string): readonly string[];
}

export interface ZoneRules {
  readonly ttlFloor: number;
  readonly ttlCeiling: number;
  /** Most records of one type at one name. */
  readonly roll: number;
}

const addressed = ['A', 'AAAA', 'CNAME'];

export function fakeZone(name: string, rules: ZoneRules): FakeZone {
  let rows: readonly FakeRow[] = [];
  let serial = 1_000;

  const normal = (type: string, value: string): string | null =>
    type === 'A' || type === 'AAAA' || type === 'CNAME' ? normalValue(type, value) : value;

  function refusalOf(row: FakeRow): Refusal | null {
    const others = rows.filter((one) => one.id !== row.id && one.name === row.name && one.line === row.line);
    if (row.name !== name && !row.name.endsWith(`.${name}`)) return 'outside';
    if (row.value === '' || normal(row.type, row.value) === null) return 'value';
    if (!Number.isSafeInteger(row.ttl) || row.ttl < rules.ttlFloor || row.ttl > rules.ttlCeiling) return 'ttl';
    if (others.some((one) => one.type === row.type && one.value === row.value)) return 'exists';
    const lonely = (one: FakeRow) => one.type === 'CNAME';
    if (others.length > 0 && (lonely(row) || others.some(lonely))) return 'conflict';
    return others.filter(({ type }) => type === row.type).length >= rules.roll ? 'roll' : null;
  }

  function place(row: FakeRow): Made {
    const refusal = refusalOf(row);
    if (refusal !== null) return { ok: false, refusal };
    const known = rows.some(({ id }) => id === row.id);
    rows = known ? rows.map((one) => (one.id === row.id ? row : one)) : [...rows, row];
    return { ok: true, row };
  }

  function whole(row: Partial<FakeRow> & Pick<FakeRow, 'name' | 'type' | 'value'>): FakeRow {
    serial += 7;
    const usual = { ttl: 600, line: 'default', enabled: true, weight: null, locked: false, remark: '' };
    return { ...usual, id: serial, ...row, value: normal(row.type, row.value) ?? row.value };
  }

  function put(row: Parameters<FakeZone['put']>[0]): FakeRow {
    const made = whole(row);
    rows = [...rows, made];
    return made;
  }

  return {
    name,
    all: () => rows,
    put,
    drop(wanted) {
      rows = rows.filter((row) => !wanted(row));
    },
    seed(records) {
      rows = rows.filter((row) => !records.some((one) => one.name === row.name && one.type === row.type));
      for (const record of records) {
        for (const value of record.values) put({ name: record.name, type: record.type, ttl: record.ttl, value });
      }
    },
    truth() {
      const sets = new Map<string, ZoneRecord>();
      for (const row of rows) {
        const known = sets.get(`${row.name} ${row.type}`);
        sets.set(`${row.name} ${row.type}`, { ...row, values: [...(known?.values ?? []), row.value] });
      }
      return [...sets.values()].map(({ name: at, type, ttl, values }) => ({ name: at, type, ttl, values }));
    },
    create: (wanted) => place(whole(wanted)),
    update(id, wanted) {
      const old = rows.find((row) => row.id === id);
      if (old === undefined) return { ok: false, refusal: 'gone' };
      if (old.locked) return { ok: false, refusal: 'locked' };
      return place({ ...old, ...wanted, value: normal(wanted.type, wanted.value) ?? wanted.value });
    },
    remove(id) {
      const row = rows.find((one) => one.id === id);
      if (row === undefined) return { ok: false, refusal: 'gone' };
      rows = rows.filter((one) => one !== row);
      return { ok: true, row };
    },
    values: (at) =>
      rows.flatMap((row) =>
        row.name === normalName(at) && addressed.includes(row.type) && row.enabled && row.line === 'default'
          ? [row.value]
          : [],
      ),
  };
}
