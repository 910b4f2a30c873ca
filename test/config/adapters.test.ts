import { describe, expect, test } from '@jest/globals';
import { providers } from '../../providers';
import { loadChecked } from '../../src/config/adapters';
import { reloadChecked } from '../../src/config/reload';
import { base, configOf, type Env, type Files, input } from './fake-input';

/** What the adapters say of their own variables, told with everything else that is wrong. */

// The modules themselves, which a test cannot import on demand.
const rows = providers.map((row) => ({
  ...row,
  load: async () => require(`../../providers/${row.name}/${row.name}.js`),
}));

async function problemsOf(env: Env, files: Files = {}) {
  const loaded = await loadChecked(input({ ...base, ...env }, files, { providers: rows }));
  return loaded.ok ? [] : loaded.problems;
}

const secret = 'not base64 at all!';
const rfc2136 = {
  FAILOVERD_PROVIDER: 'rfc2136',
  RFC2136_SERVER: '192.0.2.53',
  RFC2136_TSIG_NAME: 'key',
  RFC2136_TSIG_SECRET: 'c2VjcmV0',
};
const powerdns = {
  FAILOVERD_PROVIDER: 'powerdns',
  POWERDNS_API_URL: 'http://127.0.0.1:8081',
  POWERDNS_API_KEY: 'k'.repeat(20),
};

type Told = Readonly<Record<string, string | null>>;
test.each<readonly [env: Env, told: Told]>([
  [{}, {}],
  [{ BUILTIN_DNS_LISTEN: 'foo' }, { BUILTIN_DNS_LISTEN: 'foo' }],
  [
    { BUILTIN_DNS_LISTEN: 'foo', FAILOVERD_FALL: 'zero' },
    { FAILOVERD_FALL: 'zero', BUILTIN_DNS_LISTEN: 'foo' },
  ],
  // Where the record is not known, nothing is said of its zone.
  [
    { BUILTIN_DNS_LISTEN: 'foo', FAILOVERD_RECORD: 'a b' },
    { FAILOVERD_RECORD: 'a b', BUILTIN_DNS_LISTEN: 'foo' },
  ],
  [{ FAILOVERD_PROVIDER: 'route53', ROUTE53_WRITE_MODE: 'fast' }, { ROUTE53_WRITE_MODE: 'fast' }],
  [
    { FAILOVERD_PROVIDER: 'route53', ROUTE53_WRITE_MODE: 'upsert', FAILOVERD_SITES: 'a=203.0.113.1,b=2001:db8::1' },
    { ROUTE53_WRITE_MODE: 'upsert' },
  ],
  [{ FAILOVERD_PROVIDER: 'builtin,webhook', WEBHOOK_PROVIDER_URL: 'ftp://x' }, { WEBHOOK_PROVIDER_URL: 'ftp://x' }],
  [{ FAILOVERD_PROVIDER: 'webhook', BUILTIN_DNS_LISTEN: 'foo' }, {}],
  [{ ...rfc2136, RFC2136_TSIG_SECRET: secret }, { RFC2136_TSIG_SECRET: `(secret, ${secret.length} characters)` }],
  [{ ...rfc2136, RFC2136_TSIG_SECRET: undefined }, { RFC2136_TSIG_SECRET: null }],
  [{ ...rfc2136, FAILOVERD_FALL: '0' }, { FAILOVERD_FALL: '0' }],
  [{ ...powerdns, FAILOVERD_ZONE: 'Z0EXAMPLE' }, { FAILOVERD_ZONE: 'Z0EXAMPLE' }],
  [{ ...powerdns, POWERDNS_SERVER_ID: 'a b' }, { POWERDNS_SERVER_ID: 'a b' }],
  [{ FAILOVERD_PROVIDER: 'exec', EXEC_PROVIDER_COMMAND: 'dns' }, { EXEC_PROVIDER_COMMAND: 'dns' }],
  [
    { FAILOVERD_PROVIDER: 'cloudflare', CLOUDFLARE_API_TOKEN: 't', CLOUDFLARE_BASE_URL: 'x' },
    { CLOUDFLARE_BASE_URL: 'x' },
  ],
  [
    {
      FAILOVERD_PROVIDER: 'nginx',
      NGINX_UPSTREAM_FILE: '/x/y',
      NGINX_UPSTREAM_PORT: 'z',
      NGINX_PROXY_URL: 'http://127.0.0.1/',
    },
    { NGINX_UPSTREAM_PORT: 'z' },
  ],
  [
    { FAILOVERD_PROVIDER: 'dnspod', TENCENTCLOUD_SECRET_ID: 'i', TENCENTCLOUD_SECRET_KEY: 'k', DNSPOD_ENDPOINT: 'x' },
    { DNSPOD_ENDPOINT: 'x' },
  ],
  [
    {
      FAILOVERD_PROVIDER: 'alidns',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'i',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'k',
      ALIDNS_ENDPOINT: 'x',
    },
    { ALIDNS_ENDPOINT: 'x' },
  ],
])('%j is refused by exactly %j', async (env, told) => {
  const problems = await problemsOf(env);
  expect(problems.map(({ name, value }) => [name, value])).toEqual(Object.entries(told));
  for (const { why, remedy } of problems) expect([why, remedy]).not.toContain('');
});

test('in a services file the place is named', async () => {
  const entry = { record: 'www.example.com', sites: base['FAILOVERD_SITES'], check: 'https:///health', zone: 'Z0X' };
  const env = { ...powerdns, FAILOVERD_SERVICES_FILE: '/s.yaml' };
  const files = { '/s.yaml': JSON.stringify({ services: [entry] }) };
  const loaded = await loadChecked(input(env, files, { providers: rows }));
  expect(loaded.ok ? [] : loaded.problems.map(({ name }) => name)).toEqual(['/s.yaml: services[0].zone']);
});

test('a reload is refused by both at once, and taken when both are right', async () => {
  const entry = { record: 'www.example.com', sites: base['FAILOVERD_SITES'], check: 'https:///health' };
  const reload = (more: object, env: Env) => {
    const files = { '/s.yaml': JSON.stringify({ services: [{ ...entry, ...more }] }) };
    const given = input({ ...env, FAILOVERD_SERVICES_FILE: '/s.yaml' }, files, { providers: rows });
    const before = configOf(
      {
        ...powerdns,
        FAILOVERD_RECORD: undefined,
        FAILOVERD_SITES: undefined,
        FAILOVERD_CHECK: undefined,
        FAILOVERD_SERVICES_FILE: '/s.yaml',
      },
      { '/s.yaml': JSON.stringify({ services: [entry] }) },
    );
    return reloadChecked(before, given);
  };
  const refused = await reload({ fall: 'zero' }, { ...powerdns, POWERDNS_API_URL: 'ftp://127.0.0.1' });
  expect(refused).toMatchObject({ ok: false, diff: [] });
  expect(refused.ok ? [] : refused.problems.map(({ name }) => name)).toEqual([
    '/s.yaml: services[0].fall',
    'POWERDNS_API_URL',
  ]);
  expect(await reload({ fall: '5' }, powerdns)).toMatchObject({ ok: true, diff: ['www.example.com: fall 3 → 5'] });
});

describe('a variable that looks like one of the adapter’s is warned of', () => {
  test.each<readonly [env: Env, meant: string | null]>([
    [{ BUILTIN_DNS_LISTN: 'x' }, 'BUILTIN_DNS_LISTEN'],
    [{ FAILOVERD_PROVIDER: 'route53', ROUTE53_WRITE_MOD: 'x' }, 'ROUTE53_WRITE_MODE'],
    [{ FAILOVERD_PROVIDER: 'route53', AWS_ENDPOINT_URL_ROUTE53: 'x' }, 'AWS_ENDPOINT_URL_ROUTE_53'],
    [{ ...rfc2136, RFC2136_TSIG_SECRT_FILE: 'x' }, 'RFC2136_TSIG_SECRET_FILE'],
    [{ ...rfc2136, RFC2136_TSIG_SECRET: undefined, RFC2136_TSIG_SECRET_FILE: '/k' }, null],
    [{ FAILOVERD_PROVIDER: 'route53', AWS_REGION: 'x', AWS_PROFILE: 'x' }, null],
    [{ FAILOVERD_PROVIDER: 'route53', BUILTIN_DNS_LISTN: 'x' }, null],
    [{ NGINX_VERSION: '1.27' }, null],
    [{ FAILOVERD_PROVIDER: 'exec', EXEC_PROVIDER_COMMAND: '/bin/true', EXEC_PROVIDER_COMAND: 'x' }, null],
  ])('%j → %s', (env, meant) => {
    const { warnings } = configOf(env, { '/k': 'c2VjcmV0' });
    const said = warnings.filter(({ why }) => why.includes('is no variable of provider'));
    expect(said.map(({ value, remedy }) => [value, remedy])).toEqual(
      meant === null ? [] : [['(not shown, 1 characters)', `did you mean ${meant}?`]],
    );
  });

  test('beside the problem that comes of it, too', async () => {
    const env = { ...base, FAILOVERD_PROVIDER: 'cloudflare', CLOUDFLARE_API_TOKN: 'hush7788' };
    const loaded = await loadChecked(input(env, {}, { providers: rows }));
    if (loaded.ok) throw new Error('accepted');
    expect(loaded.problems.map(({ name }) => name)).toEqual(['CLOUDFLARE_API_TOKEN']);
    expect(loaded.warnings.map(({ remedy }) => remedy)).toEqual(['did you mean CLOUDFLARE_API_TOKEN?']);
    expect(JSON.stringify(loaded)).not.toContain('hush7788');
  });
});
