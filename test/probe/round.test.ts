import { afterAll, describe, expect, test } from '@jest/globals';
import type { Observation } from '../../src/domain/types';
import type { Check } from '../../src/probe/check';
import type { Lookup } from '../../src/probe/resolve';
import { type CheckResult, createProber, fold, type ProberOptions, type SiteProber } from '../../src/probe/round';
import { type BadServer, badServer, type Misbehave, ok, says } from './bad-servers';
import { check, context, expecting, siteAt, verdict, why } from './setup';

const servers: BadServer[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

async function serve(misbehave: Misbehave, host = '127.0.0.1'): Promise<BadServer> {
  const server = await badServer(misbehave, undefined, host);
  servers.push(server);
  return server;
}

function prober(checks: readonly Check[], options: Partial<ProberOptions> = {}): SiteProber {
  const expect = expecting();
  const defaults = { context: context(), record: 'www.example.test', timeoutMs: 2_000, allowPrivate: true, expect };
  return createProber({ ...defaults, checks: { a: checks }, ...options });
}

const resolving = (lookup: Lookup) => ({ context: context({ lookup }) });
const failing =
  (code: string): Lookup =>
  async () => {
    throw Object.assign(new Error(`getaddrinfo ${code}`), { code });
  };

describe('fold', () => {
  const one = check({ url: 'https://one' });
  const two = check({ url: 'https://two' });
  const row = (
    observation: Observation,
    of = one,
    address: string | null = '192.0.2.1',
    resolved = false,
  ): CheckResult => ({
    check: of,
    address,
    resolved,
    observation,
  });
  const pass = (latencyMs: number, warning?: string): Observation =>
    warning === undefined ? { result: 'pass', latencyMs } : { result: 'pass', latencyMs, warning };
  const failed: Observation = { result: 'fail', class: 'status', why: 'status 500', latencyMs: 3 };
  const unknown: Observation = { result: 'unknown', why: 'no route' };

  test.each<readonly [string, readonly CheckResult[], Observation]>([
    ['nothing', [], { result: 'unknown', why: 'no check counts for this site' }],
    ['the slowest pass', [row(pass(3)), row(pass(9)), row(pass(5))], pass(9)],
    ['a warning', [row(pass(3)), row(pass(2, 'expires'))], pass(3, 'expires')],
    [
      'a fail among passes',
      [row(pass(3)), row(failed, two)],
      { ...failed, why: 'https://two at 192.0.2.1: status 500' },
    ],
    ['a fail of the site as a whole', [row(failed, one, null)], { ...failed, why: 'https://one: status 500' }],
    [
      'unknown among passes',
      [row(pass(3)), row(unknown)],
      { result: 'unknown', why: 'https://one at 192.0.2.1: no route' },
    ],
    ['a fail among unknowns', [row(unknown), row(failed)], { ...failed, why: 'https://one at 192.0.2.1: status 500' }],
    [
      'a resolved address we cannot judge',
      [row(pass(3), one, '192.0.2.1', true), row(unknown, one, '2001:db8::1', true)],
      pass(3),
    ],
    [
      'only resolved addresses we cannot judge',
      [row(unknown, one, '2001:db8::1', true)],
      { result: 'unknown', why: 'https://one at 2001:db8::1: no route' },
    ],
    [
      'a resolved address judged by another check only',
      [row(pass(3), two, '192.0.2.1', true), row(unknown, one, '192.0.2.1', true)],
      { result: 'unknown', why: 'https://one at 192.0.2.1: no route' },
    ],
    [
      'a resolved address that fails',
      [row(pass(3), one, '192.0.2.1', true), row(failed, one, '192.0.2.2', true)],
      { ...failed, why: 'https://one at 192.0.2.2: status 500' },
    ],
  ])('%s', (_, results, expected) => {
    expect(fold(results)).toEqual(expected);
  });
});

describe('a round', () => {
  test('asks every check at every address, and names what failed where', async () => {
    const server = await serve(ok(), '0.0.0.0');
    const good = check({ url: 'http://good', port: server.port });
    const bad = check({ url: 'tcp://bad', kind: 'tcp', port: server.port });
    const site = siteAt('a', '127.0.0.1', '127.0.0.2');
    expect(verdict(await prober([good]).probe(site))).toBe('pass');
    const results = await prober([good, bad]).probeSite(site);
    expect(results.map((result) => [result.check.url, result.address, verdict(result.observation)])).toEqual([
      ['http://good', '127.0.0.1', 'pass'],
      ['http://good', '127.0.0.2', 'pass'],
      ['tcp://bad', '127.0.0.1', 'pass'],
      ['tcp://bad', '127.0.0.2', 'pass'],
    ]);
  });

  test('P18 one family dead: the site fails, naming the address', async () => {
    const server = await serve(ok());
    const observation = await prober([check({ url: 'http://x', port: server.port })]).probe(
      siteAt('a', '127.0.0.1', '::1'),
    );
    expect(['connect', 'unknown']).toContain(verdict(observation));
    expect(why(observation)).toMatch(/^http:\/\/x at ::1: /);
  });

  test('the first fail decides at once and lets go of the rest', async () => {
    const silent = await serve(() => {});
    const refusing = await serve(says('HTTP/1.1 500 No\r\n\r\n'));
    const checks = [
      check({ url: 'http://silent', port: silent.port }),
      check({ url: 'http://bad', port: refusing.port }),
    ];
    const startedMs = performance.now();
    const observation = await prober(checks, { timeoutMs: 5_000 }).probe(siteAt('a', '127.0.0.1'));
    expect(why(observation)).toMatch(/^http:\/\/bad at 127.0.0.1: status 500/);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    for (let turn = 0; turn < 100 && silent.open() > 0; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(silent.open()).toBe(0);
  });

  test('close ends rounds under way', async () => {
    const silent = await serve(() => {});
    const closing = prober([check({ port: silent.port })], { timeoutMs: 10_000 });
    const startedMs = performance.now();
    const probing = closing.probe(siteAt('a', '127.0.0.1'));
    closing.close();
    expect(verdict(await probing)).toBe('unknown');
    expect(verdict(await closing.probe(siteAt('a', '127.0.0.1')))).toBe('unknown');
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    expect(verdict(await prober([check({ kind: 'tcp', port: silent.port })]).probe(siteAt('a', '127.0.0.1')))).toBe(
      'pass',
    );
    expect(silent.heard).toHaveLength(1);
  });

  test('shadow checks run, and do not count', async () => {
    const server = await serve(ok());
    const broken = await serve(says('HTTP/1.1 500 No\r\n\r\n'));
    const checks = [check({ port: server.port }), check({ url: 'shadow', shadow: true, port: broken.port })];
    const shadowed = new Promise<readonly CheckResult[]>((resolve) => {
      const watching = prober(checks, { shadow: (_, results) => resolve(results) });
      void watching.probe(siteAt('a', '127.0.0.1')).then((observation) => expect(verdict(observation)).toBe('pass'));
    });
    expect((await shadowed).map((result) => [result.check.url, verdict(result.observation)])).toEqual([
      ['shadow', 'status'],
    ]);
  });

  test('a site without counting checks is unknown', async () => {
    expect(verdict(await prober([]).probe(siteAt('a', '127.0.0.1')))).toBe('unknown');
    expect(verdict(await prober([check()]).probe(siteAt('b', '127.0.0.1')))).toBe('unknown');
  });

  test('a wildcard record is asked for as one of the names it covers', async () => {
    const server = await serve(ok());
    await prober([check({ port: server.port })], { record: '*.example.test' }).probe(siteAt('a', '127.0.0.1'));
    expect(server.heard[0]).toMatch(/Host: failoverd-check\.example\.test:/);
  });

  test('a check with its own host is asked once, there; {site} and {address} are replaced', async () => {
    const server = await serve(ok());
    const asked: string[] = [];
    const lookup: Lookup = async (name) => {
      asked.push(name);
      return ['127.0.0.1'];
    };
    const own = check({ host: '{site}.probe.example.test', path: '/{site}', port: server.port });
    const each = check({ host: 'probe.example.test', path: '/at/{address}', port: server.port });
    const site = siteAt('a', '192.0.2.1', '2001:db8::1');
    expect(verdict(await prober([own, each], resolving(lookup)).probe(site))).toBe('pass');
    expect(asked.sort()).toEqual(['a.probe.example.test', 'probe.example.test']);
    const requests = server.heard.map(
      (text) => /^GET (\S+).*\r\nHost: ([^:\r]+)/s.exec(text)?.slice(1).join(' ') ?? '',
    );
    expect(requests.sort()).toEqual([
      '/a a.probe.example.test',
      '/at/192.0.2.1 probe.example.test',
      '/at/2001:db8::1 probe.example.test',
    ]);
  });

  test('an exec check is told the record, the site and the address', async () => {
    const command = [
      '/bin/sh',
      '-c',
      'echo "$0 $1 $FAILOVERD_RECORD $FAILOVERD_SITE $FAILOVERD_ADDRESS"; exit 1',
      '{site}',
      '{address}',
    ];
    const observation = await prober([check({ kind: 'exec', command })]).probe(siteAt('a', '192.0.2.1'));
    expect(why(observation)).toMatch(/exit 1: a 192\.0\.2\.1 www\.example\.test a 192\.0\.2\.1$/);
  });
});

describe('P17 names', () => {
  const site = siteAt('a', 'lb.example.test');

  test.each<readonly [string, Lookup, boolean, string, RegExp]>([
    ['no such name', failing('ENOTFOUND'), true, 'dns', /resolving lb\.example\.test: no such host name/],
    ['no addresses', async () => [], true, 'dns', /has no address/],
    ['our resolver failed', failing('EAI_AGAIN'), true, 'unknown', /our resolver failed/],
    ['our resolver is silent', () => new Promise(() => {}), true, 'unknown', /did not answer/],
    ['an unheard-of error', failing('EWHATEVER'), true, 'unknown', /unexpected error/],
    ['a private address', async () => ['10.0.0.1'], false, 'dns', /10\.0\.0\.1: a private address/],
    ['one private address of two', async () => ['203.0.113.1', '127.0.0.1'], false, 'dns', /a loopback address/],
    ['a mapped address', async () => ['::ffff:10.0.0.1'], false, 'dns', /a private address/],
    ['the metadata service, even when private is allowed', async () => ['169.254.169.254'], true, 'dns', /metadata/],
    ['no address at all', async () => ['\x1b[2J'], true, 'dns', /\\x1b\[2J: not an IP address/],
  ])('%s', async (_, lookup, allowPrivate, expected, pattern) => {
    const checks = [check({ port: 1 })];
    for (const asked of [site, siteAt('a', '192.0.2.1')]) {
      const own = asked === site ? checks : [check({ host: 'lb.example.test', port: 1 })];
      const observation = await prober(own, { ...resolving(lookup), allowPrivate, timeoutMs: 300 }).probe(asked);
      expect(verdict(observation)).toBe(expected);
      expect(why(observation)).toMatch(pattern);
    }
  });

  test('50 addresses: the first eight are asked', async () => {
    const server = await serve(ok(), '0.0.0.0');
    const many = Array.from({ length: 50 }, (_, index) => `127.0.0.${index + 1}`);
    const observation = await prober(
      [check({ port: server.port })],
      resolving(async () => many),
    ).probe(site);
    expect(verdict(observation)).toBe('pass');
    expect(server.heard).toHaveLength(8);
    expect(server.heard[0]).toMatch(/Host: www\.example\.test:/);
  });

  test('T4 a name that changes its mind: resolved once, and that address is connected to', async () => {
    const server = await serve(ok());
    let asked = 0;
    const rebinding: Lookup = async () => (++asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    const own = prober([check({ host: 'rebind.example.test', port: server.port })], resolving(rebinding));
    expect(verdict(await own.probe(site))).toBe('pass');
    expect(asked).toBe(1);
    expect(verdict(await own.probe(site))).toBe('dns');
    expect(server.heard).toHaveLength(1);
  });

  test('a resolver that hangs is asked once, however often we probe', async () => {
    let asked = 0;
    const hanging: Lookup = () => {
      asked++;
      return new Promise(() => {});
    };
    const waiting = prober([check({ host: 'slow.example.test' })], { ...resolving(hanging), timeoutMs: 50 });
    for (let round = 0; round < 5; round++) expect(verdict(await waiting.probe(site))).toBe('unknown');
    expect(asked).toBe(1);
  });
});

test('S18 a secret that the answer repeats is shown nowhere, nor the query of where it redirects', async () => {
  const server = await serve(
    says('HTTP/1.1 302 M\r\nLocation: https://h/?token=hush-1&b\r\nContent-Length: 0\r\n\r\n'),
  );
  const told = await serve(says('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhush-2'));
  const redact = (text: string): string => text.replaceAll('hush-2', '[redacted]');
  const checks = [check({ port: server.port }), check({ port: told.port })];
  const results = await prober(checks, { redact, expect: expecting({ body: 'well' }) }).probeSite(
    siteAt('a', '127.0.0.1'),
  );
  expect(results.map(({ observation }) => why(observation))).toEqual([
    'status 302 redirects to "https://h/?token=…&…", which is not followed',
    'the body does not contain "well"; it begins "[redacted]"',
  ]);
});

describe('T3 addresses in disguise, with the system resolver', () => {
  const spellings = [
    '127.0.0.1',
    '127.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '0',
    '0.0.0.0',
    '127.0.0.1.',
    'localhost',
  ];
  const spellings6 = ['[::1]', '::1', '[::ffff:7f00:1]', '[::ffff:127.0.0.1]', '[::]', '[fe80::1]'];

  test.each([...spellings, ...spellings6])('%s is refused', async (host) => {
    const server = await serve(ok());
    const observation = await prober([check({ host, port: server.port })], { allowPrivate: false }).probe(
      siteAt('a', '192.0.2.1'),
    );
    expect(['dns', 'unknown']).toContain(verdict(observation));
    expect(why(observation)).toMatch(/address, which is allowed only with FAILOVERD_ALLOW_PRIVATE=true$/);
    expect(server.heard).toHaveLength(0);
  });

  test.each(['169.254.169.254', '[fd00:ec2::254]', '0xa9fea9fe', '[::ffff:a9fe:a9fe]'])(
    '%s is refused always',
    async (host) => {
      const observation = await prober([check({ host })]).probe(siteAt('a', '192.0.2.1'));
      expect(why(observation)).toMatch(/metadata service, which is never allowed$/);
    },
  );

  test("a site's own address is held to the same", async () => {
    const observation = await prober([check()], { allowPrivate: false }).probe(siteAt('a', '127.0.0.1'));
    expect(why(observation)).toMatch(/127\.0\.0\.1 refused: a loopback address/);
    expect(verdict(observation)).toBe('unknown');
  });

  test('localhost resolves, when private is allowed', async () => {
    const server = await serve(ok(), '0.0.0.0');
    const observation = await prober([check({ kind: 'tcp', host: '127.1', port: server.port })]).probe(
      siteAt('a', '192.0.2.1'),
    );
    expect(verdict(observation)).toBe('pass');
  });
});
