import type { ChangeKind, Durable, Switch } from './state';
import type { Policy } from './types';

/** The arithmetic of calm: how many automatic switches are spent, and how long a failback must wait. */

export function isAutomatic(kind: ChangeKind): boolean {
  return kind === 'failover' || kind === 'failback';
}

/** The order or drill that brought the record to this site, where nothing has moved it since; null: it was none. What leads home from there costs nothing. */
export function excursion(newest: Switch | undefined, site: string | null): Switch | null {
  if (newest === undefined || newest.to !== site || newest.verifiedMs === null) return null;
  return newest.kind === 'order' || newest.kind === 'drill' ? newest : null;
}

/** The switches that the sliding window which ends now holds against the budget, oldest first; each counts from when it took effect, and until then from when it was intended. */
export function counted({ switches }: Durable, policy: Policy, nowMs: number): readonly Switch[] {
  return switches.filter(
    (one, index) =>
      isAutomatic(one.kind) &&
      nowMs - one.atMs < policy.maxSwitches.windowMs &&
      (one.kind === 'failover' || excursion(switches[index - 1], one.from) === null),
  );
}

export function spent(durable: Durable, policy: Policy, nowMs: number): number {
  return counted(durable, policy, nowMs).length;
}

/** When the oldest switch of the window leaves it, giving one back; null when none is spent. */
export function nextFreeMs(durable: Durable, policy: Policy, nowMs: number): number | null {
  const [oldest] = counted(durable, policy, nowMs);
  return oldest === undefined ? null : oldest.atMs + policy.maxSwitches.windowMs;
}

/** The penalty now: one more per committed failover, halved every DAMPING_HALF_LIFE. */
export function penaltyNow(durable: Durable, policy: Policy, nowMs: number): number {
  const elapsed = Math.max(0, nowMs - durable.penalty.atMs);
  return durable.penalty.value * 0.5 ** (elapsed / policy.dampingHalfLifeMs);
}

/** How long the better site must have been up before a failback: max(FAILBACK_AFTER, 2 × TTL) × 2^penalty, capped. */
export function failbackWaitMs(durable: Durable, policy: Policy, nowMs: number): number {
  const base = Math.max(policy.failbackAfterMs, 2 * policy.ttlMs);
  const damped = base * 2 ** penaltyNow(durable, policy, nowMs);
  return Math.min(damped, Math.max(base, policy.dampingCapMs));
}

/** A write that was given up and took effect after all is a switch of ours, and spends the budget from now on (S3). */
export function landedLate(
  { active, switches }: Durable,
  to: string,
  generation: number,
  atMs: number,
): Durable['switches'] {
  if (switches.some((one) => one.generation === generation)) return switches;
  const why = 'an earlier write landed late';
  return [...switches, { atMs, generation, from: active, to, kind: 'failover', verifiedMs: null, seen: true, why }];
}

/**
 * Likewise of a move that one of two providers took, and that was forgotten with a crash: it still shows it when the next one has been decided
 * from where the record was believed to be. A fence moved nobody, and what merely missed the next move shows where that led from.
 */
export function landedApart({ switches }: Durable, to: string, generation: number, atMs: number): Durable['switches'] {
  if (switches.some((one) => one.generation === generation)) return switches;
  const at = switches.findIndex((one) => one.generation > generation);
  const next = switches[at];
  if (next === undefined || next.from === null || next.from === to) return switches;
  const why = 'an earlier write had landed at one provider';
  const { from } = next;
  const entry: Switch = { atMs, generation, from, to, kind: 'failover', verifiedMs: null, seen: true, why };
  return switches.toSpliced(at, 0, entry);
}
