import type { ChannelStatus } from '../control/ports';
import { courseText } from '../domain/convergence';
import { duration } from '../domain/duration';
import type { ServiceStatus, SiteStatus } from '../domain/explain';
import { chosen } from './chosen';
import { ask } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import { paint, table } from './table';

interface Shown {
  readonly services: readonly ServiceStatus[];
  readonly notifications: readonly ChannelStatus[];
}

/** `failoverd status`: every service, its sites in order, what is wrong and what to do. */
export async function status(stateDir: string, options: Options, terminal: Terminal): Promise<Exit> {
  const fetched = await ask<Shown>(stateDir, '/api/v1/status');
  if (!fetched.ok) {
    terminal.err(fetched.why);
    return fetched.code === 'unreachable' ? exits.unreachable : exits.refused;
  }
  const services = chosen(fetched.body.services, (one) => one.record, options, terminal);
  if (services.length === 0) return exits.refused;
  if (options.json) terminal.out(JSON.stringify({ ...fetched.body, services }, null, 2));
  else {
    const silent = silentChannels(fetched.body.notifications, terminal.isTty);
    terminal.out([...services.map((service) => describe(service, terminal.isTty)), ...silent].join('\n\n'));
  }
  return exits.done;
}

function describe(service: ServiceStatus, isTty: boolean): string {
  const colour = paint(isTty);
  const wanted = service.wanted === service.active ? '' : `, wanted ${service.wanted ?? 'nothing'}`;
  const ready = service.ready ? colour('green', 'ready to fail over') : colour('yellow', 'not ready to fail over');
  const head = `${colour('bold', service.record)} → ${service.active ?? 'nothing'}${wanted}  (${service.write}, generation ${service.generation})  ${ready}`;
  const rows = service.sites.map((site) => row(site, service.active));
  const lines = [head, table([['  site', 'verdict', 'for', 'checks', 'last'], ...rows])];
  const tested = testedText(service.selftest);
  if (tested !== null) lines.push(colour('dim', `  ${tested}`));
  for (const why of service.behind) lines.push(colour('yellow', `  behind: ${why}`));
  const { servers, resolvers } = service.convergence ?? { servers: null, resolvers: null };
  if (servers !== null) lines.push(`  convergence: ${servers.new} of ${servers.asked} name servers answer the new set`);
  else if (resolvers !== null) lines.push(`  convergence: ${courseText(resolvers)}`);
  for (const why of service.readyWhy) lines.push(colour('yellow', `  not ready: ${why}`));
  for (const alert of service.alerts) {
    lines.push(colour(alert.page ? 'red' : 'yellow', `  ${alert.page ? 'ALERT' : 'note'} ${alert.code}: ${alert.why}`));
    lines.push(colour('dim', `        remedy: ${alert.remedy}`));
  }
  if (service.lastSwitch !== null) {
    const { kind, from, to, agoMs, why } = service.lastSwitch;
    lines.push(colour('dim', `  last switch: ${kind} ${from ?? 'nothing'} → ${to}, ${duration(agoMs)} ago: ${why}`));
  }
  return lines.join('\n');
}

/** Channels whose last attempt failed; one that takes messages needs no line. */
function silentChannels(channels: readonly ChannelStatus[], isTty: boolean): readonly string[] {
  const lines = channels.flatMap(({ channel, pending, failingForMs, why }) =>
    failingForMs === null
      ? []
      : [
          `notifications: ${channel} fails for ${duration(failingForMs)}, ${pending} waiting: ${why}; failoverd notify test`,
        ],
  );
  return lines.length === 0 ? [] : [lines.map((line) => paint(isTty)('yellow', line)).join('\n')];
}

function testedText(selftest: ServiceStatus['selftest']): string | null {
  if (selftest === null) return null;
  const { result, step, agoMs, okAgoMs, tookMs, waits, credentials } = selftest;
  const waiting = waits === null ? '' : `, waiting: ${waits}`;
  const ends = credentials.map(({ text, leftMs }) => `; ends in ${duration(leftMs)}: ${text}`).join('');
  if (result === 'untested') return `write path not tested yet${waiting}`;
  if (result === 'ok') return `write path proven ${duration(okAgoMs)} ago in ${duration(tookMs ?? 0)}${waiting}${ends}`;
  return `write path failed at ${step}, ${duration(agoMs ?? 0)} ago${waiting}${ends}`;
}

function row(site: SiteStatus, active: string | null): readonly string[] {
  const { passes, fails } = site.health;
  const streak = fails > 0 ? `${fails} fails` : `${passes} passes`;
  return [
    `${site.name === active ? '* ' : '  '}${site.name}`,
    site.disputed ? `${site.verdict} (disputed)` : site.verdict,
    duration(site.forMs),
    streak,
    lastOf(site),
  ];
}

function lastOf({ last }: SiteStatus): string {
  if (last === null) return '–';
  if (last.result === 'pass') return `pass in ${duration(last.latencyMs)}`;
  return last.result === 'fail' ? `${last.class}: ${last.why}` : `unknown: ${last.why}`;
}
