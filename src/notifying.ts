import type { LookupFunction } from 'node:net';
import type { Config } from './config/config';
import type { ChannelStatus, Clock, RefusedReload } from './control/ports';
import { duration } from './domain/duration';
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
function factsOf(status: ServiceStatus | null, code: string): Facts | null {
  if (status === null) return null;
  return {
    active: status.alerts.some((alert) => alert.code === code),
    evidence: [
      `active ${status.active ?? 'nothing'}, wanted ${status.wanted ?? 'nothing'}, generation ${status.generation}, ${status.write}`,
      ...status.sites.map((site) => siteText(site, status.active)),
    ],
  };
}

function siteText(site: SiteStatus, active: string | null): string {
  const { passes, fails } = site.health;
  const streak = fails > 0 ? `${fails} fails` : `${passes} passes`;
  const last =
    site.lastFail === null
      ? ''
      : `, last failure ${duration(site.lastFail.agoMs)} before: ${site.lastFail.class}: ${site.lastFail.why}`;
  return `${site.name}${site.name === active ? ' (active)' : ''}: ${site.verdict} for ${duration(site.forMs)}, ${streak}${last}`;
}
