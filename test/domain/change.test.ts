import { describe, expect, test } from '@jest/globals';
import { spent } from '../../src/domain/budget';
import { objections } from '../../src/domain/change';
import type { Order } from '../../src/domain/events';
import type { OutcomeCode } from '../../src/domain/state';
import { initial } from '../../src/domain/step';
import type { Policy } from '../../src/domain/types';
import { a, type Bench, b, benchOf, c, fail, foundAt, pass, policyOf } from './fixtures';

const fast = policyOf({ fall: 2, rise: 2, sustainMs: 0, window: 0 });

/** The first site has just failed and generation 1, to the second, is intended. */
function failing(changes: Partial<Policy> = {}): Bench {
  const bench = benchOf({ ...fast, ...changes });
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  bench.wait(1_000);
  bench.see(a, fail());
  bench.wait(1_000);
  bench.see(a, fail());
  return bench;
}

function orders(bench: Bench, order: Order, forMs: number | null = null): void {
  bench.post({ type: 'ordered', order, actor: 'ada', why: 'x', forMs });
}

/** Nothing is seen for a while; then the first site is seen failing. */
function aged(bench: Bench): void {
  bench.wait(35_001);
  bench.see(a, fail());
}

function sending(bench: Bench): Bench {
  bench.post({ type: 'sending', generation: bench.state.durable.change?.generation ?? -1 });
  return bench;
}

function wrote(bench: Bench, outcome: OutcomeCode, retryAfterMs: number | null = null): Bench {
  const generation = bench.state.durable.change?.generation ?? -1;
  bench.post({ type: 'wrote', generation, outcome, why: outcome, requestId: 'r1', retryAfterMs });
  return bench;
}

function recovers(bench: Bench): Bench {
  for (let round = 0; round < bench.policy.rise; round++) bench.see(a, pass);
  return bench;
}

function lastEffect(bench: Bench, type: 'point' | 'verify') {
  return bench.effects.findLast((effect) => effect.type === type);
}

describe('from decision to settled', () => {
  test('the intent carries its generation, its cause and its evidence, and is counted', () => {
    const bench = failing();
    expect(bench.state.durable.change).toMatchObject({
      generation: 1,
      from: a,
      to: b,
      kind: 'failover',
      phase: 'intended',
      attempts: 0,
      decidedMs: 1_002_000,
      causeMs: 1_001_000,
      why: `${a} is down: 2 fails over 1s, last status`,
    });
    expect(bench.state.durable.change?.evidence.sites).toMatchObject([
      {
        name: a,
        verdict: 'down',
        fails: 2,
        votes: [{ vantage: 'here', vote: 'down', ageMs: 0 }],
        lastFail: { class: 'status' },
      },
      { name: b, verdict: 'up', passes: 2 },
      { name: c, verdict: 'up' },
    ]);
    expect(spent(bench.state.durable, bench.policy, bench.nowMs)).toBe(1);
    expect(lastEffect(bench, 'point')).toEqual({ type: 'point', generation: 1, attempt: 0, atLeastMs: 0, restedMs: 0 });
  });

  test('applied, verified, settled: told with all its times, penalty one more', () => {
    const bench = failing();
    bench.wait(10);
    sending(bench);
    expect(bench.state.durable.change).toMatchObject({ phase: 'sending', attempts: 1 });
    bench.wait(100);
    wrote(bench, 'applied');
    expect(bench.state.durable).toMatchObject({ active: b, generation: 1, change: { phase: 'applied' } });
    expect(lastEffect(bench, 'verify')).toEqual({ type: 'verify', generation: 1, attempt: 0 });
    bench.wait(40);
    bench.post({ type: 'verified', generation: 1, laggards: [] });
    expect(bench.state.durable).toMatchObject({
      change: null,
      active: b,
      penalty: { value: 1, atMs: 1_002_150 },
      switches: [{ generation: 1, from: a, to: b, kind: 'failover', atMs: 1_002_110, verifiedMs: 1_002_150 }],
    });
    expect(bench.tells('switched')[0]?.fields).toMatchObject({
      tookMs: 1_150,
      detectMs: 1_000,
      decideMs: 10,
      writeMs: 100,
      verifyMs: 40,
      requestId: 'r1',
    });
  });

  const forbidding: readonly [what: string, begin: (bench: Bench) => void, end: (bench: Bench) => void][] = [
    ['a hold', (bench) => orders(bench, { order: 'hold' }), (bench) => orders(bench, { order: 'resume' })],
    ['a hold that runs out', (bench) => orders(bench, { order: 'hold' }, 40_000), () => undefined],
    ['a pin', (bench) => orders(bench, { order: 'switch', site: a }), (bench) => orders(bench, { order: 'resume' })],
    [
      'something foreign',
      (bench) => bench.post({ type: 'found', found: { ...foundAt(a), foreignMarker: 'x' } }),
      (bench) => bench.post({ type: 'found', found: foundAt(a) }),
    ],
  ];
  test.each(forbidding)('detection counts from the end of what forbade to act: %s', (_what, begin, end) => {
    const bench = benchOf(fast);
    bench.post({ type: 'found', found: foundAt(a) });
    bench.allUp(a, b, c);
    begin(bench);
    for (let second = 0; second < 4; second++) {
      bench.see(a, fail());
      bench.allUp(b);
      bench.wait(10_000);
    }
    end(bench);
    bench.post({ type: 'ticked' });
    expect(bench.state.durable.change).toMatchObject({
      kind: 'failover',
      causeMs: 1_000_000,
      releasedMs: 1_040_000,
      decidedMs: 1_040_000,
    });
    bench.wait(100);
    bench.settle();
    expect(bench.tells('switched')[0]).toMatchObject({
      text: `failover verified: ${b} answers on every server 100ms after the hold or pin ended`,
      fields: { detectMs: 0, tookMs: 100 },
    });
  });

  test('what began to fail after the hold counts from its first failure, over a restart too', () => {
    const first = benchOf(fast);
    first.post({ type: 'found', found: foundAt(a) });
    orders(first, { order: 'hold' });
    orders(first, { order: 'resume' });
    const bench = benchOf(fast, initial(first.state.durable));
    expect(bench.state.durable.releasedMs).toBe(1_000_000);
    bench.post({ type: 'found', found: foundAt(a) });
    bench.allUp(a, b, c);
    bench.wait(5_000);
    bench.see(a, fail());
    bench.wait(1_000);
    bench.see(a, fail());
    expect(bench.state.durable.change).toMatchObject({ causeMs: 1_005_000, releasedMs: null });
    bench.settle();
    expect(bench.tells('switched')[0]).toMatchObject({
      text: `failover verified: ${b} answers on every server 1s after the first failed probe`,
      fields: { detectMs: 1_000 },
    });
  });

  const outcomes: readonly [outcome: OutcomeCode, retryAfterMs: number | null, phase: string, atLeastMs: number][] = [
    ['conflict', null, 'intended', 0],
    ['throttled', 30_000, 'intended', 30_000],
    ['denied', null, 'intended', 0],
    ['unavailable', null, 'intended', 0],
    ['unknown', null, 'unsure', 0],
  ];
  test.each(outcomes)('%s (retry after %s): %s, and tried again', (outcome, retryAfterMs, phase, atLeastMs) => {
    const bench = wrote(sending(failing()), outcome, retryAfterMs);
    expect(bench.state.durable.change).toMatchObject({ phase, attempts: 1, trouble: { code: outcome, why: outcome } });
    expect(bench.state.durable.active).toBe(a);
    expect(lastEffect(bench, 'point')).toEqual({ type: 'point', generation: 1, attempt: 1, atLeastMs });
  });

  test('what belongs to another generation is ignored', () => {
    const bench = sending(failing());
    const before = bench.state.durable;
    bench.post({ type: 'sending', generation: 0 });
    bench.post({ type: 'wrote', generation: 0, outcome: 'applied', why: '', requestId: null, retryAfterMs: null });
    bench.post({ type: 'wrote', generation: 2, outcome: 'unknown', why: '', requestId: null, retryAfterMs: null });
    bench.post({ type: 'verified', generation: 1, laggards: [] });
    bench.post({ type: 'verified', generation: 0, laggards: [] });
    expect(bench.state.durable).toEqual(before);
  });

  test('what the provider has taken is not sent again', () => {
    const bench = sending(wrote(sending(failing()), 'applied'));
    expect(bench.state.durable.change).toMatchObject({ phase: 'applied', attempts: 1 });
  });

  test('what proves an older generation does not prove this one', () => {
    const bench = wrote(sending(failing()), 'applied');
    bench.post({ type: 'verified', generation: 0, laggards: [] });
    expect(bench.state.durable.change).toMatchObject({ generation: 1, phase: 'applied' });
    expect(bench.tells('switched')).toEqual([]);
  });

  test('servers that lag are named, and asked again; a second switch is made only when its site fails too', () => {
    const bench = wrote(sending(failing()), 'applied');
    bench.post({ type: 'verified', generation: 1, laggards: ['ns2: answers A 203.0.113.10'] });
    expect(bench.state.durable.change).toMatchObject({ phase: 'applied', laggards: ['ns2: answers A 203.0.113.10'] });
    expect(lastEffect(bench, 'verify')).toEqual({ type: 'verify', generation: 1, attempt: 2 });
    recovers(bench);
    for (let round = 0; round < 3; round++) bench.see(b, fail());
    // The zone holds generation 1; its site is down as well, and users must not wait for a lagging server.
    expect(bench.state.durable).toMatchObject({ change: { generation: 2, from: b, to: a, kind: 'failover' } });
    bench.post({ type: 'verified', generation: 1, laggards: [] });
    expect(bench.state.durable.change?.generation).toBe(2);
  });

  test('a zone that cannot be read: what is known of the outcome stays, tried again', () => {
    for (const outcome of ['unavailable', 'unknown'] as const) {
      const bench = wrote(sending(failing()), outcome);
      const phase = bench.state.durable.change?.phase;
      bench.post({ type: 'read-failed', why: 'x', code: 'throttled', generation: 1, retryAfterMs: 7_000 });
      expect(bench.state.durable.change).toMatchObject({ phase, attempts: 2, trouble: { code: 'read-failed' } });
      expect(lastEffect(bench, 'point')).toEqual({ type: 'point', generation: 1, attempt: 2, atLeastMs: 7_000 });
      expect(bench.state.unreadable).toMatchObject({ why: 'throttled: x' });
      bench.post({ type: 'found', found: foundAt(a) });
      expect(bench.state.unreadable).toBeNull();
    }
  });
});

describe('a change that is not justified any more', () => {
  const before: readonly [name: string, undo: (bench: Bench) => void][] = [
    ['the site recovered', recovers],
    ['the target fails', (bench) => bench.see(b, fail())],
    ['the target aged', aged],
    [
      'a gate shut',
      (bench) => bench.post({ type: 'gated', site: b, gate: { name: 'replica', open: false, why: 'lags' } }),
    ],
    ['this node is sick', (bench) => bench.post({ type: 'sick', why: 'stalled' })],
    ['a hold', (bench) => order(bench, 'hold')],
    ['somebody moved the record', (bench) => bench.post({ type: 'found', found: foundAt(b) })],
    ['something foreign', (bench) => bench.post({ type: 'found', found: { ...foundAt(a), sets: [] } })],
  ];
  test.each(before)('%s: dropped before it was sent, and its place in the budget with it', (_name, undo) => {
    const bench = failing({ sites: fast.sites.slice(0, 2) });
    undo(bench);
    expect(bench.state.durable.change).toBeNull();
    expect(bench.state.durable.issued).toBe(1);
    expect(spent(bench.state.durable, bench.policy, bench.nowMs)).toBe(0);
    expect(bench.tells('dropped')).toHaveLength(1);
  });

  test('the record is at another site by now, which fails too: decided anew from there', () => {
    const bench = failing();
    const { state } = bench;
    const { change } = state.durable;
    if (change === null) throw new Error('nothing was decided');
    const moved = { ...bench.view(), state: { ...state, durable: { ...state.durable, change: null, active: c } } };
    const down = { verdict: 'down', disputed: false, sinceMs: bench.nowMs } as const;
    const both = { ...moved, state: { ...moved.state, standings: { ...state.standings, [c]: down } } };
    expect(objections(both, { ...change, from: c })).toEqual([]);
    expect(objections(both, change).map(({ guard }) => guard)).toEqual(['superseded']);
  });

  test.each(['hold', 'a record of somebody'])('a record to be created, and %s: dropped', (what) => {
    const bench = benchOf(policyOf({ create: true }));
    bench.post({ type: 'found', found: { ...foundAt(a), sets: [] } });
    expect(bench.state.durable.change).toMatchObject({ kind: 'create', to: a });
    if (what === 'hold') order(bench, 'hold');
    else bench.post({ type: 'found', found: foundAt(b) });
    expect(bench.state.durable.change).toBeNull();
    expect(bench.tells('dropped')).toHaveLength(1);
  });

  test('is not recalled while it is being sent', () => {
    const bench = recovers(sending(failing()));
    expect(bench.state.durable.change).toMatchObject({ generation: 1, phase: 'sending' });
  });

  test('is not recalled once the provider has it', () => {
    const bench = recovers(wrote(sending(failing()), 'applied'));
    expect(bench.state.durable.change).toMatchObject({ generation: 1, phase: 'applied' });
  });

  /** Whatever came after an unknown outcome, the request may still be on its way: only a newer generation shuts it out (S2). */
  const outcomes: readonly (readonly OutcomeCode[])[] = [
    ['unknown'],
    ['unknown', 'unavailable'],
    ['unknown', 'throttled', 'conflict'],
    ['unknown', 'denied'],
    ['unavailable', 'unknown'],
  ];
  test.each(outcomes.map((one) => [one]))('after %j it is fenced', (list) => {
    const bench = failing();
    for (const outcome of list) wrote(sending(bench), outcome);
    recovers(bench);
    expect(bench.state.durable).toMatchObject({
      active: a,
      issued: 2,
      change: { kind: 'fence', generation: 2, from: a, to: a, phase: 'unsure' },
    });
    wrote(sending(bench), 'applied');
    bench.post({ type: 'verified', generation: 2, laggards: [] });
    expect(bench.state.durable).toMatchObject({ change: null, active: a, generation: 2, penalty: { value: 0 } });
    expect(bench.tells('fenced')).toHaveLength(1);
  });

  test('an unknown outcome is fenced even while the next attempt is on its way', () => {
    const bench = recovers(sending(wrote(sending(failing()), 'unknown')));
    expect(bench.state.durable.change).toMatchObject({ kind: 'fence', generation: 2 });
  });

  test('a fence gives way to a new failover, whose generation fences as well', () => {
    const bench = recovers(wrote(sending(failing()), 'unknown'));
    bench.see(a, fail());
    bench.see(a, fail());
    expect(bench.state.durable.change).toMatchObject({ kind: 'failover', generation: 3, to: b });
  });
});

describe('the start', () => {
  test.each([
    ['intended', foundAt(a), null],
    ['sending', foundAt(a), null],
    ['unsure', foundAt(a), null],
    ['intended', foundAt(b, 1), 'applied'],
    ['sending', foundAt(b, 1), 'applied'],
    ['unsure', foundAt(b, 1), 'applied'],
    ['applied', foundAt(b, 1), 'applied'],
    ['applied', foundAt(a), 'applied'],
  ] as const)('after a crash while %s, with the zone at %j: %s', (phase, zone, then) => {
    const bench = failing();
    if (phase !== 'intended') sending(bench);
    if (phase === 'unsure') wrote(bench, 'unknown');
    if (phase === 'applied') wrote(bench, 'applied');
    const next = benchOf(bench.policy, initial(bench.state.durable));
    next.post({ type: 'ticked' });
    expect(next.effects).toEqual([]);
    next.post({ type: 'found', found: zone });
    expect(next.state.durable.change?.phase ?? null).toBe(then);
    expect(next.state.durable.active).toBe(then === null ? a : b);
    expect(next.effects.map((effect) => effect.type).filter((type) => type !== 'tell')).toEqual(
      then === null ? [] : ['verify'],
    );
    expect(next.state.durable.switches).toHaveLength(then === null ? 0 : 1);
  });

  test('remembers what must survive, and no votes', () => {
    const bench = failing();
    bench.settle();
    order(bench, 'hold');
    const next = benchOf(bench.policy, initial(bench.state.durable));
    expect(next.state).toMatchObject({ read: false, health: {}, standings: {}, alerts: {} });
    expect(next.state.durable).toEqual(bench.state.durable);
  });
});

function order(bench: Bench, name: 'hold' | 'resume'): void {
  bench.post({ type: 'ordered', order: { order: name }, actor: 'ada', why: 'x', forMs: null });
}
