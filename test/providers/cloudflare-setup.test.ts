import { afterEach, describe, expect, test } from '@jest/globals';
import { create } from '../../providers/cloudflare/cloudflare';
import type { ProviderInput } from '../../providers/provider';
import { connect, foundBy, inputFor } from './cloudflare-connect';
import { type CloudflareFake, type FakeOptions, startCloudflareFake } from './cloudflare-fake';

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
const soon = () => AbortSignal.timeout(6_000);

describe('the zone', () => {
  const id = '023e105f4ecef8ad9ca31a8372d0c353';
  const rows: readonly (readonly [string, FakeOptions, Partial<ProviderInput>, RegExp | 'found'])[] = [
    ['found from the record', {}, {}, 'found'],
    ['found far above the record', {}, { record: 'a.b.c.d.example.test' }, 'found'],
    ['the longest suffix wins', { zone: 'www.example.test', others: ['example.test'] }, {}, 'found'],
    ['by name', {}, { zone: 'Example.Test.' }, 'found'],
    ['by id', {}, { zone: id.toUpperCase() }, 'found'],
    ['by id, with a token that may not look at zones', { maySeeZones: false }, { zone: id }, 'found'],
    ['not there', {}, { record: 'www.example.org' }, /sees no zone named www\.example\.org or example\.org/],
    ['another one by name', { others: ['example.org'] }, { zone: 'example.org' }, /not in zone example\.org/],
    [
      'another one by id',
      { others: ['example.org'] },
      { zone: `d${'1'.padStart(31, '0')}` },
      /not in zone example\.org/,
    ],
    ['a wrong id', {}, { zone: 'f'.repeat(32) }, /7003/],
    ['no right to look', { maySeeZones: false }, {}, /9109/],
    ['two of one name', { others: ['example.test'] }, {}, /2 zones named example\.test/],
    ['two of one name, one of them active', { others: ['example.test'], zoneFields: { status: 'moved' } }, {}, 'found'],
  ];
  test.each(rows)('%s', async (_, options, over, wanted) => {
    const { provider } = await open(options, over);
    const reading = await provider.read(soon());
    if (wanted === 'found') expect(reading).toMatchObject({ ok: true });
    else expect(reading).toMatchObject({ ok: false, code: 'denied', why: expect.stringMatching(wanted) });
  });

  test('a zone the token may not list under a longer name is no obstacle', async () => {
    const { fake, provider } = await open();
    fake.answer('/zones', {
      status: 403,
      body: { success: false, errors: [{ code: 9109, message: 'no' }], result: null },
    });
    expect(await provider.read(soon())).toMatchObject({ ok: true });
  });

  test('is looked up once, and again after it was refused', async () => {
    const { fake, provider } = await open();
    const lookups = () => fake.requests.filter(({ path }) => path === '/zones').length;
    await foundBy(provider);
    await foundBy(provider);
    expect(lookups()).toBe(2);
    fake.answer('/dns_records', {
      status: 404,
      body: { success: false, errors: [{ code: 7003, message: 'gone' }], result: null },
    });
    expect(await provider.read(soon())).toMatchObject({ ok: false, code: 'denied' });
    await foundBy(provider);
    expect(lookups()).toBe(4);
  });

  test('its name servers are the ones to verify on', async () => {
    const { provider } = await open();
    expect(await provider.nameservers(soon())).toEqual(['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com']);
    const { provider: blind } = await open({ maySeeZones: false }, { zone: id });
    expect(await blind.nameservers(soon())).toEqual([]);
  });
});

describe('preflight', () => {
  const rows: readonly (readonly [string, FakeOptions, Partial<ProviderInput>, string, RegExp])[] = [
    ['all is well', {}, {}, 'ok', /token is active/],
    ['may write', {}, {}, 'ok', /may write DNS records/],
    ['may only read', { mayWrite: false }, {}, 'error', /may not write.*10000/],
    ['expired', { tokenFields: { status: 'expired' } }, {}, 'error', /expired/],
    [
      'expires soon',
      { tokenFields: { expires_on: new Date(Date.now() + 5.5 * 86_400_000).toISOString() } },
      {},
      'warn',
      /expires in 5 days/,
    ],
    ['owned by the account', { ownedByAccount: true }, {}, 'ok', /token is active/],
    [
      'owned by an account that is not told',
      { ownedByAccount: true, zoneFields: { account: null } },
      {},
      'warn',
      /1000.*when it ends is not known/,
    ],
    [
      'more zones than one',
      { others: ['example.org'] },
      {},
      'warn',
      /more than one zone \(2: example\.test, example\.org\)/,
    ],
    [
      'more zones than are listed',
      { others: ['a.org', 'b.org', 'c.org', 'd.org', 'e.org'] },
      {},
      'warn',
      /more than one zone \(5 or more: /,
    ],
    [
      'more rights than one',
      { zoneFields: { permissions: ['#zone:read', '#dns_records:read', '#dns_records:edit', '#zone_settings:edit'] } },
      {},
      'warn',
      /may do more in example\.test than change records \(#zone_settings:edit\); make one with/,
    ],
    [
      'writing other zones',
      { others: ['example.org'], mayWriteOthers: true },
      {},
      'warn',
      /may change the records of other zones too, example\.org for one/,
    ],
    [
      'little left of the quota',
      { headers: { ratelimit: '"default";r=50;t=30', 'ratelimit-policy': '"default";q=1200;w=300' } },
      {},
      'warn',
      /has 50 of 1200 requests left for 30 s/,
    ],
    ['no zone', {}, { zone: 'example.org' }, 'error', /sees no zone/],
    ['not active', { zoneFields: { status: 'pending' } }, {}, 'error', /pending/],
    ['partial', { zoneFields: { type: 'partial' } }, {}, 'warn', /partial/],
    ['secondary', { zoneFields: { type: 'secondary' } }, {}, 'error', /secondary/],
    ['TTL too low', {}, { ttl: 30 }, 'warn', /FAILOVERD_TTL is 30 s.*60 s is written/],
    ['weaker guarantees', {}, {}, 'warn', /no compare-and-swap/],
  ];
  test.each(rows)('%s', async (_, options, over, level, text) => {
    const { fake, provider } = await open(options, over);
    const findings = await provider.preflight(soon(), true);
    expect(findings).toContainEqual(expect.objectContaining({ level, text: expect.stringMatching(text) }));
    expect(findings.some((finding) => finding.level === 'error')).toBe(level === 'error');
    expect(JSON.stringify(findings)).not.toContain(fake.token);
    expect(fake.writes()).toBe(0);
  });

  test('a proxied record, an obstacle, a stranger, address hints', async () => {
    const { fake, provider } = await open();
    fake.zone.post({ name: www, type: 'A', content: '192.0.2.1', proxied: true });
    fake.zone.post({
      name: www,
      type: 'HTTPS',
      data: { priority: 1, target: '.', value: 'key4="\\192\\000\\002\\001"' },
    });
    fake.zone.post({ name: aside, type: 'TXT', content: '"mine"' });
    const told = (await provider.preflight(soon())).map(({ level, text }) => `${level} ${text}`).join('\n');
    expect(told).toMatch(/warn .*is proxied/);
    expect(told).toMatch(/error .*HTTPS of the name hints at addresses in a form/);
    expect(told).toMatch(/error .*somebody else's: mine/);
  });

  test.each<[string, FakeOptions]>([
    ['a narrow token', {}],
    ['a narrow token of an account', { ownedByAccount: true }],
    ['one that sees other zones, and may not write there', { others: ['example.org'] }],
    [
      'one with the rights it needs, and most of its quota',
      {
        zoneFields: { permissions: ['#zone:read', '#dns_records:edit'] },
        headers: { ratelimit: '"default";r=1100;t=30', 'ratelimit-policy': '"default";q=1200;w=300' },
      },
    ],
  ])('no word of %s', async (_, options) => {
    const { provider } = await open(options);
    const told = JSON.stringify(await provider.preflight(soon(), true));
    expect(told).not.toMatch(/may do more|may change the records|requests left|global API key|when it ends/);
  });

  test('when it ends, also to programs; other zones are not tried at the self-test', async () => {
    const until = '2030-01-02T03:04:05Z';
    const { fake, provider } = await open({
      others: ['example.org'],
      mayWriteOthers: true,
      ownedByAccount: true,
      tokenFields: { expires_on: until },
    });
    const findings = await provider.preflight(soon());
    expect(findings).toContainEqual({ level: 'ok', text: 'the token is active', expiresAtMs: Date.parse(until) });
    const batches = fake.requests.filter(({ path }) => path.endsWith('/batch'));
    expect(batches.map(({ path }) => path)).toEqual([`/zones/${fake.zoneId}/dns_records/batch`]);
  });

  test.each([
    ['cfk_0123456789abcdefghijklmnopqrstuvwxyz0123abcdef01', true],
    ['0123456789abcdef0123456789abcdef01234', true],
    ['cfut_0123456789abcdefghijklmnopqrstuvwxyz0123abcdef01', false],
    ['0123456789abcdef0123456789abcdef01234567', false],
  ])('%s is the global API key: %p', async (token, expected) => {
    const { fake } = await open();
    const provider = await connect(fake, { env: { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_BASE_URL: fake.url } });
    const findings = await provider.preflight(soon());
    expect(findings.some(({ level, text }) => level === 'warn' && /global API key/.test(text))).toBe(expected);
    expect(JSON.stringify(findings)).not.toContain(token);
  });

  test('a token that is wrong, and an API that is not there', async () => {
    const { fake } = await open();
    const wrong = await connect(fake, { env: { CLOUDFLARE_API_TOKEN: 'wr0ng', CLOUDFLARE_BASE_URL: fake.url } });
    const findings = await wrong.preflight(soon());
    expect(findings).toContainEqual({ level: 'error', text: expect.stringMatching(/9109/) });
    fake.inject('refused');
    await wrong.read(soon());
    const nowhere = await connect(fake);
    expect(await nowhere.read(soon())).toMatchObject({ ok: false, code: 'unavailable' });
    expect(await nowhere.preflight(soon())).toContainEqual({
      level: 'error',
      text: expect.stringMatching(/ECONNREFUSED/),
    });
  });
});

describe('what the adapter is made from', () => {
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ['nothing', {}, ['CLOUDFLARE_API_TOKEN']],
    ['an empty token', { CLOUDFLARE_API_TOKEN: '' }, ['CLOUDFLARE_API_TOKEN']],
    ['a token with a line end', { CLOUDFLARE_API_TOKEN: 'abc\ndef' }, ['CLOUDFLARE_API_TOKEN']],
    [
      'plain http',
      { CLOUDFLARE_API_TOKEN: 'abc', CLOUDFLARE_BASE_URL: 'http://api.example.net' },
      ['CLOUDFLARE_BASE_URL'],
    ],
    ['no URL, no token', { CLOUDFLARE_BASE_URL: 'api' }, ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_BASE_URL']],
    ['a token', { CLOUDFLARE_API_TOKEN: 'abc' }, []],
    ['https', { CLOUDFLARE_API_TOKEN: 'abc', CLOUDFLARE_BASE_URL: 'https://api.example.net/client/v4' }, []],
    ['loopback', { CLOUDFLARE_API_TOKEN: 'abc', CLOUDFLARE_BASE_URL: 'http://[::1]:1/client/v4' }, []],
  ];
  test.each(rows)('%s', async (_, env, wanted) => {
    const { fake } = await open();
    const created = await create(inputFor(fake, { env }));
    expect(created.ok ? [] : created.problems.map(({ name }) => name)).toEqual(wanted);
    expect(JSON.stringify(created)).not.toContain('def');
    expect(fake.requests).toHaveLength(0);
  });

  test('the environment of the vendor client does not leak in', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      CLOUDFLARE_API_KEY: 'env-key',
      CLOUDFLARE_EMAIL: 'env@example.net',
      CLOUDFLARE_API_USER_SERVICE_KEY: 'env-service',
      CLOUDFLARE_API_TOKEN: 'env-token',
      CLOUDFLARE_CUSTOM_HEADERS: 'Authorization: Bearer env-header',
    });
    try {
      const { fake, provider } = await open();
      await foundBy(provider);
      for (const { headers } of fake.requests) {
        expect(JSON.stringify(headers)).not.toMatch(/env-|env@/);
        expect(headers.authorization).toBe(`Bearer ${fake.token}`);
      }
    } finally {
      process.env = before;
    }
  });
});
