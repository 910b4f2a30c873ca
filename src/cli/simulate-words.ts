import { duration } from '../domain/duration';
import type { Rto, Stage } from '../domain/rto';
import type { Policy } from '../domain/types';
import { longestHomeMs } from '../sim/operator-scenarios';
import type { Summary } from '../sim/operator-summary';

/** How a scenario is called, as it is asked for. */
export function nameOf({ scenario }: Summary): string {
  return scenario.kind === 'loss' ? `${Number((100 * scenario.share).toFixed(3))}%` : duration(scenario.ms);
}

/** The worst that a user saw, against the bound, and the setting that most of it comes from. */
export function closing(outages: readonly Summary[], policy: Policy, rto: Rto): string {
  const worst = outages.reduce<Summary | null>(
    (most, one) => (most === null || one.users.worstMs > most.users.worstMs ? one : most),
    null,
  );
  if (worst === null) return '';
  const unmoved = outages.filter((one) => one.moved === 0).map(nameOf);
  const away = policy.failback === 'auto' && outages.some((one) => one.moved > 0 && one.failbacks.most === 0);
  const [largest, second] = [...rto.stages].sort((left, right) => right.ms - left.ms);
  const parts = [largest, second].flatMap((stage) => (stage === undefined ? [] : causeOf(stage, policy)));
  return [
    `worst: a user without service for ${duration(worst.users.worstMs)}, in an outage of ${nameOf(worst)}; the bound is ${duration(rto.totalMs)}.`,
    `Most of the bound is ${parts.join(', then ')}: failoverd rto shows every stage.`,
    ...(unmoved.length === 0 ? [] : [`Outages of ${unmoved.join(', ')} moved nothing.`]),
    ...(away ? [`A way home of more than ${duration(longestHomeMs)} is not played.`] : []),
    `A resolver keeps an answer for TTL; what those see that keep it longer is not counted.`,
  ].join('\n');
}

function causeOf({ stage, ms }: Stage, policy: Policy): string {
  const { sustainMs, confirmIntervalMs, fall, timeoutMs, ttlMs, intervalMs } = policy;
  switch (stage) {
    case 'notice':
      return `INTERVAL ${duration(intervalMs)}`;
    case 'confirm':
      return ms <= sustainMs + Math.min(confirmIntervalMs, intervalMs) * 1.1
        ? `SUSTAIN ${duration(sustainMs)}`
        : `FALL ${fall} with TIMEOUT ${duration(timeoutMs)}`;
    case 'write':
      return `the write (${duration(ms)})`;
    case 'verify':
      return `the provider's servers (${duration(ms)})`;
    case 'clients':
      return `TTL ${duration(ttlMs)}`;
  }
}

/** Which rule moved users away from a site that served, and what would keep it from that. */
export function falseText(all: readonly Summary[], { fall, sustainMs, window, downRatio }: Policy): string {
  const wrong = all.filter((one) => one.falseMoves > 0);
  if (wrong.length === 0) return 'No failover away from a site that served.';
  const streak = wrong.reduce((sum, one) => sum + one.falseBy.streak, 0);
  const ratio = wrong.reduce((sum, one) => sum + one.falseBy.ratio, 0);
  const where = wrong.map((one) => `${one.falseMoves} with ${one.scenario.kind} ${nameOf(one)}`).join(', ');
  return [
    `False failovers, away from a site that served when the request left: ${where}.`,
    ...(streak === 0
      ? []
      : [
          `${streak} by FALL ${fall} and SUSTAIN ${duration(sustainMs)}: a longer SUSTAIN makes fewer, and every failover slower.`,
        ]),
    ...(ratio === 0
      ? []
      : [
          `${ratio} by DOWN_RATIO ${downRatio} of WINDOW ${window}: a higher ratio makes fewer, and sees a grey failure later.`,
        ]),
  ].join('\n');
}
