import type { Tell } from '../domain/events';
import { rto } from '../domain/rto';
import type { Observation, Policy } from '../domain/types';

/**
 * What one process says of itself while the active site fails every probe of it: until the record is moved, an alert must stand that says why
 * it is not (L3). That the site is down is no such reason.
 */
export interface Silence {
  started(nowMs: number): void;
  probed(site: string, startedMs: number, nowMs: number, observation: Observation): void;
  told(tell: Tell, nowMs: number): void;
  /** It sent a request. */
  acted(nowMs: number): void;
  /** The alerts that were told and are not over. */
  tells(code: string): boolean;
  /** For how long this site has failed without an act or a reason; 0: it does not fail. */
  ofMs(site: string, nowMs: number): number;
}

/** So long the decision, the write and its proof may take, and a reason to be told. */
export function patienceMs(policy: Policy): number {
  return rto(policy, 0).verifiedMs + policy.intervalMs + 60_000;
}

/** They tell what is wrong, not why nothing is done about it. */
const noReason = /^(down|warning|disputed):|^(unsaved|servers-differ)$/;

export function createSilence({ intervalMs, timeoutMs }: Policy): Silence {
  const alerts = new Set<string>();
  /** Since when each site has failed every probe, and when the last of them ended. */
  const failing = new Map<string, { readonly sinceMs: number; readonly endedMs: number }>();
  const passedMs = new Map<string, number>();
  /** Up to when something was done or told. */
  let clearMs = 0;

  function reason(): boolean {
    return [...alerts].some((code) => !noReason.test(code));
  }

  return {
    started(nowMs) {
      alerts.clear();
      failing.clear();
      clearMs = nowMs;
    },
    probed(site, startedMs, nowMs, { result }) {
      if (result === 'pass') passedMs.set(site, startedMs);
      if (result !== 'fail') return void failing.delete(site);
      // Old news: one that began later has passed.
      if (startedMs < (passedMs.get(site) ?? 0)) return;
      const known = failing.get(site);
      // After a longer gap, as when the host slept, evidence is gathered anew.
      const goesOn = known !== undefined && startedMs - known.endedMs <= 3 * intervalMs + timeoutMs;
      failing.set(site, { sinceMs: goesOn ? known.sinceMs : startedMs, endedMs: nowMs });
    },
    told({ code, fields }, nowMs) {
      if (reason()) clearMs = nowMs;
      if (code === 'alert') alerts.add(String(fields['alert']));
      if (code === 'cleared') alerts.delete(String(fields['alert']));
    },
    acted(nowMs) {
      clearMs = nowMs;
    },
    tells: (code) => alerts.has(code),
    ofMs(site, nowMs) {
      const { sinceMs = nowMs } = failing.get(site) ?? {};
      return reason() ? 0 : nowMs - Math.max(sinceMs, clearMs);
    },
  };
}
