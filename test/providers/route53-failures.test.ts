import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FailureCode } from '../../providers/provider';
import { clean, failureOf } from '../../providers/route53/failures';
import type { Found, OutcomeCode } from '../../src/domain/types';
import { type FakeFault, type Route53Fake, startRoute53Fake } from './route53-fake';
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
const soon = () => AbortSignal.timeout(1_000);

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
