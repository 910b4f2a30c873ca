import type { FailClass } from '../domain/types';
import type { Check, Expectations } from './check';
import type { ProbeContext } from './context';
import { startDeadline } from './deadline';
import { probeOnce } from './once';

const anything: Expectations = { status: [[100, 999]], body: null, json: null, maxLatencyMs: null };

/** Failures in which nothing came back, or nothing that proves a path to the canary. */
const silent: ReadonlySet<FailClass> = new Set<FailClass>(['connect', 'timeout', 'reset', 'dns']);

export interface CanaryOptions {
  readonly context: ProbeContext;
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
}

/** Whether a canary answered, with anything at all: it is asked only to know whether we are connected. */
export async function probeCanary(check: Check, { context, timeoutMs, allowPrivate }: CanaryOptions): Promise<boolean> {
  const deadline = startDeadline(timeoutMs);
  const question = { check, record: '', site: '', address: null, expect: anything, allowPrivate };
  const observation = await probeOnce(question, context, deadline);
  deadline.cancel();
  if (observation.result !== 'fail') return observation.result === 'pass';
  return check.kind !== 'exec' && !silent.has(observation.class);
}
