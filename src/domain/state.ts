import type { Stranger } from './claims';
import type { Override } from './overrides';
import type { Pressed, WriteTrouble } from './pressed';
import type { RecordType } from './records';
import type { Selftest } from './selftest';
import type { Canary, Claim, FailClass, Health, PeerVote, Standing, Verdict, Vote } from './types';

/** What the decision remembers: plain JSON, from intent to settled. */

export type ChangeKind = 'failover' | 'failback' | 'order' | 'drill' | 'create' | 'fence';

export interface Change {
  readonly generation: number;
  readonly from: string | null;
  readonly to: string;
  readonly kind: ChangeKind;
  readonly decidedMs: number;
  /** When the failure that caused it began; for `failoverd_detect_seconds`. */
  readonly causeMs: number | null;
  /** When the hold or pin ended that outlasted this beginning: detection counts from there. Absent in states of older versions. */
  readonly releasedMs?: number | null;
  /**
   * `intended`: surely not in the zone. `sending`: the first attempt, or one after sure refusals, is on its way. `unsure`: the outcome of an
   * attempt is unknown, so it may land yet, whatever later attempts brought. `applied`: the provider has it, and it is being verified.
   */
  readonly phase: 'intended' | 'sending' | 'unsure' | 'applied';
  readonly attempts: number;
  /** When the first attempt left; absent in states of older versions. */
  readonly sentMs?: number | null;
  readonly appliedMs: number | null;
  /** The provider's own id of the request that it took; null: it gave none. Absent in states of older versions. */
  readonly requestId?: string | null;
  /** Servers that did not yet answer the new set at the last verification. */
  readonly laggards: readonly string[];
  readonly trouble: WriteTrouble | null;
  readonly why: string;
  readonly evidence: Evidence;
}

/** What the decision rested on, enough to recompute it (S19). */
export interface Evidence {
  readonly sites: readonly SiteEvidence[];
  readonly refusals: readonly Refusal[];
  readonly actor: string | null;
}

export interface SiteEvidence {
  readonly name: string;
  readonly verdict: Verdict;
  readonly disputed: boolean;
  readonly votes: readonly { readonly vantage: string; readonly vote: Vote; readonly ageMs: number }[];
  readonly passes: number;
  readonly fails: number;
  readonly failRatio: number | null;
  readonly sinceMs: number | null;
  readonly lastFail: { readonly class: FailClass; readonly why: string } | null;
}

export type OutcomeCode = 'applied' | 'conflict' | 'throttled' | 'denied' | 'unavailable' | 'unknown';

// ── guards, holds, orders ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** A guard's no: which, with what numbers, and what would clear it. */
export interface Refusal {
  readonly guard: string;
  readonly why: string;
  readonly numbers: Readonly<Record<string, number | string | null>>;
  readonly clears: string;
  /** Whether a human must be told. */
  readonly page: boolean;
}

/** Nothing is changed automatically. `drift`, `foreign`, `absent`, `twin`, `diverged` are ours and end with their cause; `order` is a human's. */
export interface Hold {
  readonly by: 'order' | 'drift' | 'foreign' | 'absent' | 'twin' | 'obstacle' | 'diverged';
  readonly actor: string | null;
  readonly why: string;
  readonly sinceMs: number;
  readonly untilMs: number | null;
}

/** A human chose the site, by an order or in the zone itself. One by `failback` lasts until the record is there. */
export interface Pin {
  readonly site: string;
  readonly by: 'order' | 'zone' | 'drill' | 'failback';
  readonly actor: string | null;
  readonly why: string;
  readonly sinceMs: number;
  readonly untilMs: number | null;
  /** Guards that this human overruled, for as long as the pin stands; absent: none. */
  readonly override?: readonly Override[];
}

export interface Switch {
  /** When it took effect; until then, when it was decided. */
  readonly atMs: number;
  readonly generation: number;
  readonly from: string | null;
  readonly to: string;
  readonly kind: ChangeKind;
  readonly verifiedMs: number | null;
  /** A reading showed it before it was verified: what the zone shows instead from then on, somebody else did. Absent: none did. */
  readonly seen?: boolean;
  readonly why: string;
  /** Who ordered it; null: nobody did. Absent in states of older versions. */
  readonly actor?: string | null;
}

/** What must survive a restart. Saved before every effect. */
export interface Durable {
  /** Generation last seen in the zone. */
  readonly generation: number;
  /** Highest generation ever issued here; never reused, even for a change that was dropped. */
  readonly issued: number;
  /** The site the zone points at, as last read or written; null until the first reading. */
  readonly active: string | null;
  readonly change: Change | null;
  /** A human's hold; ours (drift …) stands in `obstacle`. Both may hold at once. */
  readonly hold: Hold | null;
  readonly obstacle: Hold | null;
  readonly pin: Pin | null;
  /** The marks other tools left on the record, as last answered: a question that nobody answers takes none of them back. */
  readonly claims: readonly Claim[];
  /** Whom a human took the record over from: keys of `Stranger`. */
  readonly adopted: readonly string[];
  /** Newest last; bounded. The budget counts the automatic ones. */
  readonly switches: readonly Switch[];
  readonly penalty: { readonly value: number; readonly atMs: number };
  /** When the last hold or pin ended; absent: never, or before an older version was replaced. */
  readonly releasedMs?: number;
}

export interface State {
  readonly durable: Durable;
  /** Whether the zone was read since this process started (S8: no decision before). */
  readonly read: boolean;
  readonly health: Readonly<Record<string, Health>>;
  readonly peers: Readonly<Record<string, readonly PeerVote[]>>;
  readonly standings: Readonly<Record<string, Standing>>;
  readonly gates: Readonly<Record<string, readonly Gate[]>>;
  readonly canaries: Readonly<Record<string, Canary>>;
  /** When last something was asked or heard while nothing answered us: a silence that began before is no evidence. Null: never. */
  readonly darkMs: number | null;
  /** Why this node does not trust itself; null when it does. */
  readonly sick: string | null;
  /** Last time every site failed in the same way, and how. */
  readonly commonCause: { readonly class: FailClass; readonly atMs: number } | null;
  /** Whether the servers disagree with the zone's record in steady state; empty when they agree or were not asked yet. */
  readonly laggards: readonly string[];
  /** In which of HTTPS and SVCB the zone had address hints at the last reading. */
  readonly hinted: readonly RecordType[];
  /** Why the zone could not be read lately, and since when; null when the last reading was good. `partly`: one of two providers could. */
  readonly unreadable: { readonly why: string; readonly sinceMs: number; readonly partly?: boolean } | null;
  /** Which of two providers does not hold yet what the other does; null when both do, or none is known not to. */
  readonly behind: Behind | null;
  /** What the self-tests of the write path showed; null: there are none. Not durable: a new process tests soon after its start. */
  readonly selftest: Selftest | null;
  /** What the provider has refused lately. Not durable: a new process tries at once. */
  readonly pressed: Pressed | null;
  /** Everybody else who claims the record, as last seen. */
  readonly strangers: readonly Stranger[];
  /** Why the state could not be saved; null when the last save was good. */
  readonly unsaved: string | null;
  /** What is being told to people now, by code; L3: no hold without one. */
  readonly alerts: Readonly<Record<string, Alert>>;
}

export interface Behind {
  /** Each names a provider, and what it holds or why it was not written. */
  readonly parts: readonly string[];
  readonly sinceMs: number;
  /** Attempts to bring it into line since then, for the pause before the next. */
  readonly attempts: number;
  /** Why it is not tried now; null when it is. */
  readonly waits: string | null;
}

export interface Gate {
  readonly name: string;
  readonly open: boolean;
  readonly why: string;
}

export interface Alert {
  readonly code: string;
  /** True: a human must act. */
  readonly page: boolean;
  readonly why: string;
  /** What is told at its end, where `why` says how long it lasts yet. */
  readonly ended?: string;
  readonly remedy: string;
  readonly sinceMs: number;
  /** When its cause was last there. */
  readonly lastMs: number;
  /** Its cause may come and go (a flapping site): its end is told only when the cause has stayed away for a while. */
  readonly lingers: boolean;
  /** Its cause is away; it is kept only so that the next coming is not told anew. */
  readonly over: boolean;
}
