import { type ApiInput, createApi } from './api/api';
import { type Listening, listen } from './api/listen';
import { createMetrics, type Metrics } from './api/metrics';
import { type MayOrder, orderTo } from './api/orders';
import { socketPath } from './cli/client';
import type { Config } from './config/config';
import { type Canaries, createCanaries } from './control/canaries';
import { createDaemon, createElsewhere, createTurns, type Elsewhere, type NotMade, type Plan } from './control/daemon';
import type { Event, RefusedReload, Teller } from './control/ports';
import { isAutomatic } from './domain/budget';
import { type MemberInput, makeMember } from './member';
import type { Log } from './notify/log';
import type { Supervisor } from './notify/systemd';
import { startNotifying } from './notifying';
import { probeCanary } from './probe/canary';
import { createRetention } from './retention';
import { createShow, type Show } from './show';
import { statusLine } from './status-line';

/** What the assembled daemon is given; `main.ts` makes it from the process. */
export interface RunInput extends MemberInput {
  readonly log: Log;
  readonly supervisor: Supervisor;
  readonly version: string;
  readonly refused: () => RefusedReload | null;
}

export interface Running {
  /** The port of the HTTP API; null when it is off. */
  readonly port: number | null;
  /** Whether the mailboxes are being emptied; the watchdog asks. */
  readonly alive: () => boolean;
  /** Takes a new configuration, or refuses it whole. */
  reload(config: Config): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }>;
  stop(): Promise<void>;
}
export type Run = { readonly ok: true; readonly running: Running } | NotMade;

/** A write under way gets this long at SIGTERM; then it is parked, and the next start takes it up. */
const graceMs = 3_000;
const stuckAfterMs = 15_000;
/** Between the self-tests of two services: at some eight requests each, four requests a second at the most. */
const testGapMs = 2_000;

/** Puts the parts together and starts them: everything is made before anything runs. */
export async function run(input: RunInput): Promise<Run> {
  const { clock, log, config, probing, supervisor } = input;
  const metrics = createMetrics();
  const elsewhere = createElsewhere(clock);
  const testTurnMs = createTurns(clock, testGapMs);
  const daemon = createDaemon(graceMs);
  const serviceOf = (record: string) => daemon.members().find((one) => one.record === record)?.service ?? null;
  const show = createShow(daemon, input.store, clock, input.version, input.refused, mayOrder(config).by);
  const teller = tellerOf(log, metrics, elsewhere, show);
  let aliveMs = clock.nowMs();
  const stuck = (): string | null => {
    const sinceMs = clock.nowMs() - aliveMs;
    return sinceMs > stuckAfterMs ? `nothing moved for ${Math.round(sinceMs / 1_000)} s` : null;
  };
  // Before anything runs: nothing that happens goes untold.
  const notifying = startNotifying(config, {
    ...input,
    alive: () => stuck() === null,
    statusOf: (record) => serviceOf(record)?.status() ?? null,
  });

  const plansOf = ({ services }: Config): readonly Plan[] => {
    const managed = services.map((service) => service.policy.record);
    return services.map((service) => ({
      record: service.policy.record,
      fingerprint: JSON.stringify(service),
      make: () => makeMember(input, service, managed, teller, elsewhere, testTurnMs),
    }));
  };
  const applied = await daemon.apply(plansOf(config));
  if (!applied.ok) {
    show.stop();
    notifying.stop();
    return applied;
  }

  const broadcast = (event: Event): void => {
    for (const { service } of daemon.members()) service.post(event);
  };
  const canariesFor = ({ services }: Config): Canaries =>
    createCanaries(
      config.canaries.map((canary) => canary.url),
      Math.min(...services.map((service) => service.policy.intervalMs)),
      { clock, random: input.random, ask: (url) => askCanary(input, url) },
      broadcast,
    );
  let canaries = canariesFor(config);
  canaries.start();

  let cancelPulse = (): void => undefined;
  let sick: string | null = null;
  let told = '';
  const pulse = (): void => {
    aliveMs = clock.nowMs();
    const why = probing.self.sick();
    if (why !== sick) broadcast({ type: 'sick', why });
    sick = why;
    const statuses = show.statuses();
    show.days.look(statuses);
    const line = statusLine(statuses);
    if (line !== told) supervisor.status(line);
    told = line;
    cancelPulse = clock.after(1_000, pulse);
  };
  pulse();

  const shown: ApiInput = {
    notifications: notifying.statuses,
    refused: input.refused,
    order: orderTo(serviceOf, input.redact),
    ...show,
    ...show.past,
    why: { ...show.past, service: serviceOf },
    metrics,
    stuck,
    about: { version: input.version, startedAt: new Date(clock.wallMs()).toISOString() },
    hosts: config.apiHosts,
  };
  const doors = [await listen(createApi(shown, { by: 'socket' }), { path: socketPath(config.stateDir) })];
  let open = createApi(shown, mayOrder(config));
  if (config.listen !== 'off') {
    doors.push(await listen({ fetch: (request, env) => open.fetch(request, env) }, config.listen));
  }

  const reload = async (next: Config): ReturnType<Running['reload']> => {
    const applied = await daemon.apply(plansOf(next));
    if (!applied.ok) return applied;
    notifying.reload(next);
    // A token that was changed because it leaked must not give orders any more.
    open = createApi({ ...shown, hosts: next.apiHosts }, mayOrder(next));
    // The pace follows the new services, and what is only told when it changes is told to them too.
    canaries.stop();
    canaries = canariesFor(next);
    canaries.start();
    broadcast({ type: 'sick', why: sick });
    return applied;
  };
  const stop = async (): Promise<void> => {
    void supervisor.stopping();
    cancelPulse();
    canaries.stop();
    retention.stop();
    show.stop();
    await daemon.stop(graceMs);
    notifying.stop();
    await Promise.all(doors.map((door) => (door.ok ? door.close() : undefined)));
  };
  const retention = createRetention(() => input.store.prune(clock.wallMs()).more, clock);
  retention.start();

  for (const door of doors) {
    if (door.ok) continue;
    await stop();
    return { ...door, passing: true };
  }
  supervisor.ready();
  if (!show.page.ok) log.warn('no dashboard', { why: show.page.why });
  return {
    ok: true,
    running: { port: portOf(doors[1]), alive: () => stuck() === null, reload, stop },
  };
}

function mayOrder({ apiToken }: Config): MayOrder {
  return apiToken === null ? { by: 'nobody' } : { by: 'token', token: apiToken };
}

function portOf(door: Listening | undefined): number | null {
  return door?.ok === true ? door.port : null;
}

function tellerOf(log: Log, metrics: Metrics, elsewhere: Elsewhere, show: Show): Teller {
  return {
    tell(record, tell) {
      log[tell.level](tell.text, { record, code: tell.code, page: tell.page, ...tell.fields });
      metrics.told(record, tell);
      show.live.stir();
      const { kind } = tell.fields;
      if (tell.code === 'decided' && (kind === 'failover' || kind === 'failback') && isAutomatic(kind))
        elsewhere.began(record);
    },
    observed(record, site, observation) {
      metrics.observed(record, site, observation);
      show.observed(record, site, observation);
      if (observation.result !== 'pass') log.debug('check not passed', { record, site, ...observation });
    },
  };
}

async function askCanary(input: RunInput, url: string): Promise<boolean> {
  const check = input.config.canaries.find((canary) => canary.url === url);
  if (check === undefined) return false;
  return probeCanary(check, { context: input.probing, timeoutMs: 3_000, allowPrivate: true });
}
