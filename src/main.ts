#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { hostname, uptime, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { validate } from 'node-cron';
import { providers } from '../providers';
import type { Provider } from '../providers/provider';
import { check } from './cli/check';
import { chosen } from './cli/chosen';
import { type Exit, exits, type Options, type Terminal } from './cli/command';
import { completion } from './cli/completion';
import { commandHelp, helpText } from './cli/help';
import { history } from './cli/history';
import { notifyTest } from './cli/notify';
import { order } from './cli/order';
import { isCommand, parse } from './cli/parse';
import { probe } from './cli/probe';
import { problemText } from './cli/problem';
import { rtoText } from './cli/rto';
import type { ScreenHost } from './cli/screen';
import { screenHost } from './cli/screen-host';
import { status } from './cli/status';
import { isColoured } from './cli/table';
import { why } from './cli/why';
import type { Config, ServiceConfig } from './config/config';
import { readRegularFile } from './config/file';
import type { ConfigInput } from './config/input';
import { loadConfig } from './config/load';
import { settleMs as slowest } from './config/number-rules';
import { reloadConfig } from './config/reload';
import { rto } from './domain/rto';
import { claimsOf, makeProvider, nameserversOf } from './member';
import { createRedactor } from './notify/redact';
import { sendFrom } from './notifying';
import { createProbeContext, type ProbeContext } from './probe/context';
import { watchSelf } from './probe/self';
import { type Host, serve } from './serve';

/** The composition root: the only file that knows the process, its arguments and its exit codes, and the table of providers. */

const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  isTty: process.stdout.isTTY === true,
  colour: isColoured(process.stdout.isTTY === true, process.env),
  // A pseudo-terminal that was never told its size has 0 columns.
  columns: () => (process.stdout.isTTY === true ? process.stdout.columns || 80 : null),
};

const version = versionOf(join(__dirname, '..', '..', 'package.json'));
const stateDir = resolve(
  process.env['FAILOVERD_STATE_DIR'] || process.env['STATE_DIRECTORY']?.split(':')[0] || 'state',
);

async function main(): Promise<Exit> {
  const parsed = parse(process.argv.slice(2));
  if (!parsed.ok) {
    terminal.err(`failoverd: ${parsed.why}`);
    return exits.usage;
  }
  const { command, args, options } = parsed;
  switch (command) {
    case 'help':
      terminal.out(isCommand(args[0]) ? commandHelp(args[0]) : helpText());
      return exits.done;
    case 'version':
      terminal.out(version);
      return exits.done;
    case 'status':
      return status(stateDir, options, terminal, screen);
    case 'why':
      return why(stateDir, options, terminal);
    case 'history':
      return history(stateDir, options, terminal);
    case 'completion':
      return completion(stateDir, args[0], options, terminal);
    case 'hold':
    case 'resume':
    case 'switch':
    case 'failback':
    case 'drill':
    case 'adopt':
      return order(stateDir, command, args[0] ?? null, operator(), options, terminal);
    case 'run':
    case 'check':
    case 'probe':
    case 'notify':
    case 'rto':
    case 'simulate': {
      const config = configure(command);
      return config === null ? exits.configuration : configured(command, config, options);
    }
  }
}

type Configured = 'run' | 'check' | 'probe' | 'notify' | 'rto' | 'simulate';

async function configured(command: Configured, config: Config, options: Options): Promise<Exit> {
  switch (command) {
    case 'run':
      return serve(config, host());
    case 'check': {
      const redactor = createRedactor(config.secrets);
      const open = async (service: ServiceConfig) => {
        const made = await makeProvider(providers, service, config.stateDir, redactor.text, () => performance.now());
        return made.ok ? made : { ok: false as const, why: made.problems.map(problemText).join('\n') };
      };
      const claims = (service: ServiceConfig, provider: Provider) => {
        const managed = config.services.map((one) => one.policy.record);
        return claimsOf(
          providers,
          service,
          nameserversOf(service, provider, managed, () => performance.now()),
        );
      };
      return check({ config, settleMs, open, claims }, options, terminal);
    }
    case 'probe': {
      const probing = createProbing();
      const exit = await probe(config, probing, createRedactor(config.secrets).text, options, terminal);
      probing.self.close();
      return exit;
    }
    case 'notify': {
      const send = sendFrom(config.notify.host, version, Date.now);
      const redact = createRedactor(config.secrets).text;
      return notifyTest({ config, send, wallMs: Date.now, redact }, options, terminal);
    }
    case 'rto':
      return printRto(config, options);
    case 'simulate': {
      const { simulate } = await import('./cli/simulate.js');
      return simulate({ config, settleMs, progress }, options, terminal);
    }
  }
}

/** How far it is, for people who wait: one line that goes away. */
function progress(what: string, share: number): void {
  if (process.stderr.isTTY !== true) return;
  process.stderr.write(share < 1 ? `\r${what}: ${Math.floor(100 * share)} %` : '\r\u001b[K');
}

/** Who gives the order: for the record, not for permission. */
function operator(): string {
  try {
    return process.env['SUDO_USER'] ?? userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
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
  return slowest(service.providers, providers);
}

/** A missed FAILOVERD_RTO keeps the daemon from starting; the other commands show by how much, or have no use for it. */
function configure(command: Configured): Config | null {
  const input = configInput();
  const loaded = loadConfig(command === 'run' ? input : { ...input, boundMs: () => 0 });
  if (loaded.ok) return loaded.config;
  const count = loaded.problems.length;
  terminal.err(`failoverd cannot start: ${count} ${count === 1 ? 'problem' : 'problems'} in the configuration\n`);
  terminal.err(loaded.problems.map(problemText).join('\n\n'));
  return null;
}

function printRto(config: Config, options: Options): Exit {
  const services = chosen(config.services, (one) => one.policy.record, options, terminal);
  if (services.length === 0) return exits.refused;
  if (options.json) {
    const rows = services.map((one) => ({
      record: one.policy.record,
      promisedMs: one.rtoMs,
      ...rto(one.policy, settleMs(one)),
    }));
    terminal.out(JSON.stringify({ services: rows }, null, 2));
  } else {
    const look = { colour: terminal.colour, columns: terminal.columns() };
    terminal.out(services.map((one) => rtoText(one.policy, settleMs(one), one.rtoMs, look)).join('\n\n'));
  }
  const broken = services.some((one) => one.rtoMs !== null && rto(one.policy, settleMs(one)).totalMs > one.rtoMs);
  return broken ? exits.refused : exits.done;
}

function screen(): ScreenHost {
  const stop = (): void => void process.kill(process.pid, 'SIGSTOP');
  return screenHost(process.stdout, (signal, run) => void process.on(signal, run), stop);
}

function createProbing(holdMs = 10_000): ProbeContext {
  return createProbeContext({
    userAgent: `failoverd/${version}`,
    self: watchSelf({ holdMs }),
    killGroup: (groupId) => void process.kill(-groupId, 'SIGKILL'),
  });
}

function host(): Host {
  const boot = readRegularFile('/proc/sys/kernel/random/boot_id');
  return {
    version,
    uid: process.getuid?.() ?? 0,
    pid: process.pid,
    stdout: process.stdout,
    kernel: {
      bootId: boot.ok ? boot.text : null,
      saidBootId: process.env['BOOT_ID'],
      uptime,
      awake: () => process.hrtime.bigint(),
    },
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    random: Math.random,
    supervisor: { notifySocket: process.env['NOTIFY_SOCKET'], watchdogUsec: process.env['WATCHDOG_USEC'] },
    providers,
    probing: createProbing,
    reloadConfig: (previous) => reloadConfig(previous, configInput()),
    onHangup: (run) => void process.on('SIGHUP', run),
    // A signal may come twice, from systemd or the terminal and passed on by npm: the second must not cut short what the first began.
    ending: (broken) =>
      new Promise((resolve) => {
        process.on('SIGTERM', () => resolve('SIGTERM'));
        process.on('SIGINT', () => resolve('SIGINT'));
        const crash = (error: unknown): void => {
          broken(error);
          resolve('crash');
        };
        process.once('uncaughtException', crash);
        process.once('unhandledRejection', crash);
      }),
  };
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
