import { expect, test } from '@jest/globals';
import type { Answer as Rr } from 'dns-packet';
import { type Lookup, systemResolver } from '../../src/dns/system';
import { always, type FakeServer, fakeServer, reply } from './fake-server';

const ns = (name: string): Rr => ({ type: 'NS', name, ttl: 60, data: 'ns1.example.net' });
const table: Readonly<Record<string, readonly Rr[]>> = {
  'example.com NS': [ns('example.com'), { ...ns('example.com'), data: 'ns2.example.net' } as Rr],
  'alias.example.com NS': [
    { type: 'CNAME', name: 'alias.example.com', ttl: 60, data: 'other.example' },
    ns('other.example'),
  ],
  'alias.example.com CNAME': [{ type: 'CNAME', name: 'alias.example.com', ttl: 60, data: 'other.example' }],
  'both.example.net A': [{ type: 'A', name: 'both.example.net', ttl: 60, data: '192.0.2.1' }],
  'both.example.net AAAA': [{ type: 'AAAA', name: 'both.example.net', ttl: 60, data: '2001:db8::1' }],
  'half.example.net A': [{ type: 'A', name: 'half.example.net', ttl: 60, data: '192.0.2.2' }],
};

async function recursive(): Promise<FakeServer> {
  return fakeServer(
    always((asked) => {
      if (asked.name === 'half.example.net' && asked.type === 'AAAA') return reply(asked, { rcode: 2 });
      if (asked.name.startsWith('broken.')) return reply(asked, { rcode: 2 });
      const exists = Object.keys(table).some((key) => key.startsWith(`${asked.name} `));
      return reply(asked, { answers: table[`${asked.name} ${asked.type}`] ?? [], rcode: exists ? 0 : 3 });
    }),
  );
}

const line = (lookup: Lookup) =>
  lookup.ok ? [...lookup.values].sort().join(' ') : lookup.absent ? 'absent' : `failed: ${lookup.why}`;

const rows: readonly (readonly ['ns' | 'addresses', string, string])[] = [
  ['ns', 'example.com', 'ns1.example.net ns2.example.net'],
  ['ns', 'both.example.net', 'absent'],
  ['ns', 'nowhere.example.net', 'absent'],
  ['ns', 'alias.example.com', 'absent'],
  ['ns', 'broken.example.com', 'failed: ESERVFAIL'],
  ['addresses', 'both.example.net', '192.0.2.1 2001:db8::1'],
  ['addresses', 'half.example.net', '192.0.2.2'],
  ['addresses', 'example.com', 'absent'],
  ['addresses', 'broken.example.com', 'failed: ESERVFAIL'],
];

test.each(rows)('%s of %s: %s', async (method, name, expected) => {
  const server = await recursive();
  try {
    const resolver = systemResolver(1_000, [`127.0.0.1:${server.port}`]);
    expect(line(await resolver[method](name, new AbortController().signal))).toBe(expected);
  } finally {
    await server.close();
  }
});

test('a lookup ends with its signal', async () => {
  const server = await fakeServer({ udp: () => [], tcp: () => () => undefined });
  const stop = new AbortController();
  const lookup = systemResolver(5_000, [`127.0.0.1:${server.port}`]).addresses('both.example.net', stop.signal);
  setImmediate(() => stop.abort());
  expect(line(await lookup)).toBe('failed: ECANCELLED');
  await server.close();
});
