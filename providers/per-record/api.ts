import type { RecordType } from '../../src/domain/records';
import type { FailureCode, Finding } from '../provider';
import type { Scope } from './scope';

/**
 * A DNS service whose API changes one record per call, has no transaction and no compare-and-swap, and answers by geography through
 * lines (线路). Every call resolves within its deadline, never rejects, and tells no secret.
 */
export interface Api {
  /** `no-zone`: this account has no zone of that name (or id, where the service has ids). */
  zone(nameOrId: string, signal: AbortSignal): Promise<Answer<Zone>>;
  /** Every record with exactly that name, from all pages; a listing that cannot be read whole fails. */
  list(zone: Zone, name: string, signal: AbortSignal): Promise<Answer<readonly Row[]>>;
  /** Makes a record on the default line and answers its id. `exists`: there is one with that name, type and value. */
  create(zone: Zone, name: string, content: Content, signal: AbortSignal): Promise<Answer<string>>;
  /** Gives the record with that id another content, at once; all else about it stays. `gone`: no such record. */
  update(zone: Zone, row: Row, content: Content, signal: AbortSignal): Promise<Answer<null>>;
  /** `gone`: no such record. */
  remove(zone: Zone, id: string, signal: AbortSignal): Promise<Answer<null>>;
  /** What `check` should say of the name that its records do not show. Reads only. */
  findings(zone: Zone, name: string, signal: AbortSignal): Promise<readonly Finding[]>;
  /** How far the key reaches. Reads only. */
  scope(signal: AbortSignal): Promise<Scope>;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | Refused;

export interface Refused {
  readonly ok: false;
  /** All but `unknown` mean that surely nothing was changed. */
  readonly code: FailureCode | 'exists' | 'gone' | 'no-zone';
  readonly why: string;
}

export interface Zone {
  readonly name: string;
  /** Null where the service knows zones by name only. */
  readonly id: string | null;
  /** The least TTL of the plan, in seconds; null: not told. */
  readonly ttlFloor: number | null;
  readonly nameServers: readonly string[];
  /** Why the world may not be answered from this zone, for people. */
  readonly troubles: readonly string[];
}

/** What failoverd writes into one record. */
export interface Content {
  readonly type: RecordType | 'TXT';
  readonly value: string;
  /** Seconds. */
  readonly ttl: number;
}

/** One record as listed, of whatever type. */
export interface Row {
  readonly id: string;
  /** Normal form. */
  readonly name: string;
  readonly type: string;
  readonly value: string;
  /** Seconds. */
  readonly ttl: number;
  /** Null: the default line, which answers whoever no other line is for. */
  readonly line: string | null;
  readonly enabled: boolean;
  /** Null: it has none that would change an answer. */
  readonly weight: number | null;
  readonly locked: boolean;
  readonly remark: string;
}

/** Far beyond any name; only a service that ignores the name filter could need more. */
const pageLimit = 100;

export interface Page {
  readonly rows: readonly Row[];
  /** How many records the service says there are, over all pages. */
  readonly total: number;
}

/** All pages of a listing, the first being 0. An empty page ends it too: the total may count more than the filter lets through. */
export async function everyPage(
  what: string,
  get: (page: number, seen: number) => Promise<Answer<Page>>,
): Promise<Answer<readonly Row[]>> {
  const rows = new Map<string, Row>();
  let seen = 0;
  for (let page = 0; page < pageLimit; page++) {
    const answer = await get(page, seen);
    if (!answer.ok) return answer;
    for (const row of answer.value.rows) rows.set(row.id, row);
    seen += answer.value.rows.length;
    if (answer.value.rows.length === 0 || seen >= answer.value.total) return { ok: true, value: [...rows.values()] };
  }
  return { ok: false, code: 'unknown', why: `${what}: no end after ${pageLimit} pages` };
}

/** A name as these services write it below its zone: `www`, or `@` for the zone itself. */
export function hostIn(zone: string, name: string): string {
  return name === zone ? '@' : name.slice(0, -zone.length - 1);
}
