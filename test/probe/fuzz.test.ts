import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { failClasses } from '../../src/domain/types';
import { startDeadline } from '../../src/probe/deadline';
import { probeTls } from '../../src/probe/tls';
import { type BadServer, badServer } from './bad-servers';
import { askHttp, context, expecting, verdict, why } from './setup';

const shared = context();
const results: readonly string[] = ['pass', 'unknown', ...failClasses];

/** Lines that get past the first checks of an HTTP parser, as plain noise never does. */
const statusLines = [
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.0 302 \r\n',
  'HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 \xff\r\n',
  'HTTP/1.1 ',
] as const;
const headers = [
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Encoding: gzip\r\n',
  'Location: \xffhttp://169.254.169.254/\r\n',
  'Connection: keep-alive\r\n',
] as const;
const bodies = ['5\r\nhello\r\n', '0\r\n\r\n', 'ffffffffffffffff\r\n', '{"status":"ok"}', '\x1b[2J\n'] as const;

const noise = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
const oneOf = (texts: readonly string[]) => fc.constantFrom(...texts).map((text) => Buffer.from(text, 'latin1'));
const some = (texts: readonly string[]) =>
  fc.array(fc.oneof({ arbitrary: oneOf(texts), weight: 5 }, { arbitrary: noise, weight: 1 }), { maxLength: 3 });
const likely = fc
  .tuple(oneOf(statusLines), some(headers), some(bodies))
  .map(([status, fields, body]) => Buffer.concat([status, ...fields, Buffer.from('\r\n'), ...body]));
const answers = fc.oneof(noise, likely);

describe('hostile bytes', () => {
  let answer: Buffer = Buffer.alloc(0);
  let server: BadServer;
  beforeAll(async () => {
    server = await badServer((socket) => socket.once('data', () => socket.end(answer)));
  });
  afterAll(() => server.close());

  test('any bytes for an HTTP answer give an observation that can be printed', async () => {
    const seen = new Set<string>();
    const wanted = expecting({ body: 'ok', json: { pointer: '/status', value: 'ok' } });
    await fc.assert(
      fc.asyncProperty(answers, async (bytes) => {
        answer = bytes;
        const observation = await askHttp(server.port, { context: shared, ...wanted });
        seen.add(verdict(observation));
        expect(results).toContain(verdict(observation));
        expect(verdict(observation)).not.toBe('unknown');
        expect(why(observation)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(why(observation).length).toBeLessThan(500);
      }),
      { numRuns: 600 },
    );
    for (const common of ['protocol', 'body', 'redirect', 'reset']) expect(seen).toContain(common);
  });

  test('any bytes for a TLS handshake', async () => {
    await fc.assert(
      fc.asyncProperty(noise, async (bytes) => {
        answer = bytes;
        const deadline = startDeadline(2_000);
        const target = { address: '127.0.0.1', port: server.port, name: 'www.example.test' };
        const observation = await probeTls(target, shared, deadline);
        deadline.cancel();
        expect(['tls', 'reset']).toContain(verdict(observation));
        expect(why(observation)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 150 },
    );
  });
});
