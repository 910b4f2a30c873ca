import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { isExposed, isServiceUrl, openRest, type RestInput } from '../../providers/http';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A client of a server that answers like that. */
async function open(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  over: Partial<RestInput> = {},
) {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const rest = openRest({ url: `http://127.0.0.1:${port}`, headers: {}, secrets: [], bodyLimitBytes: 10_000, ...over });
  const ask = (ms = 10_000) => rest.ask({ what: 'ask', method: 'GET', path: '/' }, AbortSignal.timeout(ms));
  return { ask, rest };
}

describe('answers', () => {
  const drips = 'an answer that drips';
  const json = JSON.stringify({ ok: true });
  const rows: readonly (readonly [string, (response: ServerResponse) => void, object])[] = [
    ['JSON', (response) => response.end(json), { ok: true, body: { ok: true } }],
    [
      'JSON, compressed unasked: not inflated',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(json)),
      { ok: true, body: undefined },
    ],
    [
      'a bomb',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(9_000_000))),
      { ok: true, body: undefined },
    ],
    [
      'as long as the limit',
      (response) => response.end(`"${'x'.repeat(9_998)}"`),
      { ok: true, body: 'x'.repeat(9_998) },
    ],
    [
      'one byte longer',
      (response) => response.end(`"${'x'.repeat(9_999)}"`),
      { ok: false, code: 'unknown', status: 'oversize' },
    ],
    [
      'a length that is not kept',
      (response) => response.writeHead(200, { 'content-length': '5000' }).end('x', () => response.destroy()),
      { ok: false, code: 'unknown', status: null },
    ],
    [drips, (response) => void drip(response), { ok: false, code: 'unknown', status: null }],
    [
      'headers without end',
      (response) =>
        response
          .writeHead(200, Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`x-${index}`, 'y'.repeat(50)])))
          .end(),
      { ok: false, code: 'unknown' },
    ],
    [
      'no HTTP',
      (response) => response.socket?.end('SSH-2.0-OpenSSH\r\n'),
      { ok: false, code: 'unknown', status: null },
    ],
    [
      'an end before the answer',
      (response) => response.socket?.destroy(),
      { ok: false, code: 'unknown', status: null },
    ],
    [
      'an error as long as the limit',
      (response) => response.writeHead(500).end('x'.repeat(9_000)),
      { ok: false, status: 500 },
    ],
  ];
  test.each(rows)('%s', async (what, answer, expected) => {
    const { ask } = await open((_request, response) => answer(response));
    const got = await (what === drips ? ask(400) : ask());
    expect(got).toMatchObject(expected);
    if (!got.ok) expect(got.why.length).toBeLessThan(300);
  });
});

test('each request has a connection of its own, and says who asks', async () => {
  const ports = new Set<number | undefined>();
  const { ask } = await open((request, response) => {
    ports.add(request.socket.remotePort);
    response.end(JSON.stringify(request.headers));
  });
  for (let round = 0; round < 3; round++) {
    const answer = await ask();
    expect(answer.ok && answer.body).toMatchObject({ 'user-agent': 'failoverd', connection: 'close' });
    expect(answer.ok && answer.body).not.toHaveProperty('accept-encoding');
  }
  expect(ports.size).toBe(3);
});

test('proxy variables divert nothing', async () => {
  const { ask } = await open((_, response) => response.end('1'));
  Object.assign(process.env, { HTTP_PROXY: 'http://127.0.0.1:9', http_proxy: 'http://127.0.0.1:9' });
  try {
    expect(await ask()).toMatchObject({ ok: true, body: 1 });
  } finally {
    delete process.env['HTTP_PROXY'];
    delete process.env['http_proxy'];
  }
});

test('stopped before it began: surely not sent; a secret in an answer is blotted out', async () => {
  let asked = 0;
  const { ask, rest } = await open(
    (_, response) => {
      asked++;
      response.writeHead(403).end('for abc');
    },
    { secrets: ['abc'] },
  );
  const question = { what: 'ask', method: 'GET', path: '/' } as const;
  expect(await rest.ask(question, AbortSignal.abort())).toMatchObject({ ok: false, code: 'unavailable' });
  expect(asked).toBe(0);
  expect(await ask()).toMatchObject({ ok: false, code: 'denied', why: 'ask: HTTP 403, "for [secret]"' });
});

test.each([
  ['http://127.0.0.1:8081', true, false],
  ['http://localhost', true, false],
  ['http://[::1]:1', true, false],
  ['https://dns.example.com/x', true, false],
  ['http://dns.example.com', true, true],
  ['http://127.0.0.1.example.com', true, true],
  ['ftp://127.0.0.1', false, false],
  ['http://a@127.0.0.1', false, false],
  ['http://127.0.0.1/?a', false, false],
])('%s', (url, service, exposed) => {
  expect([isServiceUrl(url), service && isExposed(url)]).toEqual([service, exposed]);
});

async function drip(response: ServerResponse): Promise<void> {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
}
