import type { Writable } from 'node:stream';
import { setLogger } from 'node-cron';
import type { ProviderRow } from '../providers/provider';
import { type Exit, exits } from './cli/command';
import { problemText } from './cli/problem';
import type { Config } from './config/config';
import type { Reloaded } from './config/reload';
import type { JournalLine } from './control/ports';
import { createLog } from './notify/log';
import { createRedactor } from './notify/redact';
import { createSupervisor } from './notify/systemd';
import type { ProbeContext } from './probe/context';
import { createReloading } from './reloading';
import { run } from './run';
import { bootIdOf, type Kernel, sinceBoot } from './store/boot';
import { lastingClock } from './store/clock';
import { openStore } from './store/open';

/** What the daemon needs of its process; `main.ts` has the real one. */
export interface Host {
  readonly version: string;
  readonly uid: number;
  readonly pid: number;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly kernel: Kernel;
  readonly wallMs: () => number;
  /** Since the process started. */
  readonly monotonicMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly supervisor: { readonly notifySocket: string | undefined; readonly watchdogUsec: string | undefined };
  readonly providers: readonly ProviderRow[];
  readonly probing: (holdMs: number) => ProbeContext;
  readonly reloadConfig: (previous: Config) => Promise<Reloaded>;
  /** At once when a hangup came already: the process keeps them from its first moment on. */
  readonly onHangup: (run: () => void) => void;
  /** From now on what Node warns of is told here, and printed nowhere else. */
  readonly onWarning: (tell: (warning: Error) => void) => void;
  /** Resolves when this process should end: by a signal, or because something broke that no code expected, which is told first. */
  readonly ending: (broken: (error: unknown) => void) => Promise<'SIGTERM' | 'SIGINT' | 'crash'>;
}

/** `failoverd run`: starts everything, reloads when told to, and ends in order. */
export async function serve(first: Config, host: Host): Promise<Exit> {
  let config = first;
  let { secrets } = config;
  let redactor = createRedactor(secrets);
  const log = createLog({
    level: config.logLevel,
    format: config.logFormat,
    redact: { text: (text) => redactor.text(text), copy: (value, how) => redactor.copy(value, how) },
    stream: host.stdout,
  });
  const quiet = (level: 'info' | 'warn' | 'error' | 'debug') => (message: unknown) =>
    log[level]('scheduler', { message: String(message) });
  setLogger({ info: quiet('debug'), debug: quiet('debug'), warn: quiet('warn'), error: quiet('error') });
  host.onWarning(({ name, message }) => log.warn('a warning of Node', { name, message }));
  const machine = { bootId: bootIdOf(host.kernel), uptimeMs: sinceBoot(host.kernel), wallMs: host.wallMs };
  const opened = openStore({ directory: config.stateDir, uid: host.uid, pid: host.pid, ...machine });
  if (!opened.ok) {
    log.error('the state directory cannot be used', { code: opened.code, why: opened.why });
    await log.flush();
    // Only what a human must put right ends with 78; a lock or a disk may be free at the next try.
    const { code } = opened;
    const human = code === 'insecure' || code === 'misplaced' || code === 'newer';
    return human ? exits.configuration : exits.refused;
  }
  const { store } = opened;
  for (const note of opened.notes) log.warn('state', { note });
  const clock = lastingClock({ saved: store.clock, monotonicMs: host.monotonicMs, ...machine });
  const probing = host.probing(Math.max(...config.services.map((service) => service.policy.intervalMs)));
  let alive = (): boolean => true;
  const supervisor = createSupervisor({
    ...host.supervisor,
    pid: host.pid,
    alive: () => alive(),
    monotonicUsec: () => host.kernel.awake() / 1_000n,
    onTrouble: (why) => log.warn('systemd was not told', { why }),
  });
  const ended = host.ending((error) => log.error('unexpected error, stopping', { error }));
  const reloading = createReloading(store, clock);
  const started = await run({
    config,
    providers: host.providers,
    store,
    clock,
    probing,
    log,
    redact: (text) => redactor.text(text),
    supervisor,
    version: host.version,
    random: host.random,
    refused: reloading.refused,
  });
  if (!started.ok) {
    log.error('cannot start', { why: started.why });
    probing.self.close();
    store.close();
    await log.flush();
    return started.passing ? exits.refused : exits.configuration;
  }
  const { running } = started;
  alive = running.alive;
  warn();
  log.info('failoverd runs', {
    version: host.version,
    records: config.services.map((service) => service.policy.record),
    provider: [...new Set(config.services.flatMap((service) => service.providers))].join(),
    api: running.port,
    startMs: Math.round(host.monotonicMs()),
  });
  note('started', `failoverd ${host.version} started`, {
    records: config.services.map(({ policy }) => policy.record),
    tookMs: Math.round(host.monotonicMs()),
  });
  let stopping = false;
  let reloads = Promise.resolve();
  let waiting = false;
  host.onHangup(() => {
    // One after the other: two at once would each start the service that changed. One waiting reads what two would.
    if (waiting) return;
    waiting = true;
    reloads = reloads.then(() => {
      waiting = false;
      return stopping ? undefined : takeNext();
    });
  });

  /** What is allowed but worth saying, of the configuration that holds now. */
  function warn(): void {
    for (const warning of config.warnings) log.warn('configuration', { ...warning });
  }

  /** A line of the daemon itself, for its history. */
  function note(code: string, text: string, data: JournalLine['data']): void {
    const line = {
      atMs: clock.nowMs(),
      wallMs: host.wallMs(),
      kind: 'event',
      code,
      text: redactor.text(text),
      data,
    } as const;
    store.journal('', [line]);
  }

  async function takeNext(): Promise<void> {
    supervisor.reloading();
    const next = await host.reloadConfig(config);
    if (stopping) return;
    const applied = next.ok
      ? await running.reload(next.config)
      : {
          ok: false as const,
          why: next.problems.map(problemText).join('\n'),
          short: next.problems.map(({ name, why }) => `${name}: ${why}`).join('; '),
        };
    if (next.ok && applied.ok) {
      config = next.config;
      // What was secret stays so: a request that is still under way may repeat it, and it may be valid elsewhere.
      secrets = [...new Set([...secrets, ...config.secrets])];
      redactor = createRedactor(secrets);
      log.info('configuration reloaded', { changes: next.diff });
      warn();
      note('reloaded', `configuration reloaded: ${next.diff.join('; ') || 'nothing changed'}`, {});
      reloading.tell(null);
    } else if (!applied.ok) {
      log.error('new configuration refused, the old one goes on', { why: applied.why });
      note('reload-refused', `new configuration refused, the old one goes on: ${applied.why}`, {});
      reloading.tell(redactor.text('short' in applied ? applied.short : applied.why));
    }
    supervisor.ready();
  }

  const reason = await ended;
  stopping = true;
  log.info('stopping', { reason });
  note('stopping', `stopping: ${reason}`, { reason });
  await reloads.catch(() => undefined);
  await running.stop();
  probing.self.close();
  store.saveClock(clock.point());
  store.close();
  await log.flush();
  return reason === 'crash' ? exits.refused : exits.done;
}
