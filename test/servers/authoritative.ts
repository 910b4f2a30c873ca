import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canary } from '../canary';

/** A real authoritative server as a process of its own on loopback, with one zone. */

export const zone = 'example.test';
export const record = 'www.example.test';

export interface Key {
  readonly name: string;
  readonly algorithm: 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512';
  readonly secret: string;
}

function key(name: string, algorithm: Key['algorithm'], bytes: number): Key {
  const secret = Buffer.from(`${name} of the tests `.repeat(10)).subarray(0, bytes).toString('base64');
  // All its letters are of base64 too.
  return { name, algorithm, secret: canary + secret.slice(canary.length) };
}
/** May do what a switch needs: A, AAAA, CNAME, HTTPS and SVCB of the record, A and AAAA of the top, CNAME of `alias`, and TXT of their markers. */
export const switcher = key('failoverd', 'hmac-sha256', 32);
/** The same rights, the other algorithms, and a name that lies in the zone (its replies may compress it). */
export const switchers: readonly Key[] = [
  switcher,
  key('failoverd-384.example.test', 'hmac-sha384', 48),
  key('failoverd-512', 'hmac-sha512', 64),
];
/** A key the servers know, without any right. */
export const bystander = key('bystander', 'hmac-sha256', 32);
/** Has the rights of a switch, but in Knot in two acl rules, of which none allows all of one. */
export const halves = key('halves', 'hmac-sha256', 32);
/** The test's own back door, and the transfers between the servers. */
export const admin = key('admin', 'hmac-sha256', 32);
export const keys: readonly Key[] = [...switchers, halves, bystander, admin];

export interface Options {
  /** Take the zone from this port by signed transfer; null: be its primary. */
  readonly primary?: number | null;
  /** Ports of the secondaries to notify. */
  readonly secondaries?: readonly number[];
  /** The primary signs the zone by itself. */
  readonly signed?: boolean;
  /** Which port to use. */
  readonly port?: number;
}

export interface Authoritative {
  readonly port: number;
  readonly directory: string;
  /** SIGSTOP and SIGCONT freeze and thaw it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): Promise<void>;
  /** Starts it again with the zone as it was when it stopped. */
  start(): Promise<void>;
  log(): string;
  close(): Promise<void>;
}

/** Starts the command that `prepare` names, after it has put its files into a folder that is removed in the end. */
export async function startServer(
  port: number,
  prepare: (directory: string) => readonly string[],
): Promise<Authoritative> {
  const directory = mkdtempSync(join(tmpdir(), 'failoverd-dns-'));
  const [program = '', ...args] = prepare(directory);
  let log = '';
  let child: ChildProcess | null = null;
  let exited: Promise<void> = Promise.resolve();

  async function start(): Promise<void> {
    const started = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
    let gone = false;
    exited = new Promise<void>((resolve) => {
      started.once('error', () => resolve());
      started.once('exit', () => resolve());
    }).then(() => {
      gone = true;
    });
    const resolver = new Resolver({ timeout: 200, tries: 1 });
    resolver.setServers([`127.0.0.1:${port}`]);
    const startedMs = performance.now();
    while (!gone && performance.now() - startedMs < 10_000) {
      const found = await resolver.resolveSoa(zone).catch(() => null);
      if (found !== null) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await stop();
    throw new Error(`${program} did not serve ${zone} on port ${port}:\n${log.slice(-2_000)}`);
  }

  async function stop(): Promise<void> {
    child?.kill('SIGCONT');
    child?.kill('SIGTERM');
    const kill = setTimeout(() => child?.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(kill);
  }

  await start();
  return {
    port,
    directory,
    signal: (signal) => void child?.kill(signal),
    stop,
    start,
    log: () => log,
    async close() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Serial 1, and no record to manage. */
export const zoneFile = `$TTL 60
${zone}. SOA ns.${zone}. hostmaster.${zone}. 1 3600 2 86400 60
${zone}. NS ns.${zone}.
ns.${zone}. A 127.0.0.1
`;
