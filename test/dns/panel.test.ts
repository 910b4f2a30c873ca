import { describe, expect, test } from '@jest/globals';
import type { Answer as Rr } from 'dns-packet';
import { createPanel } from '../../src/dns/panel';
import type { RecordSet } from '../../src/domain/records';
import { svcbToWire } from '../../src/domain/svcb-wire';
import type { Site } from '../../src/domain/types';
import { always, type Behaviour, type FakeServer, fakeServer, reply, silence, zone } from './fake-server';

const record = 'www.example.com';
const signal = new AbortController().signal;
const set = (...values: readonly string[]): RecordSet => ({ type: 'A', ttl: 60, values });
const eu: Site = { name: 'eu', sets: [set('203.0.113.10')] };
const us: Site = { name: 'us', sets: [set('198.51.100.7')] };
const rr = (data: string, ttl = 60): Rr => ({ type: 'A', name: record, ttl, data });
const v6: Rr = { type: 'AAAA', name: record, ttl: 25, data: '2001:db8::7' };
const fresh = zone({ [`${record} A`]: [rr('203.0.113.10', 60)] });
const stale = zone({ [`${record} A`]: [rr('198.51.100.7', 41)] });

function panelOf(servers: readonly Pick<FakeServer, 'address' | 'port'>[], sites: readonly Site[] = [eu, us]) {
  const resolvers = servers.map(({ address, port }) => `${address.includes(':') ? `[${address}]` : address}:${port}`);
  return createPanel({ record, sites, resolvers, timeoutMs: 1_500 });
}

/** State, why, and the TTL that is left, of one resolver; how often it was asked. */
async function shown(behaviour: Behaviour, sites: readonly Site[] = [eu, us]) {
  const server = await fakeServer(behaviour);
  const [answer] = await panelOf([server], sites).ask(sites[0] ?? eu, signal);
  await server.close();
  return { line: `${answer?.state}: ${answer?.why}`, left: answer?.ttlLeftMs, asked: server.asked };
}

describe('what one resolver does, and what it is seen as', () => {
  const dual: Site = { name: 'us', sets: [...us.sets, { type: 'AAAA', ttl: 60, values: ['2001:db8::7'] }] };
  const alias = (name: string, value: string): Site => ({
    name,
    sets: [{ type: 'CNAME', ttl: 60, values: [value] }],
  });
  const rows: readonly (readonly [string, Behaviour, string, number | null, (readonly Site[])?])[] = [
    ['the new answer', fresh, 'new: answers A 203.0.113.10', null],
    ['the old answer from its cache', stale, 'old: answers A 198.51.100.7', 41_000],
    [
      'old and new together',
      zone({ [`${record} A`]: [rr('203.0.113.10'), rr('198.51.100.7', 60)] }),
      'old: answers A 198.51.100.7 203.0.113.10',
      60_000,
    ],
    [
      'a lie of a week',
      zone({ [`${record} A`]: [rr('192.0.2.66', 604_800)] }),
      'old: answers A 192.0.2.66',
      604_800_000,
    ],
    ['NXDOMAIN', zone({}), 'old: answers no record', 0],
    [
      'an address of a family that the new site lacks',
      zone({ [`${record} A`]: [rr('203.0.113.10')], [`${record} AAAA`]: [v6] }),
      'old: answers A 203.0.113.10; AAAA 2001:db8::7',
      60_000,
      [eu, dual],
    ],
    ['SERVFAIL', always((asked) => reply(asked, { rcode: 2 })), 'unreachable: answers SERVFAIL to A', null],
    ['REFUSED', always((asked) => reply(asked, { rcode: 5 })), 'unreachable: answers REFUSED to A', null],
    ['silence', silence, 'unreachable: no answer to A: timeout', null],
    ['garbage', always(() => Buffer.from('no')), 'unreachable: no answer to A: ', null],
    [
      'truncated over UDP, whole over TCP',
      { udp: (asked) => [reply(asked, { tc: true })], tcp: (asked) => fresh.tcp(asked) },
      'new: answers A 203.0.113.10',
      null,
    ],
    [
      'silent over UDP, slow over TCP',
      { udp: () => [], tcp: (asked) => (socket) => void setTimeout(() => act(stale.tcp(asked), socket), 50) },
      'old: answers A 198.51.100.7',
      41_000,
    ],
    [
      'no answer to HTTPS only',
      { udp: (asked) => (asked.type === 'A' ? fresh.udp(asked) : []), tcp: silence.tcp },
      'new: answers A 203.0.113.10',
      null,
    ],
    [
      'a stale hint beside the new address',
      zone({
        [`${record} A`]: [rr('203.0.113.10')],
        [`${record} UNKNOWN_65`]: [https('1 . ipv4hint=198.51.100.7')],
      }),
      'old: answers A 203.0.113.10; HTTPS',
      60_000,
    ],
    [
      'the new alias',
      zone({ [`${record} CNAME`]: [{ type: 'CNAME', name: record, ttl: 60, data: 'eu.example.net' }] }),
      'new: answers CNAME eu.example.net',
      null,
      [alias('eu', 'eu.example.net'), alias('us', 'us.example.net')],
    ],
    [
      'the old alias',
      zone({ [`${record} CNAME`]: [{ type: 'CNAME', name: record, ttl: 9, data: 'us.example.net' }] }),
      'old: answers CNAME us.example.net',
      9_000,
      [alias('eu', 'eu.example.net'), alias('us', 'us.example.net')],
    ],
  ];
  test.each(rows)('%s', async (...row) => {
    const [, behaviour, expected, left, sites] = row;
    const seen = await shown(behaviour, sites);
    expect(seen.line.slice(0, expected.length)).toBe(expected);
    expect(seen.left).toBe(left);
    expect(seen.asked.every(({ recursion }) => recursion)).toBe(true);
  });

  function https(text: string): Rr {
    const data = Buffer.from(svcbToWire(text) ?? []);
    return { type: 'UNKNOWN_65', name: record, ttl: 60, data } as unknown as Rr;
  }
});

function act(
  then: ReturnType<Behaviour['tcp']>,
  socket: Parameters<Extract<typeof then, (...all: never[]) => void>>[0],
) {
  if (typeof then === 'function') then(socket);
  else socket.end(Buffer.concat([Buffer.from([then.length >> 8, then.length & 255]), then]));
}

test('nobody listens there: unreachable at once, and the others are told all the same', async () => {
  const gone = await fakeServer(silence);
  await gone.close();
  const servers = [await fakeServer(fresh), await fakeServer(stale), await fakeServer(fresh, '::1')];
  const answers = await panelOf([gone, ...servers]).ask(eu, signal);
  await Promise.all(servers.map((server) => server.close()));
  expect(answers.map(({ state }) => state)).toEqual(['unreachable', 'new', 'old', 'new']);
  expect(answers.map(({ resolver }) => resolver)[3]).toBe(`[::1]:${servers[2]?.port}`);
  expect(servers.map(({ asked }) => asked.length)).toEqual([2, 2, 2]);
});

test('never two questions of ours at one resolver: not of two types, not of two rounds, not of one that is listed twice', async () => {
  const open = new Map<number, number>();
  let most = 0;
  let asked = 0;
  const panel = createPanel({
    record,
    sites: [eu, us, { name: 'six', sets: [{ type: 'AAAA', ttl: 60, values: ['2001:db8::7'] }] }],
    resolvers: ['192.0.2.1:53', '192.0.2.1:53', '192.0.2.1:54'],
    timeoutMs: 300,
    ask: async ({ server }) => {
      asked += 1;
      open.set(server.port, (open.get(server.port) ?? 0) + 1);
      most = Math.max(most, open.get(server.port) ?? 0);
      await new Promise((resolve) => setImmediate(resolve));
      open.set(server.port, (open.get(server.port) ?? 0) - 1);
      return {
        ok: true,
        rcode: 'NOERROR',
        aa: false,
        records: [],
        signatures: [],
        negative: 'nodata',
        via: 'udp',
        rttMs: 1,
      };
    },
  });
  const rounds = await Promise.all([panel.ask(eu, signal), panel.ask(us, signal)]);
  expect(rounds.map((answers) => answers.length)).toEqual([2, 2]);
  expect(asked).toBe(2 * 2 * 3);
  expect(most).toBe(1);
});

test('an aborted round ends at once, and the next is asked', async () => {
  const server = await fakeServer(silence);
  const panel = panelOf([server]);
  const abort = new AbortController();
  const first = panel.ask(eu, abort.signal);
  abort.abort();
  expect((await first).map(({ state }) => state)).toEqual(['unreachable']);
  expect((await panel.ask(eu, signal)).map(({ state }) => state)).toEqual(['unreachable']);
  expect(server.asked.length).toBeGreaterThan(0);
  await server.close();
});
