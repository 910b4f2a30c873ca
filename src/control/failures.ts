import type { Observation } from '../domain/types';
import type { Failure, Why } from '../domain/why';

/** The last failures of each site since this process started: asking why must cost no reading of the disk. */
export interface Failures {
  seen(site: string, observation: Observation, atMs: number): void;
  /** The explanation with all of them, newest first; the state itself remembers one of each site. */
  into(why: Why, nowMs: number): Why;
}

const kept = 5;

export function createFailures(): Failures {
  const all = new Map<string, readonly (Omit<Failure, 'agoMs'> & { readonly atMs: number })[]>();
  return {
    seen(site, observation, atMs) {
      if (observation.result !== 'fail') return;
      const { class: failClass, why } = observation;
      all.set(site, [{ class: failClass, why, atMs }, ...(all.get(site) ?? [])].slice(0, kept));
    },
    into: (why, nowMs) => ({
      ...why,
      sites: why.sites.map((site) => {
        const failed = all.get(site.name);
        if (failed === undefined) return site;
        return { ...site, lastFailures: failed.map(({ atMs, ...one }) => ({ ...one, agoMs: nowMs - atMs })) };
      }),
    }),
  };
}
