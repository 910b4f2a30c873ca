import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guarantees, Outcome, Provider } from '../../providers/provider';
import { type Marker, type RecordSet, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type { Subject, ZoneRecord } from './conformance';

/** What one clause works on: made for it alone, and taken down after it. */
export interface Scene {
  readonly adapter: string;
  /** A zone with the neighbours and these records, and an adapter instance on it. */
  start(seed?: readonly ZoneRecord[]): Promise<{ readonly subject: Subject; readonly provider: Provider }>;
  /** Another instance on the same zone: another daemon. */
  another(): Promise<Provider>;
  /** Tells that the clause is not for this adapter, and why: the table shows a dash. The clause returns then. */
  excuse(why: string): void;
  /** Something the reader of the table should know. */
  note(text: string): void;
}

/** Declares one line of the table. Titles are short and never change. */
export type Clause = (title: string, run: (scene: Scene) => Promise<void>, timeoutMs?: number) => void;

export const record = 'www.example.test';

/** What stands around the managed name and must be there, to the letter, after everything. */
export const neighbours: readonly ZoneRecord[] = [
  { name: 'mail.example.test', type: 'A', ttl: 300, values: ['192.0.2.25'] },
  { name: record, type: 'TXT', ttl: 300, values: ['human text at the managed name'] },
  { name: 'wwww.example.test', type: 'A', ttl: 300, values: ['192.0.2.26'] },
];

function sets(...values: readonly string[]): readonly RecordSet[] {
  const four = values.filter((value) => !value.includes(':'));
  const six = values.filter((value) => value.includes(':'));
  return [recordSet('A', 60, four), recordSet('AAAA', 60, six)].flatMap((set) =>
    set !== null && set.values.length > 0 ? [set] : [],
  );
}

export const A = sets('203.0.113.10', '2001:db8::10');
export const B = sets('198.51.100.7', '198.51.100.8', '2001:db8::7');
export const C = sets('192.0.2.99');
/** The zone that points at A, without a marker. */
export const seedA: readonly ZoneRecord[] = A.map((set) => ({ ...set, name: record }));

export function marker(generation: number, site = 'b'): Marker {
  return { owner: 'conformance', generation, site };
}

export async function found(provider: Provider): Promise<Found> {
  const reading = await provider.read(AbortSignal.timeout(5_000));
  if (!reading.ok) throw new Error(`read failed: ${reading.code} ${reading.why}`);
  return reading.found;
}

export async function replace(
  provider: Provider,
  from: Found,
  to: readonly RecordSet[],
  mark: Marker,
  deadlineMs = 5_000,
): Promise<Outcome> {
  return provider.replace({ from, to, marker: mark }, AbortSignal.timeout(deadlineMs));
}

/** The addresses of the managed name as they stand in the zone, in normal form. */
export function setsIn(truth: readonly ZoneRecord[]): readonly RecordSet[] {
  return truth.flatMap(({ name, type, ttl, values }) => {
    const set = name === record && (type === 'A' || type === 'AAAA') ? recordSet(type, ttl, values) : null;
    return set === null ? [] : [set];
  });
}

/** What a suite knows beyond pass and fail; the reporter reads it. */
export interface Card {
  readonly adapter: string;
  /** What stood at the other end. */
  readonly against: string;
  readonly guarantees: Guarantees | null;
  readonly proofs: readonly string[];
  /** By clause. */
  readonly excused: Readonly<Record<string, string>>;
  readonly notes: Readonly<Record<string, string>>;
}

export const cardFolder = join(__dirname, '../../conformance');

export function writeCard(card: Card): void {
  mkdirSync(cardFolder, { recursive: true });
  writeFileSync(join(cardFolder, `${card.adapter.replace(/\W+/g, '-')}.json`), JSON.stringify(card));
}

/** The row of guarantees of docs/providers.md, by column; null: there is none. */
export function rowOfPage(adapter: string): readonly string[] | null {
  const page = readFileSync(join(__dirname, '../../../docs/providers.md'), 'utf8');
  const row = page.split('\n').find((line) => line.startsWith(`| ${adapter} `));
  return row === undefined
    ? null
    : row
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1);
}
