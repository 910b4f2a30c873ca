import { describe, expect, test } from '@jest/globals';
import { createElsewhere } from '../../src/control/daemon';
import { keepsPromises } from '../control/promises';
import { calm, createWorld, foundAt, suffers, type World } from '../control/world';
import { testWrites } from '../control/zone';
import { a, b, benchOf, fail, pass, foundAt as reading } from '../domain/fixtures';
import {
  does,
  fails,
  hourMs,
  isSick,
  minuteMs,
  mostWithin,
  moves,
  orders,
  ordersTo,
  pages,
  pair,
  patienceMs,
  peersSay,
  playAll,
  providerDoes,
  recovers,
  secondMs,
} from './scenario';

/** Failover that made it worse. */

describe('SC-12 GitHub, October 2018: 43 s of partition, promoted across a boundary, a day to come back', () => {
  const lasts = (s: number, sustainMs: number, switched: boolean) => ({
    name: `${s} s of loss under SUSTAIN=${sustainMs / secondMs}s: ${switched ? 'one switch' : 'none'}`,
    policy: { sustainMs, failback: 'manual' as const },
    story: [[0, fails(a, 'status', s * secondMs)]] as const,
    forMs: hourMs,
    way: switched ? [a, b] : [a],
  });
  // The ratio rule counts rounds of INTERVAL, which jitter shortens: it may end a wait of minutes some seconds before SUSTAIN.
  test.each([
    { sustain: 20, window: 30 },
    { sustain: 120, window: 0 },
  ])(
    'every length from 1 to 300 s under SUSTAIN=$sustain s and WINDOW=$window: one switch above the bound, none below, at most CONFIRM_INTERVAL between',
    async ({ sustain, window }) => {
      const policy = pair({ sustainMs: sustain * secondMs, window, failback: 'manual' });
      for (let seconds = 1; seconds <= 300; seconds++) {
        const world = await calm(policy, seconds);
        const endsMs = world.nowMs() + seconds * secondMs;
        let firstMs = endsMs;
        world.looks[a] = (ms) => {
          if (ms < endsMs) firstMs = Math.min(firstMs, ms);
          return ms < endsMs ? 'status' : 'pass';
        };
        await world.time.until(() => moves(world).length > 1, endsMs - world.nowMs());
        await world.time.run(10 * secondMs);
        // It counts from the first probe that fails.
        const overMs = endsMs - firstMs - policy.sustainMs;
        if (overMs < 0) expect([seconds, moves(world)]).toEqual([seconds, [a]]);
        if (overMs > policy.confirmIntervalMs) expect([seconds, moves(world)]).toEqual([seconds, [a, b]]);
      }
    },
    patienceMs,
  );

  playAll([
    ...[1, 10, 19].map((s) => lasts(s, 20_000, false)),
    // The first failed probe comes up to an interval and its jitter after the first bad moment.
    ...[35, 43, 120, 300].map((s) => lasts(s, 20_000, true)),
    ...[1, 43, 119].map((s) => lasts(s, 120_000, false)),
    ...[135, 300].map((s) => lasts(s, 120_000, true)),
  ]);
});

describe('SC-13 GitHub, September 2012: the cold replica fails under the load it takes over', () => {
  /** A site is bad from so long after it took the record over; the first one is bad at once. */
  const failsUnderLoad = (world: World, afterMs: number): void => {
    const tookOver = new Map<string, number>([[a, world.nowMs() - afterMs]]);
    let active: string | null = a;
    for (const { name } of world.policy.sites) {
      world.looks[name] = (ms) => {
        const now = moves(world).at(-1) ?? null;
        if (now !== active) {
          active = now;
          if (now !== null) tookOver.set(now, ms);
        }
        return name === active && ms >= (tookOver.get(name) ?? ms) + afterMs ? 'timeout' : 'pass';
      };
    }
  };
  playAll([
    {
      name: 'each site fails 90 s after it took the load: the budget ends it, with a page',
      policy: { maxSwitches: { count: 2, windowMs: hourMs } },
      story: [[0, does((world) => failsUnderLoad(world, 90 * secondMs))]],
      forMs: 50 * minuteMs,
      way: [a, b, a],
      pages: ['budget'],
    },
    {
      name: 'for six hours: never more than two in any hour',
      policy: { maxSwitches: { count: 2, windowMs: hourMs } },
      story: [
        [0, does((world) => failsUnderLoad(world, 90 * secondMs))],
        [
          6 * hourMs,
          does((world) => {
            const moments = world.zone.written().map(({ atMs }) => atMs);
            expect(mostWithin(moments, hourMs)).toBe(2);
          }),
        ],
      ],
      forMs: 6 * hourMs,
      seeds: 1,
      way: [a, b, a, b, a, b, a, b, a, b, a, b, a],
      pages: ['budget'],
    },
    {
      name: 'the standby fails while the primary is still down: it stays, told by name',
      story: [
        [0, fails(a)],
        [2 * minuteMs, fails(b, 'timeout')],
      ],
      forMs: 10 * minuteMs,
      way: [a, b],
      pages: ['no-standby'],
      and: (world) => expect(world.tell(`down:${b}`)).toHaveLength(1),
    },
  ]);
});

test('SC-14 GitHub, December 2012: both halves of a pair shot the other; two daemons that see nothing of each other change the record once', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const one = await calm(pair(), seed);
    const other = createWorld(pair(), { seed: seed + 100, beside: one });
    other.start();
    await one.time.run(minuteMs);
    for (const world of [one, other]) suffers(world, a, 'status');
    await one.time.run(10 * minuteMs);
    expect([seed, moves(one)]).toEqual([seed, [a, b]]);
    expect(one.zone.written()).toHaveLength(1);
    for (const world of [one, other]) {
      expect(world.service().status()).toMatchObject({ active: b, write: 'settled' });
      keepsPromises(world);
    }
  }
});

describe('SC-15 Stack Exchange, January 2017: the failover had been broken for long, and nobody knew', () => {
  const everyMs = 10 * minuteMs;
  playAll([
    {
      name: 'the permission to write is taken away while all is healthy: paged within one self-test',
      policy: { selftest: { everyMs, settleMs: 10_000 } },
      story: [
        [minuteMs, providerDoes(null, { how: 'refused', code: 'denied' })],
        [
          minuteMs + everyMs,
          does((world) => {
            expect(pages(world)).toEqual(['write-path']);
            expect(world.service().status()).toMatchObject({ active: a, ready: false });
          }),
        ],
        [minuteMs + everyMs, providerDoes(null)],
        [40 * minuteMs, does((world) => expect(world.service().status()).toMatchObject({ ready: true, alerts: [] }))],
        [41 * minuteMs, fails(a)],
      ],
      forMs: 45 * minuteMs,
      way: [a, b],
      pages: ['write-path'],
      writes: 'any',
      and: (world) => expect(testWrites(world.zone).length).toBeGreaterThan(2),
    },
  ]);
});

describe('SC-16 Razorpay, December 2019, and Google europe-west2, July 2022: far more was moved than the fault called for', () => {
  test('fifty services lose their primaries at once: ten are moved within a minute, then held with a page', () => {
    let nowMs = 1_000_000;
    const elsewhere = createElsewhere({ nowMs: () => nowMs });
    const policy = pair({ switchCap: Math.max(5, Math.ceil(0.2 * 50)) });
    const services = Array.from({ length: 50 }, (_, index) => ({ record: `s${index}`, bench: benchOf(policy) }));
    const decided = () => services.filter(({ bench }) => bench.tells('decided').length > 0).length;
    const each = (what: (bench: (typeof services)[number]['bench']) => void): void => {
      for (const { record, bench } of services) {
        bench.nowMs = nowMs;
        bench.moment = { elsewhere: elsewhere.count(record, policy.commonCauseMs) };
        const before = bench.tells('decided').length;
        what(bench);
        if (bench.tells('decided').length > before) elsewhere.began(record);
      }
    };
    each((bench) => {
      bench.post({ type: 'found', found: reading(a, null, policy) });
      bench.allUp(a, b);
    });
    const fromMs = nowMs;
    for (; nowMs < fromMs + 60_000; nowMs += 1_000) {
      each((bench) => {
        bench.see(b, pass);
        bench.see(a, fail());
      });
    }
    expect(decided()).toBe(10);
    const held = services.filter(({ bench }) =>
      bench.tells('alert').some(({ fields }) => fields['alert'] === 'elsewhere'),
    );
    expect(held).toHaveLength(40);
    for (const { bench } of held)
      expect(bench.tells('alert').find(({ fields }) => fields['alert'] === 'elsewhere')?.page).toBe(true);
  });

  playAll([
    {
      name: 'one decision moves one record: whatever else stands in the zone stays',
      options: { second: foundAt(pair(), a) },
      story: [[0, fails(a)]],
      forMs: 5 * minuteMs,
      way: [a, b],
      and: (world) => {
        if (world.second !== null) expect(moves(world, world.second)).toEqual([a, b]);
        for (const { sets } of world.zone.written()) expect(sets).toEqual(foundAt(pair(), b).sets);
      },
    },
  ]);
});

describe('SC-17 GitHub, October 2024: the first repair through DNS broke something else', () => {
  playAll([
    {
      name: 'the service does not pass through the moved record: never called done, paged, not moved back',
      story: [
        [
          0,
          does((world) => {
            world.zone.proof = 'api';
            world.onCrossing = (what) => {
              if (what === 'replace begins')
                world.through = { result: 'fail', class: 'connect', why: 'no way through', latencyMs: 1 };
            };
          }),
        ],
        [2 * minuteMs, fails(a, 'status', 2 * minuteMs)],
      ],
      forMs: 15 * minuteMs,
      way: [a, b],
      pages: ['partial'],
      and: (world) => {
        expect(world.tell('partial')[0]?.text).toContain('no way through');
        expect(world.tell('switched')).toEqual([]);
      },
    },
  ]);
});

describe('SC-18 what orchestrator learnt: five rules', () => {
  playAll([
    {
      name: 'many observers: what only we cannot see is no reason',
      policy: { quorum: 2 },
      story: [[0, fails(a)]],
      forMs: 30 * minuteMs,
      way: [a],
    },
    {
      name: 'many observers: what two of three cannot see is one',
      policy: { quorum: 2 },
      story: [
        [0, fails(a)],
        [5 * minuteMs, peersSay(a, { east: 'down' })],
      ],
      forMs: 30 * minuteMs,
      way: [a, b],
    },
    {
      name: 'after a recovery automatic ones are blocked',
      policy: { maxSwitches: { count: 1, windowMs: hourMs } },
      story: [
        [0, fails(a, 'status', 10 * minuteMs)],
        [15 * minuteMs, fails(b)],
      ],
      forMs: 50 * minuteMs,
      way: [a, b],
      pages: ['budget'],
    },
    {
      name: 'a human ignores the block',
      policy: { maxSwitches: { count: 1, windowMs: hourMs } },
      story: [
        [0, fails(a, 'status', 10 * minuteMs)],
        [15 * minuteMs, fails(b)],
        [20 * minuteMs, ordersTo(a)],
      ],
      forMs: 50 * minuteMs,
      way: [a, b, a],
      pages: ['budget'],
    },
    {
      name: 'everything automatic can be switched off, and on again',
      story: [
        [0, orders('hold')],
        [minuteMs, fails(a)],
        [30 * minuteMs, does((world) => expect(moves(world)).toEqual([a]))],
        [30 * minuteMs, orders('resume')],
      ],
      forMs: 31 * minuteMs,
      way: [a, b],
    },
    {
      name: 'one that distrusts itself does not recover anything',
      story: [
        [0, isSick('the disk is slow')],
        [minuteMs, fails(a)],
        [10 * minuteMs, recovers(a)],
        [15 * minuteMs, isSick(null)],
      ],
      forMs: 30 * minuteMs,
      way: [a],
      pages: ['sick'],
    },
  ]);
});
