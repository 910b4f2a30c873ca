import { describe, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { schemas } from '../../src/api/openapi';
import { orderFields } from '../../src/api/order-body';
import { addOrders, type Ordered, orderTo } from '../../src/api/orders';
import { createRedactor } from '../../src/notify/redact';
import { policyOf } from '../domain/fixtures';
import { faultsOf } from './validate';

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
  async function ask(body: object, to = path) {
    const text = JSON.stringify(body);
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      authorization: `Bearer ${token}`,
    };
    const answer = await api.request(to, { method: 'POST', headers, body: text });
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

describe('what an order does not have is refused by its name', () => {
  const all = 'order, site, reason, for, actor, override';
  test.each<[body: object, error: string]>([
    [{ order: 'hold', frm: '1h' }, `an order has no "frm" (it has ${all})`],
    [
      { order: 'switch', site: 'b', overide: ['no-standby'] },
      `an order has no "overide", did you mean "override"? (it has ${all})`,
    ],
    [{ order: 'hold', Reason: 'y' }, `an order has no "Reason", did you mean "reason"? (it has ${all})`],
    [{ order: 'hold', '': 1 }, `an order has no "" (it has ${all})`],
    [JSON.parse('{"order":"hold","__proto__":{"for":"1h"}}'), `an order has no "__proto__" (it has ${all})`],
    [{ order: 'hold', '\u001b[2J': 1 }, `an order has no "\\x1b[2J" (it has ${all})`],
    ...['hold', 'resume', 'failback', 'adopt'].map((order): [object, string] => [
      { order, site: 'b' },
      `"site" goes with switch or drill: ${order} takes none`,
    ]),
    [{ order: 'hold', site: '' }, '"site" goes with switch or drill: hold takes none'],
    [{ order: 'hold', for: '99999999d' }, '"for" is a duration of at most 366d, such as 30m'],
    [{ order: 'drill', site: 'b', for: '367d' }, '"for" is a duration of at most 366d, such as 30m'],
    [{ order: 'hold', for: '0s' }, '"for" is a duration of at most 366d, such as 30m'],
    [{ order: 'hold', for: 30 }, '"for" is a duration of at most 366d, such as 30m'],
  ])('%j', async (body, error) => {
    const { given, ask } = open('token');
    expect(await ask({ reason: 'x', ...body })).toEqual({ status: 400, said: { error } });
    expect(given).toEqual([]);
  });

  test('a list is no order', async () => {
    expect(await open('token').ask([])).toMatchObject({ status: 400 });
  });
});

test.each([
  ['socket', 'root'],
  ['socket', undefined],
  ['token', 'root'],
  ['token', undefined],
] as const)('how it came is known whatever it says of who gives it: by the %s as %s', async (by, actor) => {
  const { given, ask } = open(by);
  const { said } = await ask({ order: 'hold', reason: 'x', ...(actor === undefined ? {} : { actor }) });
  expect(said).toEqual({ accepted: true, why: 'done', via: by });
  expect(faultsOf(said, schemas['Answer'] ?? {}, schemas)).toEqual([]);
  expect(given).toMatchObject([{ actor: actor ?? by, via: by }]);
});

test('what is described is what is taken', async () => {
  const whole = { order: 'drill', site: 'b', reason: 'x', for: '366d', actor: 'ada', override: ['no-standby'] };
  const { given, ask } = open('token');
  expect(await ask(whole)).toMatchObject({ status: 200 });
  expect(given).toMatchObject([{ forMs: 366 * 86_400_000, actor: 'ada' }]);
  expect(faultsOf(whole, schemas['Order'] ?? {}, schemas)).toEqual([]);
  expect(Object.keys(schemas['Order']?.properties ?? {})).toEqual(orderFields);
  expect(schemas['Order']?.additionalProperties).toBe(false);
});

test('a record in capitals, or with a dot at its end, is the same', async () => {
  const { given, ask } = open('socket');
  const { status } = await ask({ order: 'hold', reason: 'x' }, '/api/v1/services/WWW.Example.Test./orders');
  expect([status, given.length]).toEqual([200, 1]);
});
