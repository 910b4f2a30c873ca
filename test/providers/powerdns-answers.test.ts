import { afterEach, describe, expect, test } from '@jest/globals';
import { create } from '../../providers/powerdns/powerdns';
import { spelt } from '../../providers/powerdns/spelling';
import { type Asked, type FaultyHttp, type Reply, startFaultyHttp } from './faulty-http';
import { connectPdns, foundBy, move, one, rrset, www } from './powerdns-world';

/** What the adapter makes of answers, where no PowerDNS is installed too. */

const key = 'canary-key-of-powerdns';
const soa = rrset({ name: 'example.test', type: 'SOA', ttl: 60, values: ['ns. root. 1 2 3 4 5'] });
const old = rrset({ name: www, type: 'A', ttl: 60, values: ['192.0.2.1'] });
const json = (status: number, body: unknown): Reply => ({ status, body: JSON.stringify(body) });
const zone = (rrsets: readonly unknown[], over: object = {}) =>
  json(200, { id: 'example.test.', name: 'example.test.', kind: 'Native', rrsets, ...over });

const isList = ({ path }: Asked): boolean => path.includes('/zones?');
const isGet = ({ method, path }: Asked): boolean => method === 'GET' && path.includes('/zones/');
const isPatch = ({ method }: Asked): boolean => method === 'PATCH';

const services: FaultyHttp[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
});

/** A server that holds one address record and forgets what it is told. */
async function open(over: { readonly record?: string; readonly zone?: string; readonly serverId?: string } = {}) {
  const service = await startFaultyHttp({
    async handle(asked) {
      if (isPatch(asked)) return { status: 204 };
      if (isGet(asked)) return zone([soa, old]);
      if (!isList(asked)) return json(200, { version: '4.7.3' });
      const found = asked.path.includes('zone=example.test.');
      return json(200, found ? [{ id: 'example.test.', name: 'example.test.' }] : []);
    },
    changes: isPatch,
    refusal: { status: 401 },
  });
  services.push(service);
  const { serverId } = over;
  const env = {
    POWERDNS_API_URL: service.url,
    POWERDNS_API_KEY: key,
    ...(serverId === undefined ? {} : { POWERDNS_SERVER_ID: serverId }),
  };
  const { record = www, zone: wanted = null } = over;
  return { service, provider: await connectPdns(env, { record, zone: wanted }) };
}

describe('what a PATCH may be answered', () => {
  const rows: readonly (readonly [string, Reply | null, string])[] = [
    ['taken, though nothing was done', { status: 204 }, 'unknown'],
    ['400', json(400, { error: 'no' }), 'denied'],
    ['401', { status: 401, body: `Unauthorized ${key}` }, 'denied'],
    ['403', { status: 403 }, 'denied'],
    ['404', { status: 404, body: 'Not Found' }, 'denied'],
    ['408', { status: 408 }, 'unknown'],
    ['413, of a proxy', { status: 413 }, 'denied'],
    ['422, a value refused', json(422, { error: 'unable to parse IP address' }), 'denied'],
    ['429', { status: 429, headers: { 'retry-after': '9000000000' } }, 'throttled'],
    ['500', json(500, { error: 'database is locked' }), 'unknown'],
    ['503 with a wait', { status: 503, headers: { 'retry-after': '7' } }, 'unknown'],
    ['a redirect', { status: 307, headers: { location: 'http://127.0.0.1:9/' } }, 'unknown'],
    ['nothing', null, 'unknown'],
  ];
  test.each(rows)('%s', async (_, reply, code) => {
    const { service, provider } = await open();
    const from = await foundBy(provider);
    service.answer(isPatch, reply);
    const wanted = { from, to: one('A', ['192.0.2.2']), marker: { owner: 'sre', generation: 1, site: 'b' } };
    const outcome = await provider.replace(wanted, AbortSignal.timeout(3_000));
    expect(outcome.code).toBe(code);
    const waits: Readonly<Record<number, number>> = { 429: 300_000, 503: 7_000 };
    expect(outcome.retryAfterMs).toBe(waits[reply?.status ?? 0]);
    expect(outcome.why).not.toContain(key);
    expect(service.asked.filter(isPatch)).toHaveLength(1);
  });

  test('the request: one PATCH with the key in its header, deletes first, marker beside', async () => {
    const { service, provider } = await open();
    await move(provider, one('AAAA', ['2001:db8::1']), 7);
    const [patch] = service.asked.filter(isPatch);
    expect(patch).toMatchObject({ path: '/api/v1/servers/localhost/zones/example.test.' });
    expect(patch?.headers).toMatchObject({ 'x-api-key': key, 'content-type': 'application/json' });
    expect(JSON.parse(patch?.body ?? '')).toEqual({
      rrsets: [
        { name: 'www.example.test.', type: 'A', changetype: 'DELETE' },
        rrset({ name: www, type: 'AAAA', ttl: 60, values: ['2001:db8::1'] }),
        rrset({
          name: `_failoverd.${www}`,
          type: 'TXT',
          ttl: 60,
          values: ['heritage=failoverd,owner=sre,generation=7,site=b'],
        }),
      ],
    });
  });
});

describe('what a reading may be answered', () => {
  const row = (over: object) => zone([soa, { ...old, ...over }]);
  const rows: readonly (readonly [string, Reply | null, string])[] = [
    ['an HTML page', { status: 200, body: '<html>' }, 'unknown'],
    ['half a JSON text', { status: 200, body: '{"name":"example.test.","rrsets":[' }, 'unknown'],
    ['a compressed answer, unasked', { status: 200, headers: { 'content-encoding': 'gzip' }, body: 'x' }, 'unknown'],
    ['no record sets', json(200, { id: 'example.test.', name: 'example.test.', kind: 'Native' }), 'unknown'],
    ['another zone', zone([soa, old], { id: 'other.test.', name: 'other.test.' }), 'unknown'],
    ['an empty zone: no SOA', zone([]), 'unknown'],
    ['a SOA that is disabled', zone([{ ...soa, records: [{ content: 'x', disabled: true }] }, old]), 'unknown'],
    ['a row without a name', row({ name: undefined }), 'unknown'],
    ['a row without records', row({ records: undefined }), 'unknown'],
    ['a record without content', row({ records: [{}] }), 'unknown'],
    ['a TTL that is text', row({ ttl: '60' }), 'unknown'],
    ['500', json(500, { error: 'no' }), 'unknown'],
    ['401', { status: 401 }, 'denied'],
    ['404: the zone is gone', { status: 404 }, 'denied'],
    ['429', { status: 429 }, 'throttled'],
    ['nothing', null, 'unknown'],
  ];
  test.each(rows)('%s: a failure, never "absent"', async (_, reply, code) => {
    const { service, provider } = await open();
    service.answer(isGet, reply, 3);
    const reading = await provider.read(AbortSignal.timeout(3_000));
    expect(reading).toMatchObject({ ok: false, code });
  });

  test('remote text is escaped, cut, and rid of the key', async () => {
    const { service, provider } = await open();
    service.answer(isGet, json(422, { error: `\u001b[2J${key}\u202e${'x'.repeat(5_000)}` }));
    const reading = await provider.read(AbortSignal.timeout(3_000));
    const why = reading.ok ? '' : reading.why;
    expect(why).toMatch(/HTTP 422/);
    expect(why.length).toBeLessThan(300);
    expect(why).not.toMatch(/\p{Cc}|\p{Cf}|canary/u);
  });

  test('a value that is none is an obstacle, and HTTPS hints are part of the record', async () => {
    const { service, provider } = await open();
    const https = rrset({ name: www, type: 'HTTPS', ttl: 60, values: ['1 . ipv4hint=192.0.2.1'] });
    service.answer(isGet, zone([soa, { ...old, records: [{ content: '300.1.1.1' }] }, https]), 2);
    expect((await foundBy(provider)).obstacles).toEqual([expect.stringMatching(/300\.1\.1\.1/)]);
    expect((await foundBy(provider)).sets).toEqual([{ type: 'HTTPS', ttl: 60, values: ['1 . ipv4hint=192.0.2.1'] }]);
  });

  test.each(['1 . key4=\\192\\000\\002\\001', '1 . ipv4hint=auto ipv6hint=2001:db8::1'])(
    'HTTPS hints that cannot be moved do not pass for none: %s',
    async (value) => {
      const { service, provider } = await open();
      const https = rrset({ name: www, type: 'HTTPS', ttl: 60, values: [value] });
      service.answer(isGet, zone([soa, old, https]));
      expect((await foundBy(provider)).obstacles).toEqual([expect.stringMatching(/HTTPS holds /)]);
    },
  );

  test('rows that belong to other names are nothing to us', async () => {
    const { service, provider } = await open();
    // PowerDNS 4.7 answers a name filter with a comment's name too, and an empty set under it (tried 2026-11).
    const stray = { ...old, name: 'other.example.test.', records: [] };
    service.answer(isGet, zone([soa, stray, { ...old, name: 'WWW.Example.test.' }]));
    expect(await foundBy(provider)).toMatchObject({ sets: one('A', ['192.0.2.1']), obstacles: [] });
  });
});

test.each([
  ['1 cdn.example.net alpn=h2 ipv4hint=192.0.2.2', [], '1 cdn.example.net. alpn=h2 ipv4hint=192.0.2.2'],
  ['1 . ipv4hint=192.0.2.2', [], '1 . ipv4hint=192.0.2.2'],
  ['0 cdn.example.net', [], '0 cdn.example.net.'],
  [
    '1 . alpn=h2 ech=AA== ipv4hint=192.0.2.2',
    ['2 . ipv4hint=192.0.2.1', '1 . alpn="h2" ipv4hint=192.0.2.1 ech="AA=="'],
    '1 . alpn="h2" ipv4hint=192.0.2.2 ech="AA=="',
  ],
])('%s is spelt as the server spelt it', (value, contents, expected) => {
  expect(spelt(value, contents)).toBe(expected);
});

describe('which zone', () => {
  test('the longest suffix of the name that is a zone; found once', async () => {
    const { service, provider } = await open();
    await foundBy(provider);
    await foundBy(provider);
    const asked = service.asked.map(({ path }) => path.replace('/api/v1/servers/localhost/zones', ''));
    const find = (name: string): string => `?zone=${name}.&dnssec=false`;
    expect(asked).toEqual([find(www), find('example.test'), '/example.test.', '/example.test.']);
  });

  test('none: denied, saying where it looked', async () => {
    const { provider } = await open({ record: 'www.example.org' });
    expect(await provider.read(AbortSignal.timeout(3_000))).toMatchObject({
      ok: false,
      code: 'denied',
      why: expect.stringMatching(/no zone www\.example\.org or example\.org or org/),
    });
  });

  test.each([
    ['not a list', json(200, {})],
    ['a zone without a name', json(200, [{ id: 'x' }])],
    ['an id that would change the path', json(200, [{ id: '../../x', name: `${www}.` }])],
    ['an HTML page', { status: 200, body: '<html>' }],
  ])('%s: unknown', async (_, reply) => {
    const { service, provider } = await open();
    service.answer(isList, reply);
    expect(await provider.read(AbortSignal.timeout(3_000))).toMatchObject({ ok: false, code: 'unknown' });
  });

  test('a zone that is gone is looked for again', async () => {
    const { service, provider } = await open();
    await foundBy(provider);
    service.answer(isGet, { status: 404 });
    expect((await provider.read(AbortSignal.timeout(3_000))).ok).toBe(false);
    expect((await foundBy(provider)).sets).toEqual(one('A', ['192.0.2.1']));
    expect(service.asked.filter(isList)).toHaveLength(4);
  });
});

describe('the connection', () => {
  test('nothing listens, before and between', async () => {
    const { service, provider } = await open();
    const from = await foundBy(provider);
    service.inject('refused');
    const wanted = { from, to: one('A', ['192.0.2.2']), marker: { owner: 'sre', generation: 1, site: 'b' } };
    expect(await provider.replace(wanted, AbortSignal.timeout(3_000))).toMatchObject({
      code: 'unavailable',
      why: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  test('a peer that speaks no TLS: unknown', async () => {
    const { service } = await open();
    const url = service.url.replace('http', 'https');
    const tls = await connectPdns({ POWERDNS_API_KEY: key, POWERDNS_API_URL: url });
    expect(await tls.read(AbortSignal.timeout(5_000))).toMatchObject({ ok: false, code: 'unknown' });
  });

  test('an unencrypted way to another machine is told by preflight, with the key in no text', async () => {
    const provider = await connectPdns({ POWERDNS_API_KEY: key, POWERDNS_API_URL: 'http://192.0.2.53:8081' });
    const findings = await provider.preflight(AbortSignal.abort());
    expect(findings[0]).toMatchObject({ level: 'warn', text: expect.stringMatching(/not encrypted/) });
    expect(JSON.stringify(findings)).not.toContain(key);
  });
});

describe('settings', () => {
  const good = { POWERDNS_API_URL: 'http://127.0.0.1:8081', POWERDNS_API_KEY: 'k' };
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, string | null, readonly string[]])[] = [
    ['the least', good, null, []],
    ['a path and a slash', { ...good, POWERDNS_API_URL: 'https://dns.example.com/pdns/api/v1/' }, 'example.test', []],
    ['nothing', {}, null, ['POWERDNS_API_URL', 'POWERDNS_API_KEY']],
    ['no URL', { ...good, POWERDNS_API_URL: '127.0.0.1:8081' }, null, ['POWERDNS_API_URL']],
    ['a password in the URL', { ...good, POWERDNS_API_URL: 'http://a:b@127.0.0.1' }, null, ['POWERDNS_API_URL']],
    ['a key with a newline', { ...good, POWERDNS_API_KEY: 'k\r\nHost: x' }, null, ['POWERDNS_API_KEY']],
    ['a server id with a slash', { ...good, POWERDNS_SERVER_ID: '../x' }, null, ['POWERDNS_SERVER_ID']],
    ['a zone elsewhere', good, 'example.org', ['FAILOVERD_ZONE']],
    ['no zone name', good, 'a b', ['FAILOVERD_ZONE']],
  ];
  test.each(rows)('%s', async (_, env, wanted, names) => {
    const input = { record: www, zone: wanted, ttl: 60, env, directory: '/nonexistent', mixedFamilies: false };
    const created = await create(input);
    expect(created.ok ? [] : created.problems.map(({ name }) => name)).toEqual(names);
    expect(JSON.stringify(created)).not.toContain('Host: x');
  });
});
