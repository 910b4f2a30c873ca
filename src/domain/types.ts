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
  /** We serve the zone ourselves: what went back in it was lost by us, and nobody's hand. */
  readonly owned: boolean;
  readonly dryRun: boolean;
  /** At most this many services of this daemon may switch within `commonCauseMs` (S20). */
  readonly switchCap: number;
  /** How often the write path is tested, and how long its provider takes to publish; null: never. */
  readonly selftest: { readonly everyMs: number; readonly settleMs: number } | null;
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

/** The mark another tool left in the zone on our record. */
export interface Claim {
  readonly tool: 'external-dns' | 'octodns';
  readonly owner: string | null;
  /** Of the TXT that says so, and what it says. */
  readonly name: string;
  readonly text: string;
}

/** What a provider read at the managed name. */
export interface Found {
  /** The managed types that exist, and the HTTPS and SVCB values that hint at addresses; empty when there is no record at all. */
  readonly sets: readonly RecordSet[];
  readonly marker: Marker | null;
  /** A TXT that stands at the marker's name without being ours: somebody else's claim. */
  readonly foreignMarker: string | null;
  /** Why this name must not be written at all (an alias, weighted records …), for people; empty when it may. */
  readonly obstacles: readonly string[];
  /** A marker of ours is never there without the values that were written with it (the provider's guarantee); absent: it may be. */
  readonly atomic?: boolean;
  /** With two providers: whose words these are, and what each of them holds. Absent with one. */
  readonly at?: string;
  readonly parts?: readonly Part[];
}

/** One of two providers of a name, as it was when both were read. */
export interface Part {
  readonly provider: string;
  /** Null: it could not be read, and `why` tells the cause. */
  readonly found: Found | null;
  readonly why: string;
  /** How a change is proven there (providers/provider.ts). */
  readonly proof: 'dns' | 'api' | 'read';
  /** False: a change may break off there half made. */
  readonly atomic: boolean;
  /** We serve this zone ourselves, so nobody else could make the record there. */
  readonly owned: boolean;
}
