import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import type { OutcomeCode } from '../../src/domain/state';
import { connect, inputFor } from './alidns-connect';
import { type AlidnsOptions, failure, startAlidnsFake } from './alidns-fake';
import { bench, look, move, soon, www } from './per-record-bench';
import type { Reply } from './per-record-server';

const { openMarked } = bench(startAlidnsFake, connect);
const open = (options: AlidnsOptions = {}) => openMarked(options);
const go = (provider: Provider, ...values: readonly string[]) => move(provider, 'A', values, 2);

describe('what the first call of a switch may be answered', () => {
  const rows: readonly (readonly [string, Reply, OutcomeCode, RegExp])[] = [
    ['throttled', failure('Throttling'), 'throttled', /Throttling/],
    ['throttled for the user', failure('Throttling.User'), 'throttled', /Throttling\.User/],
    ['throttled for the API, HTTP 503', failure('Throttling.Api', 'no', 503), 'throttled', /Throttling\.Api/],
    ['no permission', failure('Forbidden.RAM', 'no', 403), 'denied', /README/],
    ['no permission, newer', failure('NoPermission', 'no', 403), 'denied', /README/],
    ['the key is unknown', failure('InvalidAccessKeyId.NotFound', 'no', 404), 'denied', /ACCESS_KEY_ID/],
    [
      'the signature does not match',
      failure('SignatureDoesNotMatch', 'server string to sign is:x'),
      'denied',
      /_SECRET/,
    ],
    ['the token ran out', failure('InvalidSecurityToken.Expired'), 'denied', /renew/],
    ['our clock is wrong', failure('InvalidTimeStamp.Expired'), 'denied', /clock/],
    ['the TTL is below the floor', failure('QuotaExceeded.TTL'), 'denied', /FAILOVERD_TTL/],
    ['too many values', failure('QuotaExceeded.ARecord'), 'denied', /larger plan/],
    ['a conflict of types', failure('DomainRecordConflict'), 'denied', /another type/],
    ['the record is locked', failure('DomainRecordLocked'), 'denied', /unlock/],
    ['the zone is forbidden', failure('DomainForbidden', 'been forbidden'), 'denied', /been forbidden/],
    ['the record exists', failure('DomainRecordDuplicate'), 'conflict', /Duplicate/],
    ['the record is gone', failure('DomainRecordNotBelongToUser'), 'conflict', /NotBelong/],
    ['the zone is gone', failure('InvalidDomainName.NoExist'), 'denied', /NoExist/],
    ['delivered twice', failure('SignatureNonceUsed'), 'unknown', /NonceUsed/],
    ['an inner error', failure('InternalError', 'no', 500), 'unknown', /InternalError/],
    ['an inner error with HTTP 400', failure('InternalError'), 'unknown', /InternalError/],
    ['not available', failure('ServiceUnavailable', 'no', 503), 'unknown', /ServiceUnavailable/],
    ['unknown there as well', failure('UnKnownError'), 'unknown', /UnKnownError/],
    ['any code with HTTP 500', failure('Whatever.Else', 'no', 500), 'unknown', /Whatever/],
    ['HTML', { status: 200, body: '<html>' }, 'unknown', /cannot be read/],
    ['nothing', { status: 200, body: '' }, 'unknown', /cannot be read/],
    ['half of it', { status: 200, body: '{"RecordId":"10' }, 'unknown', /cannot be read/],
    ['null', { status: 200, body: 'null' }, 'unknown', /cannot be read/],
    ['a list', { status: 200, body: [] }, 'unknown', /does not hold an object/],
    ['another id', { status: 200, body: { RecordId: '1', RequestId: 'x' } }, 'unknown', /does not hold the id/],
    ['no id', { status: 200, body: { RequestId: 'x' } }, 'unknown', /does not hold the id/],
    ['HTTP 500 without a code', { status: 500, body: { oh: 'no' } }, 'unknown', /does not hold the id/],
    ['a redirect', { status: 307, headers: { location: '/elsewhere' }, body: '' }, 'unknown', /cannot be read/],
    ['2 MB', { status: 200, body: ' '.repeat(2_000_000) }, 'unknown', /longer than 1048576 bytes/],
    ['gzip', { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync('{}') }, 'unknown', /compressed/],
    ['__proto__', { status: 200, body: '{"__proto__":{"RecordId":"1"}}' }, 'unknown', /cannot be read/],
  ];
  test.each(rows)('%s', async (_, reply, code, why) => {
    const { fake, provider } = await open();
    fake.answer('UpdateDomainRecord', reply);
    const outcome = await go(provider, '198.51.100.1');
    expect(outcome).toMatchObject({ code, why: expect.stringMatching(why) });
    expect(outcome.why).not.toContain('string to sign');
    expect(fake.asked.filter(({ action }) => action === 'UpdateDomainRecord')).toHaveLength(1);
    expect(fake.zone.values(www)).toEqual(['192.0.2.1']);
    expect(await go(provider, '198.51.100.1')).toMatchObject({ code: 'applied' });
  });
});

describe('a reading that is no reading is a failure, never "absent"', () => {
  const whole = {
    DomainName: 'example.test',
    RecordId: '5',
    RR: 'www',
    Type: 'A',
    Value: '192.0.2.1',
    TTL: 60,
    Line: 'default',
    Status: 'ENABLE',
    Locked: false,
  };
  const listing = (row: unknown, total: unknown = 1): Reply => ({
    status: 200,
    body: { TotalCount: total, DomainRecords: { Record: [row] }, RequestId: 'x' },
  });
  const rows: readonly (readonly [string, Reply, string])[] = [
    ['no list', { status: 200, body: { TotalCount: 1, RequestId: 'x' } }, 'unknown'],
    ['no list inside', { status: 200, body: { TotalCount: 1, DomainRecords: {} } }, 'unknown'],
    ['no count', { status: 200, body: { DomainRecords: { Record: [] } } }, 'unknown'],
    ['a record without a name', listing({ ...whole, RR: null }), 'unknown'],
    ['a record without a zone', listing({ ...whole, DomainName: undefined }), 'unknown'],
    ['a record without a value', listing({ ...whole, Value: 7 }), 'unknown'],
    ['a record without a TTL', listing({ ...whole, TTL: '60' }), 'unknown'],
    ['a record without a line', listing({ ...whole, Line: undefined }), 'unknown'],
    ['a record without a status', listing({ ...whole, Status: undefined }), 'unknown'],
    ['an id that is none', listing({ ...whole, RecordId: 'a b' }), 'unknown'],
    ['null for a record', listing(null), 'unknown'],
    ['the zone is gone', failure('InvalidDomainName.NoExist'), 'denied'],
    ['an inner error', failure('InternalError', 'no', 500), 'unknown'],
  ];
  test.each(rows)('%s', async (_, reply, code) => {
    const { fake, provider } = await open();
    fake.answer('DescribeSubDomainRecords', reply);
    expect(await provider.read(soon())).toMatchObject({ ok: false, code });
    expect((await look(provider)).sets).toHaveLength(1);
  });

  test('a count of zero is an empty list, with or without the list', async () => {
    const { fake, provider } = await open();
    const empty: Reply = { status: 200, body: { TotalCount: 0, DomainRecords: {}, RequestId: 'x' } };
    fake.answer('DescribeSubDomainRecords', empty, 2);
    expect(await look(provider)).toEqual({ sets: [], marker: null, foreignMarker: null, obstacles: [] });
    fake.zone.drop(() => true);
    expect(await look(provider)).toEqual({ sets: [], marker: null, foreignMarker: null, obstacles: [] });
  });

  test('a service that gives small pages and disregards the filter', async () => {
    const { fake, provider } = await open({ unfiltered: 40 });
    for (let index = 0; index < 90; index++)
      fake.zone.put({ name: `a${index}.example.test`, type: 'A', value: '192.0.2.9' });
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.2' });
    expect((await look(provider)).sets).toMatchObject([{ values: ['192.0.2.1', '192.0.2.2'] }]);
  });
});

describe('who asks', () => {
  test('temporary credentials', async () => {
    const { fake } = await open({ temporary: true });
    const { env } = inputFor(fake);
    const provider = await connect(fake, { env: { ...env, ALIBABA_CLOUD_SECURITY_TOKEN: fake.securityToken } });
    expect((await look(provider)).sets).toHaveLength(1);
    expect(await (await connect(fake)).read(soon())).toMatchObject({ ok: false, code: 'denied' });
  });

  test.each([960_000, -960_000])('our clock is off by %s ms: said so', async (skewMs) => {
    const { provider } = await open({ skewMs });
    const reading = await provider.read(soon());
    expect(reading).toMatchObject({ ok: false, code: 'denied', why: expect.stringMatching(/clock is off/) });
  });

  test('a wrong secret is refused by the signature, and no secret is told', async () => {
    const { fake } = await open();
    const more = { ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'anotherSecret', ALIBABA_CLOUD_SECURITY_TOKEN: fake.securityToken };
    const provider = await connect(fake, { env: { ...inputFor(fake).env, ...more } });
    const reading = await provider.read(soon());
    expect(reading).toMatchObject({ ok: false, code: 'denied', why: expect.stringMatching(/SignatureDoesNotMatch/) });
    expect(JSON.stringify(reading)).not.toMatch(/anotherSecret|CAISfake|LTAI/);
  });

  test('what the service echoes of credentials is blotted out, in every spelling', async () => {
    const { fake } = await open({ temporary: true });
    const { securityToken: token, accessKeyId: id } = fake;
    const env = { ...inputFor(fake).env, ALIBABA_CLOUD_SECURITY_TOKEN: token };
    const provider = await connect(fake, { env });
    await look(provider);
    const spelt = [id, token, encodeURIComponent(token), encodeURIComponent(encodeURIComponent(token))];
    fake.answer('DescribeSubDomainRecords', failure('DomainForbidden', spelt.join(' ')));
    const reading = await provider.read(soon());
    expect(reading).toMatchObject({ why: expect.stringContaining('"[secret] [secret] [secret] [secret]"') });
  });

  test('nothing of a request stands in its URL', async () => {
    // The fake takes POST on `/` only; the SDK's default would be refused.
    const { fake, provider } = await open();
    expect(await go(provider, '198.51.100.1')).toMatchObject({ code: 'applied' });
    expect(fake.asked.length).toBeGreaterThan(5);
  });
});
