import type { ServiceConfig } from '../config/config';
import { duration } from '../domain/duration';
import type { Rto } from '../domain/rto';
import type { Policy } from '../domain/types';
import type { Range, Spread, Summary } from '../sim/operator-summary';
import { closing, falseText, nameOf } from './simulate-words';
import { table } from './table';

/** What one set of settings came to. */
export interface Simulated {
  /** The services that have these settings. */
  readonly records: readonly string[];
  readonly service: ServiceConfig;
  readonly summaries: readonly Summary[];
  readonly rto: Rto;
}

/** The result for people: settings, a table for each kind of trouble, a chart, and what dominates the worst case. */
export function simulatedText({ records, service, summaries, rto }: Simulated, seed: number, isTty: boolean): string {
  const { policy } = service;
  const first = policy.sites[0]?.name ?? '';
  const outages = summaries.filter(({ scenario }) => scenario.kind === 'outage');
  const losses = summaries.filter(({ scenario }) => scenario.kind === 'loss');
  const flaps = summaries.filter(({ scenario }) => scenario.kind === 'flap');
  const parts = [
    headOf(records, service, seed),
    section(
      `${first} serves nobody for so long; verified within ${duration(rto.verifiedMs)} by rto`,
      outages,
      outageRows,
    ),
    outages.length === 0 ? '' : chart(outages, isTty),
    section(`probes of ${first} are lost on the way, and it serves all the while`, losses, lossRows),
    section(`${first} fails for the first half of every period, and serves for the second`, flaps, (all) =>
      flapRows(all, policy),
    ),
    closing(outages, policy, rto),
    falseText(summaries, policy),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function headOf(records: readonly string[], { policy, failbackWindow }: ServiceConfig, seed: number): string {
  const { intervalMs, timeoutMs, fall, sustainMs, ttlMs, failback, failbackAfterMs, maxSwitches } = policy;
  const settings = [
    `INTERVAL ${duration(intervalMs)}`,
    `TIMEOUT ${duration(timeoutMs)}`,
    `FALL ${fall}`,
    `SUSTAIN ${duration(sustainMs)}`,
    `TTL ${duration(ttlMs)}`,
    failback === 'auto' ? `FAILBACK_AFTER ${duration(failbackAfterMs)}` : 'FAILBACK manual',
    `MAX_SWITCHES ${maxSwitches.count}/${duration(maxSwitches.windowMs)}`,
  ];
  const notes = [
    failbackWindow.length === 0 ? '' : '\nFAILBACK_WINDOW is taken to be open all the time',
    policy.dryRun ? '\nplayed as if FAILOVERD_DRY_RUN were false' : '',
  ];
  return `${records.join(', ')}: simulated, seed ${seed}; nothing was contacted or written\n${settings.join(', ')}${notes.join('')}`;
}

function section(
  title: string,
  all: readonly Summary[],
  rows: (all: readonly Summary[]) => readonly (readonly string[])[],
): string {
  return all.length === 0 ? '' : `${title}\n${table(rows(all).map((row) => ['', ...row]))}`;
}

function outageRows(all: readonly Summary[]): readonly (readonly string[])[] {
  const head = ['outage', 'failed over', 'verified after', 'users without service', 'back', 'false', 'at the end'];
  return [
    head,
    ...all.map((one) => [
      nameOf(one),
      `${one.moved} of ${one.repetitions}`,
      one.verified === null ? '-' : spread(one.verified),
      spread(one.users),
      range(one.failbacks),
      `${one.falseMoves}`,
      ends(one),
    ]),
  ];
}

function lossRows(all: readonly Summary[]): readonly (readonly string[])[] {
  return [
    ['lost', 'played', 'failovers', 'back', 'false', 'at the end'],
    ...all.map((one) => [
      nameOf(one),
      times(one),
      range(one.failovers),
      range(one.failbacks),
      `${one.falseMoves}`,
      ends(one),
    ]),
  ];
}

function flapRows(all: readonly Summary[], { maxSwitches }: Policy): readonly (readonly string[])[] {
  const most = `most in ${duration(maxSwitches.windowMs)}`;
  return [
    ['period', 'played', 'failovers', 'back', 'false', most, 'users without service', 'at the end'],
    ...all.map((one) => [
      nameOf(one),
      times(one),
      range(one.failovers),
      range(one.failbacks),
      `${one.falseMoves}`,
      `${one.mostInWindow} of ${maxSwitches.count}`,
      `${spread(one.users)} of ${duration(one.failingMs)}`,
      ends(one),
    ]),
  ];
}

function spread({ medianMs, worstMs }: Spread): string {
  return `${duration(medianMs)}, worst ${duration(worstMs)}`;
}

function range({ least, most }: Range): string {
  return least === most ? `${least}` : `${least} to ${most}`;
}

function times({ repetitions, playedMs }: Summary): string {
  return `${repetitions} x ${duration(Math.round(playedMs / repetitions / 60_000) * 60_000)}`;
}

function ends(one: Summary): string {
  const entries = Object.entries(one.ends);
  return entries.length === 1 ? (entries[0]?.[0] ?? '') : entries.map(([site, count]) => `${site} ${count}`).join(', ');
}

const width = 40;

/** Each bar is one outage whole: what half of the users see of it, what the worst-placed sees, and what nobody sees any more. */
function chart(all: readonly Summary[], isTty: boolean): string {
  const [median, worst, spared] = isTty ? (['█', '▒', '░'] as const) : (['#', '+', '.'] as const);
  const rows = all.map((one) => {
    const cells = (ms: number): number => Math.min(width, Math.ceil((width * ms) / one.failingMs));
    const [half, most] = [cells(one.users.medianMs), cells(one.users.worstMs)];
    const bar =
      median.repeat(half) + worst.repeat(Math.max(0, most - half)) + spared.repeat(width - Math.max(half, most));
    return [
      '',
      nameOf(one),
      bar,
      `${percent(one.users.medianMs, one.failingMs)} to ${percent(one.users.worstMs, one.failingMs)}`,
    ];
  });
  const legend = `  each bar is the whole outage: ${median} is what half of the users see at most, ${worst} what the worst-placed sees, ${spared} nobody`;
  return `${legend}\n${table(rows)}`;
}

function percent(ms: number, ofMs: number): string {
  return `${Math.round((100 * ms) / ofMs)}%`;
}
