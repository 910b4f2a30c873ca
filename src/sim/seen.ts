import type { RecordSet } from '../domain/records';
import type { Policy } from '../domain/types';
import { createMinute, type Minute } from './effort';
import { createEvidence } from './evidence';
import type { Mover } from './moves';
import { createSilence, type Silence } from './silence';

/** What the world saw of one host. */
export interface Seen extends Mover {
  readonly attempts: { readonly generation: number; readonly isTest: boolean; readonly atMs: number }[];
  readonly answers: Map<string, { readonly atMs: number; readonly sets: readonly RecordSet[] }>;
  /** Told with their reason; what the journal lacks to recompute each. */
  readonly decided: Map<number, string | null>;
  /** Generations that left for a site which a human had chosen. */
  readonly chosen: Set<number>;
  readonly read: Minute;
  readonly asked: Minute;
  readonly silence: Silence;
  /** What the last order that was saved had left, while newer ones are not: a restart falls back to it. */
  saved: Pick<Mover, 'held' | 'pinned'> | null;
}

/** Of each host, from the first time it is asked for. */
export function createSeen(policy: Policy): (host: number) => Seen {
  const seen = new Map<number, Seen>();
  return (host) => {
    const known = seen.get(host) ?? fresh(policy);
    seen.set(host, known);
    return known;
  };
}

function fresh(policy: Policy): Seen {
  return {
    evidence: createEvidence(),
    automatic: [],
    landed: new Set(),
    attempts: [],
    answers: new Map(),
    decided: new Map(),
    chosen: new Set(),
    ordered: null,
    read: createMinute(),
    asked: createMinute(),
    silence: createSilence(policy),
    held: null,
    orderedMs: Number.NEGATIVE_INFINITY,
    pinned: null,
    saved: null,
    startedMs: 0,
    commonMs: Number.NEGATIVE_INFINITY,
  };
}
