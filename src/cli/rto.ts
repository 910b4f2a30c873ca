import { duration } from '../domain/duration';
import { rto as compute } from '../domain/rto';
import type { Policy } from '../domain/types';
import { table } from './table';

/** One service's recovery time as text: each stage, its worst case, and what it comes from. */
export function rtoText(policy: Policy, settleMs: number, promisedMs: number | null): string {
  const { stages, totalMs } = compute(policy, settleMs);
  const rows = stages.map(({ stage, ms, why }) => [`  ${stage}`, duration(ms), why]);
  const promise = promisedMs === null ? '' : `, promised FAILOVERD_RTO ${duration(promisedMs)}`;
  return `${policy.record}: worst case ${duration(totalMs)}${promise}\n${table(rows)}`;
}
