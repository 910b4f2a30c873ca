import { expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { addWhy, type WhySource } from '../../src/api/why';
import type { ObservationRow } from '../../src/control/ports';
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
  addWhy(api, {
    service: (record) => (record === policy.record ? service : null),
    history: () => [],
    observed: () => [],
    wallMs: () => wallMs,
    ...more,
  });
  return api;
}

const path = `/api/v1/services/${policy.record}/why`;

function failed(site: string, agoMs: number): ObservationRow {
  return { site, wallMs: wallMs - agoMs, result: 'fail', class: 'timeout', why: `${agoMs}`, latencyMs: 5_000 };
}

test('now: when it was asked, the answer, and all it rests on', async () => {
  const answer = await apiOf().request(path);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    at: '2026-11-23T09:50:00.000Z',
    record: policy.record,
    code: 'at-home',
    answer: 'www.example.test is at asia-east1, first in order and up; if it failed, us-central1 would take over',
    now: { active: a, write: 'settled' },
    guards: { failover: expect.any(Array), failback: expect.any(Array) },
    sites: [{ name: a }, { name: b, lastFailures: [{ class: 'tls', why: 'injected tls', agoMs: 0 }] }, { name: c }],
  });
});

test('the last failures come from the store, newest first, five of each site', async () => {
  const rows = [1, 2, 3, 4, 5, 6, 7].flatMap((agoMs) => [failed(b, agoMs), { ...failed(c, agoMs), class: null }]);
  const answer = await apiOf({ observed: () => rows }).request(path);
  const { sites } = (await answer.json()) as ReturnType<typeof why>;
  expect(sites[1]?.lastFailures.map(({ why: text, agoMs }) => [text, agoMs])).toEqual(
    [1, 2, 3, 4, 5].map((agoMs) => [`${agoMs}`, agoMs]),
  );
  expect(sites[2]?.lastFailures).toEqual([]);
});

test('a service that is not there', async () => {
  expect((await apiOf().request('/api/v1/services/other.example.test/why')).status).toBe(404);
});
