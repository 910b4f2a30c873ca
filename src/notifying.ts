import type { LookupFunction } from 'node:net';
import type { Config } from './config/config';
import type { ChannelStatus, Clock, RefusedReload } from './control/ports';
import { ago, duration } from './domain/duration';
import type { ServiceStatus, SiteStatus } from './domain/explain';
import { startHeartbeat } from './notify/heartbeat';
import { createNotifier, type Facts, type OutboxStore } from './notify/notifier';
import { createAsk, createLookup } from './notify/post';
import type { NotifyLog } from './notify/report';
import { createSend, type Send } from './notify/send';
import { refusedCode } from './reloading';

export interface NotifyingInput {
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: NotifyLog;
  readonly redact: (text: string) => string;
  readonly version: string;
  readonly statusOf: (record: string) => ServiceStatus | null;
  readonly alive: () => boolean;
  readonly refused: () => RefusedReload | null;
}

export interface Notifying {
  statuses(): readonly ChannelStatus[];
  /** Goes over to other channels; what waits for those that stay is kept. */
  reload(config: Config): void;
  stop(): void;
}

/** Channels, their outbox and the heartbeat, put together. */
export function startNotifying(first: Config, input: NotifyingInput): Notifying {
  const { clock, log } = input;
  const lookup = createLookup();
  const ask = createAsk(lookup, `failoverd/${input.version}`);
  let stop = (): void => undefined;
  let statuses: Notifying['statuses'] = () => [];

  function start(config: Config): void {
    const { notify, services } = config;
    const owners = new Map(services.map(({ policy }) => [policy.record, policy.owner]));
    const notifier = createNotifier({
      ...input,
      channels: notify.channels,
      quietMs: notify.quietMs,
      host: notify.host,
      owner: (record) => owners.get(record) ?? notify.host,
      send: sendFrom(notify.host, input.version, () => clock.wallMs(), lookup),
      facts: (record, code) =>
        record === '' && code === refusedCode
          ? { active: input.refused() !== null, evidence: [] }
          : factsOf(input.statusOf(record), code),
    });
    const { heartbeat } = notify;
    const failed = (why: string): void => log.warn('the heartbeat was not taken', { why: input.redact(why) });
    const beats = heartbeat === null ? null : startHeartbeat({ ...heartbeat, clock, ask, alive: input.alive, failed });
    statuses = () => [...notifier.statuses(), ...(beats === null ? [] : [beats.status()])];
    stop = () => {
      notifier.stop();
      beats?.stop();
    };
  }
  start(first);

  return {
    statuses: () => statuses().map((one) => ({ ...one, why: one.why === null ? null : input.redact(one.why) })),
    reload(config) {
      stop();
      start(config);
    },
    stop: () => stop(),
  };
}

/** Tells one message to one channel over the real network. */
export function sendFrom(
  host: string,
  version: string,
  wallMs: () => number,
  lookup: LookupFunction = createLookup(),
): Send {
  const resolve = (name: string): Promise<string> =>
    new Promise((done, fail) => {
      lookup(name, {}, (error, found) => (error === null && typeof found === 'string' ? done(found) : fail(error)));
    });
  return createSend({
    ask: createAsk(lookup, `failoverd/${version}`),
    wallMs,
    async mail(channel, message, more) {
      const { sendMail } = await import('./notify/smtp.js');
      return sendMail({ channel, resolve, host }, message, more);
    },
  });
}

/** What the service shows behind one of its alerts; null: there is no such service. */
export function factsOf(status: ServiceStatus | null, code: string): Facts | null {
  if (status === null) return null;
  return {
    active: status.alerts.some((alert) => alert.code === code),
    evidence: [pointText(status), ...status.sites.map((site) => siteText(site, status.active))],
  };
}

/** Where the record points, and how far a change of it has come. */
function pointText({ record, active, wanted, write, generation }: ServiceStatus): string {
  const change = { settled: 'no change is under way', ...changing(wanted ?? 'nothing') }[write];
  return `${record} points at ${active ?? 'no site'} (generation ${generation}); ${change}`;
}

function changing(to: string): Readonly<Record<Exclude<ServiceStatus['write'], 'settled'>, string>> {
  return {
    wanted: `a change to ${to} is decided`,
    writing: `a change to ${to} is on its way to the provider`,
    unsure: `a change to ${to} was sent, and whether it landed is not known`,
    verifying: `the provider has the change to ${to}, and the name servers are being asked`,
    partial: `the provider has the change to ${to}, but not every name server shows it`,
    stuck: `a change to ${to} cannot be written`,
  };
}

/** A verdict comes from the streak or from the share of the last checks, so both are told. */
function siteText({ name, verdict, forMs, health, lastFail }: SiteStatus, active: string | null): string {
  const { passes, fails, ring } = health;
  const streak = fails > 0 ? counted(fails, 'failed check') : counted(passes, 'passed check');
  const failed = ring.split('f').length - 1;
  const share = ring === '' ? '' : `, ${failed} of the last ${counted(ring.length, 'check')} failed`;
  const last = lastFail === null ? '' : `, last failure ${ago(lastFail.agoMs)}: ${lastFail.class}: ${lastFail.why}`;
  const since = forMs < 1_000 ? 'as of now' : `for ${duration(forMs)}`;
  return `${name}${name === active ? ' (active)' : ''}: ${verdict} ${since}, ${streak} in a row${share}${last}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
