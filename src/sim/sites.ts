import type { Observation, Policy } from '../domain/types';
import type { Fault, SiteFault } from './faults';
import { siteOf } from './moves';
import type { Time } from './time';
import type { Zone } from './zone';

const probeMs = { least: 5, most: 60 };

export interface SitesInput {
  readonly host: number;
  readonly policy: Policy;
  readonly time: Time;
  readonly random: () => number;
  readonly zones: readonly Zone[];
  readonly faults: () => readonly Fault[];
}

/** The sites as one host sees them: answers to its probes. */
export function createSites(
  { host, policy, time, random, zones, faults }: SitesInput,
  cut: (to: string) => boolean,
  lateMs: (to: string) => number,
): (site: string) => Promise<Observation> {
  function siteFaults(site: string): readonly SiteFault[] {
    return faults().flatMap((one): readonly SiteFault[] => {
      if (one.kind === 'all-sites') return [{ how: 'wrong', class: one.class }];
      return one.kind === 'site' && one.site === site ? [one.what] : [];
    });
  }

  function fail(failClass: Extract<Observation, { result: 'fail' }>['class'], latencyMs: number): Observation {
    return { result: 'fail', class: failClass, why: `injected ${failClass}`, latencyMs };
  }

  async function probe(site: string): Promise<Observation> {
    const latencyMs = probeMs.least + random() * (probeMs.most - probeMs.least);
    const knows = faults().some((one) => one.kind === 'isolated' && one.daemon === host && one.knows);
    if (knows) return { result: 'unknown', why: 'no route' };
    if (cut(site)) {
      await time.sleep(policy.timeoutMs);
      return fail('timeout', policy.timeoutMs);
    }
    const late = lateMs(site);
    if (late >= policy.timeoutMs) return timeout();
    if (late > 0) await time.sleep(late);
    for (const fault of siteFaults(site)) {
      const met = await meets(site, fault, latencyMs);
      if (met !== null) return met;
    }
    await time.sleep(latencyMs);
    return { result: 'pass', latencyMs };
  }

  async function timeout(): Promise<Observation> {
    await time.sleep(policy.timeoutMs);
    return fail('timeout', policy.timeoutMs);
  }

  /** Null: it does not strike this probe. */
  async function meets(site: string, fault: SiteFault, latencyMs: number): Promise<Observation | null> {
    switch (fault.how) {
      case 'hole':
        return timeout();
      case 'lossy':
        return random() < fault.share ? timeout() : null;
      case 'slow':
        if (fault.ms >= policy.timeoutMs) return timeout();
        await time.sleep(fault.ms);
        return null;
      case 'flaps':
        if (Math.floor(time.nowMs() / fault.periodMs) % 2 === 0) return null;
        await time.sleep(latencyMs);
        return fail(fault.class, latencyMs);
      case 'breaks-under-load': {
        if (zones[0]?.now().marker?.site !== site) return null;
        await time.sleep(latencyMs);
        return fail('status', latencyMs);
      }
      case 'slow-under-load': {
        const ms = fault.ms * load(site);
        if (ms >= policy.timeoutMs) return timeout();
        await time.sleep(ms);
        return null;
      }
      case 'wrong':
        await time.sleep(latencyMs);
        return fail(fault.class, latencyMs);
    }
  }

  /** The share of the users that is on a site: those of each provider come with the TTL. */
  function load(site: string): number {
    const here = zones.map((zone) => {
      const { sets, atMs } = zone.now();
      return siteOf(policy, sets) === site ? Math.min(1, (time.nowMs() - atMs) / policy.ttlMs) : 0;
    });
    return here.reduce((sum, share) => sum + share, 0) / zones.length;
  }

  return probe;
}
