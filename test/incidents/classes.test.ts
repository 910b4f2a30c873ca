import { describe, expect, test } from '@jest/globals';
import { createPanel } from '../../src/dns/panel';
import type { Policy } from '../../src/domain/types';
import { calm, createWorld, foundAt, type World } from '../control/world';
import { a, b } from '../domain/fixtures';
import {
  does,
  fails,
  hand,
  hourMs,
  minuteMs,
  moves,
  orders,
  ordersTo,
  pages,
  pair,
  patienceMs,
  peersSay,
  playAll,
  providerDoes,
  providerTreats,
  recovers,
  secondMs,
} from './scenario';

/** Classes of outages without one canonical public incident. */

describe('SC-50 two daemons on one record fight', () => {
  const swapped = (changes: Partial<Policy>): Policy => ({ ...pair(changes), sites: [...pair().sites].reverse() });
  test.each([
    ['one owner', {}, 4, 'twin'],
    ['two owners', { owner: 'dev' }, 24, 'foreign'],
  ] as const)(
    '%s, each with another primary: at most one write, and one stops with a page',
    async (_name, changes, hours, page) => {
      const paced = { intervalMs: minuteMs };
      const one = await calm(pair(paced));
      const other = createWorld(swapped({ ...paced, ...changes }), { beside: one, seed: 2 });
      other.start();
      await one.time.run(hours * hourMs);
      expect(one.zone.written().length).toBeLessThanOrEqual(1);
      expect([...pages(one), ...pages(other)]).toEqual([page]);
    },
    patienceMs,
  );
});

describe('SC-51 people edit the zone', () => {
  const elsewhere = [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] as const;
  playAll([
    {
      name: 'to an address of no site, all being well: held and paged, never written over',
      story: [[0, hand({ sets: elsewhere })]],
      forMs: 2 * hourMs,
      seeds: 1,
      way: [a, null],
      pages: ['drift'],
      standing: ['drift'],
    },
    {
      name: 'to an address of no site, and the primary fails: held all the same',
      story: [
        [0, hand({ sets: elsewhere })],
        [10 * minuteMs, fails(a)],
      ],
      forMs: hourMs,
      way: [a, null],
      pages: ['drift'],
    },
    {
      name: 'to the standby while the primary is well: kept as a choice until it is released',
      story: [
        [0, hand({ sets: foundAt(pair(), b).sets })],
        [
          hourMs,
          does((world) => {
            expect(moves(world)).toEqual([a, b]);
            expect(world.service().status()).toMatchObject({ active: b, pin: { site: b, by: 'zone' } });
          }),
        ],
        [hourMs, orders('resume')],
      ],
      forMs: 2 * hourMs,
      way: [a, b, a],
      standing: [],
    },
    {
      name: 'only the TTL: taken as it is, no write',
      story: [[0, hand({ sets: [{ type: 'A', ttl: 5, values: ['203.0.113.10'] }] })]],
      forMs: 2 * hourMs,
      way: [a],
      writes: 0,
      standing: [],
    },
  ]);
});

describe('SC-52 caches do not honour the TTL', () => {
  test(
    'one resolver of ten keeps the old address for a day: the switch is done on every server, and the report names who lags',
    async () => {
      const policy = pair({ intervalMs: minuteMs });
      const resolvers = Array.from({ length: 10 }, (_, index) => `192.0.2.${index + 1}:53`);
      const hoards = (world: World, address: string): string =>
        address === '192.0.2.10' ? '203.0.113.10' : (world.zone.now().sets[0]?.values[0] ?? '');
      const world = await calm(policy, 1, {
        panel: (seen) =>
          createPanel({
            record: policy.record,
            sites: policy.sites,
            resolvers,
            timeoutMs: 2_000,
            ask: async ({ server, type }) => ({
              ok: true,
              rcode: 'NOERROR',
              aa: false,
              records: type === 'A' ? [{ type: 'A', ttl: 60, value: hoards(seen, server.address) }] : [],
              signatures: [],
              negative: type === 'A' ? null : 'nodata',
              via: 'udp',
              rttMs: 1,
            }),
          }),
      });
      fails(a)({ world, peers: {} });
      await world.time.run(24 * hourMs);
      expect(moves(world)).toEqual([a, b]);
      expect(world.tell('switched')).toHaveLength(1);
      expect(world.tell('unconverged')).toMatchObject([{ fields: { slowest: '192.0.2.10:53', ratio: 0.9 } }]);
      expect(pages(world)).toEqual([]);
    },
    patienceMs,
  );
});

describe('SC-53 the API is throttled while the failover is due', () => {
  const throttled = { how: 'refused', code: 'throttled' } as const;
  playAll([
    {
      name: 'another tenant takes every token for three attempts: retried, and made with the first one left',
      story: [
        [0, providerTreats(throttled, throttled, throttled)],
        [0, fails(a)],
      ],
      forMs: 3 * minuteMs,
      way: [a, b],
      writes: 4,
    },
    {
      name: 'told to come back in 30 s: not before',
      story: [
        [0, providerTreats({ ...throttled, retryAfterMs: 30_000 })],
        [0, fails(a)],
      ],
      forMs: 5 * minuteMs,
      way: [a, b],
      pages: ['write-stuck'],
      writes: 2,
      and: (world) => {
        const [first, second] = world.zone.requests;
        expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(30_000);
      },
    },
    {
      name: 'readings are throttled as well, for ten minutes: made soon after',
      story: [
        [0, providerDoes('throttled', throttled)],
        [0, fails(a)],
        [10 * minuteMs, providerDoes(null)],
        [11 * minuteMs + 15 * secondMs, does((world) => expect(moves(world)).toEqual([a, b]))],
      ],
      forMs: 15 * minuteMs,
      way: [a, b],
      pages: ['write-stuck', 'unreadable'],
      writes: 'any',
    },
  ]);
});

describe('SC-55 reachable for some and not for others', () => {
  playAll([
    {
      name: 'one observer of three is blocked by a firewall: no switch',
      policy: { quorum: 2 },
      story: [[0, fails(a, 'reset', hourMs)]],
      forMs: 2 * hourMs,
      way: [a],
      standing: [],
    },
    {
      name: 'another observer is blocked: no switch',
      policy: { quorum: 2 },
      story: [
        [0, peersSay(a, { west: 'down' })],
        [hourMs, peersSay(a, { west: 'up' })],
      ],
      forMs: 2 * hourMs,
      way: [a],
      standing: [],
    },
    {
      name: 'clients fail where no observer stands: nobody moves it but a human, whose word holds',
      story: [
        [10 * minuteMs, does((world) => expect(world.tells).toEqual([]))],
        [10 * minuteMs, ordersTo(b)],
        [20 * minuteMs, recovers(a)],
      ],
      forMs: 3 * hourMs,
      seeds: 1,
      way: [a, b],
    },
  ]);
});
