import { describe, expect, test } from '@jest/globals';
import { bringIntoLine } from '../../src/domain/reading';
import type { Durable, State } from '../../src/domain/state';
import { a, type Bench, b, benchOf, c, fail, foundAt, policyOf } from './fixtures';

/** Nothing is under way, and the second of two providers is behind: what would be done about it now. */

const hold = { by: 'order', actor: 'ada', why: 'migration', sinceMs: 0, untilMs: null } as const;

function behind(changes: { readonly state?: Partial<State>; readonly durable?: Partial<Durable> } = {}): Bench {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a, 3) });
  bench.allUp(a, b, c);
  const durable: Durable = { ...bench.state.durable, ...changes.durable };
  const lags = { parts: ['other holds no record'], sinceMs: 0, attempts: 0, waits: null };
  bench.state = { ...bench.state, behind: lags, ...changes.state, durable };
  return bench;
}

describe('a provider that is behind, with nothing under way', () => {
  test('is written once more, by a fence to the active site: no switch, and nothing of the budget', () => {
    const next = bringIntoLine(behind().view()).state.durable;
    expect(next.change).toMatchObject({ kind: 'fence', from: a, to: a, generation: 4 });
    expect(next.switches).toEqual([]);
  });

  const rows: readonly [name: string, bench: () => Bench][] = [
    ['a human holds', () => behind({ durable: { hold } })],
    ['the zone holds something foreign', () => behind({ durable: { obstacle: { ...hold, by: 'drift' } } })],
    ['there is no active site', () => behind({ durable: { active: null } })],
    ['the record is pinned elsewhere', () => behind({ durable: { pin: { ...hold, site: b } } })],
    ['this node does not trust itself', () => behind({ state: { sick: 'stalled' } })],
    ['the zone was not read', () => behind({ state: { read: false } })],
    ['nobody is behind', () => behind({ state: { behind: null } })],
    [
      'the active site fails',
      () => {
        const bench = behind();
        bench.see(a, fail());
        return bench;
      },
    ],
  ];
  test.each(rows)('waits while %s', (_name, make) => {
    const bench = make();
    expect(bringIntoLine(bench.view())).toEqual({ state: bench.state, effects: [] });
    expect(bench.state.durable.change).toBeNull();
  });
});
