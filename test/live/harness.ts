import { type ChildProcess, fork, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import type { JournalRow } from '../../src/control/ports';
import type { ServiceStatus } from '../../src/domain/explain';
import { canary, filesOf, mustNotShow } from '../canary';
import { freePort } from '../free-port';

/** The real daemon and real regional services, as processes of their own on loopback. */

const dist = join(__dirname, '..', '..');

export interface Site {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  say(health: 'sick' | 'well'): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  revive(): Promise<void>;
}

export async function startSite(name: string, address: string, port: number): Promise<Site> {
  let child = await forkSite(name, address, port);
  return {
    name,
    address,
    port,
    async say(health) {
      await axios.post(`http://${address}:${port}/${health}`, '', { proxy: false, timeout: 2_000 });
    },
    signal: (signal) => void child.kill(signal),
    async revive() {
      child = await forkSite(name, address, port);
    },
  };
}

async function forkSite(name: string, address: string, port: number): Promise<ChildProcess> {
  const child = fork(join(dist, 'src/demo/region.js'), [name, address, String(port)], { stdio: 'ignore' });
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error(`${name} did not start on ${address}:${port}`)));
  });
  return child;
}

/** Texts, and where each stands. */
export type Shown = readonly (readonly [where: string, text: string])[];

export interface Daemon {
  readonly pid: number;
  readonly dnsPort: number;
  readonly stateDir: string;
  readonly log: readonly Readonly<Record<string, unknown>>[];
  status(): Promise<ServiceStatus | null>;
  history(): Promise<readonly JournalRow[]>;
  /** All that it shows now: its log, and its answers over the socket. */
  shown(): Promise<Shown>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

export const record = 'www.example.test';

/** The settings of the timing promises. */
export const quick = {
  FAILOVERD_INTERVAL: '1s',
  FAILOVERD_TIMEOUT: '1s',
  FAILOVERD_FALL: '3',
  FAILOVERD_RISE: '2',
  FAILOVERD_SUSTAIN: '2s',
  FAILOVERD_CONFIRM_INTERVAL: '200ms',
  FAILOVERD_TTL: '1s',
} as const;

export interface World {
  readonly sites: readonly Site[];
  readonly stateDir: string;
  readonly dnsPort: number;
  readonly env: Readonly<Record<string, string>>;
  start(more?: Readonly<Record<string, string>>): Daemon;
  /** With exactly this environment, and `inside` as `startDaemon` takes it. */
  startWith(env: Readonly<Record<string, string>>, inside?: readonly string[]): Daemon;
  /** What the built-in name server answers now; null: nothing. */
  answer(): Promise<string | null>;
  /** Ends all; rejects when a daemon has shown the canary: in its log, its answers, or the files of its state. */
  close(): Promise<void>;
}

/** `count` sites on 127.0.`net`.1, .2 … and the environment of a daemon that watches them with the built-in provider. */
export async function openWorld(net: number, count = 2): Promise<World> {
  const port = await freePort();
  const dnsPort = await freePort();
  const stateDir = mkdtempSync(join(tmpdir(), 'failoverd-live-'));
  const names = ['a', 'b', 'c', 'd'].slice(0, count);
  const sites = await Promise.all(names.map((name, index) => startSite(name, `127.0.${net}.${index + 1}`, port)));
  const daemons: Daemon[] = [];
  const resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([`127.0.0.1:${dnsPort}`]);
  const env = {
    PATH: process.env['PATH'] ?? '',
    FAILOVERD_RECORD: record,
    FAILOVERD_SITES: sites.map((site) => `${site.name}=${site.address}`).join(','),
    FAILOVERD_CHECK: `http://${record}:${port}/health?token=${canary}check`,
    FAILOVERD_NOTIFY_SECRET: `${canary}-shared`,
    FAILOVERD_ALLOW_PRIVATE: 'true',
    FAILOVERD_STATE_DIR: stateDir,
    FAILOVERD_OWNER: 'live',
    FAILOVERD_LISTEN: 'off',
    FAILOVERD_LOG_FORMAT: 'json',
    // Writes are counted; test/live/selftest.test.ts is about it.
    FAILOVERD_SELFTEST: 'off',
    BUILTIN_DNS_LISTEN: `127.0.0.1:${dnsPort}`,
    ...quick,
  };
  function startWith(exactly: Readonly<Record<string, string>>, inside: readonly string[] = []): Daemon {
    const daemon = startDaemon(exactly, stateDir, dnsPort, inside);
    daemons.push(daemon);
    return daemon;
  }
  return {
    sites,
    stateDir,
    dnsPort,
    env,
    start: (more = {}) => startWith({ ...env, ...more }),
    startWith,
    answer: async () => (await resolver.resolve4(record).catch(() => []))[0] ?? null,
    async close() {
      const shown = (await Promise.all(daemons.map((daemon) => daemon.shown()))).flat();
      for (const daemon of daemons) daemon.signal('SIGKILL');
      for (const site of sites) site.signal('SIGKILL');
      await Promise.all(daemons.map((daemon) => daemon.exited));
      shown.push(...filesOf(stateDir, given));
      // Whoever was started otherwise may still be closing its files.
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      mustNotShow(shown);
    },
  };
}

/** What the tests themselves put into a state directory. */
const given: readonly string[] = ['token', 'services.yaml'];

const service = `/api/v1/services/${record}`;
/** Everything that a daemon answers to whoever asks. */
export const shownPaths: readonly string[] = [
  '/api/v1/status',
  '/api/v1/history?limit=1000',
  `${service}/why`,
  `${service}/observations`,
  '/metrics',
  '/readyz',
  '/',
];

/** Node's flags as in `npm start`: a small young generation and few threads keep an idle daemon 10 MB smaller. */
export function startFlags(): readonly string[] {
  const manifest = readFileSync(join(dist, '..', 'package.json'), 'utf8');
  const { scripts } = JSON.parse(manifest) as { readonly scripts: { readonly start: string } };
  return scripts.start.match(/--\S+/g) ?? [];
}

/** `inside`: a command that runs the daemon in namespaces of its own, such as `unshare --mount`. */
export function startDaemon(
  env: Readonly<Record<string, string>>,
  stateDir: string,
  dnsPort: number,
  inside: readonly string[] = [],
): Daemon {
  const daemon = [process.execPath, ...startFlags(), join(dist, 'src/main.js')];
  const [program = '', ...args] = [...inside, ...daemon];
  const child = spawn(program, args, { env: { MALLOC_ARENA_MAX: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  // The directory as the daemon sees it (proc(5), /proc/pid/root).
  const seenDir = inside.length === 0 ? stateDir : `/proc/${child.pid}/root${stateDir}`;
  const log: Readonly<Record<string, unknown>>[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) log.push(parse(line));
    });
  }
  const get = async <T>(path: string): Promise<T | null> => {
    const socketPath = join(seenDir, 'failoverd.sock');
    const answer = await axios
      .get<T>(`http://localhost${path}`, { socketPath, proxy: false, timeout: 2_000 })
      .catch(() => null);
    return answer?.data ?? null;
  };
  return {
    pid: child.pid ?? 0,
    dnsPort,
    stateDir: seenDir,
    log,
    status: async () =>
      (await get<{ readonly services: readonly ServiceStatus[] }>('/api/v1/status'))?.services[0] ?? null,
    history: async () =>
      (await get<{ readonly history: readonly JournalRow[] }>('/api/v1/history?limit=1000'))?.history.toReversed() ??
      [],
    async shown() {
      const answers = await Promise.all(shownPaths.map(async (path) => [path, await get<unknown>(path)] as const));
      return [['log', log] as const, ...answers].map(([where, one]) => [where, JSON.stringify(one)] as const);
    },
    signal: (signal) => void child.kill(signal),
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? 0))),
  };
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : { line };
  } catch {
    return { line };
  }
}

/** Asks until the answer is true; false when the deadline has passed. */
export async function until(deadlineMs: number, ask: () => Promise<boolean> | boolean, everyMs = 20): Promise<boolean> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < deadlineMs) {
    if (await ask()) return true;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return false;
}

/** The daemon is settled at this site and could fail over. */
export function ready(daemon: Daemon, site: string): () => Promise<boolean> {
  return async () => {
    const status = await daemon.status();
    return status !== null && status.active === site && status.ready && status.write === 'settled';
  };
}
