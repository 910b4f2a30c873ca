import type { Policy } from '../domain/types';
import type { Fault } from './faults';
import type { Host } from './process';
import type { Time } from './time';

/** What each process knows of its own sickness: its watch on the event loop, and the calls it could not make. */
export interface Sickness {
  /** Since when it knows that it is sick; null: it is not. */
  sinceMs(host: number): number | null;
  /** A new process knows nothing yet, and looks. */
  began(host: number): void;
  /** It stood still, and does not trust itself for a while. */
  stalled(host: number): void;
  /** As its own watch on itself says now. */
  looks(host: number): void;
}

export interface SicknessInput {
  readonly policy: Policy;
  readonly time: Time;
  readonly faults: () => readonly Fault[];
  readonly hosts: readonly Host[];
}

export function createSickness({ policy, time, faults, hosts }: SicknessInput): Sickness {
  const since = new Map<number, number>();

  function looks(host: number): void {
    const ails = faults().some((one) => one.kind === 'sick' && one.daemon === host);
    tell(host, ails ? 'EMFILE: too many open files' : null);
  }

  function tell(host: number, why: string | null): void {
    const service = hosts[host]?.service() ?? null;
    if (why === null) since.delete(host);
    else if (service !== null && !since.has(host)) since.set(host, time.nowMs());
    service?.post({ type: 'sick', why });
  }

  return {
    sinceMs: (host) => since.get(host) ?? null,
    began(host) {
      since.delete(host);
      looks(host);
    },
    stalled(host) {
      tell(host, 'the process stood still');
      time.after(policy.intervalMs, () => looks(host));
    },
    looks,
  };
}
