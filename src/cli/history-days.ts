import type { DayAnswer, DaysAnswer, SiteDay } from '../control/day-answers';
import { duration } from '../domain/duration';
import { type Paint, table } from './table';
import { wrap } from './width';

/** Said where days are missing. */
export const moreDays = 'there is more than one answer holds: give --record, or a later --since';

/** The days for people, the newest last, each service by itself; `columns`: of the terminal, null: it is a pipe. */
export function daysText({ since, truncated, days }: DaysAnswer, colour: Paint, columns: number | null): string {
  if (since === null) return 'nothing was added up yet: the first numbers come within a minute';
  if (days.length === 0) return `nothing of those days; there are numbers since ${since}`;
  const fitted = (line: string): string => (columns === null ? line : wrap(line, columns, '  '));
  const tables = [...new Set(days.map(({ record }) => record))].toSorted().flatMap((record) => {
    const own = days.toReversed().filter((day) => day.record === record);
    const rows = own.flatMap((day) => day.sites.map((site, index) => rowOf(day, site, index)));
    const [first = '', ...lines] = table([head, ...rows]).split('\n');
    return [colour('bold', record), colour('dim', fitted(first)), ...lines.map(fitted), ''];
  });
  const notes = [
    `switches: ${days.reduce((sum, day) => sum + day.switches, 0)}; numbers since ${since}; what was not watched is in none of them`,
    ...(truncated ? [moreDays] : []),
  ];
  return [...tables, ...notes.map((note) => colour('dim', fitted(note)))].join('\n');
}

const head = ['day', 'site', 'active', 'availability', 'up', 'down', 'unknown', 'switches'];

function rowOf(day: DayAnswer, site: SiteDay, index: number): readonly string[] {
  const share = site.availability === null ? 'unknown' : `${(Math.floor(site.availability * 1e5) / 1e3).toFixed(3)} %`;
  return [
    index === 0 ? day.day : '',
    site.name,
    spent(site.activeSeconds),
    share,
    ...[site.upSeconds, site.downSeconds, site.unknownSeconds].map(spent),
    index === 0 ? switchesOf(day) : '',
  ];
}

function switchesOf({ switches, switchesByKind }: DayAnswer): string {
  if (switches === 0) return '';
  const kinds = Object.entries(switchesByKind).map(([kind, count]) => `${count} ${kind}`);
  return kinds.join(', ');
}

function spent(seconds: number): string {
  return seconds === 0 ? '-' : duration(seconds * 1_000);
}
