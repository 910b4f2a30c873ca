import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ProviderInput } from '../../providers/provider';
import { a, connect, foundBy, markerOf, one } from './cloudflare-connect';
import { type CloudflareFake, type FakeOptions, type Reply, startCloudflareFake } from './cloudflare-fake';

const www = 'www.example.test';
const aside = '_failoverd.www.example.test';
const fakes: CloudflareFake[] = [];

async function open(options: FakeOptions = {}, over: Partial<ProviderInput> = {}) {
  const fake = await startCloudflareFake(options);
  fakes.push(fake);
  return { fake, provider: await connect(fake, over) };
}
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.close();
});
function isPattern(value: unknown): value is RegExp {
  return value instanceof RegExp;
}
const soon = () => AbortSignal.timeout(6_000);

describe('what a reading shows', () => {
  const marker = '"heritage=failoverd,owner=sre,generation=7,site=b"';
  type Raw = Readonly<Record<string, unknown>>;
  const rows: readonly (readonly [string, readonly Raw[], Raw])[] = [
    [
      'TTL 1 is what DNS shows',
      [{ content: '192.0.2.1', ttl: 1 }],
      { sets: one('A', ['192.0.2.1'], 300), proof: 'dns' },
    ],
    [
      'proxied: proved by the API',
      [{ content: '192.0.2.1', proxied: true }],
      { sets: one('A', ['192.0.2.1'], 300), proof: 'api' },
    ],
    [
      'the least TTL of a set',
      [
        { content: '192.0.2.1', ttl: 120 },
        { content: '192.0.2.2', ttl: 60 },
      ],
      { sets: a('192.0.2.1', '192.0.2.2') },
    ],
    [
      'an IPv6 address in any spelling',
      [{ type: 'AAAA', content: '2001:DB8:0:0:0:0:0:1', ttl: 60 }],
      { sets: one('AAAA', ['2001:db8::1']) },
    ],
    [
      'some proxied',
      [{ content: '192.0.2.1', proxied: true }, { content: '192.0.2.2' }],
      { proof: 'api', obstacles: /proxied/ },
    ],
    [
      'made by a Worker',
      [{ type: 'AAAA', content: '100::', proxied: true, meta: { read_only: true } }],
      { obstacles: /read-only/ },
    ],
    ['a tunnel', [{ type: 'CNAME', content: 'c6a1.cfargotunnel.com', proxied: true }], { obstacles: /Tunnel/ }],
    [
      'flattened on request',
      [{ type: 'CNAME', content: 'x.example.net', settings: { flatten_cname: true } }],
      { proof: 'api', obstacles: null },
    ],
    [
      'a plain CNAME',
      [{ type: 'CNAME', content: 'x.example.net', ttl: 60 }],
      { sets: one('CNAME', ['x.example.net']), proof: 'dns' },
    ],
    ['delegated', [{ type: 'NS', content: 'ns.example.net' }], { sets: [], obstacles: /delegated/ }],
    ['a CNAME beside', [{ name: aside, type: 'CNAME', content: 'x.example.net' }], { obstacles: /marker/ }],
    [
      'HTTPS in parts alone, any spelling',
      [
        { type: 'A', content: '192.0.2.1', ttl: 60 },
        {
          type: 'HTTPS',
          ttl: 60,
          data: { priority: 1, target: 'WWW.Example.test.', value: 'ipv6hint="2001:DB8::1" alpn="h2"' },
        },
      ],
      { sets: [...a('192.0.2.1'), ...one('HTTPS', ['1 WWW.Example.test alpn=h2 ipv6hint=2001:db8::1'])] },
    ],
    [
      'of several HTTPS one hints: all are one set',
      [
        { type: 'HTTPS', ttl: 60, data: { priority: 1, target: '.', value: 'ipv4hint="192.0.2.1"' } },
        { type: 'HTTPS', ttl: 60, data: { priority: 2, target: '.', value: 'alpn="h2"' } },
      ],
      { sets: one('HTTPS', ['1 . ipv4hint=192.0.2.1', '2 . alpn=h2']) },
    ],
    [
      'HTTPS and SVCB without hints are neighbours, a proxied name no mixture',
      [
        { content: '192.0.2.1', proxied: true },
        { type: 'HTTPS', data: { priority: 1, target: '.', value: 'alpn="h2"' } },
        { type: 'SVCB', data: { priority: 1, target: '.', value: 'ipv4hint="192.0.2.1"' } },
      ],
      { sets: [...one('A', ['192.0.2.1'], 300), ...one('SVCB', ['1 . ipv4hint=192.0.2.1'], 300)], proof: 'api' },
    ],
    [
      'a hint by number',
      [{ type: 'SVCB', data: { priority: 1, target: '.', value: 'key6="x"' } }],
      { sets: [], obstacles: /SVCB of the name hints at addresses in a form/ },
    ],
    [
      'the marker',
      [{ name: aside, type: 'TXT', content: marker }],
      { marker: { owner: 'sre', generation: 7, site: 'b' }, foreignMarker: null },
    ],
    [
      'the marker in two strings',
      [{ name: aside, type: 'TXT', content: '"heritage=failoverd,owner=sre,gen" "eration=7,site=b"' }],
      { marker: { owner: 'sre', generation: 7, site: 'b' } },
    ],
    [
      'the marker without quotes',
      [{ name: aside, type: 'TXT', content: marker.slice(1, -1) }],
      { marker: { owner: 'sre', generation: 7, site: 'b' } },
    ],
    [
      'the marker and the fence',
      [
        { name: aside, type: 'TXT', content: marker },
        { name: aside, type: 'TXT', content: '"heritage=failoverd,fence=first-write"' },
      ],
      { marker: { owner: 'sre', generation: 7, site: 'b' }, foreignMarker: null },
    ],
    [
      'the fence alone',
      [{ name: aside, type: 'TXT', content: '"heritage=failoverd,fence=first-write"' }],
      { marker: null, foreignMarker: null },
    ],
    [
      'two markers',
      [
        { name: aside, type: 'TXT', content: marker },
        { name: aside, type: 'TXT', content: marker.replace('7', '8') },
      ],
      { marker: null, foreignMarker: /generation=7.*generation=8/ },
    ],
    [
      'a stranger',
      [{ name: aside, type: 'TXT', content: '"keep \u001b[2J out"' }],
      { marker: null, foreignMarker: /^keep \\u\{1b\}\[2J out$/ },
    ],
  ];
  test.each(rows)('%s', async (_, records, wanted) => {
    const { fake, provider } = await open();
    for (const record of records) {
      const made = fake.zone.make({ name: www, type: 'A', ...record });
      expect(made).toMatchObject({ ok: true });
      fake.zone.set([...fake.zone.all(), ...(made.ok ? [made.value] : [])]);
    }
    const reading = await provider.read(soon());
    const found = reading.ok ? { ...reading.found, proof: reading.proof } : null;
    const shown = { ...found, obstacles: found?.obstacles.join() ?? '' };
    for (const [key, value] of Object.entries({ obstacles: null, ...wanted })) {
      const actual: unknown = Reflect.get(shown, key);
      if (isPattern(value)) expect(actual).toMatch(value);
      else expect(actual).toEqual(key === 'obstacles' ? '' : value);
    }
  });

  test('a CNAME at the apex is flattened', async () => {
    const { fake, provider } = await open({}, { record: 'example.test' });
    fake.seed([{ name: 'example.test', type: 'CNAME', ttl: 60, values: ['x.example.net'] }]);
    expect(await provider.read(soon())).toMatchObject({ ok: true, proof: 'api' });
  });

  test('NS records at the apex are the zone itself, and no obstacle', async () => {
    const { fake, provider } = await open({}, { record: 'example.test' });
    fake.seed([{ name: 'example.test', type: 'NS', ttl: 60, values: ['ns.example.net'] }]);
    expect((await foundBy(provider)).obstacles).toEqual([]);
  });

  test('an obstacle, or a stranger beside, is never written over', async () => {
    const { fake, provider } = await open();
    const marker = markerOf(1);
    fake.seed([{ name: aside, type: 'TXT', ttl: 60, values: ['mine'] }]);
    const claimed = { from: await foundBy(provider), to: a('192.0.2.1'), marker };
    expect(await provider.replace(claimed, soon())).toMatchObject({ code: 'denied' });
    fake.zone.set([]);
    fake.seed([{ name: www, type: 'NS', ttl: 60, values: ['ns.example.net'] }]);
    const delegated = { from: await foundBy(provider), to: a('192.0.2.1'), marker };
    expect(await provider.replace(delegated, soon())).toMatchObject({ code: 'denied' });
    expect(fake.writes()).toBe(0);
    expect(fake.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test.each([1, 2, 7, 100])('D20: pages of %d', async (pageLimit) => {
    const { fake, provider } = await open({ pageLimit });
    const values = Array.from({ length: 7 }, (_, index) => `192.0.2.${index + 1}`);
    fake.seed([{ name: www, type: 'A', ttl: 60, values }]);
    expect((await foundBy(provider)).sets).toEqual(a(...values));
  });

  test('more than a hundred values of one name', async () => {
    const { fake, provider } = await open();
    const values = Array.from({ length: 230 }, (_, index) => `192.0.2.${index + 1}`);
    fake.seed([{ name: www, type: 'A', ttl: 60, values }]);
    expect((await foundBy(provider)).sets).toEqual(a(...values));
    expect(fake.requests.filter(({ query }) => query['name.exact'] === www)).toHaveLength(3);
  });
});

describe('D16: listings that are not what they should be', () => {
  const list = (...result: readonly unknown[]): Reply => ({
    status: 200,
    body: { success: true, errors: [], messages: [], result },
  });
  const good = { id: 'a'.repeat(32), name: www, type: 'A', content: '192.0.2.1', ttl: 60 };
  const rows: readonly (readonly [string, Reply, boolean])[] = [
    ['unknown fields', list({ ...good, news: { deep: [1] } }), true],
    [
      'other names, were the filter ignored',
      list(good, { ...good, name: 'other.example.test', content: '192.0.2.9' }),
      true,
    ],
    ['HTML', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' }, false],
    ['nothing', { status: 200, body: '' }, false],
    ['no content', { status: 204, body: '' }, false],
    ['half', { status: 200, body: '{"success":true,"errors":[],"mess' }, false],
    ['a bare list', { status: 200, body: [good] }, false],
    ['null', { status: 200, body: null }, false],
    ['no result', { status: 200, body: { success: true, errors: [], messages: [] } }, false],
    ['an object for a list', { status: 200, body: { success: true, errors: [], messages: [], result: {} } }, false],
    ['success false', { status: 200, body: { success: false, errors: [], messages: [], result: [] } }, false],
    ['records that are none', list(null, 7), false],
    ['no id', list({ ...good, id: undefined }), false],
    ['an id with a path in it', list({ ...good, id: '../../zones' }), false],
    ['a name that is none', list({ ...good, name: 7 }), false],
    ['a TTL in words', list({ ...good, ttl: 'auto' }), false],
    ['a TTL below zero', list({ ...good, ttl: -1 }), false],
    ['an address that is none', list({ ...good, content: '300.1.1.1' }), false],
    ['content that is none', list({ ...good, content: { ip: '192.0.2.1' } }), false],
    ['a redirect', { status: 301, headers: { location: '/client/v4/zones' }, body: '' }, false],
  ];
  test.each(rows)('%s', async (_, reply, readable) => {
    const { fake, provider } = await open({}, { zone: 'example.test' });
    await foundBy(provider);
    fake.answer('/dns_records', { status: 200, body: { success: true, errors: [], messages: [], result: [] } });
    fake.answer('/dns_records', reply);
    const reading = await provider.read(soon());
    expect(reading.ok ? reading.found.sets : reading.code).toEqual(readable ? a('192.0.2.1') : 'unknown');
  });

  test('a small answer that inflates beyond the limit is cut off', async () => {
    const { fake, provider } = await open();
    await foundBy(provider);
    const body = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    fake.answer('/dns_records', { status: 200, headers: { 'content-encoding': 'gzip' }, body });
    const reading = await provider.read(soon());
    expect(reading).toMatchObject({ ok: false, code: 'unknown' });
    expect(reading.ok ? '' : reading.why).toContain('longer than 4194304 bytes');
  });

  test('pages without end are given up', async () => {
    const { fake, provider } = await open({}, { zone: 'example.test' });
    await foundBy(provider);
    fake.answer(
      '/dns_records',
      { status: 200, body: { success: true, errors: [], messages: [], result: Array(100).fill(good) } },
      1_000,
    );
    expect(await provider.read(soon())).toMatchObject({ ok: false, code: 'unknown' });
    expect(fake.requests.length).toBeLessThan(60);
  });

  test('a redirect is never followed, so the token goes nowhere else', async () => {
    const { fake, provider } = await open();
    let visits = 0;
    const stranger = createServer((_, response) => {
      visits++;
      response.end('{}');
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const address = stranger.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    fake.answer('/zones', { status: 308, headers: { location: `http://127.0.0.1:${port}/` }, body: '' }, 9);
    expect(await provider.read(soon())).toMatchObject({ ok: false });
    await new Promise((resolve) => stranger.close(resolve));
    expect(visits).toBe(0);
  });
});

test('rate limit: throttled with the wait it names, and no request more', async () => {
  const { fake, provider } = await open({ limit: 2 });
  expect(await provider.read(soon())).toMatchObject({ ok: false, code: 'throttled', retryAfterMs: 120_000 });
  expect(fake.requests).toHaveLength(3);
});
