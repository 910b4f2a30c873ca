#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { setLogger, validate } from 'node-cron';
import { providers } from '../providers';
import { check } from './cli/check';
import { type Exit, exits, type Options, type Terminal } from './cli/command';
import { helpText } from './cli/help';
import { history } from './cli/history';
import { probe } from './cli/probe';
import { problemText } from './cli/problem';
import { rtoText } from './cli/rto';
import { status } from './cli/status';
import type { Config, ServiceConfig } from './config/config';
import { readRegularFile } from './config/file';
import type { ConfigInput } from './config/input';
import { loadConfig } from './config/load';
import { reloadConfig } from './config/reload';
import { careful } from './control/careful';
import { rto } from './domain/rto';
import { makeProvider } from './member';
import { createLog } from './notify/log';
import { createRedactor } from './notify/redact';
import { createSupervisor } from './notify/systemd';
import { oneAtATime } from './one-at-a-time';
import { createProbeContext, type ProbeContext } from './probe/context';
import { watchSelf } from './probe/self';
import { run } from './run';
import { lastingClock } from './store/clock';
import { openStore } from './store/open';

/** The composition root: the only file that knows the process, its arguments and its exit codes, and the table of providers. */

const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  isTty: process.stdout.isTTY === true,
};

const version = versionOf(join(__dirname, '..', '..', 'package.json'));
const stateDir = resolve(
  process.env['FAILOVERD_STATE_DIR'] || process.env['STATE_DIRECTORY']?.split(':')[0] || 'state',
);

async function main(): Promise<Exit> {
  const parsed = parse();
  if (parsed === null) return exits.usage;
  const { command, options } = parsed;
  switch (command) {
    case 'help':
      terminal.out(helpText);
      return exits.done;
    case 'version':
      terminal.out(version);
      return exits.done;
    case 'status':
      return status(stateDir, options, terminal);
    case 'history':
      return history(stateDir, options, terminal);
    case 'run':
    case 'check':
    case 'probe':
    case 'rto': {
      const config = configure();
      return config === null ? exits.configuration : configured(command, config, options);
    }
    default:
      terminal.err(`failoverd: no command "${command}"; failoverd --help lists them`);
      return exits.usage;
  }
}

async function configured(command: 'run' | 'check' | 'probe' | 'rto', config: Config, options: Options): Promise<Exit> {
  switch (command) {
    case 'run':
      return daemon(config);
    case 'check': {
      const redactor = createRedactor(config.secrets);
      const open = async (service: ServiceConfig) => {
        const made = await makeProvider(providers, service, config.stateDir);
        return made.ok
          ? { ok: true as const, provider: careful(made.provider, redactor.text) }
          : { ok: false as const, why: made.problems.map(problemText).join('\n') };
      };
      return check({ config, settleMs, open }, options, terminal);
    }
    case 'probe': {
      const probing = createProbing();
      const exit = await probe(config, probing, options, terminal);
      probing.self.close();
      return exit;
    }
    case 'rto':
      return printRto(config, options);
  }
}

function parse(): { readonly command: string; readonly options: Options } | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
        json: { type: 'boolean' },
        record: { type: 'string' },
        limit: { type: 'string' },
      },
    });
    const limit = Number(values.limit ?? '100');
    if (positionals.length > 1 || !Number.isInteger(limit) || limit < 1 || limit > 1_000) {
      terminal.err('failoverd: one command at a time, and --limit is 1 to 1000; failoverd --help shows the usage');
      return null;
    }
    const command = values.help === true ? 'help' : values.version === true ? 'version' : (positionals[0] ?? 'run');
    const record = values.record?.toLowerCase().replace(/\.$/, '') ?? null;
    return { command, options: { json: values.json === true, record, limit } };
  } catch (error) {
    terminal.err(`failoverd: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function configInput(): ConfigInput {
  return {
    env: process.env,
    providers,
    readFile: readRegularFile,
    hostname: hostname(),
    uid: process.getuid?.() ?? 0,
    isTty: terminal.isTty,
    validCron: validate,
    boundMs: (service) => rto(service.policy, settleMs(service)).totalMs,
  };
}

function settleMs(service: Pick<ServiceConfig, 'providers'>): number {
  return Math.max(0, ...providers.filter((row) => service.providers.includes(row.name)).map((row) => row.settleMs));
}

function configure(): Config | null {
  const loaded = loadConfig(configInput());
  if (loaded.ok) return loaded.config;
  const count = loaded.problems.length;
  terminal.err(`failoverd cannot start: ${count} ${count === 1 ? 'problem' : 'problems'} in the configuration\n`);
  terminal.err(loaded.problems.map(problemText).join('\n\n'));
  return null;
}

function printRto(config: Config, options: Options): Exit {
  const services = config.services.filter((one) => options.record === null || one.policy.record === options.record);
  if (options.json) {
    const rows = services.map((one) => ({
      record: one.policy.record,
      promisedMs: one.rtoMs,
      ...rto(one.policy, settleMs(one)),
    }));
    terminal.out(JSON.stringify({ services: rows }, null, 2));
  } else terminal.out(services.map((one) => rtoText(one.policy, settleMs(one), one.rtoMs)).join('\n\n'));
  const broken = services.some((one) => one.rtoMs !== null && rto(one.policy, settleMs(one)).totalMs > one.rtoMs);
  return services.length === 0 || broken ? exits.refused : exits.done;
}

function createProbing(holdMs = 10_000): ProbeContext {
  return createProbeContext({
    userAgent: `failoverd/${version}`,
    self: watchSelf({ holdMs }),
    killGroup: (groupId) => void process.kill(-groupId, 'SIGKILL'),
  });
}

/** `failoverd run`: until a signal ends it. */
async function daemon(first: Config): Promise<Exit> {
  let config = first;
  let redactor = createRedactor(config.secrets);
  const log = createLog({
    level: config.logLevel,
    format: config.logFormat,
    redact: { text: (text) => redactor.text(text), copy: (value, how) => redactor.copy(value, how) },
    stream: process.stdout,
  });
  const quiet = (level: 'info' | 'warn' | 'error' | 'debug') => (message: unknown) =>
    log[level]('scheduler', { message: String(message) });
  setLogger({ info: quiet('debug'), debug: quiet('debug'), warn: quiet('warn'), error: quiet('error') });
  const machine = { bootId: bootId(), uptimeMs: () => uptime() * 1_000, wallMs: () => Date.now() };
  const opened = openStore({ directory: config.stateDir, uid: process.getuid?.() ?? 0, pid: process.pid, ...machine });
  if (!opened.ok) {
    log.error('the state directory cannot be used', { code: opened.code, why: opened.why });
    await log.flush();
    return opened.code === 'locked' ? exits.refused : exits.configuration;
  }
  const { store } = opened;
  for (const note of opened.notes) log.warn('state', { note });
  const clock = lastingClock({ saved: store.clock, monotonicMs: () => performance.now(), ...machine });
  const probing = createProbing(Math.max(...config.services.map((service) => service.policy.intervalMs)));
  let alive = (): boolean => true;
  const supervisor = createSupervisor({
    notifySocket: process.env['NOTIFY_SOCKET'],
    watchdogUsec: process.env['WATCHDOG_USEC'],
    pid: process.pid,
    alive: () => alive(),
    monotonicUsec: () => process.hrtime.bigint() / 1_000n,
    onTrouble: (why) => log.warn('systemd was not told', { why }),
  });
  const ended = ending();
  let reload = async (): Promise<void> => undefined;
  const reloads = oneAtATime(() => reload());
  process.on('SIGHUP', reloads.ask);
  const started = await run({
    config,
    providers,
    store,
    clock,
    probing,
    log,
    redact: (text) => redactor.text(text),
    supervisor,
    version,
    random: Math.random,
  });
  if (!started.ok) {
    log.error('cannot start', { why: started.why });
    probing.self.close();
    store.close();
    await log.flush();
    return exits.configuration;
  }
  const { running } = started;
  alive = running.alive;
  log.info('failoverd runs', {
    version,
    records: config.services.map((service) => service.policy.record),
    provider: config.services.map((service) => service.providers.join()).join(),
    api: running.port,
    startMs: Math.round(performance.now()),
  });
  reload = takeNext;

  async function takeNext(): Promise<void> {
    supervisor.reloading();
    const next = reloadConfig(config, configInput());
    const applied = next.ok
      ? await running.reload(next.config)
      : { ok: false as const, why: next.problems.map(problemText).join('\n') };
    if (next.ok && applied.ok) {
      config = next.config;
      redactor = createRedactor(config.secrets);
      log.info('configuration reloaded', { changes: next.diff });
    } else if (!applied.ok) log.error('new configuration refused, the old one goes on', { why: applied.why });
    supervisor.ready();
  }

  const reason = await ended;
  log.info('stopping', { reason });
  await reloads.close();
  await running.stop();
  probing.self.close();
  store.saveClock(clock.point());
  store.close();
  await log.flush();
  return reason === 'crash' ? exits.refused : exits.done;

  /** Resolves when this process should end: by a signal, or because something broke that no code expected. */
  function ending(): Promise<'SIGTERM' | 'SIGINT' | 'crash'> {
    return new Promise((resolve) => {
      // Listened to for good: npm passes on what the whole process group gets anyway, and a second one must not cut the ending short.
      process.on('SIGTERM', () => resolve('SIGTERM'));
      process.on('SIGINT', () => resolve('SIGINT'));
      const crash = (error: unknown): void => {
        log.error('unexpected error, stopping', { error });
        resolve('crash');
      };
      process.once('uncaughtException', crash);
      process.once('unhandledRejection', crash);
    });
  }
}

/** Identifies this boot of the kernel, so that time passed while we were away can be told; empty where there is none. */
function bootId(): string {
  const file = readRegularFile('/proc/sys/kernel/random/boot_id');
  return file.ok ? file.text.trim() : '';
}

function versionOf(path: string): string {
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}

main().then(
  (exit) => process.exit(exit),
  (error: unknown) => {
    terminal.err(`failoverd: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exit(exits.refused);
  },
);
