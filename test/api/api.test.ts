import crypto = require('node:crypto');

import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createApi } from '../../src/api/api';
import { createMetrics } from '../../src/api/metrics';
import type { MayOrder, Ordered } from '../../src/api/orders';
import { createStrips } from '../../src/api/strip';
import type { JournalRow } from '../../src/control/ports';
import { explain, type ServiceStatus } from '../../src/domain/explain';
import { a, b, benchOf, c, fail, foundAt, policyOf } from '../domain/fixtures';

const rows: readonly JournalRow[] = [5, 4, 3, 2, 1].map((id) => ({
  id,
  record: id % 2 === 0 ? 'even.example.test' : 'odd.example.test',
  atMs: id,
  wallMs: id,
  kind: 'event',
  code: 'found',
  text: 'found',
  data: {},
}));

function calm(): ServiceStatus {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  return explain(bench.view());
}

function apiOf(statuses: readonly ServiceStatus[], stuck: string | null = null, mayOrder: MayOrder = { by: 'nobody' }) {
  const metrics = createMetrics();
  const asked: unknown[] = [];
  const ordered: Ordered[] = [];
  const input = {
    order(record: string, order: Ordered) {
      if (record !== 'www.example.test') return null;
      ordered.push(order);
      return { accepted: true, why: 'done' };
    },
    statuses: () => statuses,
    history(filter: unknown) {
      asked.push(filter);
      return rows;
    },
    why: { service: () => null, history: () => [], observed: () => [], wallMs: () => 0 },
    metrics,
    stuck: () => stuck,
    about: { version: '1.2.3', startedAt: '2026-01-01T00:00:00.000Z' },
    hosts: ['status.example.test'],
    live: { stir: () => undefined, watch: () => null, stop: () => undefined },
    strip: createStrips().of,
    wallMs: () => 1_000,
    nowMs: () => 500,
    page: { ok: false, why: 'not built' } as const,
  };
  const api = createApi(input, mayOrder);
  function ask(body: string, headers: Readonly<Record<string, string>> = {}, record = 'www.example.test') {
    const all = {
      host: 'localhost',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    };
    return api.request(`/api/v1/services/${record}/orders`, { method: 'POST', headers: all, body });
  }
  return {
    metrics,
    asked,
    ordered,
    ask,
    give: async (...what: Parameters<typeof ask>) => (await ask(...what)).status,
    get: (path: string, host = 'localhost', method = 'GET', headers: Readonly<Record<string, string>> = {}) =>
      api.request(path, { method, headers: { host, ...headers } }),
  };
}

test.each([
  ['localhost', 200],
  ['localhost:8053', 200],
  ['127.0.0.1:8053', 200],
  ['[::1]:8053', 200],
  ['status.example.test:8053', 200],
  ['STATUS.example.test', 200],
  ['attacker.test', 421],
  ['attacker.test:8053', 421],
  ['localhost.attacker.test', 421],
  ['127.0.0.1.attacker.test', 421],
])('asked as %s it answers %i', async (host, code) => {
  for (const path of ['/api/v1/status', '/metrics', '/nothing']) {
    const answer = await apiOf([calm()]).get(path, host);
    expect(answer.status).toBe(path === '/nothing' && code === 200 ? 404 : code);
  }
});

test('nothing of it may be kept, framed or run by a browser', async () => {
  const { headers } = await apiOf([calm()]).get('/api/v1/status');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toBe("default-src 'none'");
});

test('alive while things move, and says why when they do not', async () => {
  expect((await apiOf([calm()]).get('/healthz')).status).toBe(200);
  const answer = await apiOf([calm()], 'nothing moved for 20 s').get('/healthz');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ alive: false, why: 'nothing moved for 20 s' });
});

test('the status tells what time it is, on the wall and on the clock on which its moments are', async () => {
  expect(await (await apiOf([calm()]).get('/api/v1/status')).json()).toMatchObject({ at: 1_000, nowMs: 500 });
});

test('ready only when every service could fail over, with the reasons of those that could not', async () => {
  const held = { ...calm(), record: 'held.example.test', ready: false, readyWhy: ['held by ada: change'] };
  expect((await apiOf([]).get('/readyz')).status).toBe(503);
  expect((await apiOf([calm()]).get('/readyz')).status).toBe(200);
  const answer = await apiOf([calm(), held]).get('/readyz');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    ready: false,
    services: [{ why: [] }, { why: ['held by ada: change'] }],
  });
});

test.each([
  ['', { limit: 100 }],
  ['?limit=3', { limit: 3 }],
  ['?limit=99999', { limit: 10_000 }],
  ['?since=400ms&until=100ms', { limit: 100, sinceWallMs: 600, untilWallMs: 900 }],
  ['?until=1970-01-01', { limit: 100, untilWallMs: 0 }],
  ['?before=4&limit=2', { limit: 2, before: 4 }],
  ['?record=odd.example.test', { limit: 100, record: 'odd.example.test' }],
  ['?record=ODD.example.test.', { limit: 100, record: 'odd.example.test' }],
  ['?kind=tell', { limit: 100, kind: 'tell' }],
])('history%s asks the store for %j', async (query, filter) => {
  const { get, asked } = apiOf([calm()]);
  const answer = await get(`/api/v1/history${query}`);
  expect(await answer.json()).toMatchObject({ history: rows });
  expect(asked).toEqual([filter]);
});

test.each([
  'limit=-1',
  'limit=x',
  'limit=1e3',
  'limit=',
  'before=1.5',
  'before=9999999999999',
  'kind=x',
  'kind=',
  'kind=switch,tell',
  'since=yesterday',
  'since=2026-11-23T10:00',
  'since=1h&until=2h',
  'format=xml',
])('history?%s is refused', async (query) => {
  const { get, asked } = apiOf([calm()]);
  for (const path of ['/api/v1/history', '/api/v1/history/days']) {
    const answer = await get(`${path}?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.any(String), remedy: expect.any(String) });
  }
  expect(asked).toEqual([]);
});

test.each([
  ['POST', '/api/v1/status', 'GET, HEAD'],
  ['PUT', '/api/v1/status', 'GET, HEAD'],
  ['DELETE', '/api/v1/status', 'GET, HEAD'],
  ['POST', '/healthz', 'GET, HEAD'],
  ['PATCH', '/metrics', 'GET, HEAD'],
  ['OPTIONS', '/', 'GET, HEAD'],
  ['POST', '/api/v1/services/www.example.test/why', 'GET, HEAD'],
  ['GET', '/api/v1/services/www.example.test/orders', 'POST'],
  ['POST', '/nothing', null],
])('%s %s is not taken; what is: %s', async (method, path, allow) => {
  const answer = await apiOf([calm()]).get(path, 'localhost', method);
  expect([answer.status, answer.headers.get('allow')]).toEqual([allow === null ? 404 : 405, allow]);
  expect(await answer.json()).toEqual({ error: expect.any(String) });
});

test('metrics show the present services only, and count what was told', async () => {
  const status = calm();
  const statuses = [status, { ...status, record: 'gone.example.test' }];
  const { get, metrics } = apiOf(statuses);
  const { record } = status;
  metrics.observed(record, a, fail('status'));
  metrics.observed(record, a, { result: 'unknown', why: 'no route' });
  const fields = { kind: 'failover', tookMs: 2_400, detectMs: 2_000 };
  metrics.told(record, { code: 'switched', level: 'warn', page: false, text: '', fields });
  metrics.told(record, { code: 'write-failed', level: 'warn', page: false, text: '', fields: {} });
  metrics.told(record, {
    code: 'converged',
    level: 'info',
    page: false,
    text: '',
    fields: { halfMs: 5_000, fullMs: 40_000 },
  });
  metrics.told(record, {
    code: 'unconverged',
    level: 'warn',
    page: false,
    text: '',
    fields: { halfMs: 6_000, fullMs: null },
  });
  expect(await (await get('/metrics')).text()).toContain('gone.example.test');
  statuses.pop();
  const text = await (await get('/metrics')).text();
  expect(text).not.toContain('gone.example.test');
  for (const line of [
    `failoverd_site_up{record="${record}",site="${a}"} 1`,
    `failoverd_active_site{record="${record}",site="${a}"} 1`,
    `failoverd_active_site{record="${record}",site="${b}"} 0`,
    `failoverd_ready{record="${record}"} 1`,
    `failoverd_hold{record="${record}"} 0`,
    `failoverd_convergence_ratio{record="${record}"} 1`,
    `failoverd_switches_total{record="${record}",kind="failover"} 1`,
    `failoverd_write_errors_total{record="${record}"} 1`,
    `failoverd_switch_seconds_sum{record="${record}"} 2.4`,
    `failoverd_detect_seconds_sum{record="${record}"} 2`,
    `failoverd_convergence_seconds_sum{record="${record}",share="0.5"} 11`,
    `failoverd_convergence_seconds_sum{record="${record}",share="1"} 40`,
    `failoverd_probe_duration_seconds_count{record="${record}",site="${a}",result="fail"} 1`,
  ])
    expect(text).toContain(line);
  expect(text).not.toContain('result="unknown"');
});

describe('orders over TCP', () => {
  const token = 'correct-horse-battery-staple';
  const right = { authorization: `Bearer ${token}` };
  afterEach(() => void jest.restoreAllMocks());
  const hold = '{"order":"hold","reason":"maintenance","for":"30m","actor":"ada"}';
  const open = () => apiOf([calm()], null, { by: 'token', token });

  test('with the token, as given', async () => {
    const { give, ordered } = open();
    expect(await give(hold, right)).toBe(200);
    const order = { order: 'hold' };
    expect(ordered).toEqual([
      { type: 'ordered', order, actor: 'ada', why: 'maintenance', forMs: 1_800_000, via: 'token' },
    ]);
  });

  test('a media type has no case', async () => {
    expect(await open().give(hold, { ...right, 'content-type': 'Application/JSON ; charset=utf-8' })).toBe(200);
  });

  test.each(['hold', 'resume', 'failback', 'adopt'] as const)('%s needs no site', async (order) => {
    const { give, ordered } = open();
    expect(await give(JSON.stringify({ order, reason: 'x' }), right)).toBe(200);
    expect(ordered).toMatchObject([{ order: { order }, actor: 'token', why: 'x' }]);
  });

  test.each([
    ['switch', { site: 'b', override: ['no-standby'] }, { site: 'b', override: ['no-standby'] }],
    ['drill', { site: 'b', override: ['no-standby', 'no-standby'] }, { site: 'b', override: ['no-standby'] }],
    ['failback', { override: ['not-up'] }, { override: ['not-up'] }],
    ['switch', { site: 'b', override: [] }, { site: 'b' }],
    ['hold', { override: null }, {}],
  ] as const)('%s with %j overrides %j', async (order, given, taken) => {
    const { give, ordered } = open();
    expect(await give(JSON.stringify({ order, reason: 'x', ...given }), right)).toBe(200);
    expect(ordered.map((one) => one.order)).toEqual([{ order, ...taken }]);
  });

  test.each([
    ['no token', hold, {}, 401],
    ['a wrong token', hold, { authorization: 'Bearer correct-horse' }, 401],
    ['the token in another scheme', hold, { authorization: `Basic ${token}` }, 401],
    ['a page of another site', hold, { ...right, 'sec-fetch-site': 'cross-site' }, 403],
    ['a form', hold, { ...right, 'content-type': 'text/plain' }, 415],
    ['a rebound name', hold, { ...right, host: 'attacker.test' }, 421],
    ['too much', JSON.stringify({ order: 'hold', reason: 'x'.repeat(5_000) }), right, 413],
    ['no JSON', '{', right, 400],
    ['no object', '[]', right, 400],
    ['no reason', '{"order":"hold"}', right, 400],
    ['an unknown order', '{"order":"reboot","reason":"x"}', right, 400],
    ['a switch to nowhere', '{"order":"switch","reason":"x"}', right, 400],
    [
      'an override of what protects the zone',
      '{"order":"switch","site":"b","reason":"x","override":["drift"]}',
      right,
      400,
    ],
    ['an override that is no list', '{"order":"switch","site":"b","reason":"x","override":"no-standby"}', right, 400],
    ['a hold with an override', '{"order":"hold","reason":"x","override":["no-standby"]}', right, 400],
    ['a time without unit', '{"order":"hold","reason":"x","for":"30"}', right, 400],
    ['a time of no length', '{"order":"hold","reason":"x","for":"0s"}', right, 400],
    ['a time that is a number', '{"order":"hold","reason":"x","for":30}', right, 400],
    ['an adoption for a time', '{"order":"adopt","reason":"x","for":"10m"}', right, 400],
    ['a resumption for a time', '{"order":"resume","reason":"x","for":"10m"}', right, 400],
    ['JSON of another kind', hold, { ...right, 'content-type': 'application/json-seq' }, 415],
    [
      'an override that cannot be made a text',
      '{"order":"switch","site":"b","reason":"x","override":[{"toString":1}]}',
      right,
      400,
    ],
  ])('%s is refused', async (_what, body, headers, code) => {
    const { give, ordered } = open();
    expect(await give(body, headers)).toBe(code);
    expect(ordered).toEqual([]);
  });

  const foreign = 'https://evil.example';
  test.each<[what: string, headers: Readonly<Record<string, string>>, code: number]>([
    ['this page', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' }, 200],
    [
      'this page behind a proxy that changes Host',
      { 'sec-fetch-site': 'same-origin', origin: 'https://ops.example' },
      200,
    ],
    ['this page, by an old browser', { origin: 'http://localhost' }, 200],
    ['this page over TLS, by an old browser', { origin: 'https://localhost' }, 200],
    ['the command line', {}, 200],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: foreign }, 403],
    ['another port of this host', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }, 403],
    ['another site, by an old browser', { origin: foreign }, 403],
    ['another port, by an old browser', { origin: 'http://localhost:3000' }, 403],
    ['a sandboxed frame, by an old browser', { origin: 'null' }, 403],
    ['nowhere, with an Origin all the same', { 'sec-fetch-site': 'none', origin: foreign }, 403],
  ])('from %s', async (_what, headers, code) => {
    const { give, ordered } = open();
    expect(await give(hold, { ...right, ...headers })).toBe(code);
    expect(ordered).toHaveLength(code === 200 ? 1 : 0);
  });

  test.each([
    ['orders with the token', right, 1_200, 200],
    ['wrong tokens', { authorization: 'Bearer wrong' }, 20, 401],
  ])('%s: so many in a minute, then when to try again', async (_what, headers, most, code) => {
    const nowMs = jest.spyOn(performance, 'now').mockReturnValue(600_000);
    const { give, ask } = open();
    for (let count = 0; count < most; count++) expect(await give(hold, headers)).toBe(code);
    nowMs.mockReturnValue(642_500);
    const refused = await ask(hold, headers);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '18']);
    expect(await refused.json()).toEqual({ error: expect.stringContaining('wait 18 s') });
    // The one does not use up the other.
    expect(await give(hold, code === 200 ? {} : right)).toBe(code === 200 ? 401 : 200);
    nowMs.mockReturnValue(660_000);
    expect(await give(hold, headers)).toBe(code);
  });

  test('the command line has no such limit', async () => {
    const { give, ordered } = apiOf([calm()], null, { by: 'socket' });
    for (let count = 0; count < 1_300; count++) await give(hold);
    expect(ordered).toHaveLength(1_300);
  });

  test.each(['', 'x', 'Bearer', `Bearer ${token}`, `Bearer ${token}x`, `Bearer ${'y'.repeat(5_000)}`])(
    'a token of any length is compared in constant time, as one of the same length: %#',
    async (authorization) => {
      const compared = jest.spyOn(crypto, 'timingSafeEqual');
      expect(await open().give(hold, { authorization })).toBe(authorization === right.authorization ? 200 : 401);
      expect(compared.mock.calls.map((sides) => sides.map((side) => side.byteLength))).toEqual([[32, 32]]);
    },
  );

  test('of an unknown service: which there are, and what was meant', async () => {
    const answer = await open().ask(hold, right, 'ww.example.test');
    expect(answer.status).toBe(404);
    const error = 'no service "ww.example.test"; there are: www.example.test; did you mean www.example.test?';
    expect(await answer.json()).toEqual({ error });
  });

  test('a form of another site has no type that is taken, and no token', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']) {
      expect(await open().give(hold, { ...right, 'content-type': type })).toBe(415);
      expect(await open().give(hold, { 'content-type': type })).toBe(401);
    }
  });

  test('nobody without a token in the configuration, and no service that is not there', async () => {
    expect(await apiOf([calm()]).give(hold, right)).toBe(403);
    expect(await open().give(hold, right, 'other.example.test')).toBe(404);
  });

  test('words that move a terminal are escaped before anybody reads them', async () => {
    const { give, ordered } = open();
    const clear = '\u001b[2J';
    await give(JSON.stringify({ order: 'switch', site: clear, reason: clear, actor: clear }), right);
    expect(ordered).toHaveLength(1);
    expect(JSON.stringify(ordered)).not.toContain('u001b');
  });
});

test('the self-test: nothing when off, its samples when known', async () => {
  const bench = benchOf(policyOf({ selftest: { everyMs: 600_000, settleMs: 0 } }));
  const shown = async () => (await apiOf([explain(bench.view())]).get('/metrics')).text();
  expect(await (await apiOf([calm()]).get('/metrics')).text()).not.toMatch(/^failoverd_(selftest|credential)\w+\{/m);
  bench.post({ type: 'ticked' });
  bench.wait(30_000);
  expect(await shown()).toContain('failoverd_selftest_age_seconds{record="www.example.test"} 30\n');
  expect(await shown()).not.toContain('failoverd_selftest_ok{');
  const credentials = [
    { text: 'one', leftMs: 90_000 },
    { text: 'two', leftMs: 60_000 },
  ];
  bench.post({ type: 'tested', result: 'ok', step: null, why: '', certain: true, tookMs: 250, credentials });
  bench.wait(10_000);
  const passed = await shown();
  for (const [name, value] of [
    ['selftest_ok', 1],
    ['selftest_age_seconds', 10],
    ['selftest_duration_seconds', 0.25],
    ['credential_expiry_seconds', 50],
  ]) {
    expect(passed).toContain(`failoverd_${name}{record="www.example.test"} ${value}\n`);
  }
  bench.post({
    type: 'tested',
    result: 'failed',
    step: 'write',
    why: 'x',
    certain: true,
    tookMs: 5,
    credentials: null,
  });
  const failed = await shown();
  expect(failed).toContain('failoverd_selftest_ok{record="www.example.test"} 0\n');
  expect(failed).toContain('failoverd_credential_expiry_seconds{record="www.example.test"} 50\n');
});

describe('what the probes saw', () => {
  const path = '/api/v1/services/www.example.test/observations';

  test.each([
    ['', 240, 200],
    ['?minutes=1', 4, 200],
    ['?minutes=1440', 240, 200],
    ['?minutes=0', 0, 400],
    ['?minutes=1441', 0, 400],
    ['?minutes=1e9', 0, 400],
    ['?minutes=', 0, 400],
  ])('%s: %i steps, %i', async (query, steps, code) => {
    const answer = await apiOf([calm()]).get(`${path}${query}`);
    expect(answer.status).toBe(code);
    if (code !== 200) return;
    const { sites } = (await answer.json()) as { readonly sites: readonly { readonly pass: readonly number[] }[] };
    expect(sites.map(({ pass }) => pass.length)).toEqual([steps, steps, steps]);
  });

  test('of a service that is there, with its switches, and the store is not asked for everybody', async () => {
    const { get, asked } = apiOf([calm()]);
    expect((await get('/api/v1/services/other.example.test/observations')).status).toBe(404);
    await get(path);
    await get(path.replace('www.example.test', 'WWW.Example.Test.'));
    expect(asked).toEqual([{ record: 'www.example.test', codes: ['switched'], sinceWallMs: -3_599_000, limit: 100 }]);
  });
});

const elsewhere = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
test.each<[what: string, path: string, headers: Readonly<Record<string, string>>, code: number]>([
  ['a picture in a page elsewhere costs nothing', '/api/v1/status', elsewhere, 403],
  ['nor do metrics', '/metrics', elsewhere, 403],
  ['nor does a script of an old browser', '/api/v1/history', { origin: 'https://evil.example' }, 403],
  ['a frame in a page elsewhere', '/api/v1/status', { ...followed, 'sec-fetch-dest': 'iframe' }, 403],
  ['a link that somebody follows', '/api/v1/status', followed, 200],
  ['whoever only wants to know whether it lives', '/healthz', elsewhere, 200],
])('%s: %s with %j: %i', async (_what, path, headers, code) => {
  expect((await apiOf([calm()]).get(path, 'localhost', 'GET', headers)).status).toBe(code);
});

test('HEAD takes no place among those who watch', async () => {
  const answer = await apiOf([calm()]).get('/api/v1/events', 'localhost', 'HEAD');
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
});

test.each([
  ['?after=7', {}, 503],
  ['?after=x', {}, 400],
  ['', { 'last-event-id': '-1' }, 400],
  ['', { 'sec-fetch-site': 'cross-site' }, 403],
  ['', { 'sec-fetch-site': 'same-site' }, 403],
])('events%s with %j: %i, where all places are taken', async (query, headers, code) => {
  expect((await apiOf([calm()]).get(`/api/v1/events${query}`, 'localhost', 'GET', headers)).status).toBe(code);
});
