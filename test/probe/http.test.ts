import { afterAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../free-port';
import { type BadServer, badServer, drips, floods, gzipBomb, type Misbehave, ok, says } from './bad-servers';
import { type Ask, askHttp, context, verdict, why } from './setup';

const shared = context();
const head = 'HTTP/1.1 200 OK\r\n';
const megabyte = Buffer.alloc(1024 * 1024, 'x');

interface Row {
  readonly name: string;
  readonly server: Misbehave;
  readonly ask?: Ask;
  readonly expected: string;
  readonly why?: RegExp;
}

const rows: readonly Row[] = [
  { name: 'a proper answer', server: ok(), expected: 'pass' },
  { name: 'no length, closed at the end', server: says(`${head}\r\nok`), ask: { body: 'ok' }, expected: 'pass' },
  {
    name: 'P04 500',
    server: says('HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n'),
    expected: 'status',
    why: /500, expected 200-299/,
  },
  {
    name: 'P04 503',
    server: says('HTTP/1.1 503 \x1b[2J\r\nContent-Length: 0\r\n\r\n'),
    expected: 'status',
    why: /^[ -~]+$/,
  },
  { name: 'P05 404', server: says('HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n'), expected: 'status' },
  {
    name: 'status 204 expected',
    server: says('HTTP/1.1 204 No\r\n\r\n'),
    ask: { status: [[204, 204]] },
    expected: 'pass',
  },
  {
    name: 'status 200, 204 expected',
    server: ok(),
    ask: { status: [[204, 204]] },
    expected: 'status',
    why: /expected 204$/,
  },
  {
    name: 'P06 301 to the same host',
    server: says('HTTP/1.1 301 M\r\nLocation: http://www.example.test/other\r\nContent-Length: 0\r\n\r\n'),
    expected: 'redirect',
    why: /301 redirects to "http:\/\/www.example.test\/other"/,
  },
  {
    name: 'P06 302 to the metadata service',
    server: says('HTTP/1.1 302 M\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n'),
    expected: 'redirect',
  },
  {
    name: 'P06 a redirect that is expected',
    server: says('HTTP/1.1 301 M\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
    ask: { status: [[300, 399]] },
    expected: 'pass',
  },
  {
    name: 'P07 a stranger answers',
    server: ok('<html>domain for sale'),
    ask: { body: 'image-service ok' },
    expected: 'body',
    why: /domain for sale/,
  },
  { name: 'the right body', server: ok('image-service ok'), ask: { body: 'image-service ok' }, expected: 'pass' },
  {
    name: 'the right JSON',
    server: ok('{"a":{"b/c":[0,"up"]}}'),
    ask: { json: { pointer: '/a/b~1c/1', value: 'up' } },
    expected: 'pass',
  },
  {
    name: 'the wrong JSON',
    server: ok('{"status":"degraded"}'),
    ask: { json: { pointer: '/status', value: 'ok' } },
    expected: 'body',
    why: /"degraded", expected "ok"/,
  },
  {
    name: 'not JSON',
    server: ok('<html>'),
    ask: { json: { pointer: '/status', value: 'ok' } },
    expected: 'body',
    why: /not JSON/,
  },
  {
    name: 'JSON nested beyond reason',
    server: ok('['.repeat(60_000)),
    ask: { json: { pointer: '/0', value: 'ok' } },
    expected: 'body',
  },
  {
    name: 'X05 a body that forges a log line',
    server: ok('\n{"level":"info","msg":"switched"}\x1b[2J'),
    ask: { body: 'ok!' },
    expected: 'body',
    why: /^[ -~]+$/,
  },
  {
    name: 'P08 the body never ends',
    server: drips(`${head}\r\n`, 'x', 20),
    ask: { timeoutMs: 200 },
    expected: 'timeout',
    why: /200 ms, reading the body \(\d+ bytes/,
  },
  {
    name: 'P08 the headers never end',
    server: drips(head, 'X-A: b\r\n', 20),
    ask: { timeoutMs: 200 },
    expected: 'timeout',
    why: /waiting for the answer/,
  },
  {
    name: 'P08 nothing is said',
    server: () => {},
    ask: { timeoutMs: 200 },
    expected: 'timeout',
    why: /waiting for the answer/,
  },
  {
    name: 'slow, but right',
    server: (socket) => socket.once('data', () => setTimeout(() => socket.end(`${head}\r\nok`), 80)),
    ask: { maxLatencyMs: 40 },
    expected: 'latency',
    why: /at most 40 ms/,
  },
  {
    name: 'P03 reset in the body',
    server: (socket) =>
      socket.once('data', () => socket.write(`${head}Content-Length: 99\r\n\r\nxx`, () => socket.resetAndDestroy())),
    expected: 'reset',
  },
  { name: 'P03 reset at once', server: (socket) => socket.resetAndDestroy(), expected: 'reset' },
  { name: 'P03 closed without an answer', server: says(''), expected: 'reset' },
  {
    name: 'P03 the body is shorter than it claims',
    server: says(`${head}Content-Length: 99\r\n\r\nxx`),
    expected: 'reset',
  },
  {
    name: 'P03 chunks break off',
    server: says(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`),
    expected: 'reset',
  },
  { name: 'P09 a body without end', server: floods(`${head}\r\n`, megabyte), expected: 'oversize', why: /65536 bytes/ },
  {
    name: 'P09 10 GB announced',
    server: says(`${head}Content-Length: 10737418240\r\n\r\n`, true),
    expected: 'oversize',
  },
  { name: 'P09 one byte too many', server: ok('x'.repeat(65_537)), expected: 'oversize' },
  {
    name: 'P09 one byte too many, unannounced',
    server: says(`${head}\r\n${'x'.repeat(65_537)}`),
    expected: 'oversize',
  },
  {
    name: 'P09 20 kB in chunks of one byte: 120 kB on the wire',
    server: says(`${head}Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(20_000)}0\r\n\r\n`),
    expected: 'oversize',
    why: /98304 bytes on the wire/,
  },
  { name: 'the largest body', server: ok(`${'x'.repeat(65_534)}ok`), ask: { body: 'ok' }, expected: 'pass' },
  {
    name: 'P09 endless chunks',
    server: floods(`${head}Transfer-Encoding: chunked\r\n\r\n`, `1000\r\n${'x'.repeat(4096)}\r\n`),
    expected: 'oversize',
  },
  {
    name: 'P09 tiny chunks, large on the wire',
    server: floods(`${head}Transfer-Encoding: chunked\r\n\r\n`, `1;${'e'.repeat(90)}\r\nx\r\n`),
    expected: 'oversize',
  },
  {
    name: 'P09 endless chunk extension',
    server: floods(`${head}Transfer-Encoding: chunked\r\n\r\n1;`, 'e'.repeat(4096)),
    expected: 'oversize',
  },
  {
    name: 'P09 10 000 headers',
    server: says(`${head}${'X-A: b\r\n'.repeat(10_000)}\r\n`),
    expected: 'oversize',
    why: /16 kB/,
  },
  { name: 'P09 one endless header', server: floods(`${head}X-A: `, 'a'.repeat(4096)), expected: 'oversize' },
  {
    name: 'P09 endless trailers',
    server: floods(`${head}Transfer-Encoding: chunked\r\n\r\n0\r\n`, 'X-A: b\r\n'),
    expected: 'oversize',
  },
  {
    name: 'P09 gzip bomb, nothing expected of it',
    server: says(Buffer.concat([Buffer.from(`${head}Content-Encoding: gzip\r\n\r\n`), gzipBomb().subarray(0, 60_000)])),
    expected: 'pass',
  },
  {
    name: 'P09 gzip bomb, looked into',
    server: says(Buffer.concat([Buffer.from(`${head}Content-Encoding: gzip\r\n\r\n`), gzipBomb().subarray(0, 60_000)])),
    ask: { body: 'ok' },
    expected: 'body',
    why: /compressed \(gzip\)/,
  },
  {
    name: 'T5 interim answers without end',
    server: floods('', 'HTTP/1.1 103 Early Hints\r\n\r\n'),
    expected: 'protocol',
    why: /interim/,
  },
  {
    name: 'interim answers before a proper one',
    server: says(`HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\n\r\n${head}Content-Length: 2\r\n\r\nok`),
    expected: 'pass',
  },
  {
    name: 'P22 switches protocols, unasked',
    server: says('HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', true),
    expected: 'protocol',
  },
  {
    name: 'P22 garbage',
    server: says(Buffer.from([0, 255, 17, 3, 13, 10, 200, 13, 10, 13, 10])),
    expected: 'protocol',
  },
  { name: 'P22 HTTP/0.9', server: says('<html>hello</html>'), expected: 'protocol' },
  { name: 'P22 another protocol speaks', server: says('SSH-2.0-OpenSSH_9.2\r\n'), expected: 'protocol' },
  { name: 'P22 a status that is none', server: says('HTTP/1.1 99999 OK\r\n\r\n'), expected: 'protocol' },
  {
    name: 'P22 two lengths',
    server: says(`${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!`),
    expected: 'protocol',
  },
  {
    name: 'P22 a length and chunks',
    server: says(`${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    expected: 'protocol',
  },
  { name: 'P22 a broken chunk', server: says(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`), expected: 'protocol' },
  {
    name: 'P22 invalid UTF-8',
    server: says(Buffer.concat([Buffer.from(`${head}\r\n`), Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x32, 0x4a])])),
    ask: { body: 'ok' },
    expected: 'body',
    why: /^[ -~\ufffd]+$/,
  },
  {
    name: 'a second answer is ignored',
    server: says(`${head}Content-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\n`),
    expected: 'pass',
  },
];

describe('an HTTP probe', () => {
  const servers: BadServer[] = [];
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });

  test.each(rows)('$name: $expected', async ({ server: misbehave, ask = {}, expected, why: pattern }) => {
    const server = await badServer(misbehave);
    servers.push(server);
    const observation = await askHttp(server.port, { context: shared, ...ask });
    expect(`${verdict(observation)} ${why(observation)}`).toMatch(new RegExp(`^${expected} `));
    if (pattern !== undefined) expect(why(observation)).toMatch(pattern);
    expect(why(observation).length).toBeLessThan(400);
    expect(server.heard).toHaveLength(1);
  });

  test('P01 connection refused', async () => {
    expect(verdict(await askHttp(await freePort(), { context: shared }))).toBe('connect');
  });

  test('P06 where a redirect points is never contacted', async () => {
    const elsewhere = await badServer(ok());
    const location = `Location: http://127.0.0.1:${elsewhere.port}/`;
    const server = await badServer(says(`HTTP/1.1 302 M\r\n${location}\r\nContent-Length: 0\r\n\r\n`));
    servers.push(server, elsewhere);
    expect(verdict(await askHttp(server.port, { context: shared }))).toBe('redirect');
    expect(verdict(await askHttp(server.port, { context: shared, status: [[302, 302]] }))).toBe('pass');
    expect(elsewhere.heard).toHaveLength(0);
  });

  test('T3 a proxy in the environment diverts nothing', async () => {
    const [server, proxy] = [await badServer(ok()), await badServer(ok())];
    servers.push(server, proxy);
    const before = process.env;
    const diverting = `http://127.0.0.1:${proxy.port}`;
    process.env = { ...before, HTTP_PROXY: diverting, http_proxy: diverting };
    const observation = await askHttp(server.port, { context: shared });
    process.env = before;
    expect(verdict(observation)).toBe('pass');
    expect(server.heard[0]).toMatch(/^GET \/health /);
    expect(proxy.heard).toHaveLength(0);
  });

  test('asks plainly: one GET for this probe alone, as the record, no compression, no proxy', async () => {
    const server = await badServer(ok());
    servers.push(server);
    expect(verdict(await askHttp(server.port, { context: shared }))).toBe('pass');
    const lines = (server.heard[0] ?? '').split('\r\n').filter((line) => line !== '');
    expect(lines.sort()).toEqual([
      'Accept: */*',
      'Connection: close',
      'GET /health HTTP/1.1',
      `Host: www.example.test:${server.port}`,
      'User-Agent: failoverd/test',
    ]);
  });
});
