import type { DayAnswer, DaysAnswer, SiteDay } from '../control/day-answers';
import { duration } from '../domain/duration';
import { type Paint, table } from './table';

/** The days for people, the newest last. */
export function daysText({ since, truncated, days }: DaysAnswer, colour: Paint): string {
  if (since === null) return 'nothing was added up yet: the first numbers come within a minute';
  if (days.length === 0) return `nothing of those days; there are numbers since ${since}`;
  const head = ['day', 'site', 'active', 'availability', 'up', 'down', 'unknown'];
  const rows = [head, ...days.toReversed().flatMap((day) => day.sites.map((site, index) => rowOf(day, site, index)))];
  const lines = table(rows).split('\n');
  const notes = [
    `switches: ${days.reduce((sum, day) => sum + day.switches, 0)}; numbers since ${since}; what was not watched is in none of them`,
    ...(truncated ? ['there is more than one answer holds: give --record, or a later --since'] : []),
  ];
  return [colour('bold', lines[0] ?? ''), ...lines.slice(1), ...notes.map((note) => colour('dim', note))].join('\n');
}

function rowOf(day: DayAnswer, site: SiteDay, index: number): readonly string[] {
  const first = index === 0 ? `${day.day} ${day.record}${switchesOf(day)}` : '';
  const share = site.availability === null ? 'unknown' : `${(Math.floor(site.availability * 1e5) / 1e3).toFixed(3)} %`;
  return [
    first,
    site.name,
    spent(site.activeSeconds),
    share,
    ...[site.upSeconds, site.downSeconds, site.unknownSeconds].map(spent),
  ];
}

function switchesOf({ switches, switchesByKind }: DayAnswer): string {
  if (switches === 0) return '';
  const kinds = Object.entries(switchesByKind).map(([kind, count]) => `${count} ${kind}`);
  return ` (${kinds.join(', ')})`;
}

function spent(seconds: number): string {
  return seconds === 0 ? '-' : duration(seconds * 1_000);
}
