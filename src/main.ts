#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { hostname, uptime, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { providers } from '../providers';
import type { Provider } from '../providers/provider';
import { type Exit, exits, type Options, type Terminal } from './cli/command';
import { commandHelp, helpText } from './cli/help';
import { isCommand, parse } from './cli/parse';
import { problemText, refusalText } from './cli/problem';
import type { ScreenHost } from './cli/screen';
import { isColoured } from './cli/table';
import type { Config, ServiceConfig } from './config/config';
import type { Configuring } from './configuring';
import type { ProbeContext } from './probe/context';
import type { Host } from './serve';

/**
 * The composition root: the only file that knows the process, its arguments and its exit codes, and the table of providers. What a command
 * needs is loaded when it is run, so that the daemon listens to signals before the half second that its parts take to load.
 */

const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  isTty: process.stdout.isTTY === true,
  colour: isColoured(process.stdout.isTTY === true, process.env),
  // A pseudo-terminal that was never told its size has 0 columns.
  columns: () => (process.stdout.isTTY === true ? process.stdout.columns || 80 : null),
};

// What the SDK of Route 53 says of Node's version is nothing for those who run this program: package.json says which it needs.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const version = versionOf(join(__dirname, '..', '..', 'package.json'));
const stateDir = resolve(
  process.env['FAILOVERD_STATE_DIR']?.trim() || process.env['STATE_DIRECTORY']?.split(':')[0] || 'state',
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
    case 'status': {
      const { status } = await import('./cli/status.js');
      return status(stateDir, options, terminal, await screen());
    }
    case 'why': {
      const { why } = await import('./cli/why.js');
      return why(stateDir, options, terminal);
    }
    case 'history': {
      const { history } = await import('./cli/history.js');
      return history(stateDir, options, terminal);
    }
    case 'completion': {
      const { completion } = await import('./cli/completion.js');
      return completion(stateDir, args[0], options, terminal);
    }
    case 'hold':
    case 'resume':
    case 'switch':
    case 'failback':
    case 'drill':
    case 'adopt': {
      const { order } = await import('./cli/order.js');
      return order(stateDir, command, args[0] ?? null, operator(), options, terminal);
    }
    case 'run': {
      // First thing: what comes while the rest is loaded must not end the process as if nobody had heard it.
      const signals = keepSignals();
      const configuring = await openConfiguring();
      const config = await load(configuring, null);
      if (config === null) return exits.configuration;
      return guarded(config, async () => {
        const { serve } = await import('./serve.js');
        return serve(config, await openHost(configuring, signals));
      });
    }
    case 'check':
    case 'probe':
    case 'notify':
    case 'rto':
    case 'simulate': {
      const configuring = await openConfiguring();
      const config = await load(configuring, [command, ...args].join(' '));
      if (config === null) return exits.configuration;
      return guarded(config, () => configured(command, config, configuring, options));
    }
  }
}

type Configured = 'check' | 'probe' | 'notify' | 'rto' | 'simulate';

async function configured(
  command: Configured,
  config: Config,
  { settleMs }: Configuring,
  options: Options,
): Promise<Exit> {
  switch (command) {
    case 'check': {
      const { check } = await import('./cli/check.js');
      const { claimsOf, makeProvider, nameserversOf, verifierOf } = await import('./member.js');
      const redact = await redactorOf(config);
      const open = async (service: ServiceConfig) => {
        const made = await makeProvider(providers, service, config.stateDir, redact, () => performance.now());
        return made.ok ? made : { ok: false as const, why: made.problems.map(problemText).join('\n') };
      };
      const witnesses = (service: ServiceConfig, provider: Provider) => {
        const managed = config.services.map((one) => one.policy.record);
        const nameservers = nameserversOf(service, provider, managed, () => performance.now());
        const claims = claimsOf(providers, service, nameservers);
        return { claims, servers: verifierOf(service, nameservers, Date.now) };
      };
      return check({ config, settleMs, open, witnesses }, options, terminal);
    }
    case 'probe': {
      const { probe } = await import('./cli/probe.js');
      const probing = (await openProbing())();
      const exit = await probe(config, probing, await redactorOf(config), options, terminal);
      probing.self.close();
      return exit;
    }
    case 'notify': {
      const { notifyTest } = await import('./cli/notify.js');
      const { sendFrom } = await import('./notifying.js');
      const send = sendFrom(config.notify.host, version, Date.now);
      return notifyTest({ config, send, wallMs: Date.now, redact: await redactorOf(config) }, options, terminal);
    }
    case 'rto': {
      const { rtoCommand } = await import('./cli/rto-command.js');
      return rtoCommand(config, settleMs, options, terminal);
    }
    case 'simulate': {
      const { simulate } = await import('./cli/simulate.js');
      return simulate({ config, settleMs, progress }, options, terminal);
    }
  }
}

/** An error that no code expected may have in its message what was loaded. */
async function guarded(config: Config, run: () => Promise<Exit>): Promise<Exit> {
  try {
    return await run();
  } catch (error) {
    const redact = await redactorOf(config);
    terminal.err(redact(unexpected(error)));
    return exits.refused;
  }
}

function unexpected(error: unknown): string {
  return `failoverd: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

async function redactorOf({ secrets }: Config): Promise<(text: string) => string> {
  const { createRedactor } = await import('./notify/redact.js');
  return createRedactor(secrets).text;
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

async function openConfiguring(): Promise<Configuring> {
  const { createConfiguring } = await import('./configuring.js');
  const uid = process.getuid?.() ?? 0;
  return createConfiguring({ env: process.env, providers, hostname: hostname(), uid, isTty: terminal.isTty });
}

/** A missed FAILOVERD_RTO keeps the daemon from starting; the other commands show by how much, or have no use for it. */
async function load(configuring: Configuring, line: string | null): Promise<Config | null> {
  const loaded = await configuring.load(line === null);
  if (loaded.ok) return loaded.config;
  terminal.err(refusalText(loaded, line, process.env));
  return null;
}

async function screen(): Promise<() => ScreenHost> {
  const { screenHost } = await import('./cli/screen-host.js');
  const stop = (): void => void process.kill(process.pid, 'SIGSTOP');
  return () => screenHost(process.stdout, (signal, run) => void process.on(signal, run), stop);
}

async function openProbing(): Promise<(holdMs?: number) => ProbeContext> {
  const { createProbeContext } = await import('./probe/context.js');
  const { watchSelf } = await import('./probe/self.js');
  return (holdMs = 10_000) =>
    createProbeContext({
      userAgent: `failoverd/${version}`,
      self: watchSelf({ holdMs }),
      killGroup: (groupId) => void process.kill(-groupId, 'SIGKILL'),
    });
}

/** Signals from now on; those that come before somebody listens are told when somebody does. */
function keepSignals(): Pick<Host, 'onHangup' | 'ending'> {
  let early = false;
  let hangup = (): void => {
    early = true;
  };
  process.on('SIGHUP', () => hangup());
  // A signal may come twice, from systemd or the terminal and passed on by npm: the second must not cut short what the first began.
  const ended = new Promise<'SIGTERM' | 'SIGINT'>((resolve) => {
    process.on('SIGTERM', () => resolve('SIGTERM'));
    process.on('SIGINT', () => resolve('SIGINT'));
  });
  return {
    onHangup(run) {
      hangup = run;
      if (early) run();
    },
    ending: (broken) =>
      new Promise((resolve) => {
        void ended.then(resolve);
        const crash = (error: unknown): void => {
          broken(error);
          resolve('crash');
        };
        process.once('uncaughtException', crash);
        process.once('unhandledRejection', crash);
      }),
  };
}

async function openHost(configuring: Configuring, signals: Pick<Host, 'onHangup' | 'ending'>): Promise<Host> {
  const { readRegularFile } = await import('./config/file.js');
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
    probing: await openProbing(),
    reloadConfig: configuring.reload,
    onWarning(tell) {
      // Node's own listener prints to stderr, which is no JSON.
      process.removeAllListeners('warning');
      process.on('warning', tell);
    },
    ...signals,
  };
}

function versionOf(path: string): string {
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}

main().then(
  (exit) => process.exit(exit),
  (error: unknown) => {
    terminal.err(unexpected(error));
    process.exit(exits.refused);
  },
);
