import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../providers/builtin/settings';
import { type Env, problemsOf } from './fake-input';

/** Variables over the least configuration → the variable the problem names, and words of its reason or remedy. */
type Row = readonly [env: Env, name: string, says: RegExp];

function refused(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    test.each(rows)('%j → %s %s', (env, name, says) => {
      const problems = problemsOf(env);
      expect(problems.map((problem) => problem.name)).toContain(name);
      const texts = problems.filter((problem) => problem.name === name).map(({ why, remedy }) => `${why}; ${remedy}`);
      expect(texts.join('\n')).toMatch(says);
    });
  });
}

const R = 'FAILOVERD_RECORD';
const S = 'FAILOVERD_SITES';
const C = 'FAILOVERD_CHECK';

refused('record', [
  [{ [R]: undefined }, R, /required/],
  [{ [R]: '' }, R, /empty/],
  [{ [R]: 'münchen.example' }, R, /xn--mnchen-3ya\.example/],
  [{ [R]: '203.0.113.1' }, R, /address, not a name/],
  [{ [R]: 'www' }, R, /one label/],
  [{ [R]: '0x7f000001' }, R, /address, not a name.*users look up/],
  [{ [R]: 'a..example.com' }, R, /not a host name/],
  [{ [R]: 'www.exa mple.com' }, R, /not a host name; use labels of .*253 in all$/],
  [{ [R]: 'www.*.example.com' }, R, /not a host name/],
  [{ [R]: `${'a'.repeat(64)}.example.com` }, R, /63/],
  [{ [R]: `${'abcdefghi.'.repeat(24)}example` }, R, /marker.*258/],
  [{ [R]: '_failoverd.www.example.com' }, R, /markers/],
]);

refused('sites', [
  [{ [S]: undefined }, S, /required/],
  [{ [S]: 'eu=203.0.113.10' }, S, /only one site/],
  [{ [S]: '203.0.113.10, us=198.51.100.7' }, S, /not name=address/],
  [{ [S]: 'EU=203.0.113.10, us=198.51.100.7' }, S, /"EU" is not a site name/],
  [{ [S]: 'constructor=203.0.113.10, us=198.51.100.7' }, S, /cannot be a site name/],
  [{ [S]: 'eu=203.0.113.10, eu=198.51.100.7' }, S, /eu is there twice/],
  [{ [S]: 'eu=203.0.113.10, us=203.0.113.10' }, S, /standby is the same as the primary/],
  [{ [S]: 'eu=2001:db8::1, us=2001:DB8:0:0::0:1' }, S, /standby is the same as the primary/],
  [{ [S]: 'eu=LB.example.net., us=lb.example.net' }, S, /standby is the same as the primary/],
  [{ [S]: 'eu=1.1.1.1+8.8.8.8, us=8.8.8.8+1.1.1.1' }, S, /same targets/],
  [{ [S]: 'eu=203.0.113.10+lb.example.net, us=198.51.100.7' }, S, /mixes/],
  [{ [S]: 'eu=lb.example.net, us=198.51.100.7' }, S, /CNAME.*no record can change/],
  [{ [S]: 'eu=203.0.113.10+, us=198.51.100.7' }, S, /an address is empty/],
  [{ [S]: 'eu=300.1.1.1, us=198.51.100.7' }, S, /neither an IP address/],
  [{ [S]: 'eu=010.1.1.1, us=198.51.100.7' }, S, /unusual spelling/],
  [{ [S]: 'eu=0x7f000001, us=198.51.100.7' }, S, /unusual spelling/],
  [{ [S]: 'eu=www.example.com, us=lb.example.net' }, S, /points at the record itself/],
  [{ [S]: Array.from({ length: 17 }, (_, i) => `s${i}=192.0.2.${i + 1}`).join(',') }, S, /17 sites/],
  [{ [S]: `eu=${Array.from({ length: 17 }, (_, i) => `192.0.2.${i + 1}`).join('+')},us=1.1.1.1` }, S, /17 addresses/],
]);

test('every fault of the sites is told at once', () => {
  const problems = problemsOf({ [S]: 'EU=300.1.1.1, us=198.51.100.7, us=203.0.113.9, jp=198.51.100.7' });
  expect(problems.map(({ why }) => why)).toEqual([
    expect.stringContaining('"EU" is not a site name'),
    expect.stringContaining('"300.1.1.1" is neither'),
    expect.stringContaining('us is there twice'),
    expect.stringContaining('us and jp have the same targets'),
  ]);
});

refused('addresses (F07)', [
  [{ [S]: 'eu=10.0.0.1, us=198.51.100.7' }, S, /private.*ALLOW_PRIVATE/],
  [{ [S]: 'eu=127.0.0.1, us=198.51.100.7' }, S, /loopback.*ALLOW_PRIVATE/],
  [{ [S]: 'eu=fe80::1, us=198.51.100.7' }, S, /link-local.*ALLOW_PRIVATE/],
  [{ [S]: 'eu=fd00::1, us=198.51.100.7' }, S, /private.*ALLOW_PRIVATE/],
  ...['169.254.169.254', 'fd00:ec2::254', '0.0.0.0', '::', '224.0.0.1', 'ff02::1', '::ffff:203.0.113.1'].map(
    (address): Row => [{ [S]: `eu=${address}, us=1.1.1.1`, FAILOVERD_ALLOW_PRIVATE: 'true' }, S, /never allowed/],
  ),
  [{ [C]: 'http://10.0.0.5/health' }, C, /private/],
  [{ [C]: 'http://localhost:8080/health' }, C, /loopback/],
  [{ [C]: 'http://169.254.169.254/latest', FAILOVERD_ALLOW_PRIVATE: 'true' }, C, /metadata.*never/],
  [{ [C]: 'http://2130706433/' }, C, /unusual spelling/],
  [{ FAILOVERD_CANARIES: 'tcp://192.168.1.1:53' }, 'FAILOVERD_CANARIES', /private/],
]);

refused('checks', [
  [{ [C]: undefined }, C, /required/],
  [{ [C]: '/health' }, C, /no scheme/],
  [{ [C]: 'htps:///health' }, C, /did you mean https/],
  [{ [C]: 'https:/health' }, C, /lacks \/\//],
  [{ [C]: 'https://u:p@www.example.com/' }, C, /user name or password/],
  [{ [C]: 'https:///health#top' }, C, /fragment/],
  [{ [C]: 'https:///he alth' }, C, /percent-encode/],
  [{ [C]: 'https://:99999/' }, C, /port from 1 to 65535/],
  [{ [C]: 'tcp://' }, C, /no port/],
  [{ [C]: 'tcp://:443/x' }, C, /path/],
  [{ [C]: 'https:///{region}' }, C, /unknown placeholder \{region\}/],
  [{ [C]: 'https:///a,' }, C, /empty item/],
  [{ [C]: 'exec:check.sh' }, C, /absolute path/],
  [{ [C]: 'exec:/bin/check "open' }, C, /not closed/],
  [{ [C]: 'shadow+https:///health' }, C, /no check that counts/],
  ...['dns://', 'icmp://', 'grpc://:50051', 'push:x'].map(
    (url): Row => [{ [C]: url }, C, /not supported by this version/],
  ),
  [{ FAILOVERD_CHECK_EA: 'tcp://:443' }, 'FAILOVERD_CHECK_EA', /names no site; did you mean FAILOVERD_CHECK_EU/],
  [{ FAILOVERD_CHECK_EU: 'shadow+tcp://:443' }, 'FAILOVERD_CHECK_EU', /site eu has no check that counts/],
  [{ FAILOVERD_CHECK_EU: '' }, 'FAILOVERD_CHECK_EU', /empty/],
  [{ [C]: undefined, FAILOVERD_CHECK_EU: 'tcp://:443' }, C, /site us has no check that counts/],
  [{ [R]: '*.example.com' }, C, /no name that a server can be asked for/],
  [{ FAILOVERD_CANARIES: 'tcp://:443' }, 'FAILOVERD_CANARIES', /not a canary/],
  [{ FAILOVERD_CANARIES: 'exec:/bin/true' }, 'FAILOVERD_CANARIES', /not a canary/],
  [{ FAILOVERD_CANARIES: 'icmp://1.1.1.1' }, 'FAILOVERD_CANARIES', /write it like tcp:\/\/192.0.2.1:443 or https:/],
]);

refused('one value (F13, F14)', [
  [{ FAILOVERD_TTL: '60' }, 'FAILOVERD_TTL', /did you mean 60s/],
  [{ FAILOVERD_TTL: '1500ms' }, 'FAILOVERD_TTL', /multiple of 1s/],
  [{ FAILOVERD_TTL: '0s' }, 'FAILOVERD_TTL', /shorter than 1s/],
  [{ FAILOVERD_TTL: '2d' }, 'FAILOVERD_TTL', /longer than 1d/],
  [{ FAILOVERD_INTERVAL: '-1s' }, 'FAILOVERD_INTERVAL', /not a duration/],
  [{ FAILOVERD_INTERVAL: `10${'0'.repeat(20)}s` }, 'FAILOVERD_INTERVAL', /not a duration/],
  [{ FAILOVERD_FALL: '0' }, 'FAILOVERD_FALL', /1 to 100/],
  [{ FAILOVERD_FALL: '3.5' }, 'FAILOVERD_FALL', /whole number/],
  [{ FAILOVERD_RISE: '101' }, 'FAILOVERD_RISE', /1 to 100/],
  [{ FAILOVERD_WINDOW: '2' }, 'FAILOVERD_WINDOW', /0, or 3 to 1000/],
  [{ FAILOVERD_DOWN_RATIO: '40%' }, 'FAILOVERD_DOWN_RATIO', /0\.4 for 40 %/],
  [{ FAILOVERD_DOWN_RATIO: '1.1' }, 'FAILOVERD_DOWN_RATIO', /ratio/],
  [{ FAILOVERD_CREATE: 'yes' }, 'FAILOVERD_CREATE', /true or false/],
  [{ FAILOVERD_CREATE: 'True' }, 'FAILOVERD_CREATE', /lower case/],
  [{ FAILOVERD_FAILBACK: 'never' }, 'FAILOVERD_FAILBACK', /auto or manual/],
  [{ FAILOVERD_FAILBACK_WINDOW: '* * * * * *' }, 'FAILOVERD_FAILBACK_WINDOW', /five fields/],
  [{ FAILOVERD_FAILBACK_WINDOW: '* * * *' }, 'FAILOVERD_FAILBACK_WINDOW', /five fields/],
  [{ FAILOVERD_FAILBACK_WINDOW: '* * * * *, 60 * * * *' }, 'FAILOVERD_FAILBACK_WINDOW', /"60 \* \* \* \*"/],
  [{ FAILOVERD_MAX_SWITCHES: '4' }, 'FAILOVERD_MAX_SWITCHES', /4\/6h/],
  [{ FAILOVERD_MAX_SWITCHES: '0/6h' }, 'FAILOVERD_MAX_SWITCHES', /out of bounds/],
  [{ FAILOVERD_MAX_SWITCHES: '4/59s' }, 'FAILOVERD_MAX_SWITCHES', /out of bounds/],
  [{ FAILOVERD_MAX_SWITCHES: '4/31d' }, 'FAILOVERD_MAX_SWITCHES', /out of bounds/],
  [{ FAILOVERD_EXPECT_STATUS: '200-' }, 'FAILOVERD_EXPECT_STATUS', /200-299,301/],
  [{ FAILOVERD_EXPECT_STATUS: '299-200' }, 'FAILOVERD_EXPECT_STATUS', /backwards/],
  [{ FAILOVERD_EXPECT_JSON: 'status=ok' }, 'FAILOVERD_EXPECT_JSON', /\/pointer=value/],
  [{ FAILOVERD_EXPECT_JSON: '/a~2=ok' }, 'FAILOVERD_EXPECT_JSON', /\/pointer=value/],
  [{ FAILOVERD_OWNER: 'the team' }, 'FAILOVERD_OWNER', /80 letters/],
  [{ FAILOVERD_NAMESERVERS: 'ns1.example.com' }, 'FAILOVERD_NAMESERVERS', /not an IP address/],
  [{ FAILOVERD_RESOLVERS: 'dns.example.com' }, 'FAILOVERD_RESOLVERS', /not an IP address/],
  [{ FAILOVERD_RESOLVERS: Array(33).fill('192.0.2.1').join() }, 'FAILOVERD_RESOLVERS', /at most 32/],
  [{ FAILOVERD_NAMESERVERS: '192.0.2.53:0' }, 'FAILOVERD_NAMESERVERS', /port/],
  [{ FAILOVERD_LISTEN: '8053' }, 'FAILOVERD_LISTEN', /no port/],
  [{ FAILOVERD_LISTEN: ':8053' }, 'FAILOVERD_LISTEN', /0\.0\.0\.0:8053/],
  [{ FAILOVERD_LISTEN: 'www.example.com:8053' }, 'FAILOVERD_LISTEN', /record that is managed/],
  [{ FAILOVERD_API_TOKEN: 'two words' }, 'FAILOVERD_API_TOKEN', /visible ASCII/],
  [{ FAILOVERD_API_TOKEN: 'x'.repeat(4_097) }, 'FAILOVERD_API_TOKEN', /4096/],
  [{ FAILOVERD_LOG_LEVEL: 'trace' }, 'FAILOVERD_LOG_LEVEL', /error, warn, info, debug/],
  [
    { FAILOVERD_NOTIFY: 'https://hooks.example.com/x' },
    'FAILOVERD_NOTIFY',
    /item 1 does not say what kind.*webhook\+https/,
  ],
  [{ FAILOVERD_EXPECT_BODY: 'ok\u0007' }, 'FAILOVERD_EXPECT_BODY', /control character/],
]);

refused('several values together (F03, F05)', [
  [{ FAILOVERD_TIMEOUT: '11s' }, 'FAILOVERD_TIMEOUT', /11s.*10s/],
  [{ FAILOVERD_INTERVAL: '4s' }, 'FAILOVERD_INTERVAL', /5s.*4s/],
  [{ FAILOVERD_CONFIRM_INTERVAL: '11s' }, 'FAILOVERD_CONFIRM_INTERVAL', /slower/],
  [{ FAILOVERD_UP_RATIO: '0.4' }, 'FAILOVERD_UP_RATIO', /not below/],
  [{ FAILOVERD_MAX_LATENCY: '5s' }, 'FAILOVERD_MAX_LATENCY', /never count/],
  [{ FAILOVERD_ZONE: 'example.org' }, 'FAILOVERD_ZONE', /not in the zone/],
  [{ FAILOVERD_ZONE: 'ample.com' }, 'FAILOVERD_ZONE', /not in the zone/],
  [{ FAILOVERD_ZONE: 'WWW.example.com.', [S]: 'a=a.example.net,b=b.example.net' }, S, /no CNAME/],
  [{ [R]: 'Example.com.', [S]: 'a=a.example.net,b=b.example.net' }, S, /example\.com is the top .* no CNAME/],
  [
    { [R]: 'example.com', [S]: 'a=a.example.net,b=b.example.net', FAILOVERD_PROVIDER: 'builtin,route53' },
    S,
    /no CNAME.* addresses instead/,
  ],
  [
    { FAILOVERD_RTO: '94s' },
    'FAILOVERD_RTO',
    /take 1m35s to recover, 1s longer than the promised 1m34s; .* or promise 95s/,
  ],
  [{ FAILOVERD_SELFTEST: '59s' }, 'FAILOVERD_SELFTEST', /1m/],
  [{ FAILOVERD_SELFTEST: 'never' }, 'FAILOVERD_SELFTEST', /duration/],
  [{ FAILOVERD_SELFTEST: '209s', FAILOVERD_PROVIDER: 'route53' }, 'FAILOVERD_SELFTEST', /route53 may take 140s/],
]);

refused('what must work while a site is down leads through the record (F09)', [
  [{ FAILOVERD_CANARIES: 'https://www.example.com/' }, 'FAILOVERD_CANARIES', /www\.example\.com, which is managed/],
  [{ FAILOVERD_CANARIES: 'tcp://192.0.2.1:53,tcp://WWW.example.com.:443' }, 'FAILOVERD_CANARIES', /which is managed/],
  ...['https://www.example.com/client/v4', 'https://user@WWW.EXAMPLE.com.:8443/v4'].map(
    (url): Row => [
      { FAILOVERD_PROVIDER: 'cloudflare', CLOUDFLARE_API_TOKEN: 't', CLOUDFLARE_BASE_URL: url },
      'CLOUDFLARE_BASE_URL',
      /www\.example\.com, which is managed.*stays where it is/,
    ],
  ),
  [
    { FAILOVERD_PROVIDER: 'route53', AWS_ENDPOINT_URL_ROUTE_53: 'https://www.example.com' },
    'AWS_ENDPOINT_URL_ROUTE_53',
    /which is managed/,
  ],
]);

refused('names and providers (F01)', [
  [{ FAILOVERD_INTREVAL: '10s' }, 'FAILOVERD_INTREVAL', /did you mean FAILOVERD_INTERVAL/],
  [{ failoverd_ttl: '10s' }, 'failoverd_ttl', /did you mean FAILOVERD_TTL/],
  [{ FAILOVERD_RECORD_FILE: '/x' }, 'FAILOVERD_RECORD_FILE', /only secrets.*FAILOVERD_RECORD itself/],
  [{ FAILOVERD_XYZZY: '1' }, 'FAILOVERD_XYZZY', /docs\/configuration\.md/],
  [{ FAILOVERD_PROVIDER: 'rout53' }, 'FAILOVERD_PROVIDER', /did you mean route53/],
  [{ FAILOVERD_PROVIDER: 'builtin,route53,cloudflare' }, 'FAILOVERD_PROVIDER', /3 providers .* at most two/],
  [{ FAILOVERD_PROVIDER: 'route53, route53' }, 'FAILOVERD_PROVIDER', /route53 is given twice/],
  [{ FAILOVERD_PROVIDER: 'builtin,route35' }, 'FAILOVERD_PROVIDER', /"route35" is not an adapter/],
  [{ FAILOVERD_PROVIDER: 'builtin,route53', FAILOVERD_ZONE: 'Z0EXAMPLE' }, 'FAILOVERD_ZONE', /at one provider only/],
  [{ FAILOVERD_PROVIDER: 'cloudflare' }, 'CLOUDFLARE_API_TOKEN', /required by provider cloudflare/],
  [{ FAILOVERD_PROVIDER: 'cloudflare', CLOUDFLARE_API_TOKEN: '' }, 'CLOUDFLARE_API_TOKEN', /empty/],
  [{ BUILTIN_DNS_LISTEN: ' ' }, 'BUILTIN_DNS_LISTEN', /empty/],
  ...['ETCD', 'NODE', 'DOMAIN', 'ROLE', 'QUORUM'].map(
    (name): Row => [{ [`FAILOVERD_${name}`]: 'x' }, `FAILOVERD_${name}`, /several nodes are not supported/],
  ),
]);

test('all problems come at once, in one go', () => {
  const problems = problemsOf({
    [R]: '',
    [S]: 'x',
    [C]: 'y',
    FAILOVERD_FALL: '0',
    FAILOVERD_OOPS: '1',
    FAILOVERD_LISTEN: '',
  });
  expect(new Set(problems.map(({ name }) => name))).toEqual(
    new Set([R, S, C, 'FAILOVERD_FALL', 'FAILOVERD_OOPS', 'FAILOVERD_LISTEN']),
  );
});

describe('a CNAME where FAILOVERD_ZONE is not set', () => {
  const sites = { [S]: 'a=a.example.net,b=b.example.net' };
  test.each(['example.com', '*.example.com', 'www.example.com', 'example.co.uk', 'a.b.example.com'])(
    '%s is refused if and only if the built-in server would make it its zone',
    (record) => {
      const read = readSettings({ record, zone: null, ttl: 60, env: {}, directory: '/s', mixedFamilies: false });
      const why = problemsOf({ ...sites, [R]: record, [C]: 'tls://lb.example.net' }).map((problem) => problem.why);
      expect(why.some((text) => text.includes('no CNAME'))).toBe(read.ok && read.settings.attachment.zone === record);
    },
  );

  test('of an adapter that finds the zone by asking, nothing is said', () => {
    expect(problemsOf({ ...sites, [R]: 'wiki.internal', FAILOVERD_PROVIDER: 'route53' })).toEqual([]);
  });
});
