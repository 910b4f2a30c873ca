import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import type { OutcomeCode } from '../../src/domain/state';
import { connect, inputFor } from './dnspod-connect';
import { type DnspodOptions, failure, startDnspodFake } from './dnspod-fake';
import { bench, look, move, soon, www } from './per-record-bench';
import type { Reply } from './per-record-server';

const { openMarked } = bench(startDnspodFake, connect);
const open = (options: DnspodOptions = {}) => openMarked(options);
const go = (provider: Provider, ...values: readonly string[]) => move(provider, 'A', values, 2);

describe('what the first call of a switch may be answered', () => {
  const json = (body: unknown, status = 200): Reply => ({ status, body });
  const rows: readonly (readonly [string, Reply, OutcomeCode, RegExp])[] = [
    ['too many requests', failure('RequestLimitExceeded'), 'throttled', /RequestLimitExceeded/],
    ['too many of the account', failure('RequestLimitExceeded.UinLimitExceeded'), 'throttled', /Uin/],
    ['HTTP 429', json({}, 429), 'throttled', /HTTP 429/],
    ['no permission', failure('UnauthorizedOperation'), 'denied', /README/],
    ['the key is unknown', failure('AuthFailure.SecretIdNotFound'), 'denied', /TENCENTCLOUD_SECRET_ID/],
    ['the token ran out', failure('AuthFailure.TokenFailure'), 'denied', /renew/],
    ['our clock is wrong', failure('AuthFailure.SignatureExpire'), 'denied', /clock/],
    ['the TTL is below the floor', failure('LimitExceeded.RecordTtlLimit'), 'denied', /FAILOVERD_TTL/],
    ['too many values', failure('LimitExceeded.SubdomainRollLimit'), 'denied', /larger plan/],
    ['a value refused', failure('InvalidParameter.RecordValueInvalid', '记录的值不正确。'), 'denied', /记录的值不正确/],
    ['the zone is locked', failure('FailedOperation.DomainIsLocked'), 'denied', /DomainIsLocked/],
    ['the address is not on the list', failure('IpNotInWhitelist'), 'denied', /IpNotInWhitelist/],
    ['the record exists', failure('InvalidParameter.DomainRecordExist'), 'conflict', /DomainRecordExist/],
    ['the record is gone', failure('InvalidParameter.RecordIdInvalid'), 'conflict', /RecordIdInvalid/],
    ['the zone is gone', failure('InvalidParameterValue.DomainNotExists'), 'denied', /DomainNotExists/],
    ['an inner error', failure('InternalError'), 'unknown', /InternalError/],
    ['no response in time there', failure('FailedOperation.UnknowError'), 'unknown', /UnknowError/],
    ['failed, try later', failure('InvalidParameter.OperateFailed'), 'unknown', /OperateFailed/],
    ['a code of tomorrow', failure('SomethingNew.Happened'), 'unknown', /SomethingNew/],
    ['HTTP 500', json({}, 500), 'unknown', /HTTP 500/],
    ['HTML', { status: 200, body: '<html>' }, 'unknown', /cannot be read/],
    ['nothing', { status: 200, body: '' }, 'unknown', /cannot be read/],
    ['half of it', { status: 200, body: '{"Response":{"Rec' }, 'unknown', /cannot be read/],
    ['null', json(null), 'unknown', /cannot be read/],
    ['another id', json({ Response: { RecordId: 1, RequestId: 'x' } }), 'unknown', /does not hold the id/],
    ['no id', json({ Response: { RequestId: 'x' } }), 'unknown', /does not hold the id/],
    [
      'a stream of events',
      { status: 200, headers: { 'content-type': 'text/event-stream' }, body: 'data: x' },
      'unknown',
      /id/,
    ],
    ['a redirect', { status: 307, headers: { location: '/elsewhere' }, body: '' }, 'unknown', /redirect/],
    ['2 MB', { status: 200, body: ' '.repeat(2_000_000) }, 'unknown', /longer than 1048576 bytes/],
    ['gzip', { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync('{}') }, 'unknown', /compressed/],
  ];
  test.each(rows)('%s', async (_, reply, code, why) => {
    const { fake, provider } = await open();
    fake.answer('ModifyRecord', reply);
    const outcome = await go(provider, '198.51.100.1');
    expect(outcome).toMatchObject({ code, why: expect.stringMatching(why) });
    expect(fake.asked.filter(({ action }) => action === 'ModifyRecord')).toHaveLength(1);
    expect(fake.zone.values(www)).toEqual(['192.0.2.1']);
    expect(await go(provider, '198.51.100.1')).toMatchObject({ code: 'applied' });
  });
});

describe('a reading that is no reading is a failure, never "absent"', () => {
  const whole = {
    RecordId: 5,
    Name: 'www',
    Type: 'A',
    Value: '192.0.2.1',
    TTL: 60,
    Status: 'ENABLE',
    Line: '默认',
    LineId: '0',
  };
  const listing = (row: unknown, total: unknown = 1): Reply => ({
    status: 200,
    body: { Response: { RecordCountInfo: { TotalCount: total }, RecordList: [row], RequestId: 'x' } },
  });
  const rows: readonly (readonly [string, Reply, string])[] = [
    ['no list', { status: 200, body: { Response: { RequestId: 'x' } } }, 'unknown'],
    ['no count', { status: 200, body: { Response: { RecordList: [], RequestId: 'x' } } }, 'unknown'],
    ['a record without a name', listing({ ...whole, Name: null }), 'unknown'],
    ['a record without a value', listing({ ...whole, Value: 7 }), 'unknown'],
    ['a record without a TTL', listing({ ...whole, TTL: '60' }), 'unknown'],
    ['a record without a line', listing({ ...whole, Line: undefined }), 'unknown'],
    ['a record without a status', listing({ ...whole, Status: undefined }), 'unknown'],
    ['an id that is no number', listing({ ...whole, RecordId: 'x' }), 'unknown'],
    ['null for a record', listing(null), 'unknown'],
    ['an error that is not "empty"', failure('ResourceNotFound'), 'denied'],
    ['the zone is gone', failure('InvalidParameterValue.DomainNotExists'), 'denied'],
    ['an inner error', failure('InternalError'), 'unknown'],
  ];
  test.each(rows)('%s', async (_, reply, code) => {
    const { fake, provider } = await open();
    fake.answer('DescribeRecordList', reply);
    expect(await provider.read(soon())).toMatchObject({ ok: false, code });
    expect((await look(provider)).sets).toHaveLength(1);
  });

  test('the error NoDataOfRecord is an empty list', async () => {
    const { fake, provider } = await open();
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

  test('a listing without end ends', async () => {
    const { fake, provider } = await open();
    fake.answer('DescribeRecordList', listing(whole, 1e9), 1_000);
    expect(await provider.read(AbortSignal.timeout(40_000))).toMatchObject({
      ok: false,
      why: expect.stringMatching(/no end/),
    });
  });
});

describe('who asks', () => {
  test('temporary credentials', async () => {
    const { fake } = await open({ temporary: true });
    const { env } = inputFor(fake);
    const provider = await connect(fake, { env: { ...env, TENCENTCLOUD_TOKEN: fake.token } });
    expect((await look(provider)).sets).toHaveLength(1);
    expect(await (await connect(fake)).read(soon())).toMatchObject({ ok: false, code: 'denied' });
  });

  test.each([360_000, -360_000])('our clock is off by %s ms: said so', async (skewMs) => {
    const { provider } = await open({ skewMs });
    const reading = await provider.read(soon());
    expect(reading).toMatchObject({ ok: false, code: 'denied', why: expect.stringMatching(/clock is off/) });
  });

  test('a wrong key is refused by the signature, and no secret is told', async () => {
    const { fake } = await open();
    const env = { ...inputFor(fake).env, TENCENTCLOUD_SECRET_KEY: 'anotherSecretKey0000000000000' };
    const reading = await (await connect(fake, { env })).read(soon());
    expect(reading).toMatchObject({ ok: false, code: 'denied', why: expect.stringMatching(/SignatureFailure/) });
    expect(JSON.stringify(reading)).not.toMatch(/anotherSecret|string to sign/);
  });

  test('what the service echoes of credentials is blotted out', async () => {
    const { fake, provider } = await open();
    fake.answer(
      'DescribeRecordList',
      failure('ResourceNotFound', `for ${fake.secretId} and ${fake.secretKey}\u001b[2J`),
    );
    const reading = await provider.read(soon());
    expect(reading).toMatchObject({ ok: false, why: expect.stringContaining('for [secret] and [secret]\\x1b[2J') });
  });

  test('the proxy variables of the environment divert nothing', async () => {
    const { provider } = await open();
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    try {
      expect((await look(provider)).sets).toHaveLength(1);
    } finally {
      delete process.env['http_proxy'];
    }
  });
});
