import { join } from 'node:path';
import { createTask } from 'node-cron';
import type { ProviderRow } from '../providers/provider';
import { createApi } from './api/api';
import { type Listening, listen } from './api/listen';
import { createMetrics, type Metrics } from './api/metrics';
import { socketPath } from './cli/client';
import type { Config, Problem, ServiceConfig } from './config/config';
import { createCanaries } from './control/canaries';
import { careful } from './control/careful';
import { createDaemon, createElsewhere, type Made, type Plan } from './control/daemon';
import type { Clock, Event, Teller } from './control/ports';
import { createService } from './control/service';
import { createNameServers } from './dns/nameservers';
import { systemResolver } from './dns/system';
import { createVerifier } from './dns/verify';
import { isAutomatic } from './domain/budget';
import type { Log } from './notify/log';
import type { Supervisor } from './notify/systemd';
import { probeCanary } from './probe/canary';
import type { ProbeContext } from './probe/context';
import { createProber } from './probe/round';
import type { OpenStore } from './store/store';

/** What the assembled daemon is given; `main.ts` makes it from the process. */
export interface RunInput {
  readonly config: Config;
  readonly providers: readonly ProviderRow[];
  readonly store: OpenStore;
  readonly clock: Clock;
  readonly probing: ProbeContext;
  readonly log: Log;
  readonly redact: (text: string) => string;
  readonly supervisor: Supervisor;
  readonly version: string;
  readonly random: () => number;
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
export type Run = { readonly ok: true; readonly running: Running } | { readonly ok: false; readonly why: string };

/** A write under way gets this long at SIGTERM; then it is parked, and the next start takes it up. */
const graceMs = 3_000;
const stuckAfterMs = 15_000;

/** Puts the parts together and starts them: everything is made before anything runs. */
export async function run(input: RunInput): Promise<Run> {
  const { clock, log, config, probing, supervisor } = input;
  const metrics = createMetrics();
  const elsewhere = createElsewhere(clock);
  const daemon = createDaemon(graceMs);
  const teller = tellerOf(log, metrics, elsewhere);
  let aliveMs = clock.nowMs();

  const planOf = (service: ServiceConfig): Plan => ({
    record: service.policy.record,
    fingerprint: JSON.stringify(service),
    make: () => makeMember(input, service, teller, elsewhere),
  });
  const applied = await daemon.apply(config.services.map(planOf));
  if (!applied.ok) return applied;

  const broadcast = (event: Event): void => {
    for (const { service } of daemon.members()) service.post(event);
  };
  const intervalMs = Math.min(...config.services.map((service) => service.policy.intervalMs));
  const canaries = createCanaries(
    config.canaries.map((canary) => canary.url),
    intervalMs,
    { clock, random: input.random, ask: (url) => askCanary(input, url) },
    broadcast,
  );
  canaries.start();

  let cancelPulse = (): void => undefined;
  let sick: string | null = null;
  let told = '';
  const pulse = (): void => {
    aliveMs = clock.nowMs();
    const why = probing.self.sick();
    if (why !== sick) broadcast({ type: 'sick', why });
    sick = why;
    const line = statusLine(daemon.members().map(({ service }) => service.status()));
    if (line !== told) supervisor.status(line);
    told = line;
    cancelPulse = clock.after(1_000, pulse);
  };
  pulse();

  const stuck = (): string | null => {
    const sinceMs = clock.nowMs() - aliveMs;
    return sinceMs > stuckAfterMs ? `nothing moved for ${Math.round(sinceMs / 1_000)} s` : null;
  };
  const api = createApi({
    statuses: () => daemon.members().map(({ service }) => service.status()),
    history: (filter) => input.store.history(filter),
    metrics,
    stuck,
    about: { version: input.version, startedAt: new Date(clock.wallMs()).toISOString() },
    hosts: config.listen === 'off' ? [] : [config.listen.host],
  });
  const doors = [await listen(api, { path: socketPath(config.stateDir) })];
  if (config.listen !== 'off') doors.push(await listen(api, config.listen));

  const stop = async (): Promise<void> => {
    void supervisor.stopping();
    cancelPulse();
    canaries.stop();
    retention.destroy();
    await daemon.stop(graceMs);
    await Promise.all(doors.map((door) => (door.ok ? door.close() : undefined)));
  };
  const retention = createTask('*/5 * * * *', () => void input.store.prune(clock.wallMs()), { noOverlap: true });
  void retention.start();

  for (const door of doors) {
    if (door.ok) continue;
    await stop();
    return door;
  }
  supervisor.ready();
  for (const warning of config.warnings) log.warn('configuration', { ...warning });
  return {
    ok: true,
    running: {
      port: portOf(doors[1]),
      alive: () => stuck() === null,
      reload: (next) => daemon.apply(next.services.map(planOf)),
      stop,
    },
  };
}

function portOf(door: Listening | undefined): number | null {
  return door?.ok === true ? door.port : null;
}

function tellerOf(log: Log, metrics: Metrics, elsewhere: ReturnType<typeof createElsewhere>): Teller {
  return {
    tell(record, tell) {
      log[tell.level](tell.text, { record, code: tell.code, page: tell.page, ...tell.fields });
      metrics.told(record, tell);
      const { kind } = tell.fields;
      if (tell.code === 'decided' && (kind === 'failover' || kind === 'failback') && isAutomatic(kind))
        elsewhere.began(record);
    },
    observed(record, site, observation) {
      metrics.observed(record, site, observation);
      if (observation.result !== 'pass') log.debug('check not passed', { record, site, ...observation });
    },
  };
}

async function makeMember(
  input: RunInput,
  service: ServiceConfig,
  teller: Teller,
  elsewhere: ReturnType<typeof createElsewhere>,
): Promise<Made> {
  const { clock, config, probing, redact, store, random } = input;
  const { policy } = service;
  const made = await makeProvider(input.providers, service, config.stateDir);
  if (!made.ok) return { ok: false, why: made.problems.map(problemText).join('\n') };
  const provider = careful(made.provider, redact);
  const prober = createProber({
    context: probing,
    record: policy.record,
    checks: service.checks,
    expect: service.expect,
    timeoutMs: policy.timeoutMs,
    allowPrivate: service.allowPrivate,
  });
  const verifier = createVerifier({
    record: policy.record,
    isCnameService: policy.sites.some((site) => site.sets.some((set) => set.type === 'CNAME')),
    nameservers: createNameServers({
      record: policy.record,
      zone: service.zone,
      configured: service.nameservers,
      provided: (signal) => provider.nameservers(signal),
      managed: config.services.map((other) => other.policy.record),
      resolver: systemResolver(2_000),
      nowMs: () => clock.nowMs(),
    }),
    timeoutMs: 3_000,
    wallMs: () => (probing.self.clockSuspect() ? null : clock.wallMs()),
  });
  const windows = service.failbackWindow.map((expression) => createTask(expression, () => undefined));
  const member = createService(policy, {
    clock,
    random,
    store,
    provider,
    verifier,
    prober,
    teller,
    failbackOpen: () =>
      windows.length === 0 || (!probing.self.clockSuspect() && windows.some((task) => task.match(minute(clock)))),
    elsewhere: () => elsewhere.count(policy.record, policy.commonCauseMs),
  });
  return {
    ok: true,
    member: {
      record: policy.record,
      fingerprint: JSON.stringify(service),
      service: member,
      async close() {
        prober.close();
        for (const task of windows) void task.destroy();
        await provider.close();
      },
    },
  };
}

/** The beginning of this minute: cron expressions name minutes, and an open window lasts for all of each. */
function minute(clock: Clock): Date {
  return new Date(Math.floor(clock.wallMs() / 60_000) * 60_000);
}

/** Loads and makes the service's adapter. */
export async function makeProvider(
  providers: readonly ProviderRow[],
  service: ServiceConfig,
  stateDir: string,
): ReturnType<Awaited<ReturnType<ProviderRow['load']>>['create']> {
  const [name = ''] = service.providers;
  const row = providers.find((one) => one.name === name);
  if (row === undefined) {
    return {
      ok: false,
      problems: [{ name: 'FAILOVERD_PROVIDER', why: `no provider "${name}"`, remedy: 'name one of the list' }],
    };
  }
  const { create } = await row.load();
  const families = service.policy.sites.map((site) =>
    site.sets
      .map((set) => set.type)
      .sort()
      .join(),
  );
  return create({
    record: service.policy.record,
    zone: service.zone,
    ttl: Math.round(service.policy.ttlMs / 1_000),
    env: service.providerEnv[name] ?? {},
    directory: join(stateDir, name),
    mixedFamilies: new Set(families).size > 1,
  });
}

async function askCanary(input: RunInput, url: string): Promise<boolean> {
  const check = input.config.canaries.find((canary) => canary.url === url);
  if (check === undefined) return false;
  return probeCanary(check, { context: input.probing, timeoutMs: 3_000, allowPrivate: true });
}

function statusLine(
  statuses: readonly {
    readonly record: string;
    readonly active: string | null;
    readonly write: string;
    readonly ready: boolean;
  }[],
): string {
  const [first] = statuses;
  if (statuses.length !== 1 || first === undefined) {
    return `${statuses.length} services, ${statuses.filter((one) => one.ready).length} ready to fail over`;
  }
  const ready = first.ready ? 'ready to fail over' : 'NOT ready to fail over';
  return `${first.record} → ${first.active ?? 'nothing'} (${first.write}), ${ready}`;
}

/** A problem as a paragraph for people. */
export function problemText(
  problem: Pick<Problem, 'name' | 'why' | 'remedy'> & { readonly value?: string | null },
): string {
  const value = problem.value === undefined || problem.value === null ? '' : `=${problem.value}`;
  return `${problem.name}${value}\n    ${problem.why}\n    ${problem.remedy}`;
}
