import { describe, expect, test } from '@jest/globals';
import { create } from '../../providers/dnspod/dnspod';
import type { ProviderInput } from '../../providers/provider';
import { connect, inputFor } from './dnspod-connect';
import { type DnspodOptions, startDnspodFake } from './dnspod-fake';
import { aside, bench, look, move, soon, told, www } from './per-record-bench';

const opener = bench(startDnspodFake, connect);
const open = (options: DnspodOptions = {}, over: Partial<ProviderInput> = {}) => opener.open(options, over);

describe('the zone', () => {
  test('is found from the record, once', async () => {
    const { fake, provider } = await open({}, { record: 'a.b.www.example.test' });
    for (let round = 0; round < 3; round++) await look(provider);
    const domains = fake.asked.flatMap(({ action, params }) => (action === 'DescribeDomain' ? [params['Domain']] : []));
    expect(domains).toEqual(['a.b.www.example.test', 'b.www.example.test', 'www.example.test', 'example.test']);
  });

  test.each(['example.test', 'Example.TEST.', '62738'])('is the one configured: %s', async (zone) => {
    const { fake, provider } = await open({}, { zone });
    await look(provider);
    expect(fake.asked.filter(({ action }) => action === 'DescribeDomain')).toHaveLength(1);
  });

  test.each([
    ['other.test', /no zone other\.test/],
    ['12345', /no zone 12345/],
  ])('is not there: %s', async (zone, why) => {
    const { provider } = await open({}, { zone });
    expect(await provider.read(soon())).toMatchObject({ ok: false, code: 'denied', why: expect.stringMatching(why) });
  });

  test('does not hold the record', async () => {
    const { provider } = await open({}, { record: 'www.other.test', zone: 'example.test' });
    expect(await provider.read(soon())).toMatchObject({ ok: false, why: expect.stringMatching(/not in zone example/) });
  });

  test('tells its name servers', async () => {
    const { provider } = await open();
    expect(await provider.nameservers(soon())).toEqual(['alder.dnspod.net', 'birch.dnspod.net']);
  });
});

describe('the record', () => {
  test('keeps its id, remark and neighbours', async () => {
    const { fake, provider } = await open();
    const row = fake.zone.put({ name: www, type: 'A', value: '192.0.2.1', remark: '官网主页' });
    fake.zone.put({ name: www, type: 'MX', value: 'mail.example.test.' });
    expect(await move(provider, 'A', ['198.51.100.1'])).toMatchObject({ code: 'applied' });
    expect(fake.zone.all()).toContainEqual({ ...row, value: '198.51.100.1', ttl: 60 });
    const modified = fake.asked.filter(({ action }) => action === 'ModifyRecord');
    expect(modified.map(({ params }) => params['Remark'])).toEqual(['官网主页']);
  });

  test.each(['example.test', '*.example.test'])('at the apex, or a wildcard: %s', async (record) => {
    const { fake, provider } = await open({}, { record });
    fake.zone.put({ name: 'example.test', type: 'NS', value: 'alder.dnspod.net.' });
    fake.zone.put({ name: record, type: 'A', value: '192.0.2.1' });
    expect(await move(provider, 'A', ['198.51.100.1'])).toMatchObject({ code: 'applied' });
    expect(fake.zone.values(record)).toEqual(['198.51.100.1']);
  });

  test('is a host name, spelt with a dot at its end', async () => {
    const { fake, provider } = await open();
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.1' });
    expect(await move(provider, 'CNAME', ['b.example.net'])).toMatchObject({ code: 'applied' });
    const values = fake.asked.flatMap(({ params }) => (params['RecordType'] === 'CNAME' ? [params['Value']] : []));
    expect(values).toEqual(['b.example.net.']);
  });

  test.each([
    ['weight', { weight: 20 }],
    ['line', { line: '电信' }],
    ['pause', { enabled: false }],
  ])('with a %s of its own is an obstacle', async (_, special) => {
    const { fake, provider } = await open();
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.1', ...special });
    expect((await look(provider)).obstacles).toHaveLength(1);
    expect(await move(provider, 'A', ['198.51.100.1'])).toMatchObject({ code: 'denied' });
    expect(fake.writes()).toBe(0);
  });

  test('a plan that takes two values of one name is never asked for a third', async () => {
    const { fake, provider } = await open({ roll: 2 });
    fake.zone.seed([{ name: www, type: 'A', ttl: 60, values: ['192.0.2.1', '192.0.2.2'] }]);
    expect(await move(provider, 'A', ['198.51.100.1', '198.51.100.2'])).toMatchObject({ code: 'applied' });
    expect(
      await move(
        provider,
        'A',
        ['1', '2', '3'].map((end) => `203.0.113.${end}`),
        2,
      ),
    ).toMatchObject({ code: 'unknown' });
    expect(
      await move(
        provider,
        'A',
        ['1', '2', '3'].map((end) => `203.0.113.${end}`),
        2,
      ),
    ).toMatchObject({
      code: 'denied',
      why: expect.stringMatching(/SubdomainRollLimit.*larger plan/),
    });
  });

  test('a TTL below the floor of the plan is raised before it is sent', async () => {
    const { fake, provider } = await open({ ttlFloor: 600 });
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.1' });
    expect(await move(provider, 'A', ['198.51.100.1'])).toMatchObject({ code: 'applied' });
    expect((await look(provider)).sets).toMatchObject([{ ttl: 600, values: ['198.51.100.1'] }]);
    expect(fake.writes()).toBe(4);
  });
});

describe('the index that lags', () => {
  test('what we made ourselves is seen at once, and each record is asked for only until it is listed', async () => {
    const { fake, provider } = await open({ indexLag: 4 });
    expect(await move(provider, 'A', ['198.51.100.1', '198.51.100.2'])).toMatchObject({ code: 'applied' });
    for (let round = 0; round < 4; round++)
      expect((await look(provider)).sets).toMatchObject([{ values: ['198.51.100.1', '198.51.100.2'] }]);
    const before = fake.asked.length;
    await look(provider);
    expect(fake.asked.slice(before).map(({ action }) => action)).toEqual(['DescribeRecordList', 'DescribeRecordList']);
  });

  test('a record of ours that somebody removed meanwhile is gone', async () => {
    const { fake, provider } = await open({ indexLag: 100 });
    await move(provider, 'A', ['198.51.100.1']);
    fake.zone.drop(({ name }) => name === www || name === aside);
    expect((await look(provider)).sets).toEqual([]);
  });

  test('two writers are kept apart all the same', async () => {
    const { fake, provider } = await open({ indexLag: 20 });
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.1' });
    const rival = await connect(fake);
    const outcomes = await Promise.all([move(provider, 'A', ['198.51.100.1']), move(rival, 'A', ['203.0.113.1'])]);
    expect(outcomes.map(({ code }) => code).sort()).toEqual(['applied', 'conflict']);
  });
});

describe('check', () => {
  async function tell(options: DnspodOptions, seed = true): Promise<string> {
    const { fake, provider } = await open(options);
    if (seed) fake.zone.seed([{ name: www, type: 'A', ttl: 60, values: ['192.0.2.1'] }]);
    const before = fake.writes();
    const text = await told(provider);
    expect(fake.writes()).toBe(before);
    return text;
  }

  test('all is well', async () => {
    const text = await tell({ ttlFloor: 60 });
    expect(text).toMatch(/^ok: zone example\.test \(62738\)$/m);
    expect(text).toMatch(/^ok: www\.example\.test: A 192\.0\.2\.1$/m);
    expect(text).toMatch(/^ok: the plan's least TTL is 60 s$/m);
    expect(text).toMatch(/^warn: Every record is changed by a call of its own/m);
    expect(text).not.toMatch(/^error/m);
  });

  test.each([
    ['no record', {}, false, /^ok: www\.example\.test: no record$/m],
    ['a plan with a high floor', { ttlFloor: 600 }, true, /^warn: FAILOVERD_TTL is 60 s; .* 600 s is written$/m],
    [
      'plans that are not told',
      { forbidden: ['DescribePackageDetail'] },
      true,
      /^warn: the plan's least TTL was not told/m,
    ],
    ['a paused zone', { domain: { Status: 'PAUSE' } }, true, /^error: zone example\.test is paused/m],
    ['a banned zone', { domain: { Status: 'SPAM' } }, true, /^error: zone example\.test is banned/m],
    [
      'a zone not delegated here',
      { domain: { DnsStatus: 'dnserror' } },
      true,
      /^error: .*not delegated.*alder\.dnspod\.net/m,
    ],
    [
      'records that may not be read',
      { forbidden: ['DescribeRecordList'] },
      true,
      /^error: .*DescribeRecordList: Unauthorized/m,
    ],
    ['zones that may not be read', { forbidden: ['DescribeDomain'] }, true, /^error: .*DescribeDomain: Unauthorized/m],
  ] as const)('%s', async (_, options, seed, pattern) => {
    expect(await tell(options, seed)).toMatch(pattern);
  });
});

describe('settings', () => {
  const id = 'AKIDexample';
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ['none', {}, ['TENCENTCLOUD_SECRET_ID', 'TENCENTCLOUD_SECRET_KEY']],
    ['a key with a space', { TENCENTCLOUD_SECRET_ID: id, TENCENTCLOUD_SECRET_KEY: 'a b' }, ['TENCENTCLOUD_SECRET_KEY']],
    [
      'an empty token',
      { TENCENTCLOUD_SECRET_ID: id, TENCENTCLOUD_SECRET_KEY: 'k', TENCENTCLOUD_TOKEN: '' },
      ['TENCENTCLOUD_TOKEN'],
    ],
    ...[
      'http://dnspod.example',
      'https://user@dnspod.example',
      'https://dnspod.example/x',
      'dnspod.example',
      'ftp://127.0.0.1',
    ].map(
      (DNSPOD_ENDPOINT) =>
        [
          DNSPOD_ENDPOINT,
          { TENCENTCLOUD_SECRET_ID: id, TENCENTCLOUD_SECRET_KEY: 'k', DNSPOD_ENDPOINT },
          ['DNSPOD_ENDPOINT'],
        ] as const,
    ),
    ['no more than that', { TENCENTCLOUD_SECRET_ID: id, TENCENTCLOUD_SECRET_KEY: 'k' }, []],
  ];
  test.each(rows)('%s', async (_, env, names) => {
    const { fake } = await open();
    const created = await create(inputFor(fake, { env }));
    expect(created.ok ? [] : created.problems.map(({ name }) => name)).toEqual(names);
  });
});
