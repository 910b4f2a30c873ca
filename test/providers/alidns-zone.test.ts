import { describe, expect, test } from '@jest/globals';
import { create } from '../../providers/alidns/alidns';
import type { ProviderInput } from '../../providers/provider';
import { connect, inputFor } from './alidns-connect';
import { type AlidnsOptions, startAlidnsFake } from './alidns-fake';
import { bench, look, move, soon, told, www } from './per-record-bench';

const opener = bench(startAlidnsFake, connect);
const open = (options: AlidnsOptions = {}, over: Partial<ProviderInput> = {}) => opener.open(options, over);

describe('the zone', () => {
  test('is found from the record, once', async () => {
    const { fake, provider } = await open({}, { record: 'a.www.example.test' });
    for (let round = 0; round < 3; round++) await look(provider);
    const zones = fake.asked.flatMap(({ action, params }) =>
      action === 'DescribeDomainInfo' ? [params['DomainName']] : [],
    );
    expect(zones).toEqual(['a.www.example.test', 'www.example.test', 'example.test']);
  });

  test('is the one configured', async () => {
    const { fake, provider } = await open({}, { zone: 'Example.TEST.' });
    await look(provider);
    expect(fake.asked.filter(({ action }) => action === 'DescribeDomainInfo')).toHaveLength(1);
  });

  test('is not there', async () => {
    const { provider } = await open({}, { zone: 'other.test' });
    expect(await provider.read(soon())).toMatchObject({ ok: false, why: expect.stringMatching(/no zone other\.test/) });
  });

  test.each([
    ['as real answers have them', ['dns7.hichina.com', 'dns8.hichina.com']],
    ["as the documentation's example has them", ['["dns7.hichina.com", "dns8.hichina.com"]']],
  ])('tells its name servers, %s', async (_, list) => {
    const { provider } = await open({ domain: { DnsServers: { DnsServer: list } } });
    expect(await provider.nameservers(soon())).toEqual(['dns7.hichina.com', 'dns8.hichina.com']);
  });
});

describe('the record', () => {
  test('keeps its id, remark and neighbours', async () => {
    const { fake, provider } = await open();
    const row = fake.zone.put({ name: www, type: 'A', value: '192.0.2.1', remark: 'made by hand' });
    fake.zone.put({ name: www, type: 'MX', value: 'mail.example.test' });
    expect(await move(provider, 'A', ['198.51.100.1'])).toMatchObject({ code: 'applied' });
    expect(fake.zone.all()).toContainEqual({ ...row, value: '198.51.100.1', ttl: 60 });
  });

  test.each(['example.test', '*.example.test'])('at the apex, or a wildcard: %s', async (record) => {
    const { fake, provider } = await open({}, { record });
    fake.zone.put({ name: record, type: 'A', value: '192.0.2.1' });
    expect(await move(provider, 'A', ['198.51.100.1'])).toMatchObject({ code: 'applied' });
    expect(fake.zone.values(record)).toEqual(['198.51.100.1']);
  });

  test('becomes a host name in one call', async () => {
    const { fake, provider } = await open();
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.1' });
    expect(await move(provider, 'CNAME', ['b.example.net'])).toMatchObject({ code: 'applied' });
    expect(fake.writes()).toBe(4);
  });

  test('beside mail it cannot become one, and the operator is told why', async () => {
    const { fake, provider } = await open();
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.1' });
    fake.zone.put({ name: www, type: 'MX', value: 'mail.example.test' });
    expect(await move(provider, 'CNAME', ['b.example.net'])).toMatchObject({ code: 'unknown' });
    const again = await move(provider, 'CNAME', ['b.example.net']);
    expect(again).toMatchObject({ code: 'denied', why: expect.stringMatching(/DomainRecordConflict.*remove it/) });
    expect(fake.zone.values(www)).toEqual(['192.0.2.1']);
  });

  test.each([
    ['line', { line: 'telecom' }],
    ['pause', { enabled: false }],
    ['lock', { locked: true }],
  ])('with a %s of its own is an obstacle', async (_, special) => {
    const { fake, provider } = await open();
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.1', ...special });
    expect((await look(provider)).obstacles).toHaveLength(1);
    expect(await move(provider, 'A', ['198.51.100.1'])).toMatchObject({ code: 'denied' });
    expect(fake.writes()).toBe(0);
  });

  test.each([
    ['1 each, as every record has', [1, 1], 0],
    ['the same', [10, 10], 0],
    ['different', [10, 20], 2],
    ['one record, any', [50], 0],
  ])('with weights: %s', async (_, weights, obstacles) => {
    const { fake, provider } = await open();
    for (const [index, weight] of weights.entries())
      fake.zone.put({ name: www, type: 'A', value: `192.0.2.${index}`, weight });
    fake.zone.put({ name: www, type: 'AAAA', value: '2001:db8::1', weight: 7 });
    expect((await look(provider)).obstacles).toHaveLength(obstacles);
  });

  test('a TTL below the floor of the plan is raised before it is sent', async () => {
    const { fake, provider } = await open({ ttlFloor: 600 });
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.1' });
    expect(await move(provider, 'A', ['198.51.100.1'])).toMatchObject({ code: 'applied' });
    expect((await look(provider)).sets).toMatchObject([{ ttl: 600, values: ['198.51.100.1'] }]);
    expect(fake.writes()).toBe(4);
  });

  test('a floor that was not told, and is refused: nothing was changed', async () => {
    const { fake, provider } = await open({ ttlFloor: 600, domain: { MinTtl: undefined } });
    fake.zone.put({ name: www, type: 'A', value: '192.0.2.1' });
    const outcome = await move(provider, 'A', ['198.51.100.1']);
    expect(outcome).toMatchObject({ code: 'denied', why: expect.stringMatching(/QuotaExceeded\.TTL.*FAILOVERD_TTL/) });
    expect(fake.zone.all()).toHaveLength(1);
  });
});

describe('check', () => {
  test.each([
    ['all is well', { ttlFloor: 60 }, /^ok: the plan's least TTL is 60 s$/m],
    ['a plan with a high floor', { ttlFloor: 600 }, /^warn: FAILOVERD_TTL is 60 s; .* 600 s is written$/m],
    ['a zone in the black hole', { domain: { InBlackHole: true } }, /^error: zone example\.test is in the black hole/m],
    ['weights that are on', { weighted: true }, /^error: weights are switched on for www\.example\.test/m],
    ['weights not told', { forbidden: ['DescribeDNSSLBSubDomains'] }, /^warn: whether weights .* not told/m],
    ['no right to read', { forbidden: ['DescribeSubDomainRecords'] }, /^error: .*SubDomainRecords: Forbidden\.RAM/m],
  ] as const)('%s', async (_, options, pattern) => {
    const { fake, provider } = await open(options);
    fake.zone.seed([{ name: www, type: 'A', ttl: 60, values: ['192.0.2.1'] }]);
    expect(await told(provider)).toMatch(pattern);
    expect(fake.writes()).toBe(0);
  });
});

describe('settings', () => {
  const keys = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAIexample', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'k' };
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ['none', {}, ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET']],
    ['a token with a line end', { ...keys, ALIBABA_CLOUD_SECURITY_TOKEN: 'a\nb' }, ['ALIBABA_CLOUD_SECURITY_TOKEN']],
    ['http elsewhere', { ...keys, ALIDNS_ENDPOINT: 'http://alidns.aliyuncs.com' }, ['ALIDNS_ENDPOINT']],
    ['no URL', { ...keys, ALIDNS_ENDPOINT: 'alidns.aliyuncs.com' }, ['ALIDNS_ENDPOINT']],
    ['a region of its own', { ...keys, ALIDNS_ENDPOINT: 'https://alidns.cn-hangzhou.aliyuncs.com' }, []],
    ['no more than that', keys, []],
  ];
  test.each(rows)('%s', async (_, env, names) => {
    const { fake } = await open();
    const created = await create(inputFor(fake, { env }));
    expect(created.ok ? [] : created.problems.map(({ name }) => name)).toEqual(names);
  });
});
