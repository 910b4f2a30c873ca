import { describe, expect, test } from '@jest/globals';
import type { Order } from '../../src/domain/events';
import { explain } from '../../src/domain/explain';
import { overrideNamed, overrides } from '../../src/domain/overrides';
import { initial } from '../../src/domain/step';
import type { Policy } from '../../src/domain/types';
import { a, type Bench, b, benchOf, c, fail, foundAt, pass, policyOf } from './fixtures';

const fast = policyOf({ fall: 2, rise: 2, sustainMs: 0, window: 0 });

/** Everything up, the record at this site. */
function calm(active: string = a, changes: Partial<Policy> = {}): Bench {
  const bench = benchOf({ ...fast, ...changes });
  bench.post({ type: 'found', found: foundAt(active) });
  bench.allUp(a, b, c);
  return bench;
}

function order(bench: Bench, one: Order, forMs: number | null = null): Bench {
  bench.post({ type: 'ordered', order: one, actor: 'ada', why: 'migration', forMs });
  return bench;
}

describe('an order is followed at once', () => {
  test('hold, with actor, reason and expiry', () => {
    const bench = order(calm(), { order: 'hold' }, 60_000);
    expect(bench.state.durable.hold).toEqual({
      by: 'order',
      actor: 'ada',
      why: 'migration',
      sinceMs: bench.nowMs,
      untilMs: bench.nowMs + 60_000,
    });
    expect(bench.tells('ordered')[0]).toMatchObject({
      text: 'held by ada for 1m: migration',
      fields: { actor: 'ada', reason: 'migration', forMs: 60_000 },
    });
  });

  test.each(['switch', 'drill'] as const)('%s: pinned, decided with actor and reason', (name) => {
    const bench = order(calm(), { order: name, site: c });
    expect(bench.state.durable).toMatchObject({
      pin: { site: c, by: name === 'switch' ? 'order' : 'drill', actor: 'ada', why: 'migration', untilMs: null },
      change: {
        from: a,
        to: c,
        kind: name === 'switch' ? 'order' : 'drill',
        why: 'migration',
        evidence: { actor: 'ada' },
      },
    });
    bench.settle();
    expect(bench.state.durable).toMatchObject({ active: c, change: null, penalty: { value: 0 }, pin: { site: c } });
  });

  const ends = [
    ['switch', 'resume', `the pin of ada is over, and ${a} is up and calm`],
    ['drill', 'resume', `the drill of ada is over, and ${a} is up and calm`],
    ['drill', 'its time', `the drill of ada is over, and ${a} is up and calm`],
  ] as const;
  test.each(ends)('%s, ended by %s: home by the usual rules, which costs nothing and says why', (name, by, why) => {
    const bench = calm(a, { failbackAfterMs: 120_000, maxSwitches: { count: 1, windowMs: 6 * 3_600_000 } });
    order(bench, { order: name, site: b }, 600_000);
    expect(bench.tells('decided')[0]?.text).toBe(`decided: ${name} by ada from ${a} to ${b}`);
    bench.settle();
    expect(bench.tells('switched')[0]?.text).toBe(
      `${name} by ada verified: ${b} answers on every server 0ms after the decision`,
    );
    expect(explain(bench.view()).lastSwitch).toMatchObject({ kind: name === 'switch' ? 'order' : name, actor: 'ada' });
    if (by === 'resume') order(bench, { order: 'resume' });
    else bench.wait(600_000);
    const later = benchOf(bench.policy, initial(JSON.parse(JSON.stringify(bench.state.durable))));
    later.nowMs = bench.nowMs;
    later.post({ type: 'found', found: foundAt(b, 1) });
    later.allUp(a, b, c);
    expect(later.state.durable.change).toBeNull();
    for (let round = 0; round < 12; round++) {
      later.wait(10_000);
      later.allUp(a, b, c);
    }
    expect(later.state.durable.change).toMatchObject({ kind: 'failback', from: b, to: a, why });
    later.settle();
    expect(later.state.durable).toMatchObject({ active: a, pin: null, penalty: { value: 0 } });
    expect(explain(later.view()).budget.spent).toBe(0);
  });

  test('failback: to the first upright site before the active one, with actor and reason; not pinned afterwards', () => {
    const bench = order(calm(c), { order: 'failback' });
    expect(bench.state.durable.change).toMatchObject({
      from: c,
      to: a,
      kind: 'order',
      why: 'migration',
      evidence: { actor: 'ada' },
    });
    bench.settle();
    expect(bench.state.durable).toMatchObject({ active: a, change: null, pin: null });
    expect(bench.tells('ordered')[0]?.text).toBe(`failback to ${a} ordered by ada: migration`);
  });

  test('resume: hold and pin end', () => {
    const bench = order(order(order(calm(), { order: 'hold' }), { order: 'switch', site: a }), { order: 'resume' });
    expect(bench.state.durable).toMatchObject({ hold: null, pin: null });
  });

  test('a switch where it already is pins it', () => {
    const bench = order(calm(), { order: 'switch', site: a });
    expect(bench.state.durable).toMatchObject({ pin: { site: a }, change: null });
  });

  test('a switch while held is made; the hold stays', () => {
    const bench = order(order(calm(), { order: 'hold' }), { order: 'switch', site: b });
    expect(bench.state.durable).toMatchObject({ hold: { by: 'order' }, change: { to: b } });
  });
});

describe('the answer says how long it lasts, and what it replaces', () => {
  const rows: readonly [what: string, before: readonly Order[], one: Order, forMs: number | null, text: string][] = [
    ['a hold', [], { order: 'hold' }, 7_200_000, 'held by ada for 2h: migration'],
    ['a hold without end', [], { order: 'hold' }, null, 'held by ada until someone resumes: migration'],
    [
      'a second hold',
      [{ order: 'hold' }],
      { order: 'hold' },
      7_200_000,
      'held by ada for 2h: migration (replaces: held by ada for another 1h: migration)',
    ],
    [
      'a switch after another',
      [{ order: 'switch', site: b }],
      { order: 'switch', site: c },
      null,
      `switch to ${c} by ada until someone resumes: migration (replaces: pinned to ${b} by ada for another 1h: migration)`,
    ],
    ['a drill', [], { order: 'drill', site: b }, 600_000, `drill to ${b} by ada for 10m: migration`],
    ['resume', [{ order: 'hold' }], { order: 'resume' }, null, 'resumed by ada: migration'],
    ['resume of a pin', [{ order: 'switch', site: a }], { order: 'resume' }, null, 'resumed by ada: migration'],
    ['resume of nothing', [], { order: 'resume' }, null, 'nothing was held or pinned (resume by ada: migration)'],
  ];
  test.each(rows)('%s', (_what, before, one, forMs, text) => {
    const bench = calm();
    for (const earlier of before) order(bench, earlier, 3_600_000);
    order(bench, one, forMs);
    expect(bench.tells('ordered').at(-1)).toMatchObject({ text, page: false });
  });

  test('a failback is a move: its time is how long that may take', () => {
    expect(order(calm(c), { order: 'failback' }, 60_000).tells('ordered')[0]?.text).toBe(
      `failback to ${a} ordered by ada within 1m: migration`,
    );
  });

  test('resume of what a human did not order says what ends that', () => {
    const text = order(foreign(), { order: 'resume' }).tells('ordered')[0]?.text;
    expect(text).toMatch(/^nothing was held or pinned .*; drift ends with its cause: put one of the configured sites/);
  });
});

describe('an order is refused with the guard that says no', () => {
  const rows: readonly [name: string, bench: () => Bench, one: Order, guard: string][] = [
    ['to an unconfigured site', calm, { order: 'switch', site: 'mars' }, 'unconfigured'],
    ['to a site that is down', () => calmWithout(b), { order: 'switch', site: b }, 'no-standby'],
    ['a drill to a site that is down', () => calmWithout(b), { order: 'drill', site: b }, 'no-standby'],
    ['before the zone was read', () => benchOf(fast), { order: 'switch', site: b }, 'unread'],
    ['in a dry run', () => calm(a, { dryRun: true }), { order: 'switch', site: b }, 'dry-run'],
    ['over something foreign', () => foreign(), { order: 'switch', site: b }, 'drift'],
    ['a failback from the first site', calm, { order: 'failback' }, 'at-home'],
    ['a failback while no better site is up', () => calmWithout(a, b), { order: 'failback' }, 'not-up'],
    [
      'a failback with an override of another guard',
      () => calmWithout(a, b),
      { order: 'failback', override: ['no-standby'] },
      'not-up',
    ],
    ['a failback over something foreign', () => foreign(), { order: 'failback' }, 'drift'],
  ];
  test.each(rows)('%s', (_name, start, one, guard) => {
    const bench = order(start(), one);
    expect(bench.state.durable).toMatchObject({ pin: null, change: null });
    expect(bench.tells('order-refused')).toMatchObject([{ fields: { guard } }]);
    expect(bench.tells('ordered')).toEqual([]);
    const text = bench.tells('order-refused')[0]?.text ?? '';
    expect(text).toContain(overrideNamed(guard) === null ? 'there is no override for this' : `--override ${guard}`);
  });
});

describe('what a human overrules', () => {
  const rows: readonly [what: string, start: () => Bench, one: Order, to: string, pin: object, text: RegExp][] = [
    [
      'a switch to a site that is down',
      () => calmWithout(b),
      { order: 'switch', site: b, override: ['no-standby'] },
      b,
      { by: 'order', override: ['no-standby'] },
      /^switch to europe-west1 by ada until someone resumes: migration \(overrides no-standby: europe-west1 is down\)$/,
    ],
    [
      'a drill to a site that is down',
      () => calmWithout(b),
      { order: 'drill', site: b, override: ['no-standby'] },
      b,
      { by: 'drill', override: ['no-standby'] },
      /is down/,
    ],
    [
      'a failback to a site that is down: it stays there',
      () => calmWithout(a, b),
      { order: 'failback', override: ['not-up'] },
      a,
      { by: 'order', override: ['not-up'] },
      /ordered by ada until someone resumes: migration \(overrides not-up: asia-east1 is down\)$/,
    ],
    [
      'a failback that needs none: a move, not a stay',
      () => calm(c),
      { order: 'failback', override: ['not-up'] },
      a,
      { by: 'failback', override: ['not-up'] },
      /^failback to asia-east1 ordered by ada: migration$/,
    ],
  ];
  test.each(rows)('%s', (_what, start, one, to, pin, text) => {
    const bench = order(start(), one);
    expect(bench.state.durable).toMatchObject({ pin: { site: to, ...pin }, change: { to } });
    expect(bench.tells('ordered')).toMatchObject([{ text: expect.stringMatching(text), fields: one }]);
    // The evidence against it goes on, and a restart comes between: it is still what the human wants.
    const again = benchOf(fast, initial(bench.state.durable));
    again.post({ type: 'found', found: foundAt(bench.state.durable.active ?? '') });
    for (let round = 0; round < 5; round++) again.see(to, fail());
    expect(again.state.durable).toMatchObject({ pin: { site: to, ...pin }, change: { to } });
  });

  const never: readonly [what: string, start: () => Bench, site: string, guard: string][] = [
    ['an unconfigured site', calm, 'mars', 'unconfigured'],
    ['something foreign', foreign, b, 'drift'],
    ['a dry run', () => calm(a, { dryRun: true }), b, 'dry-run'],
    ['a zone that was not read', () => benchOf(fast), b, 'unread'],
  ];
  test.each(never)('never %s', (_what, start, site, guard) => {
    const bench = order(start(), { order: 'switch', site, override: overrides });
    expect(bench.state.durable).toMatchObject({ pin: null, change: null });
    expect(bench.tells('order-refused')).toMatchObject([{ fields: { guard } }]);
  });

  test('for a time it says so, and what follows its end is a failover on the evidence of then, or nothing', () => {
    for (const [others, moves] of [
      [[a, c], true],
      [[], false],
    ] as const) {
      const bench = order(calmWithout(b), { order: 'switch', site: b, override: ['no-standby'] }, 60_000);
      expect(bench.tells('ordered')).toMatchObject([
        { text: expect.stringMatching(/^switch to europe-west1 by ada for 1m: /), fields: { forMs: 60_000 } },
      ]);
      bench.settle();
      bench.wait(59_000);
      bench.allUp(...others);
      for (let round = 0; round < 3; round++) bench.see(b, fail());
      expect(bench.state.durable).toMatchObject({ active: b, change: null, pin: { site: b } });
      bench.wait(1_000);
      bench.post({ type: 'ticked' });
      expect(bench.state.durable.pin).toBeNull();
      expect(bench.state.durable.change).toEqual(moves ? expect.objectContaining({ kind: 'failover', to: a }) : null);
    }
  });

  test('it ends with the pin: automation decides again', () => {
    const bench = order(calmWithout(b), { order: 'switch', site: b, override: ['no-standby'] });
    bench.settle();
    bench.allUp(a, c);
    for (let round = 0; round < 3; round++) bench.see(b, fail());
    expect(bench.state.durable).toMatchObject({ active: b, change: null });
    expect(bench.state.alerts['pinned-down']).toMatchObject({ page: true });
    order(bench, { order: 'resume' });
    expect(bench.state.durable).toMatchObject({ pin: null, change: { kind: 'failover', to: a } });
  });
});

describe('expiry', () => {
  test('a hold and a pin end by themselves, to the millisecond, also over a restart', () => {
    const bench = order(order(calm(), { order: 'hold' }, 60_000), { order: 'switch', site: a }, 30_000);
    const again = benchOf(fast, initial(bench.state.durable));
    again.nowMs = bench.nowMs;
    for (const [waitMs, hold, pin] of [
      [29_999, true, true],
      [1, true, false],
      [29_999, true, false],
      [1, false, false],
    ] as const) {
      again.wait(waitMs);
      again.post({ type: 'ticked' });
      expect([again.state.durable.hold !== null, again.state.durable.pin !== null]).toEqual([hold, pin]);
    }
  });
});

describe('an order that could not be written yet', () => {
  const rows: readonly [name: string, one: Order, then: (bench: Bench) => void][] = [
    ['a switch is withdrawn by resume', { order: 'switch', site: b }, (bench) => order(bench, { order: 'resume' })],
    ['a drill is withdrawn by resume', { order: 'drill', site: b }, (bench) => order(bench, { order: 'resume' })],
    ['a switch expires', { order: 'switch', site: b }, expires],
    ['a failback is withdrawn by resume', { order: 'failback' }, (bench) => order(bench, { order: 'resume' })],
    ['a failback expires', { order: 'failback' }, expires],
  ];
  test.each(rows)('%s', (_name, one, then) => {
    const bench = order(calm(c), one, 60_000);
    expect(bench.state.durable.change?.phase).toBe('intended');
    then(bench);
    expect(bench.state.durable).toMatchObject({ change: null, pin: null, switches: [] });
  });

  test('is fenced when a request may still be on its way', () => {
    const bench = order(calm(c), { order: 'switch', site: b });
    bench.post({ type: 'sending', generation: 1 });
    bench.post({ type: 'wrote', generation: 1, outcome: 'unknown', why: 'x', requestId: null, retryAfterMs: null });
    order(bench, { order: 'resume' });
    expect(bench.state.durable.change).toMatchObject({ kind: 'fence', to: c, generation: 2 });
  });

  test('gives way to another order', () => {
    const bench = order(order(calm(c), { order: 'switch', site: b }), { order: 'switch', site: a });
    expect(bench.state.durable).toMatchObject({ pin: { site: a }, change: { to: a, generation: 2 } });
    expect(bench.state.durable.switches).toHaveLength(1);
  });

  test('a failback that gives way leaves nothing behind either', () => {
    const bench = order(order(calm(c), { order: 'switch', site: b }), { order: 'failback' });
    expect(bench.state.durable).toMatchObject({ change: { to: a, generation: 2 } });
    expect(bench.state.durable.switches).toHaveLength(1);
  });

  test('outlives the health of its target: a human chose it', () => {
    const bench = order(calm(c), { order: 'switch', site: b });
    bench.see(b, fail());
    expect(bench.state.durable.change).toMatchObject({ to: b, generation: 1 });
  });
});

test('an order to another site takes over a change that is being verified', () => {
  const bench = order(calm(), { order: 'switch', site: b });
  bench.post({ type: 'sending', generation: 1 });
  bench.post({ type: 'wrote', generation: 1, outcome: 'applied', why: '', requestId: null, retryAfterMs: null });
  order(bench, { order: 'switch', site: c });
  expect(bench.state.durable.change).toMatchObject({ from: b, to: c, generation: 2, phase: 'intended' });
});

test('while pinned nothing moves by itself, and a page says so when the pinned site is down', () => {
  const bench = order(calm(), { order: 'switch', site: a });
  for (let round = 0; round < 5; round++) bench.see(a, fail());
  expect(bench.state.standings[a]?.verdict).toBe('down');
  expect(bench.state.durable).toMatchObject({ change: null, pin: { site: a } });
  expect(bench.state.alerts['pinned-down']).toMatchObject({ page: true });
  order(bench, { order: 'resume' });
  expect(bench.state.durable.change).toMatchObject({ kind: 'failover', to: b });
});

function calmWithout(site: string, active: string = a): Bench {
  const bench = calm(active, { failback: 'manual' });
  for (let round = 0; round < 2; round++) bench.see(site, fail());
  bench.see(active, pass);
  return bench;
}

function foreign(): Bench {
  const bench = calm();
  bench.post({ type: 'found', found: { ...foundAt(a), sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] } });
  return bench;
}

function expires(bench: Bench): void {
  bench.wait(60_000);
  bench.post({ type: 'ticked' });
}

test('what runs out says so once, with how long it lasted; what is resumed does not', () => {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  const gives = (order: Order, forMs: number | null): void =>
    bench.post({ type: 'ordered', order, actor: 'ada', why: 'sale', forMs });
  const texts = () => bench.tells('order-expired').map(({ text }) => text);
  gives({ order: 'hold' }, 60_000);
  gives({ order: 'resume' }, null);
  bench.wait(61_000);
  bench.allUp(a, b, c);
  expect(texts()).toEqual([]);
  gives({ order: 'hold' }, 60_000);
  bench.wait(61_000);
  bench.allUp(a, b, c);
  expect(texts()).toEqual(['ran out after 1m: held by ada: sale']);
  gives({ order: 'switch', site: a }, 60_000);
  const next = benchOf(policyOf(), initial(bench.state.durable));
  next.wait(600_000);
  next.post({ type: 'found', found: foundAt(a) });
  expect(next.tells('order-expired').map(({ text }) => text)).toEqual([
    `ran out after 1m: pinned to ${a} by ada: sale`,
  ]);
});
