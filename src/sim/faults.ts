import type { FailureCode } from '../../providers/provider';
import type { FailClass } from '../domain/types';

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
  | { readonly how: 'breaks-under-load' };

export type ProviderFault =
  | { readonly how: 'refuses'; readonly code: FailureCode; readonly retryAfterMs: number | null }
  | { readonly how: 'hangs' }
  /** The answer is lost; the write takes effect so much later, or never. */
  | { readonly how: 'no-answer'; readonly landsMs: number | null }
  | { readonly how: 'delivers-twice'; readonly againMs: number }
  /** Says 200 and does nothing. */
  | { readonly how: 'lies' }
  | { readonly how: 'stale-reads'; readonly ms: number }
  | { readonly how: 'slow'; readonly ms: number };

export type ServerFault =
  | { readonly how: 'lags'; readonly ms: number }
  | { readonly how: 'silent' }
  | { readonly how: 'lies' };

export type Fault =
  | { readonly kind: 'site'; readonly site: string; readonly what: SiteFault }
  /** Every site at once, as after a deploy. */
  | { readonly kind: 'all-sites'; readonly class: FailClass }
  /** Between one daemon and one of: a site, `provider`, `servers`, `canaries`. */
  | { readonly kind: 'path'; readonly daemon: number; readonly to: string }
  /** One daemon reaches nothing. `unknown`: and knows that it does not (no route). */
  | { readonly kind: 'isolated'; readonly daemon: number; readonly knows: boolean }
  | { readonly kind: 'provider'; readonly what: ProviderFault }
  | { readonly kind: 'server'; readonly server: string; readonly what: ServerFault }
  /** `lost`: says it is saved, and a crash shows that it was not. */
  | { readonly kind: 'disk'; readonly daemon: number; readonly how: 'full' | 'lost' | 'torn' }
  /** The process dies at its so-many-th crossing from here on; it is back after so long. */
  | { readonly kind: 'crash'; readonly daemon: number; readonly crossings: number; readonly downMs: number }
  /** The process stands still. */
  | { readonly kind: 'stall'; readonly daemon: number }
  | { readonly kind: 'wall'; readonly byMs: number }
  | { readonly kind: 'hand'; readonly does: 'moves' | 'foreign' | 'removes' | 'ttl' | 'claims'; readonly site: string }
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
