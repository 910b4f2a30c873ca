import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChannelConfig, Sent } from '../../src/notify/channel';
import type { Message } from '../../src/notify/message';
import { createAsk, createLookup } from '../../src/notify/post';
import { createSend } from '../../src/notify/send';
import { pem } from '../probe/setup';
import { channelOf, messageOf } from './bench';
import {
  dingtalkIsGenuine,
  feishuIsGenuine,
  openReceiver,
  type Received,
  type Receiver,
  textAt,
  webhookIsGenuine,
} from './receiver';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await openReceiver();
});
afterAll(() => receiver.close());
beforeEach(() => {
  receiver.received.length = 0;
  receiver.reply = () => ({ status: 200, body: '{"errcode":0,"code":0}' });
});

const send = createSend({
  ask: createAsk(createLookup(), 'failoverd/test'),
  wallMs: Date.now,
  mail: async () => ({ ok: false, why: 'no mail here', unfit: false, retryAfterMs: null }),
});

async function tell(wanted: Partial<ChannelConfig>, message: Message = messageOf(), more = 0): Promise<Sent> {
  const path = wanted.url ?? '/hook';
  const url = path.startsWith('/') ? receiver.url + path : path;
  return send(channelOf({ ...wanted, url }), message, more, new AbortController().signal);
}

function last(): Received {
  const found = receiver.received.at(-1);
  if (found === undefined) throw new Error('nothing came');
  return found;
}

describe('what the services get', () => {
  test('webhook: a signed object; the signature is of this body, this time and this secret', async () => {
    expect(await tell({ kind: 'webhook', secret: 'sécret' }, messageOf(), 3)).toEqual({ ok: true });
    const got = last();
    expect(got).toMatchObject({ method: 'POST', path: '/hook' });
    expect(got.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'failoverd/test' });
    expect(got.json).toMatchObject({
      version: 1,
      id: 'www.example.test/down:a/1/trigger',
      incident: 'www.example.test/down:a/1',
      action: 'trigger',
      page: true,
      at: '2026-11-23T13:00:00Z',
      more: 3,
    });
    expect(got.headers['idempotency-key']).toBe(got.json['id']);
    expect(webhookIsGenuine(got, 'sécret', Date.now())).toBe(true);
    expect(webhookIsGenuine(got, 'secret', Date.now())).toBe(false);
    expect(
      webhookIsGenuine({ ...got, body: got.body.replace('"page":true', '"page":false') }, 'sécret', Date.now()),
    ).toBe(false);
    expect(webhookIsGenuine(got, 'sécret', Date.now() + 400_000)).toBe(false);
    await tell({ kind: 'webhook' });
    expect(last().headers['x-failoverd-signature']).toBeUndefined();
  });

  test('Slack: plain text, escaped', async () => {
    expect(await tell({ kind: 'slack' }, messageOf({ what: '<!channel> & <http://evil|here>' }))).toEqual({ ok: true });
    const { json } = last();
    expect(json['text']).toContain('&lt;!channel&gt; &amp; &lt;http://evil|here&gt;');
    expect(json).toMatchObject({ mrkdwn: false, parse: 'none', link_names: false });
    expect(json['text']).not.toMatch(/[<>]/);
  });

  test.each([
    ['trigger', true, 'critical'],
    ['trigger', false, 'warning'],
    ['acknowledge', true, undefined],
    ['resolve', true, undefined],
  ] as const)('PagerDuty: %s of page=%s', async (action, page, severity) => {
    receiver.reply = () => ({ status: 202, body: '{"status":"success"}' });
    expect(
      await tell({ kind: 'pagerduty', secret: 'ROUTING', url: '/v2/enqueue' }, messageOf({ action, page })),
    ).toEqual({ ok: true });
    const { json, path } = last();
    expect(path).toBe('/v2/enqueue');
    expect(json).toMatchObject({
      routing_key: 'ROUTING',
      event_action: action,
      dedup_key: 'www.example.test/down:a/1',
    });
    const payload = json['payload'];
    if (severity === undefined) expect(payload).toBeUndefined();
    else {
      expect(payload).toMatchObject({ severity, source: 'www.example.test', timestamp: '2026-11-23T13:00:00Z' });
      expect(textAt(payload, 'summary')).toBe(
        `${page ? '[PAGE]' : '[NOTE]'} www.example.test: active a is down: status: 503`,
      );
      expect(textAt(payload, 'custom_details', 'next')).toContain('failoverd why --record www.example.test');
    }
  });

  test('PagerDuty: what is too long is cut, a key that is too long has one that stands for it', async () => {
    const incident = `${'x'.repeat(250)}.example.test/down:a/1`;
    await tell({ kind: 'pagerduty' }, messageOf({ incident, what: 'ü'.repeat(2_000) }));
    const long = last().json;
    expect(Buffer.byteLength(textAt(long['payload'], 'summary'))).toBeLessThanOrEqual(1_024);
    expect(textAt(long, 'dedup_key')).toMatch(/^[0-9a-f]{64}$/);
    await tell({ kind: 'pagerduty' }, messageOf({ incident, action: 'resolve' }));
    expect(last().json['dedup_key']).toBe(long['dedup_key']);
  });

  test('DingTalk: a text, signed in the query', async () => {
    const url = '/robot/send?access_token=T%2BK';
    expect(await tell({ kind: 'dingtalk', url, secret: 'SECx' }, messageOf({ what: '<at>@all</at>' }))).toEqual({
      ok: true,
    });
    const got = last();
    expect(dingtalkIsGenuine(got, 'SECx', Date.now())).toBe(true);
    expect(dingtalkIsGenuine(got, 'SECy', Date.now())).toBe(false);
    expect(new URL(got.path, receiver.url).searchParams.get('access_token')).toBe('T+K');
    expect(got.json).toMatchObject({ msgtype: 'text', at: { isAtAll: false } });
    expect(textAt(got.json, 'text', 'content')).not.toMatch(/[<>]/);
    await tell({ kind: 'dingtalk', url });
    expect(last().path).toBe(url);
  });

  test('Feishu: a text, signed in the body', async () => {
    expect(await tell({ kind: 'feishu', secret: 'key' }, messageOf({ what: '<at user_id="all">all</at>' }))).toEqual({
      ok: true,
    });
    const got = last();
    expect(feishuIsGenuine(got, 'key', Date.now())).toBe(true);
    expect(feishuIsGenuine(got, 'kez', Date.now())).toBe(false);
    expect(got.json).toMatchObject({ msg_type: 'text' });
    expect(textAt(got.json, 'content', 'text')).not.toMatch(/[<>]/);
  });

  test('WeCom: a text of at most 2,048 bytes that mentions nobody', async () => {
    const message = messageOf({ what: '<@all> '.repeat(60), evidence: Array(20).fill('区'.repeat(100)) });
    expect(await tell({ kind: 'wecom', url: '/cgi-bin/webhook/send?key=K' }, message)).toEqual({ ok: true });
    const content = textAt(last().json, 'text', 'content');
    expect(content).not.toMatch(/[<>\ufffd]/);
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(2_048);
    expect(Buffer.byteLength(content)).toBeGreaterThan(2_000);
  });
});

describe('what an answer means', () => {
  const rows: readonly (readonly [
    ChannelConfig['kind'],
    Parameters<typeof reply>,
    Readonly<Record<string, unknown>>,
  ])[] = [
    ['webhook', [204, ''], { ok: true }],
    ['webhook', [400, 'no such field'], { why: 'HTTP 400, "no such field"', unfit: true }],
    ['webhook', [413, ''], { unfit: true }],
    ['webhook', [403, ''], { why: 'HTTP 403', unfit: false, retryAfterMs: null }],
    ['webhook', [302, ''], { why: 'HTTP 302 (not followed)', unfit: false }],
    ['webhook', [429, ''], { retryAfterMs: 60_000 }],
    ['webhook', [429, '', '7'], { retryAfterMs: 7_000 }],
    ['webhook', [503, '', '86400'], { retryAfterMs: 900_000 }],
    ['webhook', [503, '', 'soon'], { retryAfterMs: null }],
    ['slack', [200, 'ok'], { ok: true }],
    ['slack', [404, 'no_service'], { why: 'HTTP 404, "no_service"', unfit: false }],
    [
      'dingtalk',
      [200, '{"errcode":310000,"errmsg":"sign not match"}'],
      { why: 'HTTP 200, errcode 310000: sign not match' },
    ],
    ['dingtalk', [200, '{"errcode":130101,"errmsg":"send too fast"}'], { retryAfterMs: 60_000 }],
    ['dingtalk', [200, '<html>'], { why: 'HTTP 200, an answer without an errcode' }],
    ['wecom', [200, '{"errcode":93000,"errmsg":"invalid webhook url"}'], { unfit: false, retryAfterMs: null }],
    ['wecom', [200, '{"errcode":45009,"errmsg":"api freq out of limit"}'], { retryAfterMs: 60_000 }],
    ['feishu', [200, '{"code":19021,"msg":"sign match fail"}'], { why: 'HTTP 200, code 19021: sign match fail' }],
    ['feishu', [200, '{"StatusCode":0}'], { ok: true }],
    ['feishu', [200, '{"code":11232,"msg":"frequency limited"}'], { retryAfterMs: 60_000 }],
    ['feishu', [200, ''], { why: 'HTTP 200, an answer without a code' }],
    ['webhook', [500, 'a\u001b[2J\nb'], { why: 'HTTP 500, "a\\x1b[2J\\nb"' }],
  ];
  function reply(status: number, body: string, after?: string): void {
    const headers = {
      ...(after === undefined ? {} : { 'Retry-After': after }),
      ...(status === 302 ? { Location: '/elsewhere' } : {}),
    };
    receiver.reply = () => ({ status, body, headers });
  }
  test.each(rows)('%s %j', async (kind, answer, expected) => {
    reply(...answer);
    expect(await tell({ kind })).toMatchObject('ok' in expected ? expected : { ok: false, ...expected });
    expect(receiver.received).toHaveLength(1);
  });

  test('a date in Retry-After', async () => {
    receiver.reply = () => ({ status: 503, headers: { 'Retry-After': new Date(Date.now() + 100_000).toUTCString() } });
    const sent = await tell({});
    expect(sent.ok ? 0 : sent.retryAfterMs).toBeGreaterThan(80_000);
    expect(sent.ok ? 0 : sent.retryAfterMs).toBeLessThanOrEqual(100_000);
  });

  test('an answer without end is cut off', async () => {
    receiver.reply = () => ({ status: 200, body: 'x'.repeat(200_000) });
    expect(await tell({})).toMatchObject({ ok: false, why: 'the answer is larger than 65536 bytes' });
  });

  test('one that never comes is given up after ten seconds', async () => {
    receiver.reply = () => 'hang';
    const beganMs = performance.now();
    expect(await tell({})).toMatchObject({ ok: false, why: 'no answer within 10 s' });
    expect(performance.now() - beganMs).toBeGreaterThan(9_500);
  });

  test('nobody listening, no such name, a URL that is none', async () => {
    expect(await tell({ url: 'http://127.0.0.1:1/' })).toMatchObject({
      ok: false,
      why: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await tell({ url: 'http://no-such-host.invalid/' })).toMatchObject({ ok: false });
    expect(await tell({ url: 'nonsense' })).toMatchObject({ ok: false });
  });

  test('a certificate that nobody signed', async () => {
    const options = { key: pem('selfsigned-test-only.key'), cert: pem('selfsigned.pem') };
    let asked = 0;
    const server = createServer(options, (_request, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await tell({ url: `https://127.0.0.1:${port}/` })).toMatchObject({
      ok: false,
      why: expect.stringMatching(/self.signed/i),
    });
    expect(asked).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });
});

test('names are resolved one after the other, and a question under way is not asked again', async () => {
  const asked: string[] = [];
  let under = 0;
  let most = 0;
  const lookup = createLookup(async (name, family) => {
    asked.push(`${name} ${family}`);
    under += 1;
    most = Math.max(most, under);
    await new Promise((resolve) => setTimeout(resolve, 20));
    under -= 1;
    if (name === 'b') throw new Error('ENOTFOUND');
    return [{ address: '192.0.2.1', family: 4 }];
  });
  const ask = (name: string, options = {}) =>
    new Promise<readonly unknown[]>((resolve) => lookup(name, options, (...answer) => resolve(answer)));
  const answers = await Promise.all([ask('a'), ask('a', { all: true }), ask('b'), ask('b'), ask('a', { family: 6 })]);
  expect(answers[0]).toEqual([null, '192.0.2.1', 4]);
  expect(answers[1]).toEqual([null, [{ address: '192.0.2.1', family: 4 }]]);
  expect(answers[2]?.[0]).toMatchObject({ message: 'ENOTFOUND' });
  expect([asked, most]).toEqual([['a 0', 'b 0', 'a 6'], 1]);
  expect((await ask('a'))[0]).toBeNull();
  expect(asked).toHaveLength(4);
});
