import { describe, expect, test } from '@jest/globals';
import { rto } from '../../src/domain/rto';
import type { Policy } from '../../src/domain/types';
import { policyOf } from './fixtures';

describe('the worst case from the first failure', () => {
  const rows: readonly [name: string, changes: Partial<Policy>, notice: number, confirm: number][] = [
    ['defaults: SUSTAIN and one confirmation', {}, 11_000, 21_000],
    ['SUSTAIN=0s: two timeouts, the second at once', { sustainMs: 0, fall: 2 }, 11_000, 10_000],
    ['each further fail costs one confirm interval', { sustainMs: 0, fall: 5 }, 11_000, 13_000],
    ['FALL=1: one timeout', { sustainMs: 0, fall: 1 }, 11_000, 5_000],
    ['fast', fast(), 1_100, 2_200],
    ['no confirmations: every fail waits for its interval', nginx(), 3_300, 7_600],
    ['no confirmations, and SUSTAIN too', { ...nginx(), sustainMs: 10_000 }, 3_300, 13_300],
  ];
  test.each(rows)('%s', (_name, changes, noticeMs, confirmMs) => {
    const { stages } = rto(policyOf(changes), 0);
    const ms = Object.fromEntries(stages.map(({ stage, ms }) => [stage, Math.round(ms)]));
    expect(ms).toMatchObject({ notice: noticeMs, confirm: confirmMs });
  });

  test('is the sum of its stages, clients last', () => {
    const { stages, verifiedMs, totalMs } = rto(policyOf({ ttlMs: 30_000 }), 45_000);
    expect(stages.map(({ stage }) => stage)).toEqual(['notice', 'confirm', 'write', 'verify', 'clients']);
    expect(totalMs).toBe(stages.reduce((sum, { ms }) => sum + ms, 0));
    expect(verifiedMs).toBe(totalMs - 30_000);
    expect(stages[3]?.ms).toBe(55_000);
  });
});

function fast(): Partial<Policy> {
  return { intervalMs: 1_000, timeoutMs: 1_000, fall: 3, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 };
}

function nginx(): Partial<Policy> {
  return { intervalMs: 3_000, timeoutMs: 1_000, fall: 3, rise: 2, sustainMs: 0, window: 0, confirmIntervalMs: 3_000 };
}
