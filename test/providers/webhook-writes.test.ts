import { afterEach, describe, expect, test } from '@jest/globals';
import type { Outcome, Provider } from '../../providers/provider';
import { type RecordSet, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type { Asked, Reply } from './faulty-http';
import { connectWebhook } from './webhook-connect';
import {
  type Endpoint,
  movesMarker,
  movesValues,
  startWebhookFake,
  type WebhookFake,
  type WebhookOptions,
} from './webhook-fake';

const www = 'www.example.test';
const aside = '_failoverd.www.example.test';
const fakes: WebhookFake[] = [];
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.close();
});

async function open(options: WebhookOptions = {}) {
  const fake = await startWebhookFake(options);
  fakes.push(fake);
  return { fake, provider: await connectWebhook(fake) };
}

function seed(fake: WebhookFake, ...values: readonly string[]): void {
  for (const { type, ttl, values: own } of sets(...values)) fake.seed([{ name: www, type, ttl, values: own }]);
}

function sets(...values: readonly string[]): readonly RecordSet[] {
  const ofType = (type: RecordSet['type'], own: readonly string[]) =>
    own.length > 0 ? [recordSet(type, 60, own)] : [];
  const isName = (value: string): boolean => /[g-z]/.test(value);
  return [
    ...ofType(
      'A',
      values.filter((value) => !value.includes(':') && !isName(value)),
    ),
    ...ofType(
      'AAAA',
      values.filter((value) => value.includes(':')),
    ),
    ...ofType('CNAME', values.filter(isName)),
  ].filter((set) => set !== null);
}

async function foundBy(provider: Provider): Promise<Found> {
  const reading = await provider.read(AbortSignal.timeout(10_000));
  if (!reading.ok) throw new Error(reading.why);
  return reading.found;
}

const marker = (generation: number) => ({ owner: 'sre', generation, site: 'b' });

async function move(provider: Provider, to: readonly RecordSet[], generation = 1): Promise<Outcome> {
  const from = await foundBy(provider);
  return provider.replace({ from, to, marker: marker(generation) }, AbortSignal.timeout(10_000));
}

const isApply = ({ method, path }: Asked): boolean => method === 'POST' && path === '/records';
const isAdjust = ({ path }: Asked): boolean => path === '/adjustendpoints';
const applied = (fake: WebhookFake) => fake.http.asked.filter(isApply).map(({ body }) => JSON.parse(body));

describe('what is sent', () => {
  test('adjusted first, then the marker, then old and new values in pairs, each as it was listed', async () => {
    const { fake, provider } = await open({ ttlFloor: 300 });
    const property = { name: 'webhook/proxied', value: 'true' };
    const old: Endpoint = {
      dnsName: 'WWW.example.test.',
      recordType: 'A',
      targets: ['192.0.2.1'],
      recordTTL: 600,
      labels: { team: 'web' },
      providerSpecific: [property],
    };
    fake.endpoints = [old];
    expect(await move(provider, sets('192.0.2.2', '2001:db8::2'))).toMatchObject({ code: 'applied' });
    const asked = fake.http.asked.map(({ method, path }) => `${method} ${path}`);
    const list = 'GET /records';
    expect(asked).toEqual(['GET /', list, list, 'POST /adjustendpoints', 'POST /records', list, 'POST /records', list]);
    const [mark, values] = applied(fake);
    expect(mark).toEqual({
      create: [
        {
          dnsName: aside,
          recordType: 'TXT',
          targets: ['"heritage=failoverd,owner=sre,generation=1,site=b"'],
          recordTTL: 300,
        },
      ],
      updateOld: [],
      updateNew: [],
      delete: [],
    });
    expect(values).toEqual({
      create: [{ dnsName: www, recordType: 'AAAA', targets: ['2001:db8::2'], recordTTL: 300 }],
      updateOld: [old],
      updateNew: [{ ...old, dnsName: www, targets: ['192.0.2.2'], recordTTL: 300 }],
      delete: [],
    });
  });

  test("a provider's TTL floor is written once, and is no difference afterwards", async () => {
    const { fake, provider } = await open({ ttlFloor: 300 });
    expect(await move(provider, sets('192.0.2.1'))).toMatchObject({ code: 'applied' });
    expect(fake.writes()).toBe(2);
    expect((await foundBy(provider)).sets).toEqual([{ type: 'A', ttl: 300, values: ['192.0.2.1'] }]);
    expect(await move(provider, sets('192.0.2.1'))).toMatchObject({ code: 'applied' });
    expect(fake.writes()).toBe(2);
  });

  test.each<readonly [string, readonly string[], (one: Endpoint) => Endpoint]>([
    ['TTLs rounded up to 120', ['192.0.2.1'], (one) => ({ ...one, recordTTL: 120 })],
    [
      'IPv6 in full',
      ['2001:db8::1'],
      (one) => ({ ...one, targets: one.targets.map((text) => text.replace('2001:db8::1', '2001:0DB8:0:0:0:0:0:1')) }),
    ],
    [
      'capitals and a dot',
      ['a.example.net'],
      (one) => ({ ...one, targets: one.targets.map((text) => text.replace('a.example.net', 'A.Example.NET.')) }),
    ],
    ['another order', ['192.0.2.1', '192.0.2.2'], (one) => ({ ...one, targets: [...one.targets].reverse() })],
  ])('%s by the provider: written once', async (_, values, spelling) => {
    const { fake, provider } = await open({ spelling });
    expect(await move(provider, sets(...values))).toMatchObject({ code: 'applied' });
    const before = [fake.writes(), fake.endpoints.find(({ dnsName }) => dnsName === www)];
    expect(await move(provider, sets(...values))).toMatchObject({ code: 'applied' });
    expect([fake.writes(), fake.endpoints.find(({ dnsName }) => dnsName === www)]).toEqual(before);
  });

  const rows: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
    ['one family', ['192.0.2.1'], ['192.0.2.2'], ['update']],
    ['both', ['192.0.2.1', '2001:db8::1'], ['192.0.2.2', '2001:db8::2'], ['update']],
    ['only one of both differs', ['192.0.2.1', '2001:db8::1'], ['192.0.2.1', '2001:db8::2'], ['update']],
    ['a family more', ['192.0.2.1'], ['192.0.2.2', '2001:db8::2'], ['create update']],
    ['a family less', ['192.0.2.1', '2001:db8::1'], ['192.0.2.2'], ['delete update']],
    ['the other family', ['192.0.2.1'], ['2001:db8::2'], ['create', 'delete']],
    ['from nothing', [], ['192.0.2.2'], ['create']],
    ['host names', ['old.example.net'], ['new.example.net'], ['update']],
    ['nothing but the marker', ['192.0.2.1'], ['192.0.2.1'], []],
  ];
  test.each(rows)('%s', async (_, before, after, requests) => {
    const { fake, provider } = await open();
    seed(fake, ...before);
    expect(await move(provider, sets(...after))).toMatchObject({ code: 'applied' });
    const parts = applied(fake)
      .slice(1)
      .map((changes) =>
        ['create', 'delete', 'update'].filter((part) => (changes[part] ?? changes[`${part}New`]).length > 0),
      );
    expect(parts.map((part) => part.join(' '))).toEqual(requests);
    expect(await foundBy(provider)).toMatchObject({ sets: sets(...after), marker: marker(1) });
  });

  test('the last family never goes before the new one is seen, whatever the provider does first', async () => {
    for (const order of [
      ['delete', 'update', 'create'],
      ['create', 'update', 'delete'],
    ] as const) {
      const { fake, provider } = await open({ order });
      seed(fake, '192.0.2.1');
      await move(provider, sets('2001:db8::2'));
      expect(fake.history.every((values) => values.length > 0)).toBe(true);
    }
    const { fake, provider } = await open();
    seed(fake, '192.0.2.1');
    fake.http.answer(movesValues, { status: 204 });
    expect(await move(provider, sets('2001:db8::2'))).toMatchObject({ code: 'unknown' });
    expect((await foundBy(provider)).sets).toEqual(sets('192.0.2.1'));
    expect(applied(fake).flatMap((changes) => changes.delete)).toEqual([]);
  });

  test.each([
    ['addresses to CNAME', ['192.0.2.1'], ['b.example.net']],
    ['CNAME to addresses', ['a.example.net'], ['192.0.2.2']],
  ])('%s has no safe order: denied before anything is sent', async (_, before, after) => {
    const { fake, provider } = await open();
    seed(fake, ...before);
    expect(await move(provider, sets(...after))).toMatchObject({
      code: 'denied',
      why: expect.stringMatching(/empty meanwhile/),
    });
    expect(fake.writes()).toBe(0);
  });
});

describe('what POST /records may be answered', () => {
  const rows: readonly (readonly [string, Reply | null, string])[] = [
    ['taken, though nothing was done', { status: 204 }, 'unknown'],
    ['400', { status: 400 }, 'denied'],
    ['403', { status: 403 }, 'denied'],
    ['422', { status: 422 }, 'denied'],
    ['429', { status: 429, headers: { 'retry-after': '5' } }, 'throttled'],
    ['500', { status: 500 }, 'unknown'],
    ['503', { status: 503 }, 'unknown'],
    ['a redirect', { status: 302, headers: { location: '/' } }, 'unknown'],
    ['nothing', null, 'unknown'],
  ];
  test.each(rows)('%s, for the marker: the values are not touched', async (_, reply, code) => {
    const { fake, provider } = await open();
    seed(fake, '192.0.2.1');
    const from = await foundBy(provider);
    fake.http.answer(movesMarker, reply);
    const wanted = { from, to: sets('192.0.2.2'), marker: marker(1) };
    expect(await provider.replace(wanted, AbortSignal.timeout(3_000))).toMatchObject({ code });
    expect(applied(fake)).toHaveLength(1);
    expect(await foundBy(provider)).toMatchObject({ sets: sets('192.0.2.1'), marker: null });
  });

  test.each(rows)('%s, for the values: unknown, as the marker is there already', async (_, reply) => {
    const { fake, provider } = await open();
    seed(fake, '192.0.2.1');
    const from = await foundBy(provider);
    fake.http.answer(movesValues, reply);
    const wanted = { from, to: sets('192.0.2.2'), marker: marker(1) };
    expect(await provider.replace(wanted, AbortSignal.timeout(3_000))).toMatchObject({ code: 'unknown' });
    expect(await foundBy(provider)).toMatchObject({ sets: sets('192.0.2.1'), marker: marker(1) });
  });

  test.each([
    ['an answer that is no list', { status: 200, body: '{}' }, 'unavailable'],
    ['500', { status: 500 }, 'unavailable'],
    ['404', { status: 404 }, 'denied'],
    ['no endpoints', { status: 200, body: '[]' }, 'denied'],
    [
      'another value',
      { status: 200, body: JSON.stringify([{ dnsName: www, recordType: 'A', targets: ['192.0.2.66'] }]) },
      'denied',
    ],
  ])('%s to adjustendpoints: nothing is sent', async (_, reply, code) => {
    const { fake, provider } = await open();
    seed(fake, '192.0.2.1');
    fake.http.answer(isAdjust, reply);
    expect(await move(provider, sets('192.0.2.2'))).toMatchObject({ code });
    expect(fake.writes()).toBe(0);
  });

  test('a listing that fails before anything was sent: surely nothing was changed', async () => {
    const { fake, provider } = await open();
    seed(fake, '192.0.2.1');
    const from = await foundBy(provider);
    fake.http.answer(({ method, path }) => method === 'GET' && path === '/records', { status: 500 });
    const wanted = { from, to: sets('192.0.2.2'), marker: marker(1) };
    expect(await provider.replace(wanted, AbortSignal.timeout(3_000))).toMatchObject({ code: 'unavailable' });
    expect(fake.writes()).toBe(0);
  });

  test('a request carried out in part is unknown, and the next attempt completes it without another marker', async () => {
    const { fake, provider } = await open();
    seed(fake, '192.0.2.1', '2001:db8::1');
    fake.http.before(movesValues, () => fake.breakAfter(1));
    expect(await move(provider, sets('192.0.2.2', '2001:db8::2'))).toMatchObject({ code: 'unknown' });
    const between = await foundBy(provider);
    expect(between.marker).toEqual(marker(1));
    expect(between.sets).toEqual(sets('192.0.2.2', '2001:db8::1'));
    expect(await move(provider, sets('192.0.2.2', '2001:db8::2'))).toMatchObject({ code: 'applied' });
    expect(applied(fake).filter((changes) => JSON.stringify(changes).includes('TXT'))).toHaveLength(1);
  });

  test('a provider that forgets TXT is found out before the values move', async () => {
    const { fake, provider } = await open({ dropsText: true });
    seed(fake, '192.0.2.1');
    expect(await move(provider, sets('192.0.2.2'))).toMatchObject({
      code: 'unknown',
      why: expect.stringMatching(/not seen/),
    });
    expect((await foundBy(provider)).sets).toEqual(sets('192.0.2.1'));
  });

  test.each([true, false])('a marker stored as bare text (%s) is read just as well', async (bareText) => {
    const { provider } = await open({ bareText });
    expect(await move(provider, sets('192.0.2.1'), 4)).toMatchObject({ code: 'applied' });
    expect(await move(provider, sets('192.0.2.2'), 5)).toMatchObject({ code: 'applied' });
    expect((await foundBy(provider)).marker).toEqual(marker(5));
  });

  test('a rival that writes between marker and values is seen: the values are left alone', async () => {
    const { fake, provider } = await open();
    seed(fake, '192.0.2.1');
    fake.http.before(movesMarker, () => seed(fake, '192.0.2.66'));
    expect(await move(provider, sets('192.0.2.2'))).toMatchObject({ code: 'unknown' });
    expect((await foundBy(provider)).sets).toEqual(sets('192.0.2.66'));
  });
});
