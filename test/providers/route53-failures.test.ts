import { createServer, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FailureCode } from '../../providers/provider';
import { clean, failureOf } from '../../providers/route53/failures';
import type { OutcomeCode } from '../../src/domain/state';
import type { Found } from '../../src/domain/types';
import { type FakeFault, type Operation, type Route53Fake, startRoute53Fake } from './route53-fake';
import { canaries, connectTo, useCanaries } from './route53-subject';

useCanaries();

let fake: Route53Fake;
beforeEach(async () => {
  fake = await startRoute53Fake();
  fake.addZone({ id: 'Z0EXAMPLE', name: 'example.test' });
  fake.seed('Z0EXAMPLE', [{ name: 'www.example.test', type: 'A', ttl: 60, values: ['192.0.2.1'] }]);
});
afterEach(() => fake.close());

const from: Found = {
  sets: [{ type: 'A', ttl: 60, values: ['192.0.2.1'] }],
  marker: null,
  foreignMarker: null,
  obstacles: [],
};
const replacement = {
  from,
  to: [{ type: 'A', ttl: 60, values: ['192.0.2.2'] }],
  marker: { owner: 'o', generation: 1, site: 'b' },
} as const;
const soon = () => AbortSignal.timeout(2_000);

/** What a fault of every request makes of a read, and a fault of the batch alone makes of a replace. */
const rows: readonly (readonly [string, FakeFault, FailureCode, OutcomeCode])[] = [
  ['throttling is HTTP 400', { status: 400, code: 'Throttling' }, 'throttled', 'throttled'],
  ['its other name', { status: 400, code: 'ThrottlingException' }, 'throttled', 'throttled'],
  ['the change before is not done', { status: 400, code: 'PriorRequestNotComplete' }, 'throttled', 'throttled'],
  ['429 under any name', { status: 429, code: 'Whatever' }, 'throttled', 'throttled'],
  ['no permission', { status: 403, code: 'AccessDenied' }, 'denied', 'denied'],
  ['expired token', { status: 403, code: 'ExpiredToken' }, 'denied', 'denied'],
  ['unknown key', { status: 403, code: 'InvalidClientTokenId' }, 'denied', 'denied'],
  ['wrong secret or clock', { status: 403, code: 'SignatureDoesNotMatch' }, 'denied', 'denied'],
  ['zone gone', { status: 404, code: 'NoSuchHostedZone' }, 'denied', 'denied'],
  ['invalid input', { status: 400, code: 'InvalidInput' }, 'denied', 'denied'],
  ['batch refused by a rule', { status: 400, code: 'InvalidChangeBatch' }, 'denied', 'denied'],
  ['the same in its older shape', { status: 400, code: 'InvalidChangeBatch', bare: true }, 'denied', 'denied'],
  ['a timeout on their side', { status: 408, code: 'RequestTimeout' }, 'unknown', 'unknown'],
  ['a redirect', { status: 301, code: 'PermanentRedirect' }, 'unknown', 'unknown'],
  ['internal failure', { status: 500, code: 'InternalFailure' }, 'unavailable', 'unknown'],
  ['service unavailable', { status: 503, code: 'ServiceUnavailable' }, 'unavailable', 'unknown'],
  ['an HTML page', 'garbage', 'unknown', 'unknown'],
  ['nothing', 'empty', 'unknown', 'unknown'],
  ['a body without end', 'huge', 'unknown', 'unknown'],
  ['a body that breaks off', 'cut', 'unknown', 'unknown'],
];

describe('route53 failures', () => {
  test.each(rows)('%s', async (_, fault, readCode, writeCode) => {
    const fresh = await connectTo(fake);
    fake.inject(fault);
    expect(await fresh.read(soon())).toMatchObject({ ok: false, code: readCode });
    expect(fake.writes()).toBe(0);
    fake.heal();
    expect(await fresh.read(soon())).toMatchObject({ ok: true });
    fake.inject(fault, { on: 'ChangeResourceRecordSets' });
    expect((await fresh.replace(replacement, soon())).code).toBe(writeCode);
    await fresh.close();
  });

  test('while the look before the write fails, nothing was written, and the outcome says so', async () => {
    const provider = await connectTo(fake);
    for (const fault of ['garbage', 'server-error', 'hang', 'cut'] as const) {
      fake.inject(fault);
      expect((await provider.replace(replacement, AbortSignal.timeout(300))).code).toBe('unavailable');
    }
    expect(fake.writes()).toBe(0);
    await provider.close();
  });

  test.each([
    ['30', 30_000],
    ['1000000000', 300_000],
    ['Wed, 21 Oct 2015 07:28:00 GMT', undefined],
    ['-5', undefined],
  ])('Retry-After %s', async (value, expected) => {
    const provider = await connectTo(fake);
    fake.inject({ status: 400, code: 'Throttling', headers: { 'retry-after': value } });
    const reading = await provider.read(soon());
    expect(reading.ok ? null : reading.retryAfterMs).toBe(expected);
    await provider.close();
  });

  test('no credentials at all: denied, and nothing is asked', async () => {
    const { AWS_ACCESS_KEY_ID, ...rest } = process.env;
    const kept = process.env;
    process.env = rest;
    const provider = await connectTo(fake);
    expect(await provider.read(soon())).toMatchObject({ ok: false, code: 'denied' });
    process.env = kept;
    expect(fake.requests).toHaveLength(0);
    await provider.close();
  });

  const doc = (inner: string) => ({ body: `<?xml version="1.0"?><R xmlns="urn:x">${inner}</R>` });
  const one = (ttl: string) =>
    `<ResourceRecordSets><ResourceRecordSet><Name>www.example.test.</Name><Type>A</Type><TTL>${ttl}</TTL><Flavour>new</Flavour>` +
    '<ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></ResourceRecordSets>';
  test.each<[string, FakeFault, Operation, boolean]>([
    [
      'a field we do not know',
      doc(`${one('60')}<IsTruncated>false</IsTruncated><New>1</New>`),
      'ListResourceRecordSets',
      true,
    ],
    ['a well-formed page of something else', doc('<p>Welcome</p>'), 'ListResourceRecordSets', false],
    ['no word on whether there is more', doc(one('60')), 'ListResourceRecordSets', false],
    ['more, but not where', doc(`${one('60')}<IsTruncated>true</IsTruncated>`), 'ListResourceRecordSets', false],
    ['no list', doc('<IsTruncated>false</IsTruncated>'), 'ListResourceRecordSets', false],
    ['a TTL that is no number', doc(`${one('soon')}<IsTruncated>false</IsTruncated>`), 'ListResourceRecordSets', false],
    [
      'a row without a name',
      doc(`${one('60').replace(/<Name>.*<.Name>/, '')}<IsTruncated>false</IsTruncated>`),
      'ListResourceRecordSets',
      false,
    ],
    ['a zone without a name', doc('<HostedZone><Id>Z0EXAMPLE</Id></HostedZone>'), 'GetHostedZone', false],
    ['zones without an end', doc('<HostedZones></HostedZones>'), 'ListHostedZonesByName', false],
  ])('HTTP 200 with %s', async (_, fault, on, ok) => {
    const provider = await connectTo(fake);
    fake.inject(fault, { on });
    const reading = await provider.read(soon());
    expect(reading).toMatchObject(ok ? { ok, found: from } : { ok, code: 'unknown' });
    await provider.close();
  });

  test('no beginning of an answer passes for the whole of it', async () => {
    const provider = await connectTo(fake);
    const { body } = doc(`${one('60')}<IsTruncated>false</IsTruncated>`);
    for (let end = 0; end < body.length; end += 7) {
      fake.inject({ body: body.slice(0, end) }, { on: 'ListResourceRecordSets' });
      expect([end, await provider.read(soon())]).toMatchObject([end, { ok: false, code: 'unknown' }]);
    }
    await provider.close();
  });

  test('HTTP 200 without a change id is not "applied"', async () => {
    const provider = await connectTo(fake);
    fake.inject(doc('<ChangeInfo></ChangeInfo>'), { on: 'ChangeResourceRecordSets' });
    expect(await provider.replace(replacement, soon())).toMatchObject({ code: 'unknown' });
    await provider.close();
  });

  test('a body without end is left at 8 MiB, long before the deadline', async () => {
    const provider = await connectTo(fake);
    fake.inject('huge');
    expect(await provider.read(AbortSignal.timeout(10_000))).toMatchObject({ why: expect.stringContaining('8388608') });
    await provider.close();
  });

  test('credentials that are long in coming do not hold up an abort, and nothing is asked once they come', async () => {
    const { AWS_ACCESS_KEY_ID, ...rest } = process.env;
    const kept = process.env;
    const waiting: ServerResponse[] = [];
    const source = createServer((_, response) => waiting.push(response));
    await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
    const address = source.address();
    const port = typeof address === 'object' ? address?.port : 0;
    process.env = { ...rest, AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/` };
    const provider = await connectTo(fake);
    const started = performance.now();
    expect(await provider.read(AbortSignal.timeout(200))).toMatchObject({ ok: false });
    expect(performance.now() - started).toBeLessThan(5_000);
    process.env = kept;
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    const late = { AccessKeyId: 'AKIALATE', SecretAccessKey: 'late', Token: 'late', Expiration };
    expect(waiting).toHaveLength(1);
    for (const response of waiting) response.end(JSON.stringify(late));
    await new Promise((resolve) => source.close(resolve));
    // The next reading has the same late credentials: once it is there, the one given up has come to its end too, unsent.
    expect(await provider.read(soon())).toMatchObject({ ok: true });
    expect(fake.requests.filter(({ url }) => url.includes('dnsname=www.example.test'))).toHaveLength(1);
    await provider.close();
  });

  test('a signal that is over already: a value, at once', async () => {
    const provider = await connectTo(fake);
    expect(await provider.read(AbortSignal.abort())).toMatchObject({ ok: false, code: 'unknown' });
    expect(await provider.replace(replacement, AbortSignal.abort())).toMatchObject({ code: 'unavailable' });
    expect(fake.requests).toHaveLength(0);
    await provider.close();
  });

  const several = { name: 'AggregateError', errors: [{ syscall: 'connect' }, { syscall: 'connect' }] };
  test.each([
    ['no such host', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'unavailable', 'no'],
    ['refused', { code: 'ECONNREFUSED', syscall: 'connect' }, 'unavailable', 'no'],
    ['refused on every address', several, 'unavailable', 'no'],
    ['refused on one address', { errors: [{ syscall: 'connect' }, { syscall: 'read' }] }, 'unknown', 'maybe'],
    ['reset', { name: 'TimeoutError', code: 'ECONNRESET', syscall: 'read' }, 'unknown', 'maybe'],
    ['a batch refused, older shape', { name: 'Unknown', $metadata: { httpStatusCode: 400 } }, 'rejected', 'no'],
    ['an error nobody knows', { name: 'Brand.New', $metadata: { httpStatusCode: 418 } }, 'denied', 'no'],
    ['a string', 'boo', 'unknown', 'maybe'],
    ['nothing', undefined, 'unknown', 'maybe'],
  ])('%s', (_, error, code, applied) => {
    expect(failureOf('GetChange', error, [])).toMatchObject({ code, applied });
  });

  test('remote text is shown without secrets, control characters or excess', () => {
    const secret = canaries.AWS_SESSION_TOKEN;
    const shown = clean(`\u001b[2J AKIAABCDEFGHIJKLMNOP ${secret}\n\u202e${'x'.repeat(500)}`, [secret]);
    expect(shown).toMatch(/^\\u001b\[2J \[redacted\] \[redacted\]\\u000a\\u202ex+$/);
    expect(shown).toHaveLength(200);
  });
});
