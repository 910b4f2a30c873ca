import { expect, test } from '@jest/globals';
import { builtinProvider } from '../../providers/builtin/adapter';
import type { Server } from '../../providers/builtin/server';

/** Where it listens, and what is told of that. */
test.each([
  ['127.0.0.1', 5353, ['only this machine can ask']],
  ['::1', 53, ['only this machine can ask']],
  ['127.0.0.53', 53, ['only this machine can ask']],
  ['192.0.2.53', 53, []],
  ['2001:db8::53', 53, []],
  ['192.0.2.53', 5353, ['resolvers ask port 53 only']],
  ['0.0.0.0', 53, ['listening on every address']],
  ['::', 5353, ['resolvers ask port 53 only', 'listening on every address']],
])('listening on %s port %i', async (host, port, expected) => {
  const found = { sets: [], marker: null, foreignMarker: null, obstacles: [] };
  const server: Server = {
    host,
    port,
    ask: async () => ({ ok: true, told: { op: 'read', reading: { ok: true, found, proof: 'dns' }, notes: [] } }),
    attach: async () => ({ ok: true, told: { op: 'attach' } }),
    deaths: () => ({ count: 0, why: '' }),
    close: async () => {},
  };
  const attachment = { record: 'www.example.test', zone: 'example.test', directory: '/nonexistent' };
  const findings = await builtinProvider(server, attachment, async () => {}).preflight(AbortSignal.timeout(5_000));
  const warnings = findings.filter(({ level }) => level !== 'ok').map(({ text }) => text);
  expect(warnings).toEqual(expected.map((text) => expect.stringContaining(text)));
});
