import { expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { addWhy, type WhySource } from '../../src/api/why';
import { why } from '../../src/domain/why';
import { a, b, benchOf, c, fail, foundAt, policyOf } from '../domain/fixtures';

const wallMs = Date.UTC(2026, 10, 23, 9, 50);
const policy = policyOf();

function apiOf(more: Partial<WhySource> = {}): Hono {
  const bench = benchOf(policy);
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  bench.see(b, fail('tls'));
  const service = { why: () => why(bench.view()), policy };
  const api = new Hono();
  const source = {
    service: (record: string) => (record === policy.record ? service : null),
    history: () => [],
    observed: () => [],
    wallMs: () => wallMs,
    ...more,
  };
  addWhy(api, source, () => [policy.record, 'api.example.test']);
  return api;
}

const path = `/api/v1/services/${policy.record}/why`;

test('now: when it was asked, the answer, and all it rests on', async () => {
  const answer = await apiOf().request(path);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    at: '2026-11-23T09:50:00Z',
    record: policy.record,
    code: 'at-home',
    answer: 'www.example.test is at asia-east1, first in order and up; if it failed, us-central1 would take over',
    now: { active: a, write: 'settled' },
    guards: { failover: expect.any(Array), failback: expect.any(Array) },
    sites: [{ name: a }, { name: b, lastFailures: [{ class: 'tls', why: 'injected tls', agoMs: 0 }] }, { name: c }],
  });
});

test('a name is the same in capitals and with its root', async () => {
  const answer = await apiOf().request('/api/v1/services/WWW.EXAMPLE.TEST./why');
  expect(await answer.json()).toMatchObject({ about: 'now', record: policy.record });
});

test('a service that is not there', async () => {
  expect((await apiOf().request('/api/v1/services/other.example.test/why')).status).toBe(404);
});

const line = {
  id: 41,
  record: policy.record,
  atMs: 5,
  wallMs: wallMs - 60_000,
  kind: 'event',
  code: 'found',
  text: 'found',
  data: {},
} as const;

test.each([
  ['at=2026-11-23T09:40:00Z', '2026-11-23T09:40:00Z'],
  ['at=2026-11-23T17:40:00.5%2B08:00', '2026-11-23T09:40:00.500Z'],
  ['at=2026-11-23', '2026-11-23T00:00:00Z'],
  [`at=${wallMs - 1_000}`, '2026-11-23T09:49:59Z'],
  ['at=10m', '2026-11-23T09:40:00Z'],
  ['at=41', '2026-11-23T09:49:00Z'],
])('?%s is the moment %s', async (query, at) => {
  const api = apiOf({ history: ({ before }) => (before === 42 ? [line] : []) });
  const answer = await api.request(`${path}?${query}`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    about: 'moment',
    at,
    answer: expect.stringContaining('does not reach back'),
  });
});

test.each([
  ['at=yesterday', 400, /a time such as 2026/],
  ['at=2026-11-23T09:40:00', 400, /a time such as 2026/],
  ['at=2026-13-45', 400, /a time such as 2026/],
  ['at=2027-01-01', 400, /not come yet/],
  ['at=40', 404, /no line 40/],
  ['switch=seven', 400, /a generation, such as 7, or last/],
  ['switch=7&at=10m', 400, /not for both/],
  ['switch=7', 404, /no switch with generation 7/],
  ['switch=last', 404, /no switch in the history/],
])('?%s is answered %i', async (query, status, why) => {
  const answer = await apiOf({ history: ({ codes }) => (codes === undefined ? [line] : []) }).request(
    `${path}?${query}`,
  );
  expect([answer.status, await answer.json()]).toEqual([status, { error: expect.stringMatching(why) }]);
});

test('a switch of the history, with its chain', async () => {
  const data = { kind: 'failover', from: a, to: b, generation: 7, why: 'a is down' };
  const decided = { ...line, kind: 'tell', code: 'decided', data } as const;
  const answer = await apiOf({ history: ({ after = 0 }) => (after < 41 ? [decided] : []) }).request(`${path}?switch=7`);
  expect(await answer.json()).toMatchObject({
    about: 'switch',
    generation: 7,
    code: 'underway',
    evidence: null,
    from: a,
  });
});

test('of an unknown service: which there are', async () => {
  const answer = await apiOf().request('/api/v1/services/nope/why');
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({
    error: `no service "nope"; there are: ${policy.record}, api.example.test`,
  });
});
