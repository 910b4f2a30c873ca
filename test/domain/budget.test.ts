import { describe, expect, test } from '@jest/globals';
import { counted, failbackWaitMs, isAutomatic, nextFreeMs, penaltyNow, spent } from '../../src/domain/budget';
import { duration } from '../../src/domain/duration';
import type { ChangeKind, Durable, Switch } from '../../src/domain/state';
import { initial } from '../../src/domain/step';
import { a, b, c, policyOf } from './fixtures';

const minuteMs = 60_000;
const policy = policyOf({ maxSwitches: { count: 2, windowMs: 60 * minuteMs } });

function durableOf(changes: Partial<Durable>): Durable {
  return { ...initial(null).durable, ...changes };
}

function switchAt(atMs: number, kind: ChangeKind = 'failover'): Switch {
  return { atMs, generation: 1, from: a, to: b, kind, verifiedMs: null, why: '' };
}

describe('switches spent in the window that ends now', () => {
  const nowMs = 100 * minuteMs;
  const rows: readonly [minutes: readonly number[], spent: number, nextFreeAt: number | null][] = [
    [[], 0, null],
    [[100], 1, 160],
    [[41], 1, 101],
    [[40], 0, null],
    [[39, 41, 99], 2, 101],
    [[41, 42, 43, 44], 4, 101],
  ];
  test.each(rows)('at minutes %j: %i', (minutes, used, freeMinute) => {
    const durable = durableOf({ switches: minutes.map((minute) => switchAt(minute * minuteMs)) });
    expect(spent(durable, policy, nowMs)).toBe(used);
    expect(nextFreeMs(durable, policy, nowMs)).toBe(freeMinute === null ? null : freeMinute * minuteMs);
  });

  test.each([
    ['failover', true],
    ['failback', true],
    ['order', false],
    ['drill', false],
    ['create', false],
    ['fence', false],
  ] as const)('%s counts: %s', (kind, counts) => {
    expect(isAutomatic(kind)).toBe(counts);
    expect(spent(durableOf({ switches: [switchAt(nowMs, kind)] }), policy, nowMs)).toBe(counts ? 1 : 0);
  });
});

describe('the way home from where an order put the record costs nothing', () => {
  const nowMs = 100 * minuteMs;
  type Move = readonly [kind: ChangeKind, from: string, to: string, isVerified?: boolean];
  const home: Move = ['failback', b, a];
  const rows: readonly [what: string, moves: readonly Move[], counted: readonly number[]][] = [
    ['after a failover', [['failover', a, b], home], [0, 1]],
    ['after a switch', [['order', a, b], home], []],
    ['after a drill', [['drill', a, b], home], []],
    ['once', [['order', a, b], home, home], [2]],
    ['one for each order', [['order', a, b], home, ['drill', a, b], home], []],
    ['of a failover that an order led on', [['failover', a, c], ['order', c, b], home], [0]],
    ['the last of two steps of it', [['order', a, c], ['failback', c, b], home], [2]],
    [
      'not when the site of the order failed',
      [
        ['order', a, b],
        ['failover', b, a],
      ],
      [1],
    ],
    [
      'not after a failover from it',
      [
        ['order', a, b],
        ['failover', b, c],
        ['failback', c, a],
      ],
      [1, 2],
    ],
    ['not from elsewhere', [['order', a, c], home], [1]],
    ['not after an order that nobody saw arrive', [['order', a, b, false], home], [1]],
    ['without a memory of what came before', [home], [0]],
  ];
  test.each(rows)('%s', (_what, moves, places) => {
    const switches = moves.map(
      ([kind, from, to, isVerified = true], index): Switch => ({
        ...{ atMs: nowMs - minuteMs, generation: index, from, to, kind, why: '' },
        verifiedMs: isVerified ? nowMs : null,
      }),
    );
    const durable = durableOf({ switches });
    expect(counted(durable, policy, nowMs).map(({ generation }) => generation)).toEqual(places);
    expect(spent(durable, policy, nowMs)).toBe(places.length);
  });

  test('also when the order is older than the window', () => {
    const switches = [
      { ...switchAt(0, 'drill'), verifiedMs: 1 },
      { ...switchAt(nowMs, 'failback'), from: b, to: a },
    ];
    expect(spent(durableOf({ switches }), policy, nowMs)).toBe(0);
  });
});

describe('penalty and the wait before a failback', () => {
  const base = 5 * minuteMs;
  const rows: readonly [value: number, afterMinutes: number, penalty: number, waitMs: number][] = [
    [0, 0, 0, base],
    [1, 0, 1, 2 * base],
    [1, 30, 0.5, base * Math.SQRT2],
    [2, 60, 0.5, base * Math.SQRT2],
    [3, 0, 3, 8 * base],
    [10, 0, 10, 120 * minuteMs],
  ];
  test.each(rows)('%d, %i minutes later: penalty %d, wait %d ms', (value, minutes, penalty, waitMs) => {
    const durable = durableOf({ penalty: { value, atMs: 1_000 } });
    const nowMs = 1_000 + minutes * minuteMs;
    expect(penaltyNow(durable, policy, nowMs)).toBeCloseTo(penalty, 9);
    expect(failbackWaitMs(durable, policy, nowMs)).toBeCloseTo(waitMs, 3);
  });

  test('a clock that seems to go back never makes a penalty grow', () => {
    expect(penaltyNow(durableOf({ penalty: { value: 1, atMs: 1_000 } }), policy, 0)).toBe(1);
  });

  test.each([
    ['twice the TTL, where that is longer', { ttlMs: 10 * minuteMs }, 20 * minuteMs],
    ['the cap never shortens FAILBACK_AFTER', { dampingCapMs: minuteMs }, base],
  ] as const)('%s', (_name, changes, waitMs) => {
    expect(failbackWaitMs(durableOf({}), policyOf(changes), 0)).toBe(waitMs);
  });
});

test.each([
  [0, '0ms'],
  [850, '850ms'],
  [1_000, '1s'],
  [2_449, '2.4s'],
  [60_000, '1m'],
  [90_000, '1m30s'],
  [3_600_000, '1h'],
  [5_430_000, '1h30m'],
  [90_000_000, '1d1h'],
  [-1_500, '-1.5s'],
])('%i ms reads %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
