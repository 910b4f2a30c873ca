import { describe, expect, test } from '@jest/globals';
import type { Check } from '../../src/probe/check';
import { base, configOf, type Env, serviceOf } from './fake-input';

describe('sites become record sets', () => {
  const rows: readonly (readonly [sites: string, sets: unknown])[] = [
    ['eu=203.0.113.10, us=198.51.100.7', [[{ type: 'A', ttl: 90, values: ['203.0.113.10'] }]]],
    [
      ' eu = 203.0.113.10 + 2001:DB8:0::10 + 203.0.113.9 ,us=198.51.100.7 ',
      [
        [
          { type: 'A', ttl: 90, values: ['203.0.113.10', '203.0.113.9'] },
          { type: 'AAAA', ttl: 90, values: ['2001:db8::10'] },
        ],
      ],
    ],
    ['eu=LB-eu.Example.NET., us=lb-us.example.net', [[{ type: 'CNAME', ttl: 90, values: ['lb-eu.example.net'] }]]],
  ];
  test.each(rows)('%s', (sites, sets) => {
    const { policy } = serviceOf({ FAILOVERD_SITES: sites, FAILOVERD_TTL: '90s' });
    expect(policy.sites.slice(0, 1).map((site) => site.sets)).toEqual(sets);
    expect(policy.sites.map((site) => site.name)).toEqual(['eu', 'us']);
  });
});

describe('check URLs become checks', () => {
  const rows: readonly (readonly [url: string, check: Partial<Check>])[] = [
    ['https:///health', { kind: 'https', host: null, port: 443, path: '/health', shadow: false }],
    ['https://', { kind: 'https', host: null, port: 443, path: '/' }],
    ['http://?q=1', { kind: 'http', host: null, port: 80, path: '/?q=1' }],
    ['http://:8080/a?b=c', { kind: 'http', host: null, port: 8080, path: '/a?b=c' }],
    ['https://WWW.example.com./health', { host: null, path: '/health' }],
    [
      'https://{site}.internal.example.com:8443/h/{address}',
      { host: '{site}.internal.example.com', port: 8443, path: '/h/{address}' },
    ],
    ['http://{address}:81/', { host: '{address}', port: 81 }],
    ['http://[2001:DB8::1]:81/', { host: '2001:db8::1', port: 81 }],
    ['https://[2001:db8::1]', { host: '2001:db8::1', port: 443 }],
    ['tcp://:5432', { kind: 'tcp', host: null, port: 5432, path: '' }],
    ['tls://', { kind: 'tls', host: null, port: 443 }],
    ['tls://:8443', { kind: 'tls', port: 8443 }],
    [
      'exec:/bin/check {site} "two words" "say \\"hi\\"" a\\b',
      { kind: 'exec', command: ['/bin/check', '{site}', 'two words', 'say "hi"', 'a\\b'] },
    ],
    ['exec:/bin/check "a,b" ""', { kind: 'exec', command: ['/bin/check', 'a,b', ''] }],
  ];
  test.each(rows)('%s', (url, check) => {
    const { eu } = serviceOf({ FAILOVERD_CHECK: url }).checks;
    expect(eu).toEqual([expect.objectContaining({ url: url.replace(/(\?\w=).*/, '$1…'), ...check })]);
  });

  test('several checks, one of them in the shadow, and a site of its own', () => {
    const { eu, us } = serviceOf({
      FAILOVERD_CHECK: 'https:///health, shadow+tcp://:5432',
      FAILOVERD_CHECK_US: 'tcp://:443',
    }).checks;
    expect(eu?.map(({ kind, shadow }) => [kind, shadow])).toEqual([
      ['https', false],
      ['tcp', true],
    ]);
    expect(us?.map(({ url }) => url)).toEqual(['tcp://:443']);
  });

  test('a site name with hyphens is written with underscores', () => {
    const env = { FAILOVERD_SITES: 'asia-east1=203.0.113.10, eu=198.51.100.7', FAILOVERD_CHECK_ASIA_EAST1: 'tls://' };
    expect(serviceOf(env).checks['asia-east1']?.map(({ kind }) => kind)).toEqual(['tls']);
  });
});

describe('single values', () => {
  const rows: readonly (readonly [env: Env, holds: unknown])[] = [
    [{ FAILOVERD_RECORD: 'WWW.Example.COM.' }, { policy: { record: 'www.example.com' } }],
    [
      { FAILOVERD_RECORD: '*.Example.com', FAILOVERD_CHECK: 'tcp://:443', FAILOVERD_ZONE: 'example.com' },
      { policy: { record: '*.example.com' }, zone: 'example.com' },
    ],
    [{ FAILOVERD_RECORD: '_sip.example.com' }, { policy: { record: '_sip.example.com' } }],
    [{ FAILOVERD_ZONE: 'Example.com.' }, { zone: 'example.com' }],
    [{ FAILOVERD_ZONE: '/hostedzone/Z0AbC' }, { zone: '/hostedzone/Z0AbC' }],
    [{ FAILOVERD_SUSTAIN: '0s', FAILOVERD_WINDOW: '0' }, { policy: { sustainMs: 0, window: 0 } }],
    [{ FAILOVERD_WINDOW: '0', FAILOVERD_UP_RATIO: '1' }, { policy: { upRatio: 1 } }],
    [
      { FAILOVERD_INTERVAL: '1h', FAILOVERD_TIMEOUT: '1h' },
      { policy: { intervalMs: 3_600_000, timeoutMs: 3_600_000 } },
    ],
    [{ FAILOVERD_DAMPING_CAP: '2d' }, { policy: { dampingCapMs: 172_800_000 } }],
    [{ FAILOVERD_FALL: '100', FAILOVERD_RISE: '1' }, { policy: { fall: 100, rise: 1 } }],
    [{ FAILOVERD_MAX_SWITCHES: '100/30d' }, { policy: { maxSwitches: { count: 100, windowMs: 2_592_000_000 } } }],
    [
      { FAILOVERD_EXPECT_STATUS: '200-299, 301' },
      {
        expect: {
          status: [
            [200, 299],
            [301, 301],
          ],
        },
      },
    ],
    [{ FAILOVERD_EXPECT_JSON: '/a~1b/0=x=y' }, { expect: { json: { pointer: '/a~1b/0', value: 'x=y' } } }],
    [{ FAILOVERD_EXPECT_BODY: 'all, well' }, { expect: { body: 'all, well' } }],
    [{ FAILOVERD_MAX_LATENCY: '800ms' }, { expect: { maxLatencyMs: 800 } }],
    [
      { FAILOVERD_FAILBACK_WINDOW: '0,30 2-5 * * mon-fri,  * * * * 0' },
      { failbackWindow: ['0,30 2-5 * * mon-fri', '* * * * 0'] },
    ],
    [
      { FAILOVERD_NAMESERVERS: '192.0.2.53, 192.0.2.54:5353, [2001:DB8::53]:54, 2001:db8::54' },
      { nameservers: ['192.0.2.53:53', '192.0.2.54:5353', '[2001:db8::53]:54', '[2001:db8::54]:53'] },
    ],
    [{ FAILOVERD_RESOLVERS: '192.0.2.1, [2001:DB8::1]:54' }, { resolvers: ['192.0.2.1:53', '[2001:db8::1]:54'] }],
    [{ FAILOVERD_RTO: '95s' }, { rtoMs: 95_000 }],
    [{}, { policy: { selftest: { everyMs: 600_000, settleMs: 200 } } }],
    [{ FAILOVERD_SELFTEST: 'off' }, { policy: { selftest: null } }],
    [{ FAILOVERD_SELFTEST: '1m' }, { policy: { selftest: { everyMs: 60_000 } } }],
    [{ FAILOVERD_SITES: 'a=127.0.0.1,b=10.0.0.1', FAILOVERD_ALLOW_PRIVATE: 'true' }, { allowPrivate: true }],
    [
      {},
      { policy: { create: true, owner: 'node-1.example.net', vantage: 'node-1.example.net', quorum: 1, switchCap: 5 } },
    ],
    [{ FAILOVERD_CREATE: 'false', FAILOVERD_OWNER: 'sre' }, { policy: { create: false, owner: 'sre' } }],
    [
      {
        FAILOVERD_PROVIDER: 'route53',
        AWS_ENDPOINT_URL_ROUTE_53: 'http://127.0.0.1:4566',
        CLOUDFLARE_API_TOKEN: 'not for it',
      },
      { policy: { create: false }, providerEnv: { route53: { AWS_ENDPOINT_URL_ROUTE_53: 'http://127.0.0.1:4566' } } },
    ],
    [
      {
        FAILOVERD_PROVIDER: 'builtin, route53',
        FAILOVERD_ZONE: 'example.com',
        AWS_ENDPOINT_URL_ROUTE_53: 'http://127.0.0.1:4566',
        BUILTIN_DNS_LISTEN: '127.0.0.1:5300',
      },
      {
        providers: ['builtin', 'route53'],
        zone: 'example.com',
        policy: { create: false },
        providerEnv: {
          builtin: { BUILTIN_DNS_LISTEN: '127.0.0.1:5300' },
          route53: { AWS_ENDPOINT_URL_ROUTE_53: 'http://127.0.0.1:4566' },
        },
      },
    ],
  ];
  test.each(rows)('%j', (env, holds) => {
    expect(serviceOf(env)).toMatchObject(holds as object);
  });

  const daemonRows: readonly (readonly [env: Env, holds: unknown])[] = [
    [{}, { stateDir: './state', listen: { host: '127.0.0.1', port: 8053 }, logFormat: 'json', apiToken: null }],
    [{ STATE_DIRECTORY: '/var/lib/failoverd:/var/lib/other' }, { stateDir: '/var/lib/failoverd' }],
    [{ STATE_DIRECTORY: '/var/lib/failoverd', FAILOVERD_STATE_DIR: '/srv/state' }, { stateDir: '/srv/state' }],
    [{ FAILOVERD_LISTEN: 'off' }, { listen: 'off' }],
    [{ FAILOVERD_LISTEN: '[::1]:80' }, { listen: { host: '::1', port: 80 } }],
    [{ FAILOVERD_LISTEN: 'localhost:65535' }, { listen: { host: 'localhost', port: 65_535 } }],
    [
      { FAILOVERD_CANARIES: 'tcp://1.1.1.1:443, https://example.org/' },
      { canaries: [{ host: '1.1.1.1' }, { host: 'example.org' }] },
    ],
  ];
  test.each(daemonRows)('%j', (env, holds) => {
    expect(configOf(env)).toMatchObject(holds as object);
  });
});

test('canaries are known to the policy by their URL', () => {
  expect(serviceOf({ FAILOVERD_CANARIES: 'tcp://1.1.1.1:443' }).policy.canaries).toEqual(['tcp://1.1.1.1:443']);
});

test('on a terminal the log is pretty; a host name unfit for a marker is made fit', () => {
  expect(configOf({}, {}, { isTty: true }).logFormat).toBe('pretty');
  expect(configOf({}, {}, { hostname: 'my host,1' }).services[0]?.policy.owner).toBe('my-host-1');
  expect(configOf({}, {}, { hostname: '' }).services[0]?.policy.owner).toBe('failoverd');
});

test('the configuration is frozen to the last leaf', () => {
  const loose: string[] = [];
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Object.isFrozen(value)) loose.push(path);
    for (const [key, inner] of Object.entries(value)) look(inner, `${path}.${key}`);
  };
  look(configOf(base), 'config');
  expect(loose).toEqual([]);
});

describe('warnings: allowed, but said', () => {
  const rows: readonly (readonly [env: Env, name: string | null, says: RegExp])[] = [
    [{}, null, /^$/],
    [{ FAILOVERD_FAILBACK_AFTER: '30s' }, 'FAILOVERD_FAILBACK_AFTER', /twice the TTL \(1m\): a failback waits for 2m/],
    [{ FAILOVERD_TTL: '3m' }, 'FAILOVERD_TTL', /waits for 6m/],
    [{ FAILOVERD_FAILBACK_AFTER: '30s', FAILOVERD_FAILBACK: 'manual' }, null, /^$/],
    [{ FAILOVERD_MAX_SWITCHES: '1/6h' }, 'FAILOVERD_MAX_SWITCHES', /automatic failback never happens/],
    [{ FAILOVERD_DAMPING_CAP: '1m' }, 'FAILOVERD_DAMPING_CAP', /below the undamped wait \(5m\)/],
    [
      { FAILOVERD_INTERVAL: '500ms', FAILOVERD_TIMEOUT: '300ms', FAILOVERD_CONFIRM_INTERVAL: '100ms' },
      'FAILOVERD_INTERVAL',
      /every 500ms/,
    ],
    [{ FAILOVERD_DRY_RUN: 'true' }, 'FAILOVERD_DRY_RUN', /nothing is written/],
    [{ FAILOVERD_LISTEN: '0.0.0.0:8053' }, 'FAILOVERD_LISTEN', /API token/],
    [{ FAILOVERD_LISTEN: '0.0.0.0:8053', FAILOVERD_API_TOKEN: 'x'.repeat(16) }, null, /^$/],
    [{ FAILOVERD_API_TOKEN: 'x'.repeat(15) }, 'FAILOVERD_API_TOKEN', /guessed/],
    [{ FAILOVERD_CANARIES: 'tcp://203.0.113.10:443' }, 'FAILOVERD_CANARIES', /is site eu itself/],
    [
      {
        FAILOVERD_SITES: 'eu=2001:db8::1, us=2001:db8::2',
        FAILOVERD_CANARIES: 'https://[2001:DB8:0::1]/,tcp://[2001:db8::2]:22',
      },
      'FAILOVERD_CANARIES',
      /is site eu itself/,
    ],
    [{ FAILOVERD_CANARIES: 'tcp://203.0.113.10:443,tcp://192.0.2.1:53' }, null, /^$/],
    [{ FAILOVERD_CHECK: 'http:///health' }, 'FAILOVERD_CHECK', /nothing proves that sites eu, us are your servers/],
    [{ FAILOVERD_CHECK_US: 'tcp://:443' }, 'FAILOVERD_CHECK_US', /nothing proves that site us/],
    [{ FAILOVERD_CHECK: 'http:///health', FAILOVERD_EXPECT_BODY: 'ours' }, null, /^$/],
    [{ FAILOVERD_CHECK: 'tls://', FAILOVERD_EXPECT_BODY: 'ours' }, 'FAILOVERD_EXPECT_BODY', /nothing looks at a body/],
  ];
  test.each(rows)('%j', (env, name, says) => {
    const { warnings } = configOf(env);
    expect(warnings[0]?.name ?? null).toBe(name);
    expect(warnings[0]?.why ?? '').toMatch(says);
  });
});
