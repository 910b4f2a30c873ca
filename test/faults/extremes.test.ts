import { describe, expect, test } from '@jest/globals';
import { serviceTable } from '../../src/config/service-variables';
import type { Table } from '../../src/config/variable';
import { parseDuration } from '../../src/domain/duration';
import { rto } from '../../src/domain/rto';
import type { Policy } from '../../src/domain/types';
import { keepsPromises, way } from '../control/promises';
import { createWorld, suffers } from '../control/world';
import { a, b, policyOf } from '../domain/fixtures';

/** F13: every threshold at the ends of its range. */

const bounded = Object.entries<Table[string]>(serviceTable).flatMap(([key, { parser }]) => {
  const [, least, most] =
    /^(?:\d+, or )?(\d+\w*) to (\d+\w*)(?:, in steps of \w+|, such as .*)?$/.exec(parser.accepts) ?? [];
  return least === undefined || most === undefined ? [] : [{ key, least, most, parser }];
});

/** The next value outside, in the unit of the bound. */
function beyond(bound: string, by: 1 | -1): string {
  const ms = parseDuration(bound);
  return ms === null ? String(Number(bound) + by) : `${ms + by}ms`;
}

describe('what the configuration takes', () => {
  test('is bounded for every number and duration', () => {
    expect(bounded.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['ttl', 'interval', 'timeout', 'fall', 'rise', 'sustain', 'window', 'down_ratio', 'rto']),
    );
    expect(bounded.length).toBeGreaterThanOrEqual(15);
  });

  test.each(bounded)('$key: $least and $most, and nothing beyond', ({ least, most, parser }) => {
    for (const text of [least, most]) expect([text, parser.parse(text).ok]).toEqual([text, true]);
    for (const text of [beyond(least, -1), beyond(most, 1)])
      expect([text, parser.parse(text).ok]).toEqual([text, false]);
  });
});

describe('with any one of them, a dead primary is left once, within the printed bound', () => {
  const hourMs = 3_600_000;
  const month = 30 * 24 * hourMs;
  const rows: readonly Partial<Policy>[] = [
    { fall: 1 },
    { fall: 100 },
    { rise: 1 },
    { rise: 100 },
    { sustainMs: 0 },
    { sustainMs: hourMs },
    { intervalMs: 100, timeoutMs: 50, confirmIntervalMs: 50 },
    { intervalMs: hourMs, timeoutMs: hourMs },
    { confirmIntervalMs: 10_000 },
    { window: 0 },
    { window: 3 },
    { window: 1_000 },
    { downRatio: 0.000_001, upRatio: 0 },
    { downRatio: 1, upRatio: 0.999_999 },
    { failbackAfterMs: 0, dampingCapMs: 0, dampingHalfLifeMs: 100, ttlMs: 1_000 },
    { failbackAfterMs: month, dampingCapMs: month, dampingHalfLifeMs: month, ttlMs: 24 * hourMs },
    { maxSwitches: { count: 1, windowMs: 60_000 } },
    { maxSwitches: { count: 100, windowMs: month } },
  ];
  test.each(rows.map((row) => ({ row })))('$row', async ({ row }) => {
    const policy = policyOf(row);
    const world = createWorld(policy);
    world.start();
    expect(await world.time.until(() => world.service().status().ready, 10 * hourMs)).not.toBeNull();
    await world.time.run(20_000);
    suffers(world, a, 'status');
    const tookMs = await world.time.until(() => world.tell('switched').length > 0, 10 * hourMs);
    expect(tookMs).toBeGreaterThanOrEqual(policy.sustainMs);
    expect(tookMs).toBeLessThanOrEqual(rto(policy, 0).verifiedMs);
    await world.time.run(60_000);
    expect(way(world)).toEqual([a, b]);
    keepsPromises(world);
  });
});
