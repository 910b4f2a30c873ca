import type { Finding } from '../../providers/provider';
import type { ServiceConfig } from '../config/config';
import { duration, durationText } from '../domain/duration';
import { rto } from '../domain/rto';
import type { Found } from '../domain/types';

/** What was promised of a service, and how long its provider takes to publish. */
export interface Promised extends Pick<ServiceConfig, 'policy' | 'rtoMs'> {
  readonly settleMs: number;
}

/**
 * Whether resolvers keep the present answer longer than FAILOVERD_TTL says: ours is written by the first switch, which comes too late for those
 * who asked before it.
 */
export function zoneTtl({ policy, rtoMs, settleMs }: Promised, { sets, parts = [] }: Found): readonly Finding[] {
  const all = [...sets, ...parts.flatMap(({ found }) => found?.sets ?? [])];
  const zoneMs = 1_000 * Math.max(0, ...all.map(({ ttl }) => ttl));
  const laterMs = zoneMs - policy.ttlMs;
  if (laterMs <= 0) return [];
  const ours = durationText(policy.ttlMs);
  const seen = `the zone says ${zoneMs / 1_000} s, FAILOVERD_TTL ${ours}: users of the present answer move up to ${duration(laterMs)} later at the first failover`;
  const remedy = `write ${ours} into the zone before`;
  const { totalMs } = rto({ ...policy, ttlMs: zoneMs }, settleMs);
  if (rtoMs === null || totalMs <= rtoMs) return [{ level: 'warn', text: `${seen}; ${remedy}` }];
  const missed = `that may take ${duration(totalMs)}, ${duration(totalMs - rtoMs)} longer than the promised FAILOVERD_RTO ${duration(rtoMs)}`;
  return [{ level: 'error', text: `${seen}; ${missed}; ${remedy}` }];
}
