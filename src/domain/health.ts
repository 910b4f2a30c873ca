import type { FailClass, Health, Observation, Policy, Vote } from './types';

/**
 * One site as one vantage sees it: observations in, a vote out.
 *
 *   | consecutive passes | down rule (below)       | fail ratio of the ring | vote                                         |
 *   |--------------------|-------------------------|------------------------|----------------------------------------------|
 *   | ≥ RISE             | –                       | ≤ UP_RATIO             | up                                           |
 *   | ≥ RISE             | –                       | > UP_RATIO             | recovering (flee to it, do not come back)    |
 *   | none               | holds                   | –                      | down                                         |
 *   | < RISE             | otherwise               | –                      | as before                                    |
 *   | any                | newest observation older than 3 × INTERVAL + TIMEOUT, or none  | unknown (`voteNow`)       |
 *
 * What was seen before such a gap starts over after it.
 *
 * down rule: (FALL consecutive fails AND failing for SUSTAIN)
 *         OR (ring ≥ 1/3 full AND fail ratio ≥ DOWN_RATIO AND the ring's failures span SUSTAIN)
 */
export function observe(
  before: Health,
  seen: {
    readonly startedMs: number;
    readonly nowMs: number;
    readonly paced: boolean;
    readonly observation: Observation;
  },
  policy: Policy,
): Health {
  const { observation, startedMs, nowMs } = seen;
  if (observation.result === 'unknown') return { ...before, last: observation };
  // Time in which we saw nothing is not time of failing: what was known before it starts over.
  const health = isFresh(before.newestMs, nowMs, policy) ? before : forget(before);
  const ring = seen.paced ? push(health.ring, observation.result === 'pass' ? 'p' : 'f', policy.window) : health.ring;
  if (observation.result === 'pass') {
    const first = health.passes === 0;
    return vote(
      {
        ...health,
        passes: health.passes + 1,
        fails: 0,
        sinceMs: first ? startedMs : health.sinceMs,
        ring,
        newestMs: nowMs,
        passStartMs: Math.max(health.passStartMs ?? startedMs, startedMs),
        silent: 0,
        last: observation,
      },
      policy,
    );
  }
  // A slow failure that began before the newest pass did says nothing about now.
  if (health.passStartMs !== null && startedMs < health.passStartMs) return { ...health, ring };
  return vote(
    {
      ...health,
      passes: 0,
      fails: health.fails + 1,
      sinceMs: health.fails === 0 ? startedMs : health.sinceMs,
      ring,
      newestMs: nowMs,
      // After what was our own blindness there is no answer to presume.
      silent: answered(observation.class) ? 0 : health.silent + (health.last?.result === 'unknown' ? 2 : 1),
      last: observation,
      lastFail: { atMs: nowMs, class: observation.class, why: observation.why },
    },
    policy,
  );
}

function vote(health: Health, policy: Policy): Health {
  const ratio = failRatio(health) ?? 0;
  if (health.passes >= policy.rise) return { ...health, vote: ratio <= policy.upRatio ? 'up' : 'recovering' };
  if (health.fails > 0 && (fallen(health, policy) || grey(health, policy))) return { ...health, vote: 'down' };
  return health;
}

function fallen(health: Health, policy: Policy): boolean {
  return health.fails >= policy.fall && failingMs(health) >= policy.sustainMs;
}

/** Time from the start of the first failed probe of the streak to the arrival of the newest. */
export function failingMs(health: Health): number {
  if (health.fails === 0 || health.sinceMs === null || health.newestMs === null) return 0;
  return health.newestMs - health.sinceMs;
}

function grey(health: Health, policy: Policy): boolean {
  const ratio = failRatio(health);
  if (policy.window === 0 || ratio === null || health.ring.length * 3 < policy.window) return false;
  return ratio >= policy.downRatio && ringMs(health, policy) >= policy.sustainMs;
}

/** Over how long the failures of the ring are spread, up to its newest observation. */
function ringMs({ ring }: Health, policy: Policy): number {
  return ring.includes('f') ? (ring.length - 1 - ring.indexOf('f')) * policy.intervalMs : 0;
}

/** What speaks against it, by the rule that does: how many fails, of the last so many where not in a row, over how long. */
export function against(health: Health, policy: Policy): { readonly what: string; readonly forMs: number } {
  const byRatio = !fallen(health, policy) && grey(health, policy);
  if (!byRatio) return { what: `${health.fails} fails`, forMs: failingMs(health) };
  const failed = health.ring.split('f').length - 1;
  return { what: `${failed} fails of the last ${health.ring.length}`, forMs: ringMs(health, policy) };
}

/** Share of fails in the ring; null when it is empty. */
export function failRatio(health: Health): number | null {
  if (health.ring.length === 0) return null;
  return (health.ring.split('f').length - 1) / health.ring.length;
}

function push(ring: string, entry: 'p' | 'f', window: number): string {
  return window === 0 ? '' : (ring + entry).slice(-window);
}

/** Whether a failure of this class shows that something at the other end spoke to us, so that we are not cut off. */
function answered(failed: FailClass): boolean {
  return failed !== 'connect' && failed !== 'timeout' && failed !== 'reset' && failed !== 'dns' && failed !== 'gate';
}

/** An observation older than this says nothing about now. */
export function staleAfterMs(policy: Policy): number {
  return 3 * policy.intervalMs + policy.timeoutMs;
}

export function isFresh(newestMs: number | null, nowMs: number, policy: Policy): boolean {
  return newestMs !== null && nowMs - newestMs <= staleAfterMs(policy);
}

/** The vote as of now. */
export function voteNow(health: Health, nowMs: number, policy: Policy): Vote {
  return isFresh(health.newestMs, nowMs, policy) ? health.vote : 'unknown';
}

/** Whether a streak, in either direction, is not yet long enough to decide; probes go at CONFIRM_INTERVAL meanwhile. */
export function inDoubt(health: Health, policy: Policy): boolean {
  if (health.fails > 0) return health.vote !== 'down';
  return health.passes > 0 && health.passes < policy.rise && health.vote !== 'up';
}

/** Before anything was seen. */
export const unseen: Health = {
  vote: 'unknown',
  passes: 0,
  fails: 0,
  sinceMs: null,
  ring: '',
  newestMs: null,
  passStartMs: null,
  silent: 0,
  last: null,
  lastFail: null,
};

/** Evidence gathered while we may have been cut off is no evidence: only what is not evidence is kept. */
export function forget(health: Health): Health {
  const { newestMs, passStartMs, silent, last, lastFail } = health;
  return { ...unseen, newestMs, passStartMs, silent, last, lastFail };
}
