import type { Override } from './overrides';
import type { TestStep } from './selftest';
import type { Gate, OutcomeCode } from './state';
import type { Claim, Found, Observation, PeerVote } from './types';

/** Events in, effects out: the only ways into and out of the decision. */

/** Everything control knows about the moment an event arrives. */
export interface Moment {
  readonly nowMs: number;
  /** Whether FAILBACK_WINDOW is open; false while the wall clock is suspect. */
  readonly failbackOpen: boolean;
  /** Automatic switches other services of this daemon began within `commonCauseMs`. */
  readonly elsewhere: number;
}

export type Order =
  | { readonly order: 'hold' | 'resume' | 'adopt' }
  | { readonly order: 'failback'; readonly override?: readonly Override[] }
  | { readonly order: 'switch' | 'drill'; readonly site: string; readonly override?: readonly Override[] };

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
  /** The marks of other tools on the record. */
  | { readonly type: 'claimed'; readonly claims: readonly Claim[] }
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
  /** An attempt of the change with this generation was not made: because of what the zone shows, or what objects to the rest of it. */
  | { readonly type: 'waits'; readonly generation: number; readonly why: string }
  | {
      readonly type: 'wrote';
      readonly generation: number;
      readonly outcome: OutcomeCode;
      readonly why: string;
      /** The provider's own id of the request, for its support desk. */
      readonly requestId: string | null;
      /** The provider asked for at least this pause; null: it did not. */
      readonly retryAfterMs: number | null;
      /** With two providers: those that did not take it although the other did. */
      readonly behind?: readonly string[];
    }
  /** Every server was asked; `laggards` answered something else or nothing. */
  | {
      readonly type: 'verified';
      readonly generation: number;
      readonly laggards: readonly string[];
      /** What each of them said, while a change is verified; the decision does not look at it. */
      readonly answers?: readonly ServerWord[];
    }
  /** A self-test of the write path came to its end. */
  | {
      readonly type: 'tested';
      readonly result: 'ok' | 'failed';
      readonly step: TestStep | null;
      readonly why: string;
      /** One failure is enough to believe it. */
      readonly certain: boolean;
      readonly tookMs: number;
      /** What ends by itself, and in how long; null: it was not learnt. */
      readonly credentials: readonly { readonly text: string; readonly leftMs: number }[] | null;
    }
  /** Whether the last save reached the disk; null: it did. */
  | { readonly type: 'stored'; readonly why: string | null }
  | { readonly type: 'ticked' };

/** What a name server, or the provider's API in its place, said of the record. */
export interface ServerWord {
  readonly server: string;
  readonly agrees: boolean;
  readonly why: string;
}

export type Effect =
  /** Pursue the change with this generation; control waits by `attempt` first (0: at once). */
  | {
      readonly type: 'point';
      readonly generation: number;
      readonly attempt: number;
      readonly atLeastMs: number;
      /** So much of the pause before this attempt is over already. */
      readonly restedMs?: number;
    }
  | { readonly type: 'verify'; readonly generation: number; readonly attempt: number }
  /** Read the zone now rather than on the next beat. */
  | { readonly type: 'read' }
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
