import { describe, expect, test } from '@jest/globals';
import { backoffMs } from '../../src/control/backoff';
import { seeded } from '../../src/sim/time';
import { a, b } from '../domain/fixtures';
import { does, fails, hourMs, isSick, minuteMs, moves, pair, playAll, recovers, type Step, secondMs } from './scenario';

/** Clocks that jumped, went back or stood still. */

const jumps = (ms: number): Step => does((world) => world.time.skewWall(ms));

describe('SC-40 Cloudflare DNS, 1 January 2017: at the leap second time went backwards, and a negative duration crashed the resolver', () => {
  const rows = [
    ['one second back', -secondMs],
    ['one second ahead', secondMs],
    ['an hour back', -hourMs],
    ['an hour ahead', hourMs],
  ] as const;
  playAll(
    rows.flatMap(([name, ms]) => [
      {
        name: `the wall clock goes ${name} in calm: nothing happens`,
        story: [[minuteMs, jumps(ms)]] as const,
        forMs: 10 * minuteMs,
        way: [a],
        standing: [],
      },
      {
        name: `the wall clock goes ${name} while the primary is failing: one switch, as if it had not`,
        story: [
          [0, fails(a)],
          [15 * secondMs, jumps(ms)],
          [45 * secondMs, does((world) => expect(moves(world)).toEqual([a, b]))],
        ] as const,
        forMs: 10 * minuteMs,
        way: [a, b],
      },
    ]),
  );

  test('no pause before a next attempt is ever negative', () => {
    for (let attempt = -3; attempt < 100; attempt++)
      expect(backoffMs(attempt, seeded(attempt), 1_000, 60_000)).toBeGreaterThanOrEqual(0);
  });
});

describe('SC-41 US Naval Observatory, 19 November 2012: two public time servers said it was the year 2000', () => {
  const years = 12 * 365 * 24 * hourMs;
  playAll([
    {
      name: 'twelve years back for an hour, over a failover and a failback: one of each, and no sooner',
      policy: { maxSwitches: { count: 3, windowMs: 6 * hourMs } },
      story: [
        [0, jumps(-years)],
        [minuteMs, fails(a, 'status', 5 * minuteMs)],
        [3 * minuteMs, does((world) => expect(moves(world)).toEqual([a, b]))],
        [7 * minuteMs, jumps(years)],
        [10 * minuteMs, does((world) => expect(moves(world)).toEqual([a, b]))],
      ],
      forMs: 2 * hourMs,
      way: [a, b, a],
      standing: [],
    },
    {
      name: 'twelve years ahead and the budget is spent: it is not given back',
      policy: { maxSwitches: { count: 1, windowMs: hourMs } },
      story: [
        [0, fails(a, 'status', 5 * minuteMs)],
        [8 * minuteMs, jumps(years)],
        [10 * minuteMs, fails(b)],
      ],
      forMs: 50 * minuteMs,
      way: [a, b],
      pages: ['budget'],
    },
  ]);
});

describe('SC-42 the Linux leap second, 30 June 2012: timers misfired and hosts were starved of CPU', () => {
  playAll([
    {
      name: 'the host stands still for ten minutes in calm: nothing is moved',
      story: [[minuteMs, does((world) => world.time.leap(10 * minuteMs))]],
      forMs: 30 * minuteMs,
      way: [a],
    },
    {
      name: 'the host stands still in the middle of a confirmation, and the primary has recovered: nothing is moved',
      story: [
        [0, fails(a, 'status', 5 * minuteMs)],
        [12 * secondMs, does((world) => world.time.leap(10 * minuteMs))],
      ],
      forMs: 30 * minuteMs,
      way: [a],
    },
    {
      name: 'a starved host calls itself sick and decides nothing until it is well',
      policy: pair(),
      story: [
        [0, isSick('the event loop stalls')],
        [0, fails(a)],
        [10 * minuteMs, does((world) => expect(moves(world)).toEqual([a]))],
        [10 * minuteMs, isSick(null)],
        [12 * minuteMs, does((world) => expect(moves(world)).toEqual([a, b]))],
        [12 * minuteMs, recovers(a)],
      ],
      forMs: 13 * minuteMs,
      way: [a, b],
      pages: ['sick'],
    },
  ]);
});
