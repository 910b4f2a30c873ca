import type { FailClass, Observation } from '../domain/types';
import { classify } from './classify';
import type { ProbeContext } from './context';
import type { Deadline } from './deadline';
import { stallWhy } from './self';

/** One exchange under way. */
export interface Exchange {
  /** What it is waiting for, for the `why` of a timeout. */
  readonly waiting: () => string;
  /** Lets go of every socket and process at once; harmless when they are gone. */
  readonly stop: () => void;
}

export type Settle = (observation: Observation) => void;

/** Runs one exchange until it settles or the deadline ends it, whichever is first, and stops it in either case. */
export function attempt(
  context: ProbeContext,
  deadline: Deadline,
  start: (settle: Settle) => Exchange,
): Promise<Observation> {
  return new Promise((resolve) => {
    let settled = false;
    let exchange: Exchange | null = null;
    let forget = (): void => {};
    const settle: Settle = (observation) => {
      if (settled) return;
      settled = true;
      forget();
      exchange?.stop();
      resolve(observation);
    };
    forget = deadline.onEnd((how) => {
      if (how === 'cancelled') return settle({ result: 'unknown', why: 'cancelled: the round was decided already' });
      const waiting = exchange?.waiting() ?? 'before the first packet';
      settle(fail(deadline, 'timeout', `not done within ${deadline.timeoutMs} ms, ${waiting}`));
    });
    if (settled) return;
    try {
      exchange = start(settle);
    } catch (error) {
      settle(failure(error, context, deadline));
    }
    if (settled) exchange?.stop();
  });
}

/** A passing observation; its latency counts from the start of the round. */
export function pass(deadline: Deadline, warning: string | null = null): Observation {
  const latencyMs = elapsedMs(deadline);
  return warning === null ? { result: 'pass', latencyMs } : { result: 'pass', latencyMs, warning };
}

/** A failing observation. */
export function fail(deadline: Deadline, failClass: FailClass, why: string): Observation {
  return { result: 'fail', class: failClass, why, latencyMs: elapsedMs(deadline) };
}

/** The observation an error amounts to; a certificate's dates prove nothing while our own clock is suspect. */
export function failure(error: unknown, context: ProbeContext, deadline: Deadline): Observation {
  const blame = classify(error);
  if (blame.side === 'ours') {
    if (blame.exhausted) context.self.exhausted(blame.why);
    return { result: 'unknown', why: `our side: ${blame.why}` };
  }
  const dated = blame.code === 'CERT_HAS_EXPIRED' || blame.code === 'CERT_NOT_YET_VALID';
  if (dated && context.self.clockSuspect()) {
    return { result: 'unknown', why: `our wall clock is suspect, so this proves nothing: ${blame.why}` };
  }
  return fail(deadline, blame.class, blame.why);
}

/** Milliseconds since the round began, to a tenth. */
export function elapsedMs(deadline: Deadline): number {
  return Math.round((performance.now() - deadline.startedMs) * 10) / 10;
}

/** The observation, or `unknown` when this process stood still for more than half the timeout, or its clocks jumped, meanwhile. */
export function believed(observation: Observation, context: ProbeContext, deadline: Deadline): Observation {
  if (observation.result === 'unknown') return observation;
  const toleratedMs = deadline.timeoutMs / 2;
  const why = deadline.lateMs() > toleratedMs ? stallWhy(deadline.lateMs()) : null;
  const disturbed = why ?? context.self.disturbed(deadline.startedMs, toleratedMs);
  return disturbed === null ? observation : { result: 'unknown', why: `our side: ${disturbed}` };
}
