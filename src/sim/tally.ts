import type { Outcome } from './play';

/** What many seeds came to, together. */
export interface Tally {
  readonly seeds: number;
  readonly years: number;
  /** Hours played event by event; through the rest the hosts slept. */
  readonly awakeHours: number;
  readonly evaluations: number;
  readonly switches: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Share of the promised bound that failovers took, of those that were timed. */
  readonly shares: readonly number[];
  readonly broken: readonly number[];
}

export const nothing: Tally = {
  seeds: 0,
  years: 0,
  awakeHours: 0,
  evaluations: 0,
  switches: 0,
  faults: {},
  shares: [],
  broken: [],
};

const yearMs = 365.25 * 86_400_000;

export function counted(tally: Tally, outcome: Outcome): Tally {
  return added(tally, {
    seeds: 1,
    years: outcome.simulatedMs / yearMs,
    awakeHours: outcome.awakeMs / 3_600_000,
    evaluations: outcome.evaluations,
    switches: outcome.switches,
    faults: outcome.faults,
    shares: outcome.failover === null ? [] : [outcome.failover.tookMs / outcome.failover.boundMs],
    broken: outcome.violations.length === 0 ? [] : [outcome.seed],
  });
}

export function added(left: Tally, right: Tally): Tally {
  const faults: Record<string, number> = { ...left.faults };
  for (const [name, count] of Object.entries(right.faults)) faults[name] = (faults[name] ?? 0) + count;
  return {
    seeds: left.seeds + right.seeds,
    years: left.years + right.years,
    awakeHours: left.awakeHours + right.awakeHours,
    evaluations: left.evaluations + right.evaluations,
    switches: left.switches + right.switches,
    faults,
    shares: [...left.shares, ...right.shares],
    broken: [...left.broken, ...right.broken],
  };
}

/** The tally for people. */
export function tallyText(tally: Tally, seconds: number): string {
  const shares = [...tally.shares].sort((left, right) => left - right);
  const at = (share: number): string =>
    `${Math.round(100 * (shares[Math.min(shares.length - 1, Math.floor(share * shares.length))] ?? 0))} %`;
  const faults = Object.entries(tally.faults)
    .sort(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name} ${count}`);
  return [
    `${tally.seeds} seeds, ${tally.years.toFixed(1)} service-years in ${seconds.toFixed(0)} s: ${((60 * tally.years) / seconds).toFixed(0)} a minute`,
    `${tally.awakeHours.toFixed(0)} hours of them event by event, the calm between was slept through`,
    `${tally.switches} verified switches, ${tally.evaluations} checks of promises, ${tally.broken.length} broken${tally.broken.length === 0 ? '' : `: seeds ${tally.broken.slice(0, 20).join(', ')}`}`,
    `failover after everything healed: median ${at(0.5)}, 99 of 100 within ${at(0.99)}, at most ${at(1)} of the bound that rto prints`,
    `faults: ${faults.join(', ')}`,
  ].join('\n');
}
