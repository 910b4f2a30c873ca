import { failbackWaitMs } from '../domain/budget';
import { rto } from '../domain/rto';
import { initial } from '../domain/step';
import type { Policy } from '../domain/types';
import type { Episode, SiteFault } from './faults';

/** What an operator asks to see played against the first site. */
export type Scenario =
  /** It serves nobody for so long. */
  | { readonly kind: 'outage'; readonly ms: number }
  /** It serves everybody, and this share of our own probes of it is lost on the way. */
  | { readonly kind: 'loss'; readonly share: number }
  /** It fails for the first half of every period, and serves for the second. */
  | { readonly kind: 'flap'; readonly ms: number };

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** What is played when nothing is asked for. */
export const usual: readonly Scenario[] = [
  { kind: 'outage', ms: 30 * secondMs },
  { kind: 'outage', ms: 2 * minuteMs },
  { kind: 'outage', ms: 10 * minuteMs },
  { kind: 'outage', ms: hourMs },
  { kind: 'loss', share: 0.01 },
  { kind: 'loss', share: 0.05 },
  { kind: 'loss', share: 0.2 },
  { kind: 'flap', ms: 70 * secondMs },
  { kind: 'flap', ms: 20 * minuteMs },
];

/** One repetition of a scenario, all durations from the end of the warm-up. */
export interface Script {
  readonly warmMs: number;
  readonly episodes: readonly Episode[];
  /** When the first site really serves nobody. */
  readonly failing: readonly Span[];
  /** So long is played in any case. */
  readonly leastMs: number;
  /** And so long at most, when a failback is still to come. */
  readonly mostMs: number;
}

/** From a moment until before another. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A way home that takes longer is not played. */
export const longestHomeMs = 4 * hourMs;
const longestWarmMs = 2 * hourMs;

/** How long one repetition of a loss is played: what counts is the number of probes. */
function lossMs({ intervalMs }: Policy): number {
  return Math.max(hourMs / 2, Math.min(720 * intervalMs, 12 * hourMs));
}

/** As long as the switch budget looks back, so that it is seen to hold, but no more probes than of the default interval; at least six periods. */
function flapMs(periodMs: number, { maxSwitches, intervalMs }: Policy): number {
  const mostMs = Math.min(2_160 * intervalMs, 12 * hourMs);
  return Math.max(6 * periodMs, Math.min(maxSwitches.windowMs, mostMs));
}

/**
 * One repetition. `phase`: where in its interval the trouble finds the daemon, 0 to 1; `hole`: packets vanish, else the site answers 503; in turn
 * when it fails more than once.
 */
export function scriptOf(
  scenario: Scenario,
  policy: Policy,
  settleMs: number,
  { phase, hole }: { readonly phase: number; readonly hole: boolean },
): Script {
  const { intervalMs, rise, window } = policy;
  const warmMs = 2_000 + Math.max((rise + 1) * intervalMs * 1.2, Math.min(window * intervalMs * 1.1, longestWarmMs));
  const site = policy.sites[0]?.name ?? '';
  const startMs = phase * intervalMs;
  const restMs = rto(policy, settleMs).verifiedMs + policy.timeoutMs + secondMs;
  const fails = (span: Span, index: number): Episode => {
    const what: SiteFault = hole === (index % 2 === 0) ? { how: 'hole' } : { how: 'wrong', class: 'status' };
    return { atMs: span.fromMs, forMs: span.toMs - span.fromMs, fault: { kind: 'site', site, what } };
  };
  switch (scenario.kind) {
    case 'outage': {
      const failing = [{ fromMs: startMs, toMs: startMs + scenario.ms }];
      const leastMs = startMs + scenario.ms + restMs;
      return { warmMs, failing, episodes: failing.map(fails), leastMs, mostMs: leastMs + homeMs(policy, settleMs) };
    }
    case 'flap': {
      const forMs = flapMs(scenario.ms, policy);
      const failing = halves(startMs, scenario.ms, forMs);
      const leastMs = startMs + forMs;
      return { warmMs, failing, episodes: failing.map(fails), leastMs, mostMs: leastMs };
    }
    case 'loss': {
      const lossy: SiteFault = { how: 'lossy', share: scenario.share };
      const fault = { kind: 'site', site, what: lossy } as const;
      const leastMs = startMs + lossMs(policy);
      return {
        warmMs,
        failing: [],
        episodes: [{ atMs: startMs, forMs: lossMs(policy), fault }],
        leastMs,
        mostMs: leastMs,
      };
    }
  }
}

function halves(fromMs: number, periodMs: number, forMs: number): readonly Span[] {
  return Array.from({ length: Math.floor(forMs / periodMs) }, (_, index) => {
    const atMs = fromMs + index * periodMs;
    return { fromMs: atMs, toMs: atMs + periodMs / 2 };
  });
}

/** How long the way home may take after one failover; 0 where it is not played. */
function homeMs(policy: Policy, settleMs: number): number {
  if (policy.failback === 'manual') return 0;
  const { durable } = initial(null);
  const waitMs = failbackWaitMs({ ...durable, penalty: { value: 1, atMs: 0 } }, policy, 0);
  const clearMs = (policy.window + 2 * policy.rise) * policy.intervalMs * 1.1;
  const ms = waitMs + clearMs + rto(policy, settleMs).verifiedMs + minuteMs;
  return ms > longestHomeMs ? 0 : ms;
}
