import { type ChildProcess, fork } from 'node:child_process';
import { get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import axios from 'axios';
import { freePort } from '../free-port';
import { type Daemon, openWorld, until, type World } from '../live/harness';

/** Two hundred dashboards and a slowloris, against the same daemon without them: probes keep their pace, and a failure is found as soon. */

const dashboards = 200;
const slow = 250;
const net = 96;
const [a, b] = [`127.0.${net}.1`, `127.0.${net}.2`] as const;

let world: World | null = null;
let sites: ChildProcess | null = null;
afterEach(async () => {
  sites?.kill('SIGKILL');
  sites = null;
  await world?.close();
  world = null;
});

async function startSites(port: number): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'paced-sites.js'), [String(port), a, b], { stdio: 'ignore' });
  let ready = 0;
  child.on('message', () => {
    ready += 1;
  });
  expect(await until(20_000, () => ready === 2)).toBe(true);
  return child;
}

function taken(child: ChildProcess): Promise<readonly (readonly [string, number])[]> {
  return new Promise((resolve) => {
    child.once('message', ({ came }: { readonly came: readonly (readonly [string, number])[] }) => resolve(came));
    child.send({ take: true });
  });
}

interface Measured {
  /** Between two probes of one site, in ms, sorted. */
  readonly gaps: readonly number[];
  readonly detectMs: number;
  readonly cpuMs: number;
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;

/** The pace of calm probes over some time, then how long it takes to decide that a site is down. */
async function measure(child: ChildProcess, daemon: Daemon, port: number, sick: string): Promise<Measured> {
  const cpuMs = async () =>
    1_000 * Number(/^process_cpu_seconds_total (\S+)/m.exec(String((await ask(port, '/metrics')).data))?.[1]);
  await taken(child);
  const before = await cpuMs();
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const spentMs = (await cpuMs()) - before;
  const came = await taken(child);
  const gaps = [a, b].flatMap((address) => {
    const times = came.flatMap(([to, atMs]) => (to === address ? [atMs] : []));
    return times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
  });
  const decided = () => daemon.log.filter((line) => line['code'] === 'decided').length;
  const sofar = decided();
  const startedMs = performance.now();
  child.send({ sick });
  expect(await until(30_000, () => decided() > sofar, 5)).toBe(true);
  return { gaps: gaps.toSorted((x, y) => x - y), detectMs: performance.now() - startedMs, cpuMs: spentMs };
}

const ask = (port: number, path: string) =>
  axios.get(`http://127.0.0.1:${port}${path}`, { proxy: false, timeout: 5_000, validateStatus: () => true });

function text({ gaps, detectMs, cpuMs }: Measured): string {
  const ms = [0.05, 0.5, 0.95, 1].map((share) => Math.round(at(gaps, share)));
  return `between probes ${ms.join('/')} ms (5 %, half, 95 %, all; ${gaps.length} probes), found after ${Math.round(detectMs)} ms, ${Math.round(cpuMs)} ms of CPU in 15 s`;
}

test('200 dashboards and a slowloris change neither the pace of probes nor the time to find a failure', async () => {
  const here = await openWorld(net, 0);
  world = here;
  const [port, sitePort] = [await freePort(), await freePort()];
  const child = await startSites(sitePort);
  sites = child;
  const daemon = here.start({
    FAILOVERD_SITES: `a=${a},b=${b}`,
    FAILOVERD_CHECK: `http://www.example.test:${sitePort}/health`,
    FAILOVERD_LISTEN: `127.0.0.1:${port}`,
    FAILOVERD_FAILBACK: 'manual',
  });
  const serving = (site: string) => async () => {
    const status = await daemon.status();
    return status?.active === site && status.ready && status.write === 'settled';
  };
  expect(await until(30_000, serving('a'))).toBe(true);
  const alone = await measure(child, daemon, port, a);

  child.send({ sick: '' });
  expect(await until(30_000, serving('b'))).toBe(true);
  let beats = 0;
  let ended = 0;
  const streams: IncomingMessage[] = [];
  for (let one = 0; one < dashboards; one++) {
    get({ host: '127.0.0.1', port, path: '/api/v1/events', agent: false }, (stream) => {
      streams.push(stream);
      stream.on('data', () => {
        beats += 1;
      });
      stream.on('close', () => {
        ended += 1;
      });
    }).on('error', () => undefined);
  }
  expect(await until(30_000, () => streams.length === dashboards)).toBe(true);
  // Headers that never end, a byte at a time; who is cut off comes again.
  const lorises = new Set<Socket>();
  let isOver = false;
  let most = 0;
  const loris = (): void => {
    if (isOver) return;
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX: '));
    lorises.add(socket);
    most = Math.max(most, lorises.size);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        lorises.delete(socket);
        setTimeout(loris, 200);
      });
    socket.resume();
  };
  for (let one = 0; one < slow; one++) loris();
  const drip = setInterval(() => {
    for (const socket of lorises) if (socket.writable) socket.write('x');
  }, 500);
  const asked: number[] = [];
  const curious = setInterval(async () => {
    const startedMs = performance.now();
    const answer = await ask(port, '/readyz').catch(() => null);
    asked.push(answer === null ? Number.POSITIVE_INFINITY : performance.now() - startedMs);
  }, 1_000);

  const crowded = await measure(child, daemon, port, b);
  expect(await until(30_000, async () => (await daemon.status())?.active === 'a')).toBe(true);
  clearInterval(drip);
  clearInterval(curious);
  const stillThere = streams.length - ended;
  process.stdout.write(`alone:   ${text(alone)}\ncrowded: ${text(crowded)}\n`);
  process.stdout.write(
    `${stillThere} of ${dashboards} streams are open after it, ${beats} messages came, ${most} slow connections; /readyz took at most ${Math.round(Math.max(...asked))} ms\n`,
  );
  isOver = true;
  for (const socket of lorises) socket.destroy();
  for (const stream of streams) stream.destroy();

  expect(most).toBe(slow);
  expect(stillThere).toBe(dashboards);
  expect(beats).toBeGreaterThan(dashboards * 10);
  expect(asked.length).toBeGreaterThan(5);
  expect(Math.max(...asked)).toBeLessThan(5_000);
  expect(crowded.gaps.length).toBeGreaterThan(alone.gaps.length * 0.8);
  // Wide: the machine has other work. A tenth of it is what is seen.
  expect(at(crowded.gaps, 0.95) - at(alone.gaps, 0.95)).toBeLessThan(500);
  expect(crowded.detectMs - alone.detectMs).toBeLessThan(1_500);
}, 180_000);
