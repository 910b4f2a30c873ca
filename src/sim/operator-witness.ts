import type { Tell } from '../domain/events';
import type { Change } from '../domain/state';
import type { Policy } from '../domain/types';
import type { Span } from './operator-scenarios';
import type { Shown } from './operator-users';
import type { Version } from './zone';

/** One switch as the zone saw it; moments from the beginning of the trouble. */
export interface Move {
  readonly kind: 'failover' | 'failback';
  readonly to: string;
  /** When its request left. */
  readonly atMs: number;
  /** When every name server was seen to answer it; null: the play ended before. */
  readonly verifiedMs: number | null;
  /** A failover away from a site that served when the request left. */
  readonly isFalse: boolean;
  /** Which rule had found the site down: FALL fails for SUSTAIN, or DOWN_RATIO of WINDOW. */
  readonly by: 'streak' | 'ratio';
}

/** Sees the zone change and hears what the daemon tells of it. */
export interface Witness {
  readonly moves: readonly Move[];
  /** Which site the zone showed from when on, oldest first. */
  readonly shown: readonly Shown[];
  landed(version: Version): void;
  told(tell: Tell): void;
}

export interface WitnessInput {
  readonly policy: Policy;
  /** When the first site serves nobody; the others always serve. */
  readonly failing: readonly Span[];
  /** Since the beginning of the trouble. */
  readonly sinceMs: () => number;
  readonly change: () => Change | null;
}

export function createWitness({ policy, failing, sinceMs, change }: WitnessInput): Witness {
  const first = policy.sites[0]?.name ?? '';
  const moves: (Move & { readonly generation: number })[] = [];
  const shown: Shown[] = [{ atMs: Number.NEGATIVE_INFINITY, site: first }];
  const decided = new Map<number, Pick<Move, 'kind' | 'by'>>();

  function serves(site: string | undefined, atMs: number): boolean {
    return site !== first || !failing.some((span) => span.fromMs <= atMs && atMs < span.toMs);
  }

  return {
    moves,
    shown,
    landed(version) {
      if (version.by === 'hand') return;
      const { marker, sentMs } = version.by;
      const from = shown.at(-1)?.site;
      const kind = decided.get(marker.generation);
      // A fence repeats what stands there.
      if (from === marker.site || kind === undefined) return;
      const atMs = sinceMs() - (version.atMs - sentMs);
      const isFalse = kind.kind === 'failover' && serves(from, atMs);
      moves.push({ ...kind, generation: marker.generation, to: marker.site, atMs, verifiedMs: null, isFalse });
      shown.push({ atMs: sinceMs(), site: marker.site });
    },
    told({ code, fields: { kind, generation } }) {
      if (typeof generation !== 'number') return;
      if (code === 'decided' && (kind === 'failover' || kind === 'failback'))
        decided.set(generation, { kind, by: ruleOf(change(), policy) });
      const at = moves.findIndex((move) => move.generation === generation);
      const move = moves[at];
      if (code === 'switched' && move !== undefined) moves[at] = { ...move, verifiedMs: sinceMs() };
    },
  };
}

function ruleOf(change: Change | null, { fall, sustainMs }: Policy): Move['by'] {
  const from = change?.evidence.sites.find((site) => site.name === change.from);
  if (change === null || from === undefined || from.sinceMs === null) return 'ratio';
  return from.fails >= fall && change.decidedMs - from.sinceMs >= sustainMs ? 'streak' : 'ratio';
}
