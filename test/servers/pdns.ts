import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../src/store/sqlite';
import { freePort } from '../free-port';

const schema = '/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql';
/** What the tests of PowerDNS run. */
export const pdnsPrograms = ['pdns_server', schema];

/** A real PowerDNS Authoritative Server with its SQLite database, on loopback, as a process of its own. */
export interface Pdns {
  /** Of the API, without a path. */
  readonly url: string;
  readonly apiPort: number;
  readonly dnsPort: number;
  readonly key: string;
  /** One request to the API past the adapter; its status and parsed body. */
  api(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  log(): string;
  stop(): Promise<void>;
}

export interface PdnsOptions {
  /** More lines of pdns.conf. */
  readonly lines?: readonly string[];
}

/** Starts one in a few hundred milliseconds. Its caches are off, so that DNS shows every change at once. */
export async function startPdns({ lines = [] }: PdnsOptions = {}): Promise<Pdns> {
  const directory = mkdtempSync(join(tmpdir(), 'failoverd-pdns-'));
  const database = openSqlite(join(directory, 'pdns.sqlite3'));
  database.exec(readFileSync(schema, 'utf8'));
  database.close();
  const [apiPort, dnsPort] = [await freePort(), await freePort()];
  const key = 'canary-key-of-powerdns';
  writeFileSync(join(directory, 'pdns.conf'), configuration(directory, apiPort, dnsPort, key, lines));
  const child = spawn('/usr/sbin/pdns_server', [`--config-dir=${directory}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const url = `http://127.0.0.1:${apiPort}`;
  const server: Pdns = {
    url,
    apiPort,
    dnsPort,
    key,
    api: (method, path, body) => request(`${url}/api/v1/servers/localhost${path}`, key, method, body),
    log: () => log,
    async stop() {
      await end(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await answering(server, child);
  return server;
}

function configuration(
  directory: string,
  apiPort: number,
  dnsPort: number,
  key: string,
  lines: readonly string[],
): string {
  return [
    'launch=gsqlite3',
    `gsqlite3-database=${join(directory, 'pdns.sqlite3')}`,
    'gsqlite3-pragma-synchronous=0',
    'gsqlite3-dnssec=yes',
    'api=yes',
    `api-key=${key}`,
    'webserver=yes',
    'webserver-address=127.0.0.1',
    `webserver-port=${apiPort}`,
    'webserver-allow-from=127.0.0.0/8',
    'local-address=127.0.0.1',
    `local-port=${dnsPort}`,
    `socket-dir=${directory}`,
    'cache-ttl=0',
    'query-cache-ttl=0',
    'negquery-cache-ttl=0',
    'zone-cache-refresh-interval=0',
    'security-poll-suffix=',
    'daemon=no',
    'guardian=no',
    'receiver-threads=1',
    'distributor-threads=1',
    'loglevel=4',
    ...lines,
    '',
  ].join('\n');
}

async function request(url: string, key: string, method: string, body: unknown) {
  const response = await fetch(url, {
    method,
    headers: { 'X-API-Key': key },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
}

async function answering(server: Pdns, child: ChildProcess): Promise<void> {
  for (let round = 0; round < 200 && child.exitCode === null; round++) {
    try {
      if ((await server.api('GET', '')).status === 200) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await server.stop();
  throw new Error(`pdns_server does not answer:\n${server.log()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}
