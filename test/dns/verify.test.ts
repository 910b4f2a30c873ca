import { describe, expect, test } from '@jest/globals';
import type { Answer as Rr } from 'dns-packet';
import fc from 'fast-check';
import type { ServerAnswer, Verification } from '../../src/control/ports';
import type { Ask } from '../../src/dns/ask';
import type { Listing, NameServer } from '../../src/dns/nameservers';
import { createVerifier, type VerifierInput } from '../../src/dns/verify';
import type { RecordSet } from '../../src/domain/records';
import { always, type Behaviour, fakeServer, reply, silence, zone } from './fake-server';

const record = 'www.example.com';
const signal = new AbortController().signal;
const wallMs = Date.UTC(2026, 10, 23);
const v4: Rr = { type: 'A', name: record, ttl: 60, data: '203.0.113.10' };
const v6: Rr = { type: 'AAAA', name: record, ttl: 60, data: '2001:db8::10' };
const cname: Rr = { type: 'CNAME', name: record, ttl: 60, data: 'eu.example.net' };
const setA: RecordSet = { type: 'A', ttl: 60, values: ['203.0.113.10'] };
const setAaaa: RecordSet = { type: 'AAAA', ttl: 60, values: ['2001:db8::10'] };
const setCname: RecordSet = { type: 'CNAME', ttl: 60, values: ['eu.example.net'] };
const plain = zone({ [`${record} A`]: [v4] });
const dual = zone({ [`${record} A`]: [v4], [`${record} AAAA`]: [v6] });

function listing(servers: readonly NameServer[], more: Partial<Extract<Listing, { ok: true }>> = {}): Listing {
  return { ok: true, servers, lost: [], zone: null, ...more };
}

function verifier(listed: Listing, more: Partial<VerifierInput> = {}) {
  const nameservers = { list: async () => listed };
  return createVerifier({ record, isCnameService: false, nameservers, timeoutMs: 400, wallMs: () => wallMs, ...more });
}

/** `agrees`, `differs` or `unreachable`, and why. */
function line(answer: ServerAnswer): string {
  const state = answer.agrees ? 'agrees' : answer.unreachable === true ? 'unreachable' : 'differs';
  return `${state}: ${answer.why}`;
}

function lines(verification: Verification): readonly string[] {
  return verification.ok ? verification.answers.map(line) : [`! ${verification.why}`];
}

async function verify(
  behaviour: Behaviour,
  sets: readonly RecordSet[],
  more: Partial<VerifierInput> = {},
  zoneName: string | null = null,
): Promise<string> {
  const server = await fakeServer(behaviour);
  const listed = listing([{ name: 'ns1.example.net', address: server.address, port: server.port }], { zone: zoneName });
  const verification = await verifier(listed, more).verify({ name: 'europe-west1', sets }, signal);
  await server.close();
  return lines(verification).join('; ');
}

describe('one server', () => {
  const rows: readonly (readonly [string, Behaviour, readonly RecordSet[], string])[] = [
    ['one family, the other without data', plain, [setA], 'agrees: answers A 203.0.113.10'],
    ['both families', dual, [setA, setAaaa], 'agrees: answers A 203.0.113.10; AAAA 2001:db8::10'],
    [
      'a family that should be gone is still there',
      dual,
      [setA],
      'differs: answers A 203.0.113.10; AAAA 2001:db8::10, expected A 203.0.113.10',
    ],
    [
      'a family is missing',
      plain,
      [setA, setAaaa],
      'differs: answers A 203.0.113.10, expected A 203.0.113.10; AAAA 2001:db8::10',
    ],
    [
      'the old address',
      zone({ [`${record} A`]: [{ ...v4, data: '198.51.100.7' } as Rr] }),
      [setA],
      'differs: answers A 198.51.100.7, expected A 203.0.113.10',
    ],
    [
      'old and new address together',
      zone({ [`${record} A`]: [v4, { ...v4, data: '198.51.100.7' } as Rr] }),
      [setA],
      'differs: answers A 198.51.100.7 203.0.113.10, expected A 203.0.113.10',
    ],
    ['the same address twice', zone({ [`${record} A`]: [v4, v4] }), [setA], 'agrees: answers A 203.0.113.10'],
    ['no such name', zone({}), [setA], 'differs: answers no record, expected A 203.0.113.10'],
    ['a site without values is never agreed with', zone({}), [], 'differs: answers no record, expected no record'],
    [
      'NXDOMAIN to AAAA of a name that has A',
      always((asked) => (asked.type === 'A' ? reply(asked, { answers: [v4] }) : reply(asked, { rcode: 3 }))),
      [setA],
      'differs: answers NXDOMAIN to one type although it has records of another',
    ],
    [
      'without authority',
      always((asked) => reply(asked, { aa: false, answers: asked.type === 'A' ? [v4] : [] })),
      [setA],
      'differs: answers A without authority: it does not serve the zone, or another answers for it',
    ],
    [
      'lame',
      always((asked) => reply(asked, { aa: false, rcode: 5 })),
      [setA],
      'differs: answers REFUSED to A: it does not serve the zone to us',
    ],
    [
      'server failure',
      always((asked) => reply(asked, { aa: false, rcode: 2 })),
      [setA],
      'unreachable: answers SERVFAIL to A',
    ],
    [
      'silence to one family',
      { udp: (asked) => (asked.type === 'A' ? [reply(asked, { answers: [v4] })] : []), tcp: silence.tcp },
      [setA],
      'unreachable: no answer to AAAA: timeout (UDP: no reply within 100 ms; TCP: no whole reply, 0 bytes within ',
    ],
    [
      'a CNAME where addresses belong',
      zone({ [`${record} CNAME`]: [cname] }),
      [setA],
      'differs: answers CNAME eu.example.net, expected A 203.0.113.10',
    ],
    [
      'a longer TTL agrees but is told',
      zone({ [`${record} A`]: [{ ...v4, ttl: 300 }] }),
      [setA],
      'agrees: answers A 203.0.113.10; TTL of A is 300 s, longer than configured',
    ],
    ['a shorter TTL', zone({ [`${record} A`]: [{ ...v4, ttl: 1 }] }), [setA], 'agrees: answers A 203.0.113.10'],
    [
      'another spelling of the address',
      zone({ [`${record} AAAA`]: [{ ...v6, data: '2001:db8:0:0:0:0:0:10' } as Rr] }),
      [setAaaa],
      'agrees: answers AAAA 2001:db8::10',
    ],
  ];
  test.each(rows)('%s', async (_what, behaviour, sets, expected) => {
    const told = await verify(behaviour, sets);
    expect(told.slice(0, expected.length)).toBe(expected);
    if (told.startsWith('agrees') || expected.startsWith('agrees')) expect(told).toBe(expected);
  });
});

describe('a service by CNAME', () => {
  const rows: readonly (readonly [string, Behaviour, string])[] = [
    ['the target', zone({ [`${record} CNAME`]: [cname] }), 'agrees: answers CNAME eu.example.net'],
    [
      'another target',
      zone({ [`${record} CNAME`]: [{ ...cname, data: 'us.example.net' } as Rr] }),
      'differs: answers CNAME us.example.net, expected CNAME eu.example.net',
    ],
    [
      'addresses in its place',
      dual,
      'differs: answers A 203.0.113.10; AAAA 2001:db8::10, expected CNAME eu.example.net',
    ],
    [
      'the end of the chain does not exist',
      always((asked) => reply(asked, { answers: [cname], rcode: asked.type === 'CNAME' ? 0 : 3 })),
      'agrees: answers CNAME eu.example.net',
    ],
    [
      'the end of the chain cannot be answered',
      always((asked) => (asked.type === 'CNAME' ? reply(asked, { answers: [cname] }) : reply(asked, { rcode: 2 }))),
      'agrees: answers CNAME eu.example.net',
    ],
  ];
  test.each(rows)('%s', async (_what, behaviour, expected) => {
    expect(await verify(behaviour, [setCname], { isCnameService: true })).toBe(expected);
  });
});

describe('a signed zone', () => {
  const seconds = (at: string) => Date.parse(at) / 1000;
  const rrsig = (typeCovered: string, from: string, until: string): Rr => ({
    type: 'RRSIG',
    name: record,
    ttl: 60,
    data: {
      typeCovered,
      algorithm: 13,
      labels: 3,
      originalTTL: 60,
      inception: seconds(from),
      expiration: seconds(until),
      keyTag: 1,
      signersName: 'example.com',
      signature: Buffer.alloc(64),
    },
  });
  const key: Rr = {
    type: 'DNSKEY',
    name: 'example.com',
    ttl: 60,
    data: { flags: 257, algorithm: 13, key: Buffer.alloc(64) },
  };
  const good = rrsig('A', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z');
  const stale = rrsig('A', '2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z');
  const future = rrsig('A', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z');
  const other = rrsig('TXT', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z');
  /** Shows signatures to those who ask for them. */
  const signed = (...signatures: readonly Rr[]) =>
    always((asked) => {
      if (asked.type === 'DNSKEY') return reply(asked, { answers: asked.name === 'example.com' ? [key] : [] });
      return reply(asked, { answers: asked.type === 'A' ? [v4, ...(asked.dnssec ? signatures : [])] : [] });
    });

  const missing = 'differs: the zone is signed, but A has no signature (RRSIG)';
  const expired =
    'differs: the signature (RRSIG) of A is valid 2026-10-01T00:00:00.000Z to 2026-11-01T00:00:00.000Z only; it is 2026-11-23T00:00:00.000Z';
  const rows: readonly (readonly [string, Behaviour, string, (number | null)?])[] = [
    ['a fresh signature', signed(good), 'agrees: answers A 203.0.113.10'],
    ['none', signed(), missing],
    ['one for another type', signed(other), missing],
    ['an expired one', signed(stale), expired],
    ['one from the future', signed(future), 'differs: the signature (RRSIG) of A is valid 2026-12-01'],
    ['an expired one beside a fresh one', signed(stale, good), 'agrees: answers A 203.0.113.10'],
    ['an expired one, and a clock that cannot be believed', signed(stale), 'agrees: answers A 203.0.113.10', null],
    ['no keys and no signatures: not signed', plain, 'agrees: answers A 203.0.113.10'],
  ];
  test.each(rows)('%s', async (_what, behaviour, expected, now = wallMs) => {
    const told = await verify(behaviour, [setA], { wallMs: () => now }, 'example.com');
    expect(told.slice(0, expected.length)).toBe(expected);
  });

  test('a server without any signature is found by its neighbour’s', async () => {
    const servers = await Promise.all([fakeServer(zone({ [`${record} A`]: [v4, good] })), fakeServer(plain)]);
    const listed = listing(servers.map(({ address, port }) => ({ name: address, address, port })));
    const told = lines(await verifier(listed).verify({ name: 'europe-west1', sets: [setA] }, signal));
    await Promise.all(servers.map((server) => server.close()));
    expect(told).toEqual(['agrees: answers A 203.0.113.10', missing]);
  });
});

describe('several servers', () => {
  const at = (name: string, address: string): NameServer => ({ name, address, port: 53 });
  /** Answers from a table by address; `no-route` and `timeout` are failures. */
  const asking =
    (table: Readonly<Record<string, string>>): Ask =>
    async ({ server, type }) => {
      const value = table[server.address] ?? 'timeout';
      if (value === 'no-route' || value === 'timeout') return { ok: false, code: value, why: 'test' };
      const records = type === 'A' ? [{ type, ttl: 60, value }] : [];
      const negative = type === 'A' ? null : 'nodata';
      return { ok: true, rcode: 'NOERROR', aa: true, records, signatures: [], negative, via: 'udp', rttMs: 1 };
    };
  const site = { name: 'europe-west1', sets: [setA] };
  const servers = [at('ns1', '192.0.2.1'), at('ns1', '2001:db8::1'), at('ns2', '192.0.2.2')];
  const told = async (table: Readonly<Record<string, string>>) => {
    const verification = await verifier(listing(servers), { ask: asking(table) }).verify(site, signal);
    return verification.ok ? verification.answers.map((one) => `${one.server} ${line(one).split(':')[0]}`) : [];
  };
  const good = '203.0.113.10';

  const rows: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    [
      'each address of each server counts',
      { '192.0.2.1': good, '2001:db8::1': '198.51.100.7' },
      ['ns1 (192.0.2.1) agrees', 'ns1 (2001:db8::1) differs', 'ns2 (192.0.2.2) unreachable'],
    ],
    [
      'an address without a route is left out beside one that answers',
      { '192.0.2.1': good, '2001:db8::1': 'no-route', '192.0.2.2': good },
      ['ns1 (192.0.2.1) agrees', 'ns2 (192.0.2.2) agrees'],
    ],
    [
      'one that is silent is not, though its other address answers',
      { '192.0.2.1': good, '2001:db8::1': 'timeout', '192.0.2.2': good },
      ['ns1 (192.0.2.1) agrees', 'ns1 (2001:db8::1) unreachable', 'ns2 (192.0.2.2) agrees'],
    ],
    [
      'but not beside one that is silent',
      { '192.0.2.1': 'timeout', '2001:db8::1': 'no-route', '192.0.2.2': good },
      ['ns1 (192.0.2.1) unreachable', 'ns1 (2001:db8::1) unreachable', 'ns2 (192.0.2.2) agrees'],
    ],
    [
      'and another server’s answer does not excuse it',
      { '192.0.2.1': good, '2001:db8::1': good, '192.0.2.2': 'no-route' },
      ['ns1 (192.0.2.1) agrees', 'ns1 (2001:db8::1) agrees', 'ns2 (192.0.2.2) unreachable'],
    ],
  ];
  test.each(rows)('%s', async (_what, table, expected) => expect(await told(table)).toEqual(expected));

  test('a name server without address is a laggard; a list that cannot be had is no verification', async () => {
    const lost = [{ name: 'ns3.example.net', why: 'no address: ENODATA' }];
    const partly = verifier(listing([], { lost }));
    expect(lines(await partly.verify(site, signal))).toEqual(['unreachable: no address: ENODATA']);
    expect(lines(await verifier({ ok: false, why: 'resolver down' }).verify(site, signal))).toEqual([
      '! resolver down',
    ]);
    expect(lines(await verifier(listing([])).verify(site, signal))).toEqual(['! no name server to ask']);
  });

  test('at most sixteen servers are asked at once, and none is forgotten', async () => {
    const many = Array.from({ length: 40 }, (_, index) => at(`ns${index}`, `192.0.2.${index}`));
    const open = new Set<string>();
    let most = 0;
    const ask: Ask = async (question) => {
      open.add(question.server.address);
      most = Math.max(most, open.size);
      await new Promise((resolve) => setImmediate(resolve));
      open.delete(question.server.address);
      return asking({ [question.server.address]: good })(question);
    };
    const verification = await verifier(listing(many), { ask }).verify(site, signal);
    expect(most).toBe(16);
    expect(lines(verification)).toEqual(many.map(() => 'agrees: answers A 203.0.113.10'));
  });

  test('what the servers say is told without comparing', async () => {
    const lost = [{ name: 'ns3.example.net', why: 'no address: ENODATA' }];
    const table = { '192.0.2.1': good, '2001:db8::1': '198.51.100.7' };
    const observed = await verifier(listing(servers, { lost }), { ask: asking(table) }).observe(signal);
    expect(observed).toEqual({
      ok: true,
      servers: [
        { server: 'ns1 (192.0.2.1)', sets: [setA], why: 'A 203.0.113.10' },
        { server: 'ns1 (2001:db8::1)', sets: [{ ...setA, values: ['198.51.100.7'] }], why: 'A 198.51.100.7' },
        { server: 'ns2 (192.0.2.2)', sets: null, why: 'no answer to A: timeout (test)' },
        { server: 'ns3.example.net', sets: null, why: 'no address: ENODATA' },
      ],
    });
  });

  test('at most four questions to a server', async () => {
    const types: string[] = [];
    const ask: Ask = async (question) => {
      types.push(`${question.name} ${question.type}`);
      return asking({ '192.0.2.1': good })(question);
    };
    const listed = listing([at('ns1', '192.0.2.1')], { zone: 'example.com' });
    await verifier(listed, { ask, isCnameService: true }).verify(site, signal);
    expect(types.sort()).toEqual([
      'example.com DNSKEY',
      'www.example.com A',
      'www.example.com AAAA',
      'www.example.com CNAME',
    ]);
  });
});

test('no bytes whatever make a server agree that never gave the values', async () => {
  let tail = Buffer.alloc(0);
  const server = await fakeServer(
    always((asked) => Buffer.concat([reply(asked, { rcode: 0 }).subarray(0, 12 + record.length + 6), tail])),
  );
  const view = verifier(listing([{ ...server, name: 'ns1' }]), { timeoutMs: 60 });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      tail = Buffer.from(bytes);
      const verification = await view.verify({ name: 'europe-west1', sets: [setA, setAaaa] }, signal);
      expect(verification.ok && verification.answers.every(({ agrees }) => !agrees)).toBe(true);
    }),
    { numRuns: 60 },
  );
  await server.close();
});
