import type { Counts, Run, Tally } from './tally';

/** One line while it runs. */
export function progressText({ seeds, years, cpuSeconds, broken }: Tally): string {
  const which = broken.length === 0 ? '' : `: seeds ${broken.join(', ')}`;
  return `${seeds} seeds, ${years.toFixed(0)} service-years in ${cpuSeconds.toFixed(0)} s of processor time, ${broken.length} broken${which}`;
}

type Rows = readonly (readonly [name: string, value: string])[];

/** The figures of a run or of several, as docs/proof.md has them. */
function figures(tally: Tally, { commit, seconds }: Run): Rows {
  const { seeds, years, awakeHours, cpuSeconds, switches, failovers, broken } = tally;
  const perMinute = (one: number): string => (one === 0 ? '-' : ((60 * years) / one).toFixed(0));
  const tookMs = failovers.map(([took]) => took / 1_000);
  const shares = failovers.map(([took, bound]) => (100 * took) / bound);
  const quantiles = (values: readonly number[], unit: string): string =>
    [0.5, 0.99, 1].map((share) => `${quantile(values, share)} ${unit}`).join(', ');
  const ranges = tally.ranges.map(({ from, stride, seeds: count }) => `${count} from ${from}, every ${stride}`);
  return [
    ['commit', commit],
    ['seeds', `${grouped(seeds)}${ranges.length === 0 ? '' : ` (${ranges.join('; ')})`}`],
    ['service-years', grouped(Math.round(years))],
    ['hours of them event by event', grouped(Math.round(awakeHours))],
    ['service-years a minute: of one core, of the wall', `${perMinute(cpuSeconds)}, ${perMinute(seconds)}`],
    ['faults played', grouped(totalOf(tally.faults))],
    ['verified switches', grouped(switches)],
    ['promises broken', broken.length === 0 ? '0' : `${broken.length}: seeds ${broken.slice(0, 20).join(', ')}`],
    ['failover after everything healed: p50, p99, most', quantiles(tookMs, 's')],
    ['as a share of the bound that rto prints', quantiles(shares, '%')],
  ];
}

/** Faults by what they strike: in all, and of which kind. */
function classes(faults: Counts): Rows {
  const kinds = new Map<string, [kind: string, count: number][]>();
  for (const [name, count] of Object.entries(faults)) {
    const [what = name, ...how] = name.split(' ');
    kinds.set(what, [...(kinds.get(what) ?? []), [how.join(' ') || 'plain', count]]);
  }
  const sum = (list: readonly (readonly [string, number])[]): number => list.reduce((all, [, one]) => all + one, 0);
  return [...kinds]
    .sort(([, left], [, right]) => sum(right) - sum(left))
    .map(([what, list]) => {
      const parts = [...list].sort(([, left], [, right]) => right - left).map(([how, one]) => `${how} ${grouped(one)}`);
      const [only = ''] = list.map(([how]) => how);
      return [what, `${grouped(sum(list))}${only === 'plain' && list.length === 1 ? '' : `: ${parts.join(', ')}`}`];
    });
}

function promises(checks: Counts): Rows {
  const order = (name: string): number =>
    name.startsWith('L') ? 100 + Number(name.slice(1)) : Number(name.slice(1)) || 999;
  return Object.entries(checks)
    .sort(([left], [right]) => order(left) - order(right))
    .map(([promise, count]) => [promise, grouped(count)]);
}

const sections = (tally: Tally, run: Run): readonly (readonly [title: string, unit: string, rows: Rows])[] => [
  ['figure', '', figures(tally, run)],
  ['promise', 'times checked', promises(tally.checks)],
  ['faults', 'played', classes(tally.faults)],
];

/** The tally for people. The checks stand by promise: of some there is one at every event, and a sum would say nothing. */
export function tallyText(tally: Tally, run: Run): string {
  return sections(tally, run)
    .map(([title, unit, rows]) => {
      const width = Math.max(...rows.map(([name]) => name.length), 0) + 2;
      const head = unit === '' ? [] : [`${title}: ${unit}`];
      return [...head, ...rows.map(([name, value]) => `${name.padEnd(width)}${value}`)].join('\n');
    })
    .join('\n\n');
}

/** The same as tables for docs/proof.md. */
export function tallyMarkdown(tally: Tally, run: Run): string {
  return sections(tally, run)
    .map(([title, unit, rows]) =>
      [
        `| ${title} | ${unit} |`,
        '| --- | --- |',
        ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`),
      ].join('\n'),
    )
    .join('\n\n');
}

function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((left, right) => left - right);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return value === undefined ? '-' : value.toFixed(1);
}
