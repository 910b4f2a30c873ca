import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { create } from '../../providers/route53/route53';
import { zoneId } from '../../providers/route53/zone';
import { type Route53Fake, startRoute53Fake } from './route53-fake';
import { connectTo, useCanaries } from './route53-subject';

useCanaries();

let fake: Route53Fake;
beforeEach(async () => {
  fake = await startRoute53Fake();
});
afterEach(() => fake.close());

const signal = () => AbortSignal.timeout(2_000);
type Zone = readonly [id: string, name: string, isPrivate?: boolean];

describe('route53 zone', () => {
  const apex: Zone = ['Z1', 'example.test'];
  const other: Zone = ['Z9', 'example.net'];
  test.each<[string, readonly Zone[], string, string | null, string]>([
    ['found from the record', [other, apex], 'www.example.test', null, 'Z1'],
    ['the longest suffix', [apex, ['Z2', 'eu.example.test']], 'www.eu.example.test', null, 'Z2'],
    ['the apex itself', [apex], 'example.test', null, 'Z1'],
    ['of a wildcard', [apex], '*.example.test', null, 'Z1'],
    ['by name', [apex, ['Z2', 'eu.example.test']], 'www.eu.example.test', 'example.test', 'Z1'],
    ['by name, as people write it', [apex], 'www.example.test', 'Example.TEST.', 'Z1'],
    ['by id', [apex, ['Z2', 'example.test']], 'www.example.test', 'Z2', 'Z2'],
    ['by long id', [apex], 'www.example.test', '/hostedzone/Z1', 'Z1'],
    ['a private one, by id', [['Z3', 'example.test', true]], 'www.example.test', 'Z3', 'Z3'],
    ['a longer name beside it', [apex, ['Z4', 'a.example.test']], 'www.example.test', null, 'Z1'],
  ])('%s', async (_, zones, record, zone, expected) => {
    for (const [id, name, isPrivate = false] of zones) fake.addZone({ id, name, isPrivate });
    fake.seed(expected, [{ name: record, type: 'A', ttl: 60, values: ['192.0.2.7'] }]);
    const provider = await connectTo(fake, { record, zone });
    const reading = await provider.read(signal());
    expect(reading).toMatchObject({ ok: true, found: { sets: [{ values: ['192.0.2.7'] }] } });
    await provider.close();
  });

  test.each<[string, readonly Zone[], string | null, RegExp]>([
    ['public and private twins', [apex, ['Z2', 'example.test', true]], null, /ambiguous.*Z1.*Z2.*FAILOVERD_ZONE/],
    ['two public of one name', [apex, ['Z2', 'example.test']], 'example.test', /ambiguous/],
    ['a private one nearer', [apex, ['Z2', 'www.example.test', true]], null, /ambiguous.*private/],
    ['none', [other], null, /no hosted zone.*www\.example\.test/],
    ['an id that is not there', [apex], 'Z404', /NoSuchHostedZone.*FAILOVERD_ZONE/],
    ['the id of another zone', [apex, other], 'Z9', /Z9 is example\.net/],
  ])('refused: %s', async (_, zones, zone, why) => {
    for (const [id, name, isPrivate = false] of zones) fake.addZone({ id, name, isPrivate });
    const provider = await connectTo(fake, { zone });
    expect(await provider.read(signal())).toMatchObject({ ok: false, code: 'denied', why: expect.stringMatching(why) });
    expect(await provider.nameservers(signal())).toEqual([]);
    await provider.close();
  });

  test('250 zones of one name are more than one page, and ambiguous all the same', async () => {
    for (let index = 0; index < 250; index++) fake.addZone({ id: `Z${index}`, name: 'example.test', isPrivate: true });
    const provider = await connectTo(fake);
    expect(await provider.read(signal())).toMatchObject({ ok: false, code: 'denied' });
    expect(fake.requests.filter(({ url }) => url.includes('hostedzoneid=')).length).toBe(2);
    await provider.close();
  });

  test('a proxy of the environment is not used', async () => {
    fake.addZone({ id: 'Z1', name: 'example.test' });
    const kept = process.env;
    process.env = {
      ...kept,
      HTTP_PROXY: 'http://127.0.0.1:9',
      http_proxy: 'http://127.0.0.1:9',
      ALL_PROXY: 'http://127.0.0.1:9',
    };
    const provider = await connectTo(fake);
    expect(await provider.read(signal())).toMatchObject({ ok: true });
    process.env = kept;
    await provider.close();
  });

  test('looked up once, by success only', async () => {
    fake.addZone({ id: 'Z1', name: 'example.test' });
    const provider = await connectTo(fake);
    fake.inject('throttled');
    expect(await provider.read(signal())).toMatchObject({ ok: false, code: 'throttled' });
    fake.heal();
    for (let round = 0; round < 3; round++) expect(await provider.read(signal())).toMatchObject({ ok: true });
    expect(await provider.nameservers(signal())).toEqual(['ns-1.awsdns-01.test', 'ns-2.awsdns-02.test']);
    expect(fake.requests.filter(({ operation }) => operation === 'GetHostedZone')).toHaveLength(1);
    await provider.close();
  });

  test.each([
    ['Z0123ABC', 'Z0123ABC'],
    ['/hostedzone/Z0123ABC', 'Z0123ABC'],
    ['example.test', null],
    ['z.example.test', null],
    ['hostedzone/Z1', null],
  ])('%s as an id: %s', (text, expected) => expect(zoneId(text)).toBe(expected));

  test.each([
    ['an unknown mode', { env: { ROUTE53_WRITE_MODE: 'force' } }, 'ROUTE53_WRITE_MODE'],
    [
      'upsert with mixed families',
      { env: { ROUTE53_WRITE_MODE: 'upsert' }, mixedFamilies: true },
      'ROUTE53_WRITE_MODE',
    ],
    ['an endpoint that is no URL', { env: { AWS_ENDPOINT_URL_ROUTE_53: 'localhost:1' } }, 'AWS_ENDPOINT_URL_ROUTE_53'],
    ['a zone the record is not in', { zone: 'example.net' }, 'FAILOVERD_ZONE'],
    ['a zone the record only ends like', { zone: 'ample.test' }, 'FAILOVERD_ZONE'],
  ])('a problem: %s', async (_, input, name) => {
    const record = 'www.example.test';
    const defaults = { record, zone: null, ttl: 60, env: {}, directory: '/nonexistent', mixedFamilies: false };
    const created = await create({ ...defaults, ...input });
    expect(created).toMatchObject({ ok: false, problems: [{ name }] });
  });
});
