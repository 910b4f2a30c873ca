import { describe, expect, test } from '@jest/globals';
import { probeCanary } from '../../src/probe/canary';
import type { Check } from '../../src/probe/check';
import { freePort } from '../free-port';
import { badServer, type Misbehave, ok, says } from './bad-servers';
import { check, context, pem } from './setup';

const stranger = { cert: pem('stranger.pem'), key: pem('stranger-test-only.key') };

const rows: readonly (readonly [string, Check['kind'], Misbehave, boolean])[] = [
  ['an HTTP answer', 'http', ok(), true],
  ['any HTTP status', 'http', says('HTTP/1.1 503 No\r\n\r\n'), true],
  ['a redirect', 'http', says('HTTP/1.1 302 M\r\nLocation: http://169.254.169.254/\r\n\r\n'), true],
  ['garbage is an answer', 'http', says('SSH-2.0-OpenSSH\r\n'), true],
  ['silence', 'http', () => {}, false],
  ['a reset', 'http', (socket) => socket.resetAndDestroy(), false],
  ['a connection', 'tcp', () => {}, true],
  ['a handshake, with any certificate', 'tls', () => {}, true],
  ['an HTTPS answer, with any certificate', 'https', ok(), true],
];

describe('probeCanary', () => {
  test.each(rows)('%s (%s)', async (_, kind, misbehave, expected) => {
    const server = await badServer(misbehave, kind === 'tls' || kind === 'https' ? stranger : undefined);
    const canary = check({ kind, host: '127.0.0.1', port: server.port });
    expect(await probeCanary(canary, { context: context(), timeoutMs: 300, allowPrivate: true })).toBe(expected);
    await server.close();
  });

  test('nobody there, a private address, a failing program', async () => {
    const gone = check({ kind: 'tcp', host: '127.0.0.1', port: await freePort() });
    const options = { context: context(), timeoutMs: 1_000, allowPrivate: true };
    expect(await probeCanary(gone, options)).toBe(false);
    const server = await badServer(() => {});
    const there = check({ kind: 'tcp', host: '127.0.0.1', port: server.port });
    expect(await probeCanary(there, { ...options, allowPrivate: false })).toBe(false);
    await server.close();
    expect(await probeCanary(check({ kind: 'exec', command: ['/bin/false'] }), options)).toBe(false);
    expect(await probeCanary(check({ kind: 'exec', command: ['/bin/true'] }), options)).toBe(true);
  });
});
