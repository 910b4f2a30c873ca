import { describe, expect, test } from '@jest/globals';
import type { RecordSet } from '../../src/domain/records';
import { initial } from '../../src/domain/step';
import type { Found, Policy } from '../../src/domain/types';
import { a, type Bench, b, benchOf, c, fail, policyOf } from './fixtures';

const v4 = { [a]: '203.0.113.10', [b]: '198.51.100.7', [c]: '192.0.2.5' } as const;
const v6 = { [a]: '2001:db8::a', [b]: '2001:db8::b', [c]: '2001:db8::c' } as const;
function sets(at4: keyof typeof v4, at6: keyof typeof v6): readonly RecordSet[] {
  return [
    { type: 'A', ttl: 60, values: [v4[at4]] },
    { type: 'AAAA', ttl: 60, values: [v6[at6]] },
  ];
}
const policy: Policy = policyOf({ sites: [a, b, c].map((name) => ({ name, sets: sets(name, name) })) });

function found(at: readonly RecordSet[], generation: number | null, site: string): Found {
  const marker = generation === null ? null : { owner: 'sre', generation, site };
  return { sets: at, marker, foreignMarker: null, obstacles: [] };
}
function read(bench: Bench, at: readonly RecordSet[], generation: number | null, site: string): void {
  bench.post({ type: 'found', found: found(at, generation, site) });
}

/** Generation 7 at asia-east1, and a change of generation 8 to europe-west1 of which nobody knows what became. */
function unsure(): Bench {
  const bench = benchOf(policy);
  read(bench, sets(a, a), 7, a);
  bench.allUp(a, b, c);
  bench.post({ type: 'ordered', order: { order: 'switch', site: b }, actor: 'ada', why: 'x', forMs: null });
  bench.post({ type: 'sending', generation: 8 });
  bench.post({ type: 'wrote', generation: 8, outcome: 'unknown', why: 'x', requestId: null, retryAfterMs: null });
  bench.effects.length = 0;
  return bench;
}

function restarted(bench: Bench): Bench {
  const next = benchOf(policy, initial(bench.state.durable));
  next.nowMs = bench.nowMs;
  return next;
}

describe('a change of several calls that broke off, while it is wanted', () => {
  test.each([
    ['only its marker is there', sets(a, a)],
    ['some of its values are there', sets(b, a)],
    ['a value is missing', sets(a, a).slice(0, 1)],
  ])('%s: no hold, and it stays on its way', (_, at) => {
    const bench = unsure();
    read(bench, at, 8, b);
    expect(bench.state.durable).toMatchObject({
      active: a,
      generation: 7,
      obstacle: null,
      pin: { site: b, by: 'order' },
      change: { generation: 8, to: b, phase: 'unsure' },
    });
  });

  test('then all of it is there: applied', () => {
    const bench = unsure();
    for (const at of [sets(a, a), sets(b, a), sets(b, b)]) read(bench, at, 8, b);
    expect(bench.state.durable).toMatchObject({ active: b, generation: 8, change: { phase: 'applied' } });
  });

  test('it is not wanted any more: its fence may put the active site back', () => {
    const bench = unsure();
    read(bench, sets(b, a), 8, b);
    bench.post({ type: 'ordered', order: { order: 'switch', site: a }, actor: 'ada', why: 'x', forMs: null });
    expect(bench.state.durable.change).toMatchObject({ kind: 'fence', to: a, generation: 9 });
    read(bench, sets(b, a), 8, b);
    expect(bench.state.durable).toMatchObject({ obstacle: null, change: { kind: 'fence', generation: 9 } });
  });
});

describe('a change that broke off with the process', () => {
  function failing(): Bench {
    const bench = benchOf(policy);
    read(bench, sets(a, a), 7, a);
    bench.state = { ...bench.state, durable: { ...bench.state.durable, issued: 8 } };
    return restarted(bench);
  }

  test('nothing is written by the restart alone', () => {
    const bench = failing();
    read(bench, sets(b, a), 8, b);
    expect(bench.state.durable).toMatchObject({ active: a, obstacle: null, change: null });
    expect(bench.effects).toEqual([]);
  });

  test('the active site is up: it is put back, under a newer generation', () => {
    const bench = failing();
    read(bench, sets(b, a), 8, b);
    bench.allUp(a, b, c);
    read(bench, sets(b, a), 8, b);
    expect(bench.state.durable.change).toMatchObject({ kind: 'fence', to: a, generation: 9 });
  });

  test('the active site is down: the failover completes it', () => {
    const bench = failing();
    read(bench, sets(b, a), 8, b);
    bench.allUp(b, c);
    for (let round = 0; round < 4; round++) {
      bench.see(a, fail());
      bench.wait(10_000);
      bench.allUp(b, c);
    }
    expect(bench.state.durable.change).toMatchObject({ kind: 'failover', to: b, generation: 9 });
  });

  test('an order that was not carried out is, with a newer generation', () => {
    const bench = restarted(unsure());
    read(bench, sets(b, a), 8, b);
    expect(bench.state.durable).toMatchObject({ obstacle: null, change: { kind: 'order', to: b, generation: 9 } });
  });
});

describe('what only looks like it is drift', () => {
  const rows: readonly (readonly [name: string, at: readonly RecordSet[], generation: number | null])[] = [
    ['a hand mixed two sites of a settled change', sets(b, a), 7],
    ['without a marker', sets(b, a), null],
    ['a generation that was never issued', sets(b, a), 9],
    ['an older one', sets(b, a), 6],
    ["a value of nobody's", [{ type: 'A', ttl: 60, values: ['203.0.113.99', v4[b]] }], 8],
    ['an address under the wrong type', [{ type: 'CNAME', ttl: 60, values: ['elsewhere.example.net'] }], 8],
  ];
  test.each(rows)('%s', (_, at, generation) => {
    const bench = unsure();
    read(bench, at, generation, b);
    expect(bench.state.durable).toMatchObject({ obstacle: { by: 'drift' }, change: null });
  });

  test('the same, without memory', () => {
    const bench = benchOf(policy);
    read(bench, sets(b, a), 8, b);
    expect(bench.state.durable.obstacle?.by).toBe('drift');
  });
});
