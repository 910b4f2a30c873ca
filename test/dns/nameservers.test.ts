import { describe, expect, test } from '@jest/globals';
import { createNameServers, type Listing, type NameServersInput } from '../../src/dns/nameservers';
import type { Lookup, SystemResolver } from '../../src/dns/system';

const record = 'www.eu.example.com';
const signal = new AbortController().signal;
const absent: Lookup = { ok: false, absent: true, why: 'ENODATA' };
const failed: Lookup = { ok: false, absent: false, why: 'ETIMEOUT' };
const has = (...values: readonly string[]): Lookup => ({ ok: true, values });

/** A resolver whose table the test may change; it notes what it was asked. */
function resolver(table: Record<string, Lookup>): SystemResolver & { readonly asked: string[] } {
  const asked: string[] = [];
  const look = async (key: string) => {
    asked.push(key);
    return table[key] ?? absent;
  };
  return { asked, ns: (name) => look(`NS ${name}`), addresses: (host) => look(host) };
}

function input(more: Partial<NameServersInput>): NameServersInput {
  return {
    record,
    zone: null,
    configured: [],
    provided: async () => [],
    managed: [record],
    resolver: resolver({}),
    nowMs: () => 0,
    ...more,
  };
}

function line(listing: Listing): string {
  if (!listing.ok) return `! ${listing.why}`;
  const servers = listing.servers.map(({ name, address, port }) => `${name}=${address}#${port}`);
  return [...servers, ...listing.lost.map(({ name, why }) => `lost ${name}: ${why}`), `zone ${listing.zone}`].join(
    ', ',
  );
}

const hosts = { 'ns1.example.net': has('192.0.2.1', '2001:db8::1'), 'ns2.example.net': has('192.0.2.2') };
const both = 'ns1.example.net=192.0.2.1#53, ns1.example.net=2001:db8::1#53, ns2.example.net=192.0.2.2#53';

describe('who is asked', () => {
  const rows: readonly (readonly [string, Partial<NameServersInput>, string])[] = [
    [
      'the configured ones before all others',
      {
        configured: ['192.0.2.9', '192.0.2.9:5353', '2001:DB8:0::9', '[2001:db8::9]:54'],
        provided: async () => ['192.0.2.8'],
        resolver: resolver({ 'NS example.com': has('ns1.example.net'), ...hosts }),
      },
      '192.0.2.9=192.0.2.9#53, 192.0.2.9=192.0.2.9#5353, 2001:db8::9=2001:db8::9#53, 2001:db8::9=2001:db8::9#54, zone null',
    ],
    [
      'with @ among the provider’s, the zone’s beside them',
      {
        provided: async () => ['192.0.2.8:5300', '@'],
        resolver: resolver({ 'NS example.com': has('ns2.example.net'), ...hosts }),
      },
      '192.0.2.8=192.0.2.8#5300, ns2.example.net=192.0.2.2#53, zone example.com',
    ],
    [
      'with @ among them, they are not enough when the zone’s cannot be had',
      {
        provided: async () => ['192.0.2.8:5300', '@'],
        zone: 'example.com',
        resolver: resolver({ 'NS example.com': failed }),
      },
      '! NS of example.com: ETIMEOUT',
    ],
    [
      'then the provider’s, by address or by name',
      { provided: async () => ['192.0.2.8:5300', 'NS2.example.net.', 'ns2.example.net:54'], resolver: resolver(hosts) },
      '192.0.2.8=192.0.2.8#5300, ns2.example.net=192.0.2.2#53, ns2.example.net=192.0.2.2#54, zone null',
    ],
    [
      'then the NS of the zone, found upwards from the record',
      { resolver: resolver({ 'NS example.com': has('ns1.example.net', 'ns2.example.net'), ...hosts }) },
      `${both}, zone example.com`,
    ],
    [
      'the deepest zone cut',
      {
        resolver: resolver({
          'NS eu.example.com': has('ns2.example.net'),
          'NS example.com': has('ns1.example.net'),
          ...hosts,
        }),
      },
      'ns2.example.net=192.0.2.2#53, zone eu.example.com',
    ],
    [
      'a record at the top of its zone',
      { resolver: resolver({ [`NS ${record}`]: has('ns2.example.net'), ...hosts }) },
      `ns2.example.net=192.0.2.2#53, zone ${record}`,
    ],
    [
      'a configured zone is not searched for',
      {
        zone: 'Example.com.',
        resolver: resolver({
          'NS eu.example.com': has('ns1.example.net'),
          'NS example.com': has('ns2.example.net'),
          ...hosts,
        }),
      },
      'ns2.example.net=192.0.2.2#53, zone example.com',
    ],
    [
      'a provider’s zone id is no name',
      { zone: 'Z0123456789ABC', resolver: resolver({ 'NS example.com': has('ns2.example.net'), ...hosts }) },
      'ns2.example.net=192.0.2.2#53, zone example.com',
    ],
    [
      'a wildcard is never its own zone',
      {
        record: '*.example.com',
        resolver: resolver({
          'NS *.example.com': has('ns1.example.net'),
          'NS example.com': has('ns2.example.net'),
          ...hosts,
        }),
      },
      'ns2.example.net=192.0.2.2#53, zone example.com',
    ],
    [
      'a top-level domain is never the zone',
      { resolver: resolver({ 'NS com': has('ns1.example.net'), ...hosts }) },
      `! no zone with name servers found for ${record}; set FAILOVERD_ZONE`,
    ],
    [
      'a lookup that fails does not lead to the zone above',
      { resolver: resolver({ 'NS eu.example.com': failed, 'NS example.com': has('ns1.example.net'), ...hosts }) },
      '! NS of eu.example.com: ETIMEOUT',
    ],
    [
      'a name server without an address is not forgotten',
      { provided: async () => ['ns2.example.net', 'gone.example.net'], resolver: resolver(hosts) },
      'ns2.example.net=192.0.2.2#53, lost gone.example.net: no address: ENODATA, zone null',
    ],
    [
      'a managed name is never resolved',
      { provided: async () => [record, 'api.example.com'], managed: [record, 'api.example.com'] },
      `lost ${record}: is a managed name: it cannot be asked about itself, lost api.example.com: is a managed name: it cannot be asked about itself, zone null`,
    ],
    [
      'what is neither address nor name',
      { configured: ['192.0.2.256', 'a b', '[::1', '192.0.2.1:0', '192.0.2.1:70000', '1.2.3', '[192.0.2.1]:53'] },
      [
        ...['192.0.2.256', 'a b', '[::1', '192.0.2.1:0', '192.0.2.1:70000', '1.2.3', '[192.0.2.1]:53'].map(
          (text) => `lost ${text}: neither an address nor a host name`,
        ),
        'zone null',
      ].join(', '),
    ],
    [
      'too many',
      { configured: Array.from({ length: 65 }, (_, index) => `192.0.2.${index}`) },
      '! 65 name servers, more than 64: name some in FAILOVERD_NAMESERVERS',
    ],
  ];
  test.each(rows)('%s', async (_what, more, expected) => {
    expect(line(await createNameServers(input(more)).list(signal))).toBe(expected);
  });
});

describe('what is remembered', () => {
  test('nothing is looked up twice within five minutes', async () => {
    let nowMs = 0;
    const system = resolver({ 'NS example.com': has('ns2.example.net'), ...hosts });
    let provided = 0;
    const none = async () => {
      provided += 1;
      return [];
    };
    const list = createNameServers(input({ resolver: system, nowMs: () => nowMs, provided: none }));
    await list.list(signal);
    nowMs = 4_000;
    await list.list(signal);
    expect([provided, system.asked.length]).toEqual([1, 4]);
    nowMs = 299_000;
    await list.list(signal);
    // The empty list of the provider is asked for again; the zone and the address are still fresh.
    expect([provided, system.asked.length]).toEqual([2, 4]);
    nowMs = 301_000;
    await list.list(signal);
    expect(system.asked.slice(4)).toEqual(['NS example.com', 'ns2.example.net']);
  });

  test('an outage of resolver and provider leaves the last good list standing', async () => {
    let nowMs = 0;
    const table: Record<string, Lookup> = { ...hosts };
    let names: readonly string[] = ['ns1.example.net', 'ns2.example.net'];
    const list = createNameServers(
      input({ resolver: resolver(table), nowMs: () => nowMs, provided: async () => names }),
    );
    expect(line(await list.list(signal))).toBe(`${both}, zone null`);
    for (const host of Object.keys(table)) table[host] = failed;
    names = [];
    for (nowMs of [301_000, 900_000, 86_400_000]) expect(line(await list.list(signal))).toBe(`${both}, zone null`);
    table['ns1.example.net'] = has('192.0.2.7');
    nowMs += 6_000;
    expect(line(await list.list(signal))).toBe('ns1.example.net=192.0.2.7#53, ns2.example.net=192.0.2.2#53, zone null');
  });

  test('what failed at first is tried again soon', async () => {
    let nowMs = 0;
    const table: Record<string, Lookup> = { 'NS eu.example.com': failed, ...hosts };
    const list = createNameServers(input({ resolver: resolver(table), nowMs: () => nowMs }));
    expect(line(await list.list(signal))).toBe('! NS of eu.example.com: ETIMEOUT');
    table['NS eu.example.com'] = has('ns2.example.net');
    nowMs = 6_000;
    expect(line(await list.list(signal))).toBe('ns2.example.net=192.0.2.2#53, zone eu.example.com');
  });

  test('a lookup that was stopped is not remembered', async () => {
    const stop = new AbortController();
    const table: Record<string, Lookup> = { 'ns2.example.net': failed };
    const list = createNameServers(input({ resolver: resolver(table), provided: async () => ['ns2.example.net'] }));
    stop.abort();
    await list.list(stop.signal);
    table['ns2.example.net'] = has('192.0.2.2');
    expect(line(await list.list(signal))).toBe('ns2.example.net=192.0.2.2#53, zone null');
  });
});
