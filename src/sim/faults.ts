import type { FailureCode } from '../../providers/provider';
import type { Claim, FailClass, Policy } from '../domain/types';
import type { DiskFault } from './disk';
import type { Edit } from './reloads';

/** What can go wrong in the simulated world. Plain JSON, so that a run can be printed, shrunk and played again. */

export type SiteFault =
  /** Answers, and not as it should. */
  | { readonly how: 'wrong'; readonly class: FailClass }
  /** Packets vanish. */
  | { readonly how: 'hole' }
  | { readonly how: 'slow'; readonly ms: number }
  /** Good and bad in turn. */
  | { readonly how: 'flaps'; readonly periodMs: number; readonly class: FailClass }
  /** This share of probes is lost. */
  | { readonly how: 'lossy'; readonly share: number }
  /** Fails as soon as the users are on it. */
  | { readonly how: 'breaks-under-load' }
  /** Slower by so much once all users are on it; they come with the TTL. */
  | { readonly how: 'slow-under-load'; readonly ms: number };

export type ProviderFault =
  | { readonly how: 'refuses'; readonly code: FailureCode; readonly retryAfterMs: number | null }
  | { readonly how: 'hangs' }
  /** The answer is lost; the write takes effect so much later, or never. */
  | { readonly how: 'no-answer'; readonly landsMs: number | null }
  | { readonly how: 'delivers-twice'; readonly againMs: number }
  /** Says 200 and does nothing. */
  | { readonly how: 'lies' }
  | { readonly how: 'stale-reads'; readonly ms: number }
  | { readonly how: 'slow'; readonly ms: number }
  /** Every request takes its own way of up to so long, and arrives whether or not anybody still waits. */
  | { readonly how: 'reorders'; readonly ms: number }
  /** Reads as ever, and refuses every write. */
  | { readonly how: 'read-only'; readonly code: FailureCode }
  /** Where a change takes several calls: this share of them is lost on the way. */
  | { readonly how: 'breaks-off'; readonly share: number };

export type ServerFault =
  | { readonly how: 'lags'; readonly ms: number }
  | { readonly how: 'silent' }
  | { readonly how: 'lies' }
  /** There is no such name; there is nothing of this type at it; it is not its zone, whatever it shows. */
  | { readonly how: 'denies' }
  | { readonly how: 'empty' }
  | { readonly how: 'lame' }
  /** Shows the values of this site, whatever the zone holds. */
  | { readonly how: 'misleads'; readonly site: string };

/** Packets on a path: this share of them is lost, each is late by so much. */
export type PathFault =
  | { readonly how: 'lossy'; readonly share: number }
  | { readonly how: 'slow'; readonly ms: number };

/**
 * What is wrong with votes: none come; an old one comes again beside the new; one of a vantage that is gone for an hour; one in our own
 * name; one on a site that nobody configured.
 */
export type VoteFault = 'silent' | 'replayed' | 'stale' | 'ours' | 'foreign';

/** `alias`: what answers for the name is no plain record; `stranger`: a text of somebody else where the marker goes; `clears` both away. */
export type HandDoes = 'moves' | 'foreign' | 'removes' | 'ttl' | 'claims' | 'alias' | 'stranger' | 'clears';

export type Fault =
  | { readonly kind: 'site'; readonly site: string; readonly what: SiteFault }
  /** Every site at once, as after a deploy. */
  | { readonly kind: 'all-sites'; readonly class: FailClass }
  /**
   * Between one daemon and one of: a site, `sites` (all of them), `provider`, `servers`, `canaries`; `what` absent: nothing goes through.
   * Vantages elsewhere are counted on from the last daemon.
   */
  | { readonly kind: 'path'; readonly daemon: number; readonly to: string; readonly what?: PathFault }
  /** One daemon reaches nothing. `unknown`: and knows that it does not (no route). */
  | { readonly kind: 'isolated'; readonly daemon: number; readonly knows: boolean }
  /** `at`: which of two providers; absent: all there are. */
  | { readonly kind: 'provider'; readonly what: ProviderFault; readonly at?: number }
  | { readonly kind: 'server'; readonly server: string; readonly what: ServerFault }
  | { readonly kind: 'disk'; readonly daemon: number; readonly how: DiskFault }
  /** The process dies at its so-many-th crossing from here on; it is back after so long. `amid`: only those around single calls of a change count. */
  | {
      readonly kind: 'crash';
      readonly daemon: number;
      readonly crossings: number;
      readonly downMs: number;
      readonly amid?: true;
    }
  /** It ends in good order, as for an upgrade. */
  | { readonly kind: 'restart'; readonly daemon: number; readonly downMs: number }
  /** The process stands still. */
  | { readonly kind: 'stall'; readonly daemon: number }
  /** The process stands still until its supervisor kills it and starts another. */
  | { readonly kind: 'stuck'; readonly daemon: number }
  /** The process notices that it cannot trust itself: out of files, a busy event loop. */
  | { readonly kind: 'sick'; readonly daemon: number }
  | { readonly kind: 'wall'; readonly byMs: number }
  | { readonly kind: 'votes'; readonly how: VoteFault }
  /** Other tools' marks stand in the zone; null: nobody tells whether any do. */
  | { readonly kind: 'claims'; readonly claims: readonly Claim[] | null }
  /** Somebody edits the services file of the record and has it read again, on every host. */
  | { readonly kind: 'reload'; readonly edit: Edit }
  | {
      readonly kind: 'hand';
      readonly does: HandDoes;
      readonly site: string;
      /** At which of two providers; absent: at all there are. */
      readonly at?: number;
    }
  | {
      readonly kind: 'order';
      readonly daemon: number;
      readonly order: 'hold' | 'resume' | 'switch' | 'failback' | 'drill';
      readonly site: string;
      readonly forMs: number | null;
    };

/** A fault from a moment on, for so long; moments count from the start of its act. */
export interface Episode {
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: Fault;
}

/** Some minutes of trouble after a long calm. */
export interface Act {
  readonly calmMs: number;
  readonly episodes: readonly Episode[];
}

/** Whether something stands between a host and a site, the `provider`, the `servers`, the `canaries`. */
export function isCut(faults: readonly Fault[], { sites }: Policy, host: number, to: string): boolean {
  return faults.some((one) => {
    if (one.kind === 'isolated') return one.daemon === host;
    if (one.kind !== 'path' || one.daemon !== host || one.what !== undefined) return false;
    return one.to === to || (one.to === 'sites' && sites.some(({ name }) => name === to));
  });
}

/** What packets meet on the way between a host and one such place: the share that is lost, and how late they are. */
export function wayOf(
  faults: readonly Fault[],
  host: number,
  to: string,
): { readonly lost: number; readonly ms: number } {
  const met = faults.flatMap((one) => (one.kind === 'path' && one.daemon === host && one.to === to ? [one.what] : []));
  return {
    lost: Math.max(0, ...met.map((what) => (what?.how === 'lossy' ? what.share : 0))),
    ms: met.reduce((sum, what) => sum + (what?.how === 'slow' ? what.ms : 0), 0),
  };
}
