import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port';

/** What the tests of nginx run. */
export const nginxPrograms = ['nginx', 'flock'];

/** A real nginx in the foreground, on free ports of loopback, with a folder of its own; the files of the adapter lie in `servers/`. */
export interface Nginx {
  readonly directory: string;
  /** The folder the adapter may write; what else lies in it is a neighbour. */
  readonly folder: string;
  readonly file: string;
  /** Where nginx returns the marker it runs. */
  readonly statementPort: number;
  /** Through the upstream. */
  readonly proxyPort: number;
  readonly testCommand: string;
  /** A script: counts, and misbehaves on request. */
  readonly reloadCommand: string;
  /** Starts it with the include, or, while the files are not there yet, without. The configuration on disk has the include then. */
  start(): Promise<void>;
  /** A reload by a person; resolves when all workers are new. */
  reload(): Promise<void>;
  /** How the next reloads by the adapter go. `lost`: nothing happens. `refused`: status 1 and a reason. `kill`: whoever asks is killed first. */
  reloads(how: 'done' | 'lost' | 'refused' | 'kill'): void;
  /** How often the adapter asked for a reload. */
  reloaded(): number;
  /** Makes the whole configuration wrong, or right again, by another file than ours. */
  spoil(wrong: boolean): void;
  /** What nginx says it runs, asked directly. */
  statement(): Promise<string>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function openNginx(): Promise<Nginx> {
  const directory = mkdtempSync(join(tmpdir(), 'failoverd-nginx-'));
  const folder = join(directory, 'servers');
  const file = join(folder, 'www.servers');
  const [statementPort, proxyPort] = [await freePort(), await freePort()];
  const configuration = join(directory, 'nginx.conf');
  const run = ['-p', directory, '-c', configuration, '-e', join(directory, 'error.log')];
  const flag = (name: string): string => join(directory, name);
  const put = (name: string, on: boolean): void =>
    on ? writeFileSync(flag(name), '') : rmSync(flag(name), { force: true });
  let child: ChildProcess | null = null;
  let exited: Promise<unknown> = Promise.resolve();
  writeFileSync(flag('extra.conf'), '');
  mkdirSync(folder);
  writeFileSync(flag('reload'), reloadScript(directory, run), { mode: 0o755 });

  async function statement(): Promise<string> {
    return (await ask(statementPort)).body;
  }

  /** Every answer for longer than old workers live beside new ones. */
  async function steady(want: string): Promise<void> {
    let since = performance.now();
    for (const startedMs = since; performance.now() - startedMs < 10_000; ) {
      const now = await statement().catch(() => null);
      if (now !== want) since = performance.now();
      else if (performance.now() - since > 150) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`nginx does not come to state "${want}"`);
  }

  /** Not by SIGKILL: the workers would live on. */
  async function stop(): Promise<void> {
    child?.kill('SIGTERM');
    await exited;
    child = null;
  }

  return {
    directory,
    folder,
    file,
    statementPort,
    proxyPort,
    testCommand: ['nginx', ...run, '-t', '-q'].join(' '),
    reloadCommand: flag('reload'),
    async start() {
      const full = text(directory, file, statementPort, proxyPort);
      writeFileSync(configuration, existsSync(file) ? full : bare(directory, statementPort));
      const started = spawn('nginx', [...run, '-g', 'daemon off;'], { stdio: 'ignore', env: { PATH: searched } });
      child = started;
      exited = new Promise((resolve) => started.once('close', resolve));
      for (const startedMs = performance.now(); ; ) {
        if ((await statement().catch(() => null)) !== null) break;
        if (started.exitCode !== null || performance.now() - startedMs > 20_000)
          throw new Error(`nginx did not start (${started.exitCode})`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      writeFileSync(configuration, full);
    },
    async reload() {
      await promisify(execFile)('nginx', [...run, '-s', 'reload'], { env: { PATH: searched } });
      await steady(/"(.*)"/.exec(readFileSync(`${file}.marker`, 'utf8'))?.[1] ?? '');
    },
    reloads(how) {
      for (const name of ['lost', 'refused', 'kill']) put(name, name === how);
    },
    reloaded: () => (existsSync(flag('reloaded')) ? readFileSync(flag('reloaded'), 'utf8').split('\n').length - 1 : 0),
    spoil: (wrong) => writeFileSync(flag('extra.conf'), wrong ? 'no_such_directive on;\n' : ''),
    statement,
    stop,
    async close() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const searched = `${process.env['PATH'] ?? ''}:/usr/sbin`;

function reloadScript(directory: string, run: readonly string[]): string {
  return `#!/bin/sh
cd ${directory}
echo . >>reloaded
if [ -e refused ]; then printf 'no permission \\033[31mto reload\\n' >&2; exit 1; fi
if [ -e kill ]; then kill -9 $PPID; exit 0; fi
if [ -e lost ]; then exit 0; fi
exec nginx ${run.join(' ')} -s reload
`;
}

/** A whole configuration that leaves nothing outside that folder. */
export function configurationOf(directory: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
worker_processes 2;
pid ${directory}/pid;
error_log ${directory}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join(' ')}
${http}
}
`;
}

function text(directory: string, file: string, statementPort: number, proxyPort: number): string {
  return configurationOf(
    directory,
    `
  include ${directory}/extra.conf;
  upstream app {
    include ${file};
  }
  map "" $failoverd {
    include ${file}.marker;
  }
  server {
    listen 127.0.0.1:${statementPort};
    location / { return 200 "$failoverd\\n"; }
  }
  server {
    listen 127.0.0.1:${proxyPort};
    location / { proxy_pass http://app; proxy_connect_timeout 1s; }
  }`,
  );
}

function bare(directory: string, statementPort: number): string {
  return configurationOf(directory, `server { listen 127.0.0.1:${statementPort}; location / { return 404; } }`);
}

/** One request on a connection of its own. */
export function ask(port: number): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, agent: false, timeout: 3_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: body.trimEnd() }));
      response.once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', reject);
  });
}

/** A server of a site: answers its name. */
export async function startBackend(address: string, port: number, name: string): Promise<() => Promise<void>> {
  const server = createServer((_, response) => response.end(name));
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
