import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The stage of the demo: three regions and the real daemon as processes of their own, on loopback. */

export const record = 'app.demo.test';

export interface Region {
  readonly name: string;
  readonly address: string;
  pid(): number | null;
  kill(): void;
  /** Starts it again after a kill. */
  revive(): Promise<void>;
  /** Makes `/health` answer 503, or 200 again. */
  say(health: 'sick' | 'well'): Promise<void>;
}

export interface Stage {
  readonly regions: readonly Region[];
  readonly dnsPort: number;
  readonly apiPort: number;
  readonly port: number;
  readonly stateDir: string;
  /** What the record answers now, asked of the name server; null: no answer. */
  answer(): Promise<string | null>;
  close(): Promise<void>;
}

const places = [
  ['asia-east1', '127.0.0.11'],
  ['europe-west1', '127.0.0.12'],
  ['us-central1', '127.0.0.13'],
] as const;

/** Sets everything up; `heard` gets every log line of the daemon. */
export async function openStage(heard: (line: Readonly<Record<string, unknown>>) => void): Promise<Stage> {
  const [port = 0, dnsPort = 0, apiPort = 0] = await freePorts(3);
  const stateDir = mkdtempSync(join(tmpdir(), 'failoverd-demo-'));
  const regions = await Promise.all(places.map(([name, address]) => startRegion(name, address, port)));
  const daemon = startDaemon({ port, dnsPort, apiPort, stateDir }, heard);
  const resolver = new Resolver({ timeout: 500, tries: 2 });
  resolver.setServers([`127.0.0.1:${dnsPort}`]);
  return {
    regions,
    dnsPort,
    apiPort,
    port,
    stateDir,
    answer: async () => (await resolver.resolve4(record).catch(() => []))[0] ?? null,
    async close() {
      await ended(daemon, 'SIGTERM');
      for (const region of regions) region.kill();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

async function startRegion(name: string, address: string, port: number): Promise<Region> {
  let child = await forkRegion(name, address, port);
  return {
    name,
    address,
    pid: () => (child.exitCode === null && child.signalCode === null ? (child.pid ?? null) : null),
    kill: () => void child.kill('SIGKILL'),
    async revive() {
      child = await forkRegion(name, address, port);
    },
    async say(health) {
      await fetch(`http://${address}:${port}/${health}`, { method: 'POST', signal: AbortSignal.timeout(1_000) });
    },
  };
}

async function forkRegion(name: string, address: string, port: number): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'region.js'), [name, address, String(port)], { stdio: ['ignore', 2, 2, 'ipc'] });
  const ready = await new Promise<boolean>((resolve) => {
    child.once('message', () => resolve(true));
    child.once('exit', () => resolve(false));
  });
  if (!ready) throw new Error(`${name} cannot serve on ${address}; on macOS: sudo ifconfig lo0 alias ${address}`);
  return child;
}

function startDaemon(
  at: { readonly port: number; readonly dnsPort: number; readonly apiPort: number; readonly stateDir: string },
  heard: (line: Readonly<Record<string, unknown>>) => void,
): ChildProcess {
  const env = {
    PATH: process.env['PATH'] ?? '',
    FAILOVERD_RECORD: record,
    FAILOVERD_SITES: places.map(([name, address]) => `${name}=${address}`).join(', '),
    FAILOVERD_CHECK: `http://${record}:${at.port}/health`,
    FAILOVERD_ALLOW_PRIVATE: 'true',
    FAILOVERD_PROVIDER: 'builtin',
    BUILTIN_DNS_LISTEN: `127.0.0.1:${at.dnsPort}`,
    FAILOVERD_LISTEN: `127.0.0.1:${at.apiPort}`,
    FAILOVERD_STATE_DIR: at.stateDir,
    FAILOVERD_OWNER: 'demo',
    FAILOVERD_LOG_FORMAT: 'json',
    FAILOVERD_TTL: '1s',
    FAILOVERD_INTERVAL: '1s',
    FAILOVERD_TIMEOUT: '1s',
    FAILOVERD_FALL: '3',
    FAILOVERD_RISE: '2',
    FAILOVERD_SUSTAIN: '2s',
    FAILOVERD_CONFIRM_INTERVAL: '200ms',
    FAILOVERD_WINDOW: '6',
    FAILOVERD_FAILBACK_AFTER: '4s',
    FAILOVERD_MAX_SWITCHES: '12/1h',
  };
  const child = spawn(process.execPath, [join(__dirname, '..', 'main.js')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const parsed: unknown = line.startsWith('{') ? JSON.parse(line) : { msg: line };
    if (typeof parsed === 'object' && parsed !== null) heard({ ...parsed });
  });
  return child;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.once('exit', () => {
      clearTimeout(late);
      resolve();
    });
    child.kill(signal);
  });
}

/**
 * Ports of loopback that are free over TCP and UDP, each another: all are held until the last is found. They lie below those that the system
 * takes for connections that go out, so that none of these is in the way a moment later.
 */
async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  const held: (() => void)[] = [];
  for (let tries = 0; ports.length < count && tries < 100; tries++) {
    const port = 10_000 + Math.floor(20_000 * Math.random());
    const server = createServer();
    const socket = createSocket('udp4');
    const isFree = await new Promise<boolean>((resolve) => {
      for (const one of [server, socket]) one.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => socket.bind(port, '127.0.0.1', () => resolve(true)));
    });
    held.push(
      () => server.close(),
      () => socket.close(),
    );
    if (isFree) ports.push(port);
  }
  for (const release of held) release();
  if (ports.length < count) throw new Error('no free port on 127.0.0.1');
  return ports;
}
