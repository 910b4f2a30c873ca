import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { type Listening, listen } from '../../src/api/listen';

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

async function opened(address: Parameters<typeof listen>[1]): Promise<Extract<Listening, { ok: true }>> {
  const listening = await listen(api, address);
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
}, 40_000);

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
}, 40_000);
