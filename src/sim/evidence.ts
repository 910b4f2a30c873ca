import { jitter } from '../domain/rto';
import type { Observation, Policy } from '../domain/types';

/** One probe as the world saw it. */
export interface Probe {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly result: 'pass' | 'fail' | 'unknown';
  readonly class: string | null;
  /** Began before the end of a time in which nothing could answer us: it says nothing against the site. */
  readonly dark: boolean;
}

/**
 * What one process could know of the sites, kept by the world and not by the process: the probes it was answered since it started, per
 * site. The checks judge its writes by this.
 */
export interface Evidence {
  add(site: string, startedMs: number, endedMs: number, observation: Observation): void;
  of(site: string): readonly Probe[];
  /** We were cut off from everything until now, for long enough to notice. */
  lit(nowMs: number): void;
  clear(): void;
}

const kept = 400;

export function createEvidence(): Evidence {
  const probes = new Map<string, Probe[]>();
  let darkMs = Number.NEGATIVE_INFINITY;
  return {
    add(site, startedMs, endedMs, observation) {
      const list = probes.get(site) ?? [];
      if (list.length === 0) probes.set(site, list);
      const failClass = observation.result === 'fail' ? observation.class : null;
      // An answer is one, whenever it was asked for.
      const isSilence = failClass === 'connect' || failClass === 'timeout' || failClass === 'reset';
      const dark = isSilence && startedMs < darkMs;
      list.push({ startedMs, endedMs, result: observation.result, class: failClass, dark });
      if (list.length > kept) list.shift();
    },
    of: (site) => probes.get(site) ?? [],
    lit(nowMs) {
      darkMs = nowMs;
      for (const [site, list] of probes)
        probes.set(
          site,
          list.map((probe) => ({ ...probe, dark: true })),
        );
    },
    clear: () => probes.clear(),
  };
}

/** The probes that say something, newest last. A failure that began before a pass which is in already is old news. */
export function telling(probes: readonly Probe[]): readonly Probe[] {
  let passMs = Number.NEGATIVE_INFINITY;
  return probes.filter(({ result, startedMs }) => {
    if (result === 'pass') passMs = Math.max(passMs, startedMs);
    return result === 'pass' || (result === 'fail' && startedMs >= passMs);
  });
}

/** The fails without a pass in between that end the list. */
export function failStreak(probes: readonly Probe[]): readonly Probe[] {
  const said = telling(probes);
  let at = said.length;
  while (at > 0 && said[at - 1]?.result === 'fail') at -= 1;
  return said.slice(at);
}

/**
 * Whether a process may have seen this site as down and not up since: FALL fails in a row for SUSTAIN, or DOWN_RATIO of the last WINDOW, and
 * no RISE passes in a row afterwards. What was seen in the dark is none of it.
 */
export function mayBeDown(all: readonly Probe[], policy: Policy, nowMs: number): boolean {
  const probes = all.filter((probe) => !probe.dark);
  const said = telling(probes);
  const since = sinceUp(said, policy.rise);
  for (const streak of streaksOf(since)) {
    const beganMs = streak[0]?.startedMs ?? nowMs;
    const last = streak.at(-1);
    const untilMs = last === since.at(-1) ? nowMs : (last?.endedMs ?? nowMs);
    if (streak.length >= policy.fall && untilMs - beganMs >= policy.sustainMs) return true;
  }
  if (policy.window === 0) return false;
  const failed = since.filter(({ result }) => result === 'fail').map(({ endedMs }) => endedMs);
  return [...failed, nowMs].some((endMs) => mayBeGrey(probes, policy, endMs));
}

/**
 * Only regular probes enter the ring, also those whose failure is old news, and which those were is the process's own affair: it had this
 * many fails at least to go by, however many looks in between.
 */
function mayBeGrey(probes: readonly Probe[], policy: Policy, endMs: number): boolean {
  const ringMs = 1.1 * policy.window * policy.intervalMs + policy.timeoutMs;
  const fails = probes.filter(
    ({ result, endedMs }) => result === 'fail' && endedMs <= endMs && endMs - endedMs <= ringMs,
  );
  const lastedMs = endMs - (fails[0]?.startedMs ?? endMs);
  return fails.length >= policy.downRatio * (policy.window / 3) && lastedMs >= policy.sustainMs * (1 - jitter);
}

/** Whether for so long there was no moment in which too few vantages were left that saw nothing which would count as down. */
export function calmFor(all: readonly (readonly Probe[])[], policy: Policy, nowMs: number, forMs: number): boolean {
  const unrest = all.map((probes) => {
    const lately = telling(probes).filter((probe) => nowMs - probe.endedMs < forMs);
    const lasted = streaksOf(lately).map((streak) => {
      return { count: streak.length, fromMs: streak[0]?.startedMs ?? 0, untilMs: streak.at(-1)?.endedMs ?? 0 };
    });
    // Some of them may have been forgotten as the process's own blindness.
    return lasted.filter(
      ({ count, fromMs, untilMs }) => count >= 2 * policy.fall && untilMs - fromMs >= policy.sustainMs,
    );
  });
  return unrest.flat().every(({ fromMs, untilMs }) => {
    const calm = unrest.filter((one) => !one.some((other) => other.fromMs <= untilMs && fromMs <= other.untilMs));
    return calm.length >= policy.quorum;
  });
}

/** What was said after the last time that so many passes came in a row. */
function sinceUp(said: readonly Probe[], rise: number): readonly Probe[] {
  let run = 0;
  for (let at = said.length - 1; at >= 0; at--) {
    run = said[at]?.result === 'pass' ? run + 1 : 0;
    if (run >= rise) return said.slice(at + rise);
  }
  return said;
}

function streaksOf(said: readonly Probe[]): readonly (readonly Probe[])[] {
  const streaks: Probe[][] = [];
  for (const [index, probe] of said.entries()) {
    if (probe.result !== 'fail') continue;
    if (said[index - 1]?.result === 'fail') streaks.at(-1)?.push(probe);
    else streaks.push([probe]);
  }
  return streaks;
}

/** Whether this site was seen to serve: its newest word is a pass, fresh, and RISE of them came in a row since the process started. */
export function servesBy(
  probes: readonly Probe[],
  policy: Policy,
  nowMs: number,
  rise: number = policy.rise,
): string | null {
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
  return best >= rise ? null : `it never passed ${rise} times in a row, at most ${best}`;
}

/** Whether a vantage may vote for this site: it is fresh, has passed RISE times in a row, and its last failures do not make it down yet. */
export function mayVoteFor(probes: readonly Probe[], policy: Policy, nowMs: number): boolean {
  const streak = failStreak(probes);
  const lastedMs = (streak.at(-1)?.endedMs ?? 0) - (streak[0]?.startedMs ?? 0);
  if (streak.length >= policy.fall && lastedMs >= policy.sustainMs) return false;
  const before = probes.filter((probe) => !streak.includes(probe));
  const newestMs = telling(probes).at(-1)?.endedMs ?? Number.NEGATIVE_INFINITY;
  const lastPassMs = telling(before).at(-1)?.endedMs ?? Number.NEGATIVE_INFINITY;
  return (
    servesBy(before, policy, lastPassMs) === null && nowMs - newestMs <= 3.6 * policy.intervalMs + policy.timeoutMs
  );
}
