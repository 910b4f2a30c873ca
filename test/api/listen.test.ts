import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { addEvents } from '../../src/api/events';
import { type Listening, listen } from '../../src/api/listen';
import { createWatchers } from '../../src/api/watchers';

const api = new Hono()
  .get('/', (context) => context.text('here'))
  .post('/', async (context) => context.json(await context.req.json()));
const open: { close(): Promise<void> }[] = [];
let directory = '';

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  if (directory !== '') rmSync(directory, { recursive: true });
  directory = '';
});

async function opened(address: Parameters<typeof listen>[1], app = api): Promise<Extract<Listening, { ok: true }>> {
  const listening = await listen(app, address);
  if (!listening.ok) throw new Error(listening.why);
  open.push(listening);
  return listening;
}

test('the socket is for its owner alone', async () => {
  directory = mkdtempSync(join(tmpdir(), 'failoverd-api-'));
  const path = join(directory, 'failoverd.sock');
  await opened({ path });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a path longer than the kernel takes is refused, and nothing is made in its place', async () => {
  directory = mkdtempSync(join(tmpdir(), 'failoverd-api-'));
  const path = join(directory, 'x'.repeat(100));
  const listening = await listen(api, { path });
  expect(listening).toEqual({ ok: false, why: expect.stringContaining('at most 107') });
  expect(listening).toEqual({ ok: false, why: expect.stringContaining('FAILOVERD_STATE_DIR') });
  expect(readdirSync(directory)).toEqual([]);
});

test('a port in use is named with the way out', async () => {
  const { port } = await opened({ host: '127.0.0.1', port: 0 });
  const again = await listen(api, { host: '127.0.0.1', port: port ?? 0 });
  expect(again).toEqual({ ok: false, why: expect.stringMatching(/EADDRINUSE.*FAILOVERD_LISTEN/) });
});

test('a body that never ends holds a connection for seconds', async () => {
  const { port } = await opened({ host: '127.0.0.1', port: 0 });
  const startedMs = performance.now();
  const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{';
  const socket: Socket = connect(port ?? 0, '127.0.0.1', () => socket.write(head));
  const drip = setInterval(() => socket.write(' '), 500);
  await new Promise((resolve) => socket.on('error', resolve).on('close', resolve).resume());
  clearInterval(drip);
  expect(performance.now() - startedMs).toBeLessThan(20_000);
}, 240_000);

test('headers that never end hold a connection for seconds, not for half a minute', async () => {
  const { port } = await opened({ host: '127.0.0.1', port: 0 });
  const startedMs = performance.now();
  const socket: Socket = connect(port ?? 0, '127.0.0.1', () =>
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX: '),
  );
  const drip = setInterval(() => socket.write('x'), 500);
  await new Promise((resolve) => socket.on('error', resolve).on('close', resolve).resume());
  clearInterval(drip);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
}, 240_000);

test('who opens a stream and does not read it is cut off at a bound; who reads it stays', async () => {
  const watchers = createWatchers(2);
  const app = new Hono();
  addEvents(app, {
    stir: () => undefined,
    watch: (_after, cut) => watchers.add(['first'], cut),
    stop: () => undefined,
  });
  const { port } = await opened({ host: '127.0.0.1', port: 0 }, app);
  const ask = (): Socket => {
    const socket: Socket = connect(port ?? 0, '127.0.0.1', () =>
      socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    return socket.on('error', () => undefined);
  };
  const [slow, quick] = [ask(), ask()];
  let read = 0;
  quick.on('data', (bytes) => {
    read += bytes.length;
  });
  slow.pause();
  const until = async (is: () => boolean): Promise<void> => {
    for (const startedMs = performance.now(); !is() && performance.now() - startedMs < 10_000; )
      await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await until(() => watchers.size() === 2);
  const message = 'x'.repeat(200_000);
  // What the kernel takes comes on top of the bound.
  for (let sent = 0; sent < 200 && watchers.size() === 2; sent++) {
    const before = read;
    watchers.send(message);
    await until(() => read - before >= message.length);
  }
  expect(watchers.size()).toBe(1);
  await new Promise((resolve) => slow.on('close', resolve).resume());
  expect(quick.closed).toBe(false);
  quick.destroy();
}, 240_000);
