import { afterEach, describe, expect, test } from '@jest/globals';
import { textOf } from '../../providers/marker';
import { create } from '../../providers/webhook/webhook';
import type { Asked, Reply } from './faulty-http';
import { connectWebhook } from './webhook-connect';
import { type Endpoint, startWebhookFake, type WebhookFake, type WebhookOptions } from './webhook-fake';

const www = 'www.example.test';
const fakes: WebhookFake[] = [];
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.close();
});

async function open(options: WebhookOptions = {}) {
  const fake = await startWebhookFake(options);
  fakes.push(fake);
  const provider = await connectWebhook(fake);
  return { fake, provider, read: () => provider.read(AbortSignal.timeout(3_000)) };
}

const isList = ({ method, path }: Asked): boolean => method === 'GET' && path === '/records';
const isNegotiation = ({ path }: Asked): boolean => path === '/';
const endpoint = (over: object): Endpoint => ({
  dnsName: www,
  recordType: 'A',
  targets: ['192.0.2.1'],
  recordTTL: 60,
  ...over,
});

describe('what a reading may be answered', () => {
  const json = (value: unknown): Reply => ({ status: 200, body: JSON.stringify(value) });
  const rows: readonly (readonly [string, Reply | null, string])[] = [
    ['an HTML page', { status: 200, body: '<html>' }, 'unknown'],
    ['half a list', { status: 200, body: '[{"dnsName":"a"' }, 'unknown'],
    ['nothing in it', { status: 200 }, 'unknown'],
    ['an object', json({}), 'unknown'],
    ['a list of texts', json(['x']), 'unknown'],
    ['an endpoint without a name', json([endpoint({ dnsName: undefined })]), 'unknown'],
    ['an endpoint without a type', json([endpoint({ recordType: undefined })]), 'unknown'],
    ['targets that are no texts', json([endpoint({ targets: [1] })]), 'unknown'],
    ['a TTL that is text', json([endpoint({ recordTTL: '60' })]), 'unknown'],
    ['500', { status: 500, body: '\u001b[2J' }, 'unknown'],
    ['401', { status: 401 }, 'denied'],
    ['429', { status: 429 }, 'throttled'],
    ['nothing at all', null, 'unknown'],
  ];
  test.each(rows)('%s: a failure, never "absent"', async (_, reply, code) => {
    const { fake, read } = await open();
    fake.http.answer(isList, reply);
    const reading = await read();
    expect(reading).toMatchObject({ ok: false, code });
    expect(reading.ok ? '' : reading.why).not.toMatch(/\p{Cc}/u);
  });

  test.each([true, false])('an empty list, written as null (%s), is absent', async (nullWhenEmpty) => {
    const { read } = await open({ nullWhenEmpty });
    expect(await read()).toMatchObject({
      ok: true,
      found: { sets: [], marker: null, foreignMarker: null, obstacles: [] },
    });
  });

  test('names in any spelling; an absent TTL is the configured one', async () => {
    const { fake, read } = await open();
    fake.endpoints = [
      endpoint({ dnsName: 'WWW.Example.test.', recordTTL: undefined }),
      endpoint({ dnsName: 'x.www.example.test' }),
    ];
    expect(await read()).toMatchObject({ ok: true, found: { sets: [{ type: 'A', ttl: 60, values: ['192.0.2.1'] }] } });
  });
});

describe('what must not be written over', () => {
  const txt = (dnsName: string, text: string): Endpoint => endpoint({ dnsName, recordType: 'TXT', targets: [text] });
  const https = (value: string): Endpoint => endpoint({ recordType: 'HTTPS', targets: [value] });
  const owner = '"heritage=external-dns,external-dns/owner=k8s"';
  const rows: readonly (readonly [string, readonly Endpoint[], RegExp])[] = [
    ['weighted sets', [endpoint({ setIdentifier: 'blue' })], /several sets \("blue"\)/],
    ['an alias', [endpoint({ providerSpecific: [{ name: 'alias', value: 'true' }] })], /alias/],
    ['a set listed twice', [endpoint({}), endpoint({ targets: ['192.0.2.2'] })], /more than once/],
    ['a value that is none', [endpoint({ targets: ['lb.example.net'] })], /no such value/],
    ['a set without values', [endpoint({ targets: [] })], /no such value/],
    ["external-dns' claim at the name", [endpoint({}), txt(www, owner)], /managed by external-dns/],
    ["external-dns' claim beside the name", [endpoint({}), txt(`a-${www}`, owner)], /managed by external-dns/],
    ['HTTPS with hints', [endpoint({}), https('1 . alpn=h2 ipv4hint=192.0.2.1')], /HTTPS .*follow to the old site/],
    ['HTTPS with hints by number', [endpoint({}), https('1 . key6=x')], /HTTPS .*to the old site/],
    [
      'a CNAME in place of the marker',
      [endpoint({ dnsName: `_failoverd.${www}`, recordType: 'CNAME', targets: ['x.test'] })],
      /marker/,
    ],
  ];
  test.each(rows)('%s', async (_, endpoints, why) => {
    const { fake, provider, read } = await open();
    fake.endpoints = [...endpoints];
    const reading = await read();
    if (!reading.ok) throw new Error(reading.why);
    expect(reading.found.obstacles.join()).toMatch(why);
    const to = [{ type: 'A' as const, ttl: 60, values: ['192.0.2.9'] }];
    const wanted = { from: reading.found, to, marker: { owner: 'sre', generation: 1, site: 'b' } };
    expect(await provider.replace(wanted, AbortSignal.timeout(3_000))).toMatchObject({ code: 'denied' });
    expect(fake.writes()).toBe(0);
    const findings = await provider.preflight(AbortSignal.timeout(3_000));
    expect(findings).toContainEqual({ level: 'error', text: expect.stringMatching(why) });
  });

  test('other names and types, and claims on them, are nothing to us', async () => {
    const { fake, read } = await open();
    fake.endpoints = [
      endpoint({}),
      endpoint({ dnsName: 'api.example.test', setIdentifier: 'blue' }),
      txt('a-api.example.test', owner),
      txt(www, '"v=spf1 -all"'),
      endpoint({ recordType: 'MX', targets: ['10 mail.example.test'] }),
      endpoint({ recordType: 'HTTPS', targets: ['1 . alpn=h2'] }),
    ];
    expect(await read()).toMatchObject({
      ok: true,
      found: { sets: [{ type: 'A' }], obstacles: [], foreignMarker: null },
    });
  });
});

describe('the negotiation', () => {
  const rows: readonly (readonly [string, unknown, boolean])[] = [
    ['no filter', {}, true],
    ['null', null, true],
    ['the zone', { include: ['example.test'] }, true],
    ['the older name', { filters: ['Example.Test.'] }, true],
    ['the name itself', { include: ['www.example.test'] }, true],
    ['what is below a name', { include: ['.example.test'] }, true],
    ['lists that are null', { include: null, exclude: null }, true],
    ['a pattern', { regexInclude: '^x' }, true],
    ['another zone', { include: ['example.org'] }, false],
    ['a part of a label', { include: ['xample.test'] }, false],
    ['excluded', { include: ['example.test'], exclude: ['www.example.test'] }, false],
  ];
  test.each(rows)('%s', async (_, filters, served) => {
    const { read } = await open({ filters });
    expect(await read()).toMatchObject(
      served ? { ok: true } : { ok: false, code: 'denied', why: expect.stringMatching(/domain filter/) },
    );
  });

  test.each([
    ['another type', 'application/json'],
    ['another version', 'application/external.dns.webhook+json;version=2'],
    ['a version that only begins alike', 'application/external.dns.webhook+json;version=10'],
  ])('%s: unknown', async (_, contentType) => {
    const { read } = await open({ contentType });
    expect(await read()).toMatchObject({ ok: false, code: 'unknown', why: expect.stringMatching(/not application/) });
  });

  test('spaces and a charset in the type do not matter', async () => {
    const { read } = await open({ contentType: 'application/external.dns.webhook+json; version=1; charset=utf-8' });
    expect(await read()).toMatchObject({ ok: true });
  });

  test.each([
    ['a list', '[]'],
    ['names that are numbers', '{"include":[1]}'],
    ['names that are one text', '{"include":"example.test"}'],
  ])('filters that are %s: unknown', async (_, body) => {
    const { fake, read } = await open();
    const headers = { 'content-type': 'application/external.dns.webhook+json;version=1' };
    fake.http.answer(isNegotiation, { status: 200, headers, body });
    expect(await read()).toMatchObject({ ok: false, code: 'unknown' });
  });

  test('once, and again after a failed listing', async () => {
    const { fake, read } = await open();
    await read();
    await read();
    fake.http.answer(isList, { status: 500 });
    await read();
    await read();
    expect(fake.http.asked.filter(isNegotiation)).toHaveLength(2);
  });
});

describe('preflight and settings', () => {
  test('says what it saw', async () => {
    const { fake, provider } = await open({ filters: { regexExclude: '^x' } });
    fake.endpoints = [endpoint({}), endpoint({ dnsName: `_failoverd.${www}`, recordType: 'TXT', targets: ['mine'] })];
    const findings = await provider.preflight(AbortSignal.timeout(3_000));
    expect(findings.map(({ level, text }) => `${level} ${text.slice(0, 40)}`)).toEqual([
      'ok a webhook provider answers and serves th',
      'warn its domain filter has patterns, which ar',
      'warn the provider has no domain filter, wider',
      'ok www.example.test: A 192.0.2.1',
      "error the marker TXT is somebody else's: mine",
    ]);
  });

  test.each([
    ['no filter', {}, /no domain filter, wider than www\.example\.test and .* and lists 2 other names/],
    ['the zone', { include: ['example.test'] }, /has the domain filter example\.test, wider.*2 other names.*narrow it/],
    ['our name', { include: ['www.example.test'] }, null],
    ['our two names', { include: ['www.example.test', '_failoverd.www.example.test'] }, null],
  ])('%s', async (_, filters, why) => {
    const { fake, provider } = await open({ filters });
    const names = [www, `_failoverd.${www}`, 'mail.example.test', 'api.example.test'];
    fake.endpoints = names.map((dnsName) => endpoint({ dnsName, recordType: 'TXT', targets: ['x'] }));
    const findings = await provider.preflight(AbortSignal.timeout(3_000));
    const wide = findings
      .filter(({ text }) => text.includes('wider than'))
      .map(({ level, text }) => `${level} ${text}`);
    expect(wide).toEqual(why === null ? [] : [expect.stringMatching(why)]);
  });

  const url = (text: string) => ({
    record: www,
    zone: null,
    ttl: 60,
    env: { WEBHOOK_PROVIDER_URL: text },
    directory: '/nonexistent',
    mixedFamilies: false,
  });
  test.each([
    ['http://127.0.0.1:8888/', true],
    ['https://dns.example.com/hook', true],
    ['127.0.0.1:8888', false],
    ['http://user:pass@127.0.0.1', false],
    ['http://127.0.0.1/?x=1', false],
  ])('%s', async (text, ok) => {
    expect((await create(url(text))).ok).toBe(ok);
  });

  test('a way that others can use is told', async () => {
    const created = await create(url('http://192.0.2.53:8888'));
    const findings = created.ok ? await created.provider.preflight(AbortSignal.abort()) : [];
    expect(findings[0]).toMatchObject({ level: 'warn', text: expect.stringMatching(/no login/) });
  });
});

test.each([
  ['bare text', 'bare text'],
  ['"one string"', 'one string'],
  ['"two" "strings"', 'twostrings'],
  ['"a \\"quoted\\" one"', 'a "quoted" one'],
  ['"a \\\\ and \\059"', 'a \\ and ;'],
  ['"not closed', '"not closed'],
])('TXT content %s', (content, text) => {
  expect(textOf(content)).toBe(text);
});
