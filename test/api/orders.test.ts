import { describe, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { addOrders, type Ordered, orderTo } from '../../src/api/orders';
import { createRedactor } from '../../src/notify/redact';
import { policyOf } from '../domain/fixtures';

const record = 'www.example.test';
const path = `/api/v1/services/${record}/orders`;
const token = 'correct-horse-battery-staple';

/** A door that takes orders for a service with the sites of the fixtures, and what that service was given. */
function open(by: 'socket' | 'token', redact: (text: string) => string = (text) => text) {
  const api = new Hono();
  const given: Ordered[] = [];
  const service = {
    policy: policyOf(),
    order(ordered: Ordered) {
      given.push(ordered);
      return { accepted: true, why: 'done' };
    },
  };
  const give = orderTo((name) => (name === record ? service : null), redact);
  addOrders(api, give, () => [record], by === 'token' ? { by, token } : { by });
  async function ask(body: object) {
    const text = JSON.stringify(body);
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      authorization: `Bearer ${token}`,
    };
    const answer = await api.request(path, { method: 'POST', headers, body: text });
    const said = (await answer.json()) as Readonly<Record<string, unknown>>;
    return { status: answer.status, said };
  }
  return { given, ask };
}

describe.each(['socket', 'token'] as const)('a secret in an order by the %s', (by) => {
  const long = 'l0ng-'.repeat(58);
  const { text: redact } = createRedactor([token, long, 'asia']);
  test.each<[what: string, order: object, kept: object]>([
    ['is blotted out of the site', { order: 'switch', site: token }, { order: { site: '[redacted]' } }],
    ['also among other words', { order: 'drill', site: `to ${token}` }, { order: { site: 'to [redacted]' } }],
    ['also a long one', { order: 'switch', site: long }, { order: { site: '[redacted]' } }],
    [
      'also a long one after what has to be escaped',
      { order: 'hold', reason: `\u0000\u0000\u0000${long}` },
      { why: '\\x00\\x00\\x00[redacted]' },
    ],
    ['is blotted out of the name', { order: 'hold', actor: token }, { actor: '[redacted]' }],
    ['is blotted out of the reason', { order: 'hold', reason: `not ${token}` }, { why: 'not [redacted]' }],
    ['leaves a configured site its name', { order: 'switch', site: 'asia-east1' }, { order: { site: 'asia-east1' } }],
  ])('%s', async (_what, order, kept) => {
    const { given, ask } = open(by, redact);
    expect(await ask({ reason: 'x', ...order })).toMatchObject({ status: 200 });
    expect(given).toMatchObject([kept]);
    expect(JSON.stringify(given)).not.toMatch(/correct-horse|l0ng/);
  });

  test('is not cut, so that half of it is left: what is too long is refused', async () => {
    const { given, ask } = open(by, redact);
    for (const order of [{ site: 'x'.repeat(301) }, { site: 'a', actor: 'x'.repeat(301) }])
      expect(await ask({ order: 'switch', reason: 'x', ...order })).toMatchObject({ status: 400 });
    expect(given).toEqual([]);
  });
});
