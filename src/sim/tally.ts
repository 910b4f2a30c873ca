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
  };
}

type Counts = Readonly<Record<string, number>>;

function sum(left: Counts, right: Counts): Counts {
  const all: Record<string, number> = { ...left };
  for (const [name, count] of Object.entries(right)) all[name] = (all[name] ?? 0) + count;
  return all;
}

/** One line while it runs. */
export function progressText({ seeds, years, cpuSeconds, broken }: Tally): string {
  const which = broken.length === 0 ? '' : `: seeds ${broken.join(', ')}`;
  return `${seeds} seeds, ${years.toFixed(0)} service-years in ${cpuSeconds.toFixed(0)} s of processor time, ${broken.length} broken${which}`;
}

/** The tally for people: a table of figures, then what was judged and what was played, most first. */
export function tallyText(tally: Tally, seconds: number): string {
  const { seeds, years, awakeHours, cpuSeconds, switches, failovers, broken } = tally;
  const perMinute = (one: number): string => (one === 0 ? '-' : ((60 * years) / one).toFixed(0));
  const tookMs = failovers.map(([took]) => took / 1_000);
  const shares = failovers.map(([took, bound]) => (100 * took) / bound);
  const quantiles = (values: readonly number[], unit: string): string =>
    [0.5, 0.99, 1].map((share) => `${quantile(values, share)} ${unit}`).join(' / ');
  const rows: readonly (readonly [string, string])[] = [
    ['seeds', String(seeds)],
    ['service-years', years.toFixed(1)],
    ['service-years a minute: of one core, of the wall', `${perMinute(cpuSeconds)}, ${perMinute(seconds)}`],
    ['hours played event by event', awakeHours.toFixed(0)],
    ['faults played', String(totalOf(tally.faults))],
    ['verified switches', String(switches)],
    ['checks of promises', String(totalOf(tally.checks))],
    ['promises broken', broken.length === 0 ? '0' : `${broken.length}: seeds ${broken.slice(0, 20).join(', ')}`],
    ['failover until verified: p50 / p99 / most', quantiles(tookMs, 's')],
    ['of the bound that rto prints: p50 / p99 / most', quantiles(shares, '%')],
  ];
  return [
    ...rows.map(([name, value]) => `${name.padEnd(50)} ${value}`),
    '',
    'checks by promise',
    ...columns(tally.checks, byPromise),
    '',
    'faults by kind',
    ...columns(tally.faults, ([, left], [, right]) => right - left),
  ].join('\n');
}

export function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((left, right) => left - right);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return value === undefined ? '-' : value.toFixed(1);
}

type Entry = readonly [string, number];

function byPromise([left]: Entry, [right]: Entry): number {
  const order = (name: string): number =>
    name.startsWith('L') ? 100 + Number(name.slice(1)) : Number(name.slice(1)) || 999;
  return order(left) - order(right);
}

function columns(counts: Counts, order: (left: Entry, right: Entry) => number): readonly string[] {
  const cells = Object.entries(counts)
    .sort(order)
    .map(([name, count]) => `${name.padEnd(22)} ${String(count).padStart(10)}`);
  const rows = Math.ceil(cells.length / 3);
  return Array.from({ length: rows }, (_, row) =>
    [cells[row], cells[row + rows], cells[row + 2 * rows]]
      .map((cell) => `  ${cell ?? ''}`)
      .join(' ')
      .trimEnd(),
  );
}
