import type { Provider } from '../../providers/provider';
import type { ResolverAnswer } from '../domain/convergence';
import type { Event, Tell } from '../domain/events';
import type { RecordType } from '../domain/records';
import type { Durable } from '../domain/state';
import type { Claim, FailClass, Observation, Site } from '../domain/types';

/** The world as `control` sees it. Every port has a real one and a simulated one; none of them throws. */

/** Time. `nowMs` only moves forward, over restarts too; `wallMs` is for records that people read. */
export interface Clock {
  nowMs(): number;
  wallMs(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void;
}

/** One round of all checks of one site on all its addresses; resolves within the policy's timeout plus a hair. */
export interface Prober {
  probe(site: Site): Promise<Observation>;
  /** One check of the service through the managed record, as a client would: proof where DNS shows only a proxy. */
  through(): Promise<Observation>;
  close(): void;
}

/** What one authoritative server said, compared with what is wanted. */
export interface ServerAnswer {
  readonly server: string;
  readonly agrees: boolean;
  /** It gave no usable answer, as opposed to a wrong one. */
  readonly unreachable?: boolean;
  readonly why: string;
}

/** The newest reload was refused, so long ago; the settings before it go on. */
export interface RefusedReload {
  readonly agoMs: number;
  readonly why: string;
}

/** Looks for the marks of other tools on the record. */
export type FindClaims = (
  signal: AbortSignal,
) => Promise<{ readonly ok: true; readonly claims: readonly Claim[] } | { readonly ok: false; readonly why: string }>;

/** A site to be seen. `hinted`: the types in which the zone has address hints, whose answers must therefore be had. */
export interface Wanted extends Site {
  readonly hinted?: readonly RecordType[];
}

/** Asks every authoritative server of the zone directly. `unavailable`: the servers could not even be listed. */
export interface Verifier {
  verify(site: Wanted, signal: AbortSignal): Promise<Verification>;
}

/** Asks every authoritative server of the zone whether it shows exactly this text in the TXT beside the record. */
export interface MarkerVerifier {
  shows(text: string, signal: AbortSignal): Promise<Verification>;
}
export type Verification =
  | { readonly ok: true; readonly answers: readonly ServerAnswer[] }
  | { readonly ok: false; readonly why: string };

/** Resolvers that users ask. Every one is asked once per call, never by two calls at a time; those that fail are told as such. */
export interface Panel {
  ask(site: Site, signal: AbortSignal): Promise<readonly ResolverAnswer[]>;
}

/** Durable memory of one service. Results are values: a full disk is not an exception. */
export interface Store {
  load(record: string): Durable | null;
  /** Saves the state and the journal lines in one transaction, on disk when it returns. */
  commit(record: string, clockMs: number, durable: Durable, lines: readonly JournalLine[]): Saved;
  /** Journal lines without state; may be folded into a later transaction. */
  journal(record: string, lines: readonly JournalLine[]): Saved;
  observe(record: string, row: ObservationRow): void;
  history(filter: HistoryFilter): readonly JournalRow[];
}
export type Saved =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'full' | 'failed'; readonly why: string };

export interface JournalLine {
  /** Milliseconds of the lasting clock, and the wall time for people. */
  readonly atMs: number;
  readonly wallMs: number;
  readonly kind: 'event' | 'effect' | 'tell';
  readonly code: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}
export interface JournalRow extends JournalLine {
  readonly id: number;
  readonly record: string;
}
export interface ObservationRow {
  readonly site: string;
  readonly wallMs: number;
  readonly result: 'pass' | 'fail' | 'unknown';
  readonly class: FailClass | null;
  readonly latencyMs: number | null;
  readonly why: string | null;
}
export interface HistoryFilter {
  readonly record?: string;
  readonly codes?: readonly string[];
  /** Of the lines that begin or end an alert, only those of these names and, if asked for, of pages. */
  readonly alerts?: { readonly named: readonly string[]; readonly pages: boolean };
  readonly sinceWallMs?: number;
  readonly untilWallMs?: number;
  readonly limit: number;
  /** Return rows with an id below this one (paging backwards). */
  readonly before?: number;
  /** Return rows with an id above this one (what is new). */
  readonly after?: number;
  readonly kind?: JournalLine['kind'];
  /** The oldest rows that match, oldest first. */
  readonly oldest?: boolean;
}

/** What one UTC day (days since 1970) held for one site of one service, in milliseconds that were watched. */
export interface DayRow {
  readonly day: number;
  readonly record: string;
  readonly site: string;
  /** The record pointed at it. */
  readonly activeMs: number;
  /** By its verdict: up or recovering, down, unknown; their sum is the time that was watched. */
  readonly upMs: number;
  readonly downMs: number;
  readonly unknownMs: number;
  /** By its newest check; the rest of the time that check was unknown, or there was none yet. */
  readonly passMs: number;
  readonly failMs: number;
}
/** How many lines of one code one day has; `what` tells alerts apart by their code, switches and decisions by their kind. */
export interface DayCount {
  readonly day: number;
  readonly record: string;
  readonly kind: JournalLine['kind'];
  readonly code: string;
  readonly what: string;
  readonly count: number;
}
export interface DayFilter {
  readonly record?: string;
  readonly fromDay: number;
  readonly toDay: number;
}
/** What days held. Neither throws. */
export interface DayStore {
  /** Adds to what stands there. */
  addDays(rows: readonly DayRow[]): Saved;
  /** Newest day first, at most 20,000 rows; `firstDay`: the first there is any row of, null: there is none. */
  days(filter: DayFilter): { readonly rows: readonly DayRow[]; readonly firstDay: number | null };
  /** Of the journal, by these codes. */
  counts(filter: DayFilter, codes: readonly string[]): readonly DayCount[];
}

/** Where things are told: log, metrics, notification channels. */
export interface Teller {
  tell(record: string, tell: Tell): void;
  observed(record: string, site: string, observation: Observation): void;
}

/** How one notification channel is, for people and metrics; `channel` is a name, never its address. */
export interface ChannelStatus {
  readonly channel: string;
  readonly pending: number;
  /** Since the start. */
  readonly sent: number;
  readonly failures: number;
  /** Null: the last attempt was good, or there was none. */
  readonly failingForMs: number | null;
  readonly why: string | null;
}

export interface Ports {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly store: Store;
  readonly provider: Provider;
  readonly verifier: Verifier;
  readonly marks: MarkerVerifier;
  readonly claims: FindClaims;
  readonly prober: Prober;
  /** Absent: no resolver is asked how far a switch has come. */
  readonly panel?: Panel;
  readonly teller: Teller;
  /** Whether the failback window is open and the wall clock can be believed. */
  readonly failbackOpen: () => boolean;
  /** Automatic switches that other services began lately (S20). */
  readonly elsewhere: (nowMs: number) => number;
  /** How long this service waits for its turn, so that the self-tests of many do not fall on one provider together. */
  readonly testTurnMs: () => number;
}

export type { Event };
