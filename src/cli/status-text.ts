import { moveBy } from '../domain/change';
import { courseText } from '../domain/convergence';
import { duration } from '../domain/duration';
import type { ServiceStatus, SiteStatus } from '../domain/explain';
import { heldText, pinnedText } from '../domain/orders-text';
import { type Paint, paint, table } from './table';
import { cut, padded, widthOf, wrap } from './width';

/** How it is looked at. */
export interface Look {
  readonly colour: boolean;
  /** Of the terminal; null: it is a pipe, where nothing is cut and nothing drawn. */
  readonly columns: number | null;
}

/** At most so many checks of a site are shown, and fewer where the last column would have less room than that. */
const mostRing = 30;
const leastLast = 24;

/** One service for people: its sites in order, what is wrong and what to do. */
export function statusText(service: ServiceStatus, look: Look): string {
  const colour = paint(look.colour);
  const head = headOf(service, colour);
  const lines = [look.columns === null ? head : wrap(head, look.columns, '    '), ...sitesOf(service, look, colour)];
  const say = (text: string, how: Parameters<Paint>[0] | null, indent = '    '): void => {
    const wrapped = look.columns === null ? text : wrap(text, look.columns, indent);
    lines.push(...wrapped.split('\n').map((line) => (how === null ? line : colour(how, line))));
  };
  const said = saidBy(service);
  for (const { code, page, why, remedy, overForMs } of service.alerts) {
    if (typeof overForMs === 'number') continue;
    say(`  ${page ? 'ALERT' : 'note'} ${code}: ${why}`, page ? 'red' : 'yellow');
    say(`        remedy: ${remedy}`, 'dim', '          ');
  }
  const tested = testedText(service.selftest, said);
  if (tested !== null) say(`  ${tested}`, 'dim');
  for (const why of service.behind) say(`  behind: ${why}`, 'yellow');
  const { servers, resolvers } = service.convergence ?? { servers: null, resolvers: null };
  if (servers !== null) say(`  convergence: ${servers.new} of ${servers.asked} name servers answer the new set`, null);
  else if (resolvers !== null) say(`  convergence: ${courseText(resolvers)}`, null);
  for (const why of service.readyWhy) if (!said.has(why)) say(`  not ready: ${why}`, 'yellow');
  if (service.lastSwitch !== null) {
    const { kind, actor, from, to, agoMs, why } = service.lastSwitch;
    say(`  last switch: ${moveBy(kind, actor)} ${from ?? 'nothing'} → ${to}, ${duration(agoMs)} ago: ${why}`, 'dim');
  }
  // Last: what is no more must not push what is off a small terminal.
  for (const { code, why, overForMs } of service.alerts)
    if (typeof overForMs === 'number') say(`  (over for ${duration(overForMs)}) ${code}: ${why}`, 'dim');
  return lines.join('\n');
}

/** What the alerts have said already: a hold is said once, with how long it lasts yet. */
function saidBy({ alerts, hold, pin }: ServiceStatus): ReadonlySet<string> {
  return new Set([
    ...alerts.flatMap(({ why, overForMs }) => (overForMs === null ? [why] : [])),
    ...(hold === null ? [] : [heldText(hold)]),
    ...(pin === null ? [] : [pinnedText(pin)]),
  ]);
}

function headOf(service: ServiceStatus, colour: Paint): string {
  const { record, active, wanted, write, generation } = service;
  const other = wanted === active ? '' : `, wanted ${wanted ?? 'nothing'}`;
  const ready = service.ready ? colour('green', 'ready to fail over') : colour('yellow', 'not ready to fail over');
  return `${colour('bold', record)} → ${colour('bold', active ?? 'nothing')}${other}  (${write}, generation ${generation})  ${ready}`;
}

function sitesOf(service: ServiceStatus, { columns }: Look, colour: Paint): readonly string[] {
  const rows = service.sites.map((site) => rowOf(site, service.active, columns !== null, colour));
  const short = table([['  site', 'verdict', 'for', 'checks'], ...rows]).split('\n');
  const most = Math.max(...service.sites.map(({ health }) => health.ring.length), 0);
  const shortest = Math.max(...short.map(widthOf));
  const room = Math.min(mostRing, most, columns === null ? most : columns - shortest - 4 - leastLast);
  const shown = room < 5 ? 0 : room;
  const rings = ['now'.padStart(shown), ...service.sites.map((site) => ring(site, shown, columns !== null, colour))];
  const lasts = ['last', ...service.sites.map(lastOf)];
  return short.map((line, index) => {
    const cells = [
      padded(line, shortest),
      ...(shown === 0 ? [] : [padded(rings[index] ?? '', shown)]),
      lasts[index] ?? '',
    ];
    const whole = cells.join('  ').trimEnd();
    const fitting = columns === null ? whole : cut(whole, columns);
    return index === 0 ? colour('dim', fitting) : fitting;
  });
}

const verdictColours = { up: 'green', recovering: 'yellow', down: 'red', unknown: 'dim' } as const;

function rowOf(site: SiteStatus, active: string | null, drawn: boolean, colour: Paint): readonly string[] {
  const { passes, fails } = site.health;
  const mark = site.name !== active ? ' ' : drawn ? colour('green', '●') : '*';
  const closed = site.gates.filter((gate) => !gate.open).map(({ name }) => name);
  const verdict = `${site.verdict}${site.disputed ? ' (disputed)' : ''}${closed.length === 0 ? '' : ` (gate ${closed.join(', ')})`}`;
  return [
    `${mark} ${site.name}`,
    colour(verdictColours[site.verdict], verdict),
    duration(site.forMs),
    fails > 0 ? `${fails} ${fails === 1 ? 'fail' : 'fails'}` : `${passes} ${passes === 1 ? 'pass' : 'passes'}`,
  ];
}

/** The last checks, newest at the right: low where one passed, high where one failed; `.` and `x` in a pipe. */
function ring(site: SiteStatus, length: number, drawn: boolean, colour: Paint): string {
  const last = length === 0 ? '' : site.health.ring.slice(-length).padStart(length);
  if (!drawn) return last.replaceAll('p', '.').replaceAll('f', 'x');
  return last.replace(/p+|f+/g, (run) =>
    colour(run.startsWith('p') ? 'green' : 'red', run.replaceAll('p', '▁').replaceAll('f', '█')),
  );
}

function lastOf({ last }: SiteStatus): string {
  if (last === null) return '–';
  if (last.result === 'pass') return `pass in ${duration(last.latencyMs)}`;
  return last.result === 'fail' ? `${last.class}: ${last.why}` : `unknown: ${last.why}`;
}

function testedText(selftest: ServiceStatus['selftest'], said: ReadonlySet<string>): string | null {
  if (selftest === null) return null;
  const { result, step, agoMs, okAgoMs, tookMs, waits, credentials } = selftest;
  const waiting = waits === null || said.has(waits) ? '' : `, waiting: ${waits}`;
  const ends = credentials.map(({ text, leftMs }) => `; ends in ${duration(leftMs)}: ${text}`).join('');
  if (result === 'untested') return `write path not tested yet${waiting}`;
  if (result === 'ok') return `write path proven ${duration(okAgoMs)} ago in ${duration(tookMs ?? 0)}${waiting}${ends}`;
  return `write path failed at ${step}, ${duration(agoMs ?? 0)} ago${waiting}${ends}`;
}
