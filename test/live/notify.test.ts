import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import axios from 'axios';
import { canary, filesOf, mustNotShow } from '../canary';
import { freePort } from '../free-port';
import { openReceiver, type Received, type Receiver, textAt, webhookIsGenuine } from '../notify/receiver';
import { failoverd } from './command';
import { openWorld, ready, record, until, type World } from './harness';

/** The real daemon and real receivers on loopback: what it tells, and what happens when nobody takes it. */

const secret = `${canary}-hmac-5f0e2a`;

let world: World | null = null;
let receiver: Receiver | null = null;
afterEach(async () => {
  await world?.close();
  await receiver?.close();
  world = null;
  receiver = null;
});

const ids = (received: readonly Received[]): readonly string[] => received.map(({ json }) => textAt(json, 'id'));
const actions = (received: readonly Received[], code: string): readonly string[] =>
  received.filter(({ json }) => json['code'] === code).map(({ json }) => textAt(json, 'action'));

test('kill -9 while nobody takes anything: after the restart all of it is told, under the same keys', async () => {
  world = await openWorld(70);
  receiver = await openReceiver(() => ({ status: 503 }));
  const notify = { FAILOVERD_NOTIFY: `webhook+${receiver.url}/hook`, FAILOVERD_NOTIFY_SECRET: secret };
  const first = world.start(notify);
  expect(await until(20_000, ready(first, 'a'))).toBe(true);
  await world.sites[0]?.say('sick');
  const switched = (): boolean => first.log.some((line) => line['code'] === 'switched' && line['to'] === 'b');
  expect(await until(20_000, switched, 1)).toBe(true);
  // The first attempt is told; whatever came after it was not even tried yet.
  first.signal('SIGKILL');
  await first.exited;
  const told = first.log.filter((line) => line['code'] === 'alert' || line['code'] === 'switched');
  const before = new Set(ids(receiver.received));
  expect(receiver.received.every(({ json }) => json['action'] !== undefined)).toBe(true);

  receiver.received.length = 0;
  receiver.reply = () => ({ status: 200 });
  const second = world.start(notify);
  const on = receiver;
  const sites = (): boolean =>
    actions(on.received, 'switched').length >= 2 && actions(on.received, 'down:a').length >= 1;
  expect(await until(30_000, sites)).toBe(true);
  const after = new Set(ids(on.received));
  for (const id of before) expect(after.has(id)).toBe(true);
  expect(told.length).toBeGreaterThanOrEqual(3);
  // The creation of the record and the failover, and the alert that led to it: each once, in their order, and genuine.
  expect(actions(on.received, 'switched')).toEqual(['info', 'info']);
  expect(actions(on.received, 'down:a')).toEqual(['trigger']);
  expect(after.size).toBe(on.received.length);
  expect(on.received.every((one) => webhookIsGenuine(one, secret, Date.now()))).toBe(true);
  expect(on.received.every(({ headers, json }) => headers['idempotency-key'] === json['id'])).toBe(true);
  expect(await until(20_000, async () => (await second.status())?.active === 'b')).toBe(true);
}, 240_000);

test('notify test: says of every channel what it answered, and ends with 1 when one did not take it', async () => {
  world = await openWorld(71);
  const bad = { status: 404, body: `no such hook ${canary}-path-77` };
  receiver = await openReceiver(({ path }) => (path.startsWith('/bad') ? bad : { status: 202 }));
  const { url } = receiver;
  const good = `webhook+${url}/good,pagerduty://0123456789abcdef0123456789abcdef?url=${url}/v2/enqueue`;
  const env = { ...world.env, FAILOVERD_NOTIFY: `${good},slack+${url}/bad?token=${canary}-path-77#page` };
  const failed = await failoverd(['notify', 'test'], env);
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.text).toMatch(/webhook-1 +all +taken/);
  expect(failed.text).toMatch(/slack-1 +page +failed +HTTP 404, "no such hook \[redacted\]"/);
  expect(receiver.received.map(({ json }) => json['event_action']).filter(Boolean)).toEqual(['trigger', 'resolve']);
  const json = await failoverd(['notify', 'test', '--json'], { ...env, FAILOVERD_NOTIFY: good });
  expect(json.code).toBe(0);
  expect(JSON.parse(json.out).channels.map((one: { readonly ok: boolean }) => one.ok)).toEqual([true, true]);
  const none = await failoverd(['notify', 'test'], world.env);
  expect(none).toMatchObject({ code: 1, text: expect.stringContaining('FAILOVERD_NOTIFY') });
}, 240_000);

test('channels that take no answer, no connection or no time delay no switch', async () => {
  world = await openWorld(72);
  receiver = await openReceiver(() => 'hang');
  const { url } = receiver;
  const names = ['webhook', 'slack', 'dingtalk', 'feishu', 'wecom'].map((kind) => `${kind}+${url}/${kind}`);
  const closed = `webhook+http://127.0.0.1:1/x,smtp://127.0.0.1:${receiver.port}/?from=a@example.com&to=b@example.com`;
  const took: Record<string, number> = {};
  for (const [how, more] of Object.entries({
    alone: {},
    hanging: {
      FAILOVERD_NOTIFY: `${names.join()},${closed}`,
      FAILOVERD_HEARTBEAT: `${url}/beat`,
      FAILOVERD_HEARTBEAT_INTERVAL: '1s',
    },
  })) {
    const daemon = world.start({ ...more, FAILOVERD_STATE_DIR: mkdtempSync(join(world.stateDir, how)) });
    expect(
      await until(20_000, () => daemon.log.some((line) => line['code'] === 'switched' && line['to'] === 'a')),
    ).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const beganMs = performance.now();
    await world.sites[0]?.say('sick');
    expect(
      await until(20_000, () => daemon.log.some((line) => line['code'] === 'switched' && line['to'] === 'b'), 5),
    ).toBe(true);
    took[how] = performance.now() - beganMs;
    daemon.signal('SIGTERM');
    expect(await daemon.exited).toBe(0);
    await world.sites[0]?.say('well');
  }
  expect(receiver.received.length).toBeGreaterThanOrEqual(6);
  expect(took['hanging']).toBeLessThan((took['alone'] ?? 0) + 1_500);
}, 240_000);

test('a canary in every credential, URL and answer is told nowhere: log, API, pages, history, metrics, state, refusals', async () => {
  world = await openWorld(73);
  const on = world;
  // Whatever it is asked, it answers with all it was told.
  receiver = await openReceiver(({ path, headers, body }) => ({
    status: 500,
    body: `${path} ${JSON.stringify(headers)} ${body}`,
  }));
  const { url, port } = receiver;
  const local = `127.0.0.1:${port}`;
  const env = {
    ...world.env,
    FAILOVERD_NOTIFY: [
      `webhook+${url}/hook/${canary}-path?key=${canary}-query#secret=${canary}-fragment`,
      `slack+${url}/services/T0001/B0001/${canary}slack`,
      `pagerduty://${canary}0123456789abcdef?url=${url}/v2/enqueue`,
      `dingtalk+${url}/robot/send?access_token=${canary}ding#secret=SEC${canary}`,
      `feishu+${url}/hook/${canary}feishu#secret=${canary}feishusecret`,
      `wecom+${url}/cgi-bin/webhook/send?key=${canary}wecom`,
      `smtp://${canary}user:${canary}pass@${local}/?from=a@example.com&to=b@example.com`,
      `webhook+http://127.0.0.1:1/${canary}-closed`,
    ].join(),
    FAILOVERD_NOTIFY_SECRET: `${canary}-shared`,
    FAILOVERD_HEARTBEAT: `${url}/ping/${canary}-beat`,
    FAILOVERD_HEARTBEAT_INTERVAL: '1s',
    FAILOVERD_API_TOKEN: `${canary}-api-token-0123`,
    FAILOVERD_LOG_LEVEL: 'debug',
    FAILOVERD_LISTEN: `127.0.0.1:${await freePort()}`,
  };
  const daemon = world.startWith(env);
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  await world.sites[0]?.say('sick');
  expect(await until(20_000, async () => (await on.answer()) === on.sites[1]?.address)).toBe(true);
  // Nowhere to go: that is a page.
  await world.sites[1]?.say('sick');
  const failing = async (): Promise<readonly string[]> => {
    const body = await page(env.FAILOVERD_LISTEN, '/metrics');
    return [...body.matchAll(/failoverd_notify_failures_total\{channel="([a-z0-9-]+)"\} [1-9]/g)].map(
      ([, name = '']) => name,
    );
  };
  const all = [
    'webhook-1',
    'slack-1',
    'pagerduty-1',
    'dingtalk-1',
    'feishu-1',
    'wecom-1',
    'smtp-1',
    'webhook-2',
    'heartbeat',
  ];
  expect(await until(30_000, async () => (await failing()).length >= all.length)).toBe(true);
  const shown: Record<string, string> = { log: JSON.stringify(daemon.log) };
  const service = `/api/v1/services/${record}`;
  const paths = ['/api/v1/status', '/api/v1/history?limit=1000', '/metrics', '/readyz', '/nothing/here'];
  const newer = ['/', '/api/v1/openapi.json', `${service}/why`, `${service}/why?switch=last`, `${service}/why?at=1s`];
  for (const path of [...paths, ...newer, `${service}/observations`])
    shown[path] = await page(env.FAILOVERD_LISTEN, path);
  shown['events'] = await events(env.FAILOVERD_LISTEN);
  for (const args of [
    ['why'],
    ['why', '--generation', 'last'],
    ['history'],
    ['completion', 'bash'],
    ['status', '--json'],
  ])
    shown[args.join(' ')] = (await failoverd(args, env)).text;
  shown['bodies'] = receiver.received.map(({ body }) => body.replace(/"routing_key":"[^"]*"/, '')).join('\n');
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
  shown['log'] += JSON.stringify(daemon.log);
  Object.assign(shown, Object.fromEntries(filesOf(world.stateDir)));
  for (const args of [
    ['check'],
    ['check', '--json'],
    ['notify', 'test'],
    ['notify', 'test', '--json'],
    ['status'],
    ['rto'],
  ])
    shown[args.join(' ')] = (await failoverd(args, env)).text;
  const wrong = env.FAILOVERD_NOTIFY.replace('wecom+', 'wecomm+').replace('#secret', '#sekret');
  const refused = await failoverd(['check'], {
    ...env,
    FAILOVERD_NOTIFY: wrong,
    FAILOVERD_HEARTBEAT: `ftp://x/${canary}-beat`,
  });
  expect(refused.code).toBe(78);
  expect(refused.text).toMatch(/item 6 .*did you mean wecom\?/s);
  shown['refused'] = refused.text;
  mustNotShow(Object.entries(shown));
  expect(shown['bodies']).toContain('"event_action":"trigger"');
  expect(shown['events']).toContain('event: journal');
  expect(shown['why']).toContain(record);
  expect(shown['log']).toContain('notification not delivered');
  expect(shown['log']).toContain('[redacted]');
}, 240_000);

/** What somebody who watches from the first line of the history on is sent at once. */
async function events(listen: string): Promise<string> {
  const url = `http://${listen}/api/v1/events?after=0`;
  const answer = await axios.get<Readable>(url, { proxy: false, timeout: 5_000, responseType: 'stream' });
  let text = '';
  answer.data.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  await until(20_000, () => text.includes('event: journal'));
  answer.data.destroy();
  return text;
}

async function page(listen: string, path: string): Promise<string> {
  const answer = await axios.get<string>(`http://${listen}${path}`, {
    proxy: false,
    timeout: 5_000,
    responseType: 'text',
    transformResponse: (text: string) => text,
    validateStatus: () => true,
  });
  return answer.data;
}

test('after a reload the new channel is told too, and what waits for one that stays is not lost', async () => {
  world = await openWorld(74);
  receiver = await openReceiver(({ path }) => ({ status: path === '/old' ? 503 : 200 }));
  const on = receiver;
  const file = join(world.stateDir, 'notify-urls');
  const write = (...paths: readonly string[]): void =>
    writeFileSync(file, paths.map((path) => `webhook+${on.url}${path}`).join(), { mode: 0o600 });
  const at = (path: string): readonly Received[] => on.received.filter((one) => one.path === path);
  write('/old');
  const daemon = world.start({ FAILOVERD_NOTIFY_FILE: file });
  expect(await until(20_000, () => at('/old').length > 0)).toBe(true);
  const [first = ''] = ids(at('/old'));
  write('/new', '/old');
  daemon.signal('SIGHUP');
  expect(await until(20_000, () => daemon.log.some((line) => line['msg'] === 'configuration reloaded'))).toBe(true);
  on.reply = () => ({ status: 200 });
  const before = at('/old').length;
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  await world.sites[0]?.say('sick');
  const told = (path: string): boolean =>
    at(path).some(({ json }) => textAt(json, 'what').startsWith('failover verified'));
  expect(await until(40_000, () => told('/new') && told('/old'))).toBe(true);
  expect(ids(at('/old').slice(before))).toContain(first);
  expect(ids(at('/new'))).not.toContain(first);
}, 240_000);
