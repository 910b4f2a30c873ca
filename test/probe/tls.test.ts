import { X509Certificate } from 'node:crypto';
import type { SecureVersion, TlsOptions } from 'node:tls';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Observation } from '../../src/domain/types';
import type { ContextOptions } from '../../src/probe/context';
import { startDeadline } from '../../src/probe/deadline';
import { probeTls } from '../../src/probe/tls';
import { type BadServer, badServer, type Misbehave, ok, says } from './bad-servers';
import { askHttp, calm, context, pem, verdict, why } from './setup';

const expiresMs = new X509Certificate(pem('good.pem')).validTo;
const daysBefore = (days: number) => (): number => Date.parse(expiresMs) - days * 86_400_000;
const oldest: SecureVersion = 'TLSv1';

interface Row {
  readonly name: string;
  readonly certificate?: string;
  readonly as?: string;
  readonly server?: Partial<TlsOptions> | 'plain' | 'silent';
  readonly context?: Partial<ContextOptions>;
  readonly expected: string;
  readonly why?: RegExp;
}

const jumped = { ...calm, clockSuspect: () => true };
const rows: readonly Row[] = [
  { name: 'a good certificate', expected: 'pass', why: /^$/ },
  { name: 'a good certificate for an address', as: '127.0.0.1', expected: 'pass' },
  { name: 'another address', as: '203.0.113.10', expected: 'tls', why: /for another host/ },
  { name: 'P10 expired', certificate: 'expired', expected: 'tls', why: /certificate expired \(CERT_HAS_EXPIRED\)/ },
  {
    name: 'P10 expired, but our clock jumped',
    certificate: 'expired',
    context: { self: jumped },
    expected: 'unknown',
    why: /clock/,
  },
  { name: 'P10 wrong host', certificate: 'stranger', expected: 'tls', why: /for another host/ },
  { name: 'P10 unknown CA', certificate: 'selfsigned', expected: 'tls', why: /unknown CA/ },
  { name: 'P10 unknown CA, none of ours', context: { ca: pem('selfsigned.pem') }, expected: 'tls', why: /unknown CA/ },
  {
    name: 'P10 weak protocol',
    server: { minVersion: oldest, maxVersion: oldest, ciphers: 'DEFAULT:@SECLEVEL=0' },
    expected: 'tls',
    why: /protocol/,
  },
  { name: 'P10 no TLS at all', server: 'plain', expected: 'tls', why: /wrong version number/i },
  { name: 'the handshake never ends', server: 'silent', expected: 'timeout', why: /in the TLS handshake/ },
  { name: 'P11 expires in 15 days', context: { wallMs: daysBefore(15) }, expected: 'pass', why: /^$/ },
  {
    name: 'P11 expires in 10 days',
    context: { wallMs: daysBefore(10) },
    expected: 'pass',
    why: /expires in 10.0 days/,
  },
  {
    name: 'P11 expires in 10 days, if our clock is right',
    context: { wallMs: daysBefore(10), self: jumped },
    expected: 'pass',
    why: /^$/,
  },
];

const servers: BadServer[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

async function serve(row: Row, misbehave: Misbehave): Promise<BadServer> {
  const { certificate = 'good', server: kind = {} } = row;
  const options = { cert: pem(`${certificate}.pem`), key: pem(`${certificate}-test-only.key`) };
  const plain = kind === 'silent' ? () => {} : says('HTTP/1.1 400 Bad\r\n\r\n');
  const server = await (typeof kind === 'string' ? badServer(plain) : badServer(misbehave, { ...options, ...kind }));
  servers.push(server);
  return server;
}

function hold(row: Row, observation: Observation): void {
  expect(`${verdict(observation)} ${why(observation)}`).toMatch(new RegExp(`^${row.expected} `));
  if (row.why !== undefined) expect(why(observation)).toMatch(row.why);
}

describe('a TLS probe', () => {
  test.each(rows)('$name: $expected', async (row) => {
    const server = await serve(row, () => {});
    const target = { address: '127.0.0.1', port: server.port, name: row.as ?? 'www.example.test' };
    const deadline = startDeadline(row.expected === 'timeout' ? 150 : 2_000);
    hold(row, await probeTls(target, context(row.context), deadline));
    deadline.cancel();
  });
});

describe('an HTTPS probe', () => {
  test.each(rows)('$name: $expected', async (row) => {
    const server = await serve(row, ok());
    const timeoutMs = row.expected === 'timeout' ? 150 : 2_000;
    const name = row.as ?? 'www.example.test';
    hold(row, await askHttp(server.port, { secure: true, name, timeoutMs, context: context(row.context) }));
  });

  test('shakes hands in full every time, or a new certificate would go unseen', async () => {
    const reused: boolean[] = [];
    const server = await serve({ name: '', expected: 'pass' }, (socket) => {
      if ('isSessionReused' in socket && typeof socket.isSessionReused === 'function')
        reused.push(socket.isSessionReused());
      ok()(socket);
    });
    const shared = context();
    for (let round = 0; round < 3; round++) await askHttp(server.port, { secure: true, context: shared });
    expect(reused).toEqual([false, false, false]);
  });

  test('P09 a body without end is cut over TLS too', async () => {
    const server = await serve({ name: '', expected: 'oversize' }, (socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        const pour = (): void => {
          while (!socket.destroyed && socket.write(`1;${'e'.repeat(90)}\r\nx\r\n`));
        };
        socket.on('drain', pour);
        pour();
      }),
    );
    expect(verdict(await askHttp(server.port, { secure: true, context: context() }))).toBe('oversize');
  });
});
