import type { Policy } from '../domain/types';
import { type Fault, isCut } from './faults';
import type { Time } from './time';

/** The faults that hold for a while, and what follows from them for each host. */
export interface Standing {
  faults(): readonly Fault[];
  /** From now on, for so long; `over` is called when it has ended by itself. */
  stand(fault: Fault, forMs: number, over: () => void): void;
  /** All of them end. */
  end(): void;
  isStalled(host: number): boolean;
  /** How much longer its process stands still. */
  stalledMs(host: number): number;
  /** Since when it is cut off from everything that could answer it; null: it is not. */
  darkSinceMs(host: number): number | null;
}

/** `lit`: a host sees again, that was cut off from everything since then. */
export function createStanding(
  time: Time,
  policy: Policy,
  hosts: readonly number[],
  lit: (host: number, sinceMs: number) => void,
): Standing {
  const standing: { readonly fault: Fault; readonly untilMs: number }[] = [];
  const dark = new Map<number, number>();
  let current: readonly Fault[] = [];

  function refresh(): void {
    current = standing.map((one) => one.fault);
    for (const host of hosts) {
      const silent = policy.canaries.length === 0 || isCut(current, policy, host, 'canaries');
      const isDark = silent && policy.sites.every(({ name }) => isCut(current, policy, host, name));
      const sinceMs = dark.get(host);
      if (isDark && sinceMs === undefined) dark.set(host, time.nowMs());
      if (isDark || sinceMs === undefined) continue;
      dark.delete(host);
      lit(host, sinceMs);
    }
  }

  return {
    faults: () => current,
    stand(fault, forMs, over) {
      const one = { fault, untilMs: time.nowMs() + forMs };
      standing.push(one);
      refresh();
      if (!Number.isFinite(forMs)) return;
      time.after(forMs, () => {
        const at = standing.indexOf(one);
        if (at < 0) return;
        standing.splice(at, 1);
        refresh();
        over();
      });
    },
    end() {
      standing.length = 0;
      refresh();
    },
    isStalled: (host) => current.some((one) => one.kind === 'stall' && one.daemon === host),
    stalledMs(host) {
      const ends = standing.flatMap(({ fault, untilMs }) =>
        fault.kind === 'stall' && fault.daemon === host ? [untilMs - time.nowMs()] : [],
      );
      return Math.max(0, ...ends);
    },
    darkSinceMs: (host) => dark.get(host) ?? null,
  };
}
