import { duration } from './duration';
import type { Policy } from './types';

/** One stage of the worst case from the first failure to users being served again. */
export interface Stage {
  readonly stage: 'notice' | 'confirm' | 'write' | 'verify' | 'clients';
  readonly ms: number;
  readonly why: string;
}

export interface Rto {
  readonly stages: readonly Stage[];
  /** Until every authoritative server answers the standby: what promise L1 is held to. */
  readonly verifiedMs: number;
  /** Until clients that respect the TTL have moved. */
  readonly totalMs: number;
}

/** Probes are paced at INTERVAL plus or minus this share. */
export const jitter = 0.1;

/** While servers do not answer the new set yet they are asked again, at most this far apart. */
export const askAgainMs = 10_000;

/** The worst case with these settings while one standby, the provider and its servers work. `settleMs`: what the provider takes to publish. */
export function rto(policy: Policy, settleMs: number): Rto {
  const { intervalMs, timeoutMs, sustainMs, confirmIntervalMs, fall, ttlMs } = policy;
  const noticeMs = intervalMs * (1 + jitter);
  const confirms = confirmIntervalMs < intervalMs;
  const paceMs = confirms ? confirmIntervalMs : noticeMs;
  // The first confirmation starts as soon as the first fail is in; without confirmations every fail waits for its interval.
  const againMs = confirms ? timeoutMs + Math.max(0, fall - 2) * paceMs : (fall - 1) * paceMs;
  const countMs = timeoutMs + (fall <= 1 ? 0 : againMs);
  const confirmMs = Math.max(sustainMs + paceMs, countMs);
  const stages: readonly Stage[] = [
    {
      stage: 'notice',
      ms: noticeMs,
      why: `the next probe starts within INTERVAL ${duration(intervalMs)} and its jitter`,
    },
    {
      stage: 'confirm',
      ms: confirmMs,
      why: `SUSTAIN ${duration(sustainMs)}, and FALL ${fall} probes of up to TIMEOUT ${duration(timeoutMs)} at CONFIRM_INTERVAL ${duration(confirmIntervalMs)}`,
    },
    { stage: 'write', ms: writeMs, why: 'read, compare and replace at the provider' },
    {
      stage: 'verify',
      ms: settleMs + Math.min(askAgainMs, 2 * settleMs + 200),
      why: 'every authoritative server answers the new set, and is asked once more',
    },
    { stage: 'clients', ms: ttlMs, why: `resolvers keep the old answer for TTL ${duration(ttlMs)}` },
  ];
  const totalMs = stages.reduce((sum, stage) => sum + stage.ms, 0);
  return { stages, verifiedMs: totalMs - ttlMs, totalMs };
}

/** Two requests to a provider that works, at their slowest reasonable. */
const writeMs = 4_000;
