import type { Observation, Policy } from '../domain/types';

/** One probe as the world saw it. */
export interface Probe {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly result: 'pass' | 'fail' | 'unknown';
  readonly class: string | null;
}

/**
 * What one process could know of the sites, kept by the world and not by the process: the probes it was answered since it started, per
 * site. The checks judge its writes by this.
 */
export interface Evidence {
  add(site: string, startedMs: number, endedMs: number, observation: Observation): void;
  of(site: string): readonly Probe[];
  clear(): void;
}

const kept = 400;

export function createEvidence(): Evidence {
  const probes = new Map<string, Probe[]>();
  return {
    add(site, startedMs, endedMs, observation) {
      const list = probes.get(site) ?? [];
      if (list.length === 0) probes.set(site, list);
      const failClass = observation.result === 'fail' ? observation.class : null;
      list.push({ startedMs, endedMs, result: observation.result, class: failClass });
      if (list.length > kept) list.shift();
    },
    of: (site) => probes.get(site) ?? [],
    clear: () => probes.clear(),
  };
}

/** The probes that say something, newest last. */
export function telling(probes: readonly Probe[]): readonly Probe[] {
  return probes.filter((probe) => probe.result !== 'unknown');
}

/** The fails without a pass in between that end the list. */
export function failStreak(probes: readonly Probe[]): readonly Probe[] {
  const said = telling(probes);
  let at = said.length;
  while (at > 0 && said[at - 1]?.result === 'fail') at -= 1;
  return said.slice(at);
}

/** Whether a process may have seen this site as down: FALL fails in a row for SUSTAIN, or DOWN_RATIO of the last WINDOW. */
export function mayBeDown(probes: readonly Probe[], policy: Policy, nowMs: number): boolean {
  const streak = failStreak(probes);
  const beganMs = streak[0]?.startedMs ?? nowMs;
  if (streak.length >= policy.fall && nowMs - beganMs >= policy.sustainMs) return true;
  if (policy.window === 0) return false;
  // Confirmations do not enter the ring, so any stretch as long as it takes may be the one that counted.
  const said = telling(probes);
  const fails = said.filter((probe) => probe.result === 'fail').length;
  return said.length >= policy.window / 3 && fails >= policy.downRatio * (policy.window / 3);
}

/** Whether this site was seen to serve: its newest word is a pass, fresh, and RISE of them came in a row since the process started. */
export function servesBy(probes: readonly Probe[], policy: Policy, nowMs: number): string | null {
  const said = telling(probes);
  const newest = said.at(-1);
  if (newest === undefined) return 'nothing is known of it since the process started';
  if (newest.result === 'fail') return 'its newest probe failed';
  const freshMs = 3 * policy.intervalMs * 1.2 + policy.timeoutMs;
  if (nowMs - newest.endedMs > freshMs) return `its newest probe is ${nowMs - newest.endedMs} ms old`;
  let run = 0;
  let best = 0;
  for (const probe of said) {
    run = probe.result === 'pass' ? run + 1 : 0;
    best = Math.max(best, run);
  }
  return best >= policy.rise ? null : `it never passed ${policy.rise} times in a row, at most ${best}`;
}
