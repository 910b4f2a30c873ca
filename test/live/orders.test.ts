import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import axios from 'axios';
import { canary } from '../canary';
import { freePort } from '../free-port';
import { failoverd } from './command';
import { openWorld, ready, record, until, type World } from './harness';

/** A human takes over: by the command line, and by the HTTP API with its token. */

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

test('hold, switch, resume: in effect at once, kept over a restart, with who and why', async () => {
  world = await openWorld(90);
  const { env } = world;
  const first = world.start();
  expect(await until(20_000, ready(first, 'a'))).toBe(true);

  expect(await failoverd(['hold', '--reason', 'maintenance', '--for', '1h'], env)).toMatchObject({ code: 0 });
  expect((await first.status())?.hold).toMatchObject({ by: 'order', why: 'maintenance' });
  first.signal('SIGKILL');
  await first.exited;
  const second = world.start();
  expect(await until(20_000, async () => (await second.status())?.sites[1]?.verdict === 'up')).toBe(true);
  expect((await second.status())?.hold?.why).toBe('maintenance');

  expect(await failoverd(['resume', '--reason', 'done'], env)).toMatchObject({ code: 0 });
  expect((await second.status())?.hold).toBeNull();

  expect(await failoverd(['switch', 'b', '--reason', 'test'], env)).toMatchObject({ code: 0 });
  const on = world;
  expect(await until(20_000, async () => (await on.answer()) === on.sites[1]?.address)).toBe(true);
  const refused = await failoverd(['switch', 'nowhere'], env);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.text).toContain('no site "nowhere"; there are a, b');
  expect((await failoverd(['switch'], env)).code).toBe(2);
  expect((await failoverd(['hold', '--for', 'ever'], env)).text).toContain('30m');
  const long = await failoverd(['hold', '--reason', 'x'.repeat(301)], env);
  expect(long).toMatchObject({ code: 2, text: expect.stringContaining('in at most 300 characters') });
  expect((await failoverd(['resume', '--record', 'other.test'], env)).text).toContain(
    `no service "other.test"; there are: ${record}`,
  );
  expect((await second.history()).some((row) => row.code === 'ordered' && row.text.includes('maintenance'))).toBe(true);
}, 240_000);

test('over HTTP: read-only without a token; with it orders are taken from nobody else', async () => {
  world = await openWorld(91);
  const port = await freePort();
  const token = `${canary}-token-0123`;
  const file = join(world.stateDir, 'token');
  writeFileSync(file, token, { mode: 0o600 });
  const env = { FAILOVERD_API_TOKEN_FILE: file, FAILOVERD_API_HOSTS: 'status.example.net' };
  const daemon = world.start({ FAILOVERD_LISTEN: `127.0.0.1:${port}`, ...env });
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  const post = async (headers: Readonly<Record<string, string>>, body: object = { order: 'hold', reason: 'x' }) => {
    const url = `http://127.0.0.1:${port}/api/v1/services/${record}/orders`;
    return (await axios.post(url, body, { headers, proxy: false, validateStatus: () => true })).status;
  };
  const good = { Authorization: `Bearer ${token}` };
  expect(await post({})).toBe(401);
  expect(await post({ Authorization: 'Bearer short' })).toBe(401);
  expect(await post({ ...good, 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
  expect(await post({ ...good, Host: 'attacker.example' })).toBe(421);
  expect(await post({ ...good, 'Content-Type': 'text/plain' })).toBe(415);
  expect(await post(good, { order: 'explode', reason: 'x' })).toBe(400);
  expect(await post(good, { order: 'hold' })).toBe(400);
  expect((await daemon.status())?.hold).toBeNull();
  expect(await post(good)).toBe(200);
  expect((await daemon.status())?.hold).toMatchObject({ by: 'order', actor: 'token' });
  expect(await post(good, { order: 'resume', reason: 'x' })).toBe(200);
  expect(await post(good, { order: 'switch', site: 'nowhere', reason: 'x' })).toBe(409);
  expect(await post({ ...good, Host: 'status.example.net' }, { order: 'resume', reason: 'x' })).toBe(200);

  const other = `${canary}-another-token`;
  writeFileSync(file, other, { mode: 0o600 });
  daemon.signal('SIGHUP');
  const renewed = { Authorization: `Bearer ${other}` };
  expect(await until(20_000, async () => (await post(renewed, { order: 'resume', reason: 'x' })) === 200)).toBe(true);
  expect(await post(good, { order: 'resume', reason: 'x' })).toBe(401);
  for (let wrong = 0; wrong < 25; wrong++) await post({ Authorization: `Bearer ${wrong}` });
  expect(await post({ Authorization: 'Bearer again' })).toBe(429);
  expect(JSON.stringify(daemon.log)).not.toContain(token);

  // Who gave an order is what it said of itself; how it came is not.
  const named = { order: 'hold', reason: 'x', actor: 'root' };
  expect(await post(renewed, named)).toBe(200);
  expect((await failoverd(['resume'], { ...world.env, SUDO_USER: 'root' })).code).toBe(0);
  const orders = (await daemon.history()).filter(({ code, kind }) => code === 'ordered' && kind === 'event');
  expect(orders.slice(-2).map(({ data }) => [data['actor'], data['via']])).toEqual([
    ['root', 'token'],
    ['root', 'socket'],
  ]);
  const told = (await failoverd(['history', '--all'], world.env)).out.split('\n');
  expect(told.filter((line) => / by root/.test(line) && line.includes('event:ordered'))).toEqual([
    expect.stringContaining('hold by root: x; a hold begins; it came over HTTP with the token'),
    expect.stringContaining('resume by root: by hand; a hold ends; it came over the socket'),
  ]);
}, 240_000);

test('a token that leaked is changed by SIGHUP: the old one gives no orders from then on, and is told nowhere', async () => {
  world = await openWorld(92);
  const port = await freePort();
  const [old, fresh] = [`${canary}-old-token`, `${canary}-new-token`];
  const file = join(world.stateDir, 'token');
  writeFileSync(file, old, { mode: 0o600 });
  const daemon = world.start({ FAILOVERD_LISTEN: `127.0.0.1:${port}`, FAILOVERD_API_TOKEN_FILE: file });
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  const hold = async (token: string) => {
    const url = `http://127.0.0.1:${port}/api/v1/services/${record}/orders`;
    const headers = { Authorization: `Bearer ${token}` };
    const body = { order: 'hold', reason: `not the ${old}` };
    return (await axios.post(url, body, { headers, proxy: false, validateStatus: () => true })).status;
  };
  expect([await hold(old), await hold(fresh)]).toEqual([200, 401]);
  writeFileSync(file, fresh);
  daemon.signal('SIGHUP');
  expect(await until(20_000, () => daemon.log.some((line) => line['msg'] === 'configuration reloaded'))).toBe(true);
  const before = daemon.log.length;
  expect([await hold(old), await hold(fresh)]).toEqual([401, 200]);
  expect(await until(20_000, () => daemon.log.slice(before).some((line) => line['code'] === 'ordered'))).toBe(true);
  expect(JSON.stringify(daemon.log)).not.toContain(old);
}, 240_000);

test('a token given as the site is told nowhere, neither by the command line nor over HTTP', async () => {
  world = await openWorld(93);
  const port = await freePort();
  const token = `${canary}-token-0123`;
  const daemon = world.start({ FAILOVERD_LISTEN: `127.0.0.1:${port}`, FAILOVERD_API_TOKEN: token });
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  const url = `http://127.0.0.1:${port}/api/v1/services/${record}/orders`;
  const headers = { Authorization: `Bearer ${token}` };
  for (const order of ['switch', 'drill']) {
    const refused = await failoverd([order, token], world.env);
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('no site "[redacted]"; there are a, b') });
    const body = { order, site: `${token} `, reason: 'x' };
    const answer = await axios.post(url, body, { headers, proxy: false, validateStatus: () => true });
    expect([answer.status, JSON.stringify(answer.data)]).toEqual([409, expect.not.stringContaining(token)]);
  }
  // Where it stands in anything that the daemon shows or keeps, the end of the world tells.
  const refused = (await daemon.history()).filter(({ code }) => code === 'order-refused');
  expect(refused).toHaveLength(4);
}, 240_000);
