import type { Marker, RecordSet } from './records';

/**
 * The vocabulary. All times ending in `Ms` are on the daemon's lasting clock: milliseconds that only move forward, over restarts
 * too. Wall time appears in records for people, never in a decision.
 */

// ── observations ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const failClasses = [
  'connect',
  'timeout',
  'reset',
  'tls',
  'status',
  'body',
  'latency',
  'protocol',
  'oversize',
  'redirect',
  'dns',
  'gate',
] as const;
export type FailClass = (typeof failClasses)[number];

/** What one round of checks of one site showed. `unknown` is anything wrong on our side; it never counts as a failure. */
export type Observation =
  | { readonly result: 'pass'; readonly latencyMs: number; readonly warning?: string }
  | { readonly result: 'fail'; readonly class: FailClass; readonly why: string; readonly latencyMs: number }
  | { readonly result: 'unknown'; readonly why: string };

/** What one vantage says of one site. `recovering`: good enough to flee to, not good enough to come back to. */
export type Vote = 'up' | 'recovering' | 'down' | 'unknown';
export type Verdict = Vote;

// ── policy: the configuration as the decision sees it ──────────────────────────────────────────────────────────────────────────

export interface Site {
  readonly name: string;
  /** What DNS publishes for this site, in normal form (the TTL is the service's). */
  readonly sets: readonly RecordSet[];
}

export interface Policy {
  /** The managed name, normal form. */
  readonly record: string;
  /** In priority order; at least two, with distinct values. */
  readonly sites: readonly Site[];
  readonly owner: string;
  /** This node's vantage name and failure domain. */
  readonly vantage: string;
  readonly domain: string;
  /** Votes needed for a verdict; 1 with one vantage. */
  readonly quorum: number;
  readonly ttlMs: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly fall: number;
  readonly rise: number;
  readonly sustainMs: number;
  readonly confirmIntervalMs: number;
  /** Ring length; 0 switches the ratio rule off. */
  readonly window: number;
  readonly downRatio: number;
  readonly upRatio: number;
  readonly failback: 'auto' | 'manual';
  readonly failbackAfterMs: number;
  readonly dampingHalfLifeMs: number;
  readonly dampingCapMs: number;
  readonly maxSwitches: { readonly count: number; readonly windowMs: number };
  /** Names of the configured canaries; empty when there are none. */
  readonly canaries: readonly string[];
  readonly create: boolean;
  readonly dryRun: boolean;
  /** At most this many services of this daemon may switch within `commonCauseMs` (S20). */
  readonly switchCap: number;
  readonly commonCauseMs: number;
}

// ── health ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One site as this vantage sees it. */
export interface Health {
  readonly vote: Vote;
  /** Consecutive passes and fails that count as evidence. */
  readonly passes: number;
  readonly fails: number;
  /** Start of the first probe of the current streak; null before the first. */
  readonly sinceMs: number | null;
  /** The last `window` regularly paced results, oldest first: `p` and `f`. */
  readonly ring: string;
  /** Arrival of the newest pass or fail. */
  readonly newestMs: number | null;
  /** Start of the newest pass: a failure that began before it is old news. */
  readonly passStartMs: number | null;
  /** Consecutive rounds in which nothing came back at all, evidence or not. Any answer, even a wrong one, ends it. */
  readonly silent: number;
  readonly last: Observation | null;
  readonly lastFail: { readonly atMs: number; readonly class: FailClass; readonly why: string } | null;
}

/** What the vantages together say of one site, and since when without a break. */
export interface Standing {
  readonly verdict: Verdict;
  /** The fresh votes give no majority; the verdict is the one before. */
  readonly disputed: boolean;
  readonly sinceMs: number;
}

export interface PeerVote {
  readonly vantage: string;
  readonly domain: string;
  readonly vote: Vote;
  readonly atMs: number;
}

export interface Canary {
  readonly silent: number;
  readonly newestMs: number;
}

// ── the zone ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a provider read at the managed name. */
export interface Found {
  /** The managed types that exist; empty when there is no record at all. */
  readonly sets: readonly RecordSet[];
  readonly marker: Marker | null;
  /** A TXT that stands at the marker's name without being ours: somebody else's claim. */
  readonly foreignMarker: string | null;
  /** Why this name must not be written at all (an alias, weighted records …), for people; empty when it may. */
  readonly obstacles: readonly string[];
}

// ── the change: one intent, from decision to settled ──────────────────────────────────────────────────────────────────────────

export type ChangeKind = 'failover' | 'failback' | 'order' | 'drill' | 'create' | 'fence';

export interface Change {
  readonly generation: number;
  readonly from: string | null;
  readonly to: string;
  readonly kind: ChangeKind;
  readonly decidedMs: number;
  /** When the failure that caused it began; for `failoverd_detect_seconds`. */
  readonly causeMs: number | null;
  /**
   * `intended`: surely not in the zone. `sending`: the first attempt, or one after sure refusals, is on its way. `unsure`: the outcome of an
   * attempt is unknown, so it may land yet, whatever later attempts brought. `applied`: the provider has it, and it is being verified.
   */
  readonly phase: 'intended' | 'sending' | 'unsure' | 'applied';
  readonly attempts: number;
  readonly appliedMs: number | null;
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

export interface WriteTrouble {
  readonly code: Exclude<OutcomeCode, 'applied'> | 'read-failed' | 'unverified';
  readonly why: string;
  readonly sinceMs: number;
}

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

/** Nothing is changed automatically. `drift`, `foreign`, `absent`, `twin` are ours and end with their cause; `order` is a human's. */
export interface Hold {
  readonly by: 'order' | 'drift' | 'foreign' | 'absent' | 'twin' | 'obstacle';
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
}

export interface Switch {
  readonly atMs: number;
  readonly generation: number;
  readonly from: string | null;
  readonly to: string;
  readonly kind: ChangeKind;
  readonly verifiedMs: number | null;
  readonly why: string;
}

// ── state: plain JSON from the first day ──────────────────────────────────────────────────────────────────────────────────────

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
  /** Newest last; bounded. The budget counts the automatic ones. */
  readonly switches: readonly Switch[];
  readonly penalty: { readonly value: number; readonly atMs: number };
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
  /** Why this node does not trust itself; null when it does. */
  readonly sick: string | null;
  /** Last time every site failed in the same way, and how. */
  readonly commonCause: { readonly class: FailClass; readonly atMs: number } | null;
  /** Whether the servers disagree with the zone's record in steady state; empty when they agree or were not asked yet. */
  readonly laggards: readonly string[];
  /** Why the zone could not be read lately, and since when; null when the last reading was good. */
  readonly unreadable: { readonly why: string; readonly sinceMs: number } | null;
  /** Why the state could not be saved; null when the last save was good. */
  readonly unsaved: string | null;
  /** What is being told to people now, by code; L3: no hold without one. */
  readonly alerts: Readonly<Record<string, Alert>>;
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
  readonly remedy: string;
  readonly sinceMs: number;
}

// ── events in, effects out ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Everything control knows about the moment an event arrives. */
export interface Moment {
  readonly nowMs: number;
  /** Whether FAILBACK_WINDOW is open; false while the wall clock is suspect. */
  readonly failbackOpen: boolean;
  /** Automatic switches other services of this daemon began within `commonCauseMs`. */
  readonly elsewhere: number;
}

export type Order =
  | { readonly order: 'hold' | 'resume' | 'failback' }
  | { readonly order: 'switch' | 'drill'; readonly site: string };

export type Event =
  | {
      readonly type: 'observed';
      readonly site: string;
      readonly startedMs: number;
      /** False for a confirmation: it does not enter the ring. */
      readonly paced: boolean;
      readonly observation: Observation;
    }
  | { readonly type: 'voted'; readonly site: string; readonly vote: PeerVote }
  | { readonly type: 'canary'; readonly name: string; readonly ok: boolean }
  | { readonly type: 'sick'; readonly why: string | null }
  | { readonly type: 'gated'; readonly site: string; readonly gate: Gate }
  | {
      readonly type: 'ordered';
      readonly order: Order;
      readonly actor: string;
      readonly why: string;
      readonly forMs: number | null;
    }
  /** A reading of the zone through the provider. */
  | { readonly type: 'found'; readonly found: Found }
  | {
      readonly type: 'read-failed';
      readonly why: string;
      readonly code: 'throttled' | 'denied' | 'unavailable' | 'unknown';
      /** The change whose attempt this reading was for; null on the slow beat. */
      readonly generation: number | null;
      readonly retryAfterMs: number | null;
    }
  /** An attempt of the change with this generation is about to leave this process. */
  | { readonly type: 'sending'; readonly generation: number }
  | {
      readonly type: 'wrote';
      readonly generation: number;
      readonly outcome: OutcomeCode;
      readonly why: string;
      /** The provider's own id of the request, for its support desk. */
      readonly requestId: string | null;
      /** The provider asked for at least this pause; null: it did not. */
      readonly retryAfterMs: number | null;
    }
  /** Every server was asked; `laggards` answered something else or nothing. */
  | { readonly type: 'verified'; readonly generation: number; readonly laggards: readonly string[] }
  /** Whether the last save reached the disk; null: it did. */
  | { readonly type: 'stored'; readonly why: string | null }
  | { readonly type: 'ticked' };

export type Effect =
  /** Pursue the change with this generation; control waits by `attempt` first (0: at once). */
  | { readonly type: 'point'; readonly generation: number; readonly attempt: number; readonly atLeastMs: number }
  | { readonly type: 'verify'; readonly generation: number; readonly attempt: number }
  | { readonly type: 'tell'; readonly tell: Tell };

/** Something a person may want to know; also what the journal keeps. */
export interface Tell {
  readonly code: string;
  readonly level: 'info' | 'warn' | 'error';
  /** True: a human must act; stays an active alert until a `clear` with the same code. */
  readonly page: boolean;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}
