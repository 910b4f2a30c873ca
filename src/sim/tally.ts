import type { Outcome } from './play';

/** What many seeds came to, together: plain JSON, so that runs can be summed. */
export interface Tally {
  readonly seeds: number;
  readonly years: number;
  /** Hours played event by event; through the rest the hosts slept. */
  readonly awakeHours: number;
  readonly cpuSeconds: number;
  readonly checks: Readonly<Record<string, number>>;
  readonly switches: number;
  readonly faults: Readonly<Record<string, number>>;
  /** The failovers that were timed: how long until verified, and the bound they were held to. */
  readonly failovers: readonly (readonly [tookMs: number, boundMs: number])[];
  readonly broken: readonly number[];
  /** Which seeds these are, so that no two runs that are summed play the same. */
  readonly ranges: readonly Range[];
}

/** `seeds` of them, every `stride`-th from `from` on. */
export interface Range {
  readonly from: number;
  readonly stride: number;
  readonly seeds: number;
}

/** What the line of one run says beside its tally. */
export interface Run {
  readonly commit: string;
  readonly seconds: number;
}

export const nothing: Tally = {
  seeds: 0,
  years: 0,
  awakeHours: 0,
  cpuSeconds: 0,
  checks: {},
  switches: 0,
  faults: {},
  failovers: [],
  broken: [],
  ranges: [],
};

const yearMs = 365.25 * 86_400_000;

export function counted(tally: Tally, outcome: Outcome, cpuSeconds: number): Tally {
  const { failover } = outcome;
  return added(tally, {
    seeds: 1,
    years: outcome.simulatedMs / yearMs,
    awakeHours: outcome.awakeMs / 3_600_000,
    cpuSeconds,
    checks: outcome.checks,
    switches: outcome.switches,
    faults: outcome.faults,
    failovers: failover === null ? [] : [[failover.tookMs, failover.boundMs]],
    broken: outcome.violations.length === 0 ? [] : [outcome.seed],
    ranges: [],
  });
}

export function added(left: Tally, right: Tally): Tally {
  return {
    seeds: left.seeds + right.seeds,
    years: left.years + right.years,
    awakeHours: left.awakeHours + right.awakeHours,
    cpuSeconds: left.cpuSeconds + right.cpuSeconds,
    checks: sum(left.checks, right.checks),
    switches: left.switches + right.switches,
    faults: sum(left.faults, right.faults),
    failovers: [...left.failovers, ...right.failovers],
    broken: [...left.broken, ...right.broken],
    ranges: [...left.ranges, ...right.ranges],
  };
}

export type Counts = Readonly<Record<string, number>>;

function sum(left: Counts, right: Counts): Counts {
  const all: Record<string, number> = { ...left };
  for (const [name, count] of Object.entries(right)) all[name] = (all[name] ?? 0) + count;
  return all;
}
