import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/domain/decide';
import type { Moment } from '../../src/domain/events';
import { guards, refusals, sendGuards } from '../../src/domain/guards';
import { forget, unseen } from '../../src/domain/health';
import type { Change, ChangeKind, Durable, State, Switch } from '../../src/domain/state';
import { initial } from '../../src/domain/step';
import type { Health, Policy, Verdict } from '../../src/domain/types';
import type { View } from '../../src/domain/view';
import { a, b, benchOf, c, fail, pass, policyOf, viewOf } from './fixtures';

const nowMs = 10_000_000;
const minuteMs = 60_000;
const policy = policyOf();

const good: Health = { ...unseen, vote: 'up', passes: 6, ring: 'pppppp', newestMs: nowMs - 1_000, last: pass };
const bad: Health = {
  ...unseen,
  vote: 'down',
  fails: 21,
  sinceMs: nowMs - 25_000,
  ring: 'pppfff',
  newestMs: nowMs - 500,
  last: fail(),
  lastFail: { atMs: nowMs - 500, class: 'status', why: '503' },
};

function stand(verdict: Verdict, sinceMs = nowMs - minuteMs, disputed = false) {
  return { verdict, disputed, sinceMs };
}

interface Changes {
  readonly state?: Partial<State>;
  readonly durable?: Partial<Durable>;
  readonly policy?: Partial<Policy>;
  readonly moment?: Partial<Moment>;
}

/** The first site is down, the second is up: nothing stands in the way of a failover. */
function fleeing(changes: Changes = {}): View {
  const state: State = {
    ...initial(null),
    read: true,
    health: { [a]: bad, [b]: good, [c]: good },
    standings: { [a]: stand('down'), [b]: stand('up'), [c]: stand('up') },
    ...changes.state,
  };
  const durable: Durable = { ...state.durable, active: a, generation: 7, issued: 7, ...changes.durable };
  return viewOf({ ...state, durable }, { ...policy, ...changes.policy }, nowMs, changes.moment);
}

/** The second site is active, the first has been up for an hour: nothing stands in the way of a failback. */
function returning(changes: Changes = {}): View {
  return fleeing({
    ...changes,
    state: {
      health: { [a]: good, [b]: good, [c]: good },
      standings: { [a]: stand('up', nowMs - 60 * minuteMs), [b]: stand('up'), [c]: stand('up') },
      ...changes.state,
    },
    durable: { active: b, ...changes.durable },
  });
}

function switchAt(atMs: number, kind: ChangeKind = 'failover'): Switch {
  return { atMs, generation: 1, from: a, to: b, kind, verifiedMs: null, why: '' };
}

const change: Change = {
  generation: 8,
  from: a,
  to: b,
  kind: 'failover',
  decidedMs: nowMs - 1_000,
  causeMs: null,
  phase: 'intended',
  attempts: 2,
  appliedMs: null,
  laggards: [],
  trouble: null,
  why: '',
  evidence: { sites: [], refusals: [], actor: null },
};

const hold = { by: 'order', actor: 'ada', why: 'migration', sinceMs: nowMs - minuteMs, untilMs: null } as const;
const pin = { site: a, by: 'order', actor: 'ada', why: 'migration', sinceMs: nowMs - minuteMs, untilMs: null } as const;

type Row = readonly [guard: string, name: string, changes: Changes, numbers: object, clears: RegExp, page: boolean];

describe('a failover', () => {
  test('from a down site to an upright one has nobody against it', () => {
    const { options, move } = decide(fleeing());
    expect(options[0]).toEqual({ kind: 'failover', to: b, refusals: [] });
    expect(move).toEqual({ kind: 'failover', to: b });
  });

  const silentA: Health = { ...bad, silent: 2, last: fail('timeout') };
  const silentB: Health = { ...good, silent: 2 };
  const rows: readonly Row[] = [
    ['unread', 'before the zone was read', { state: { read: false } }, {}, /first good reading/, false],
    [
      'drift',
      'while the zone holds something foreign',
      { durable: { obstacle: { ...hold, by: 'drift', actor: null } } },
      {},
      /^the zone holding what we expect$/,
      true,
    ],
    ['held', 'while held', { durable: { hold } }, { heldMs: minuteMs, untilMs: null }, /^the order resume/, false],
    [
      'held',
      'while held for a time',
      { durable: { hold: { ...hold, untilMs: nowMs + 5_000 } } },
      { untilMs: nowMs + 5_000 },
      /expiry/,
      false,
    ],
    ['pinned', 'while pinned', { durable: { pin } }, { untilMs: null }, /^the order resume/, false],
    ['sick', 'while this node does not trust itself', { state: { sick: 'stalled' } }, {}, /healthy interval/, false],
    [
      'isolated',
      'while no site answers',
      { state: { health: { [a]: silentA, [b]: silentB, [c]: silentB } } },
      { canaries: 0, sites: 3 },
      /FAILOVERD_CANARIES/,
      true,
    ],
    [
      'isolated',
      'while no canary answers',
      { policy: { canaries: ['x'] }, state: { canaries: { x: { silent: 2, newestMs: nowMs } } } },
      { canaries: 1 },
      /answer of a canary/,
      true,
    ],
    [
      'isolated',
      'while the canaries were not asked lately',
      { policy: { canaries: ['x'] }, state: { canaries: { x: { silent: 0, newestMs: nowMs - 35_001 } } } },
      { canaries: 1 },
      /answer of a canary/,
      true,
    ],
    [
      'isolated',
      'while the canary has not spoken since the site began to fail',
      { policy: { canaries: ['x'] }, state: { canaries: { x: { silent: 0, newestMs: nowMs - 25_000 } } } },
      { canaries: 1 },
      /answer of a canary/,
      true,
    ],
    [
      'isolated',
      'while the newest question to the canary went unanswered',
      { policy: { canaries: ['x'] }, state: { canaries: { x: { silent: 1, newestMs: nowMs - 1_000 } } } },
      { canaries: 1 },
      /answer of a canary/,
      true,
    ],
    [
      'common-cause',
      'soon after every site failed in the same way',
      { state: { commonCause: { class: 'status', atMs: nowMs - 59_999 } } },
      { class: 'status', agoMs: 59_999, windowMs: minuteMs },
      /without that/,
      true,
    ],
    [
      'no-standby',
      'with every other site down',
      { state: { standings: { [a]: stand('down'), [b]: stand('down'), [c]: stand('unknown') } } },
      { standbys: 2 },
      /6 consecutive passes/,
      true,
    ],
    [
      'budget',
      'with all switches spent',
      { durable: { switches: [1, 2, 3, 4].map((one) => switchAt(nowMs - one * minuteMs)).reverse() } },
      { used: 4, count: 4, windowMs: 6 * 60 * minuteMs, nextInMs: 6 * 60 * minuteMs - 4 * minuteMs },
      /^5h56m from now/,
      true,
    ],
    [
      'elsewhere',
      'while many services switch',
      { moment: { elsewhere: 5 } },
      { services: 5, cap: 5 },
      /order switch/,
      true,
    ],
    [
      'underway',
      'while a change is under way',
      { durable: { change } },
      { generation: 8, attempts: 2 },
      /verification/,
      false,
    ],
    [
      'underway',
      'while a fence is being sent',
      { durable: { change: { ...change, kind: 'fence', phase: 'sending' } } },
      { generation: 8 },
      /verification/,
      false,
    ],
    ['dry-run', 'in a dry run', { policy: { dryRun: true } }, {}, /FAILOVERD_DRY_RUN=false/, false],
    [
      'active-unknown',
      'from nowhere',
      { durable: { active: null, obstacle: { ...hold, by: 'drift' } } },
      {},
      /a reading/,
      false,
    ],
    [
      'not-down',
      'from a site that fails too briefly',
      {
        state: {
          standings: { [a]: stand('up'), [b]: stand('up') },
          health: { [a]: { ...bad, fails: 2, sinceMs: nowMs - 4_500, vote: 'up' }, [b]: good },
        },
      },
      {
        fails: 2,
        fall: 3,
        failingMs: 4_000,
        sustainMs: 20_000,
        failRatio: 0.5,
        downRatio: 0.4,
        downVotes: 0,
        votes: 1,
        quorum: 1,
      },
      /3 consecutive fails over 20s/,
      false,
    ],
    [
      'not-down',
      'from a site whose verdict is disputed',
      { state: { standings: { [a]: stand('down', 0, true), [b]: stand('up') } } },
      { downVotes: 1, votes: 1 },
      /seen by 1 of 1 vantage$/,
      false,
    ],
    [
      'not-down',
      'from a site nothing is known of',
      { state: { standings: { [b]: stand('up') } } },
      {},
      /consecutive/,
      false,
    ],
  ];
  test.each(rows)('is refused by %s %s', (guard, _name, changes, numbers, clears, page) => {
    const view = fleeing(changes);
    const { options, move } = decide(view);
    const failover = options.find((option) => option.kind === 'failover');
    const found = failover?.refusals.find((one) => one.guard === guard);
    expect(found).toMatchObject({ guard, numbers, page });
    expect(found?.clears).toMatch(clears);
    expect(found?.why.length).toBeGreaterThan(5);
    expect(move?.kind).not.toBe('failover');
  });

  const allowed: readonly [name: string, changes: Changes][] = [
    [
      'one silent round of everybody is not isolation',
      { state: { health: { [a]: { ...bad, silent: 1 }, [b]: good } } },
    ],
    [
      'a site that fails aloud is an answer',
      { state: { health: { [a]: bad, [b]: { ...good, silent: 2 }, [c]: good } } },
    ],
    [
      'a canary spoke after the site began to fail',
      { policy: { canaries: ['x'] }, state: { canaries: { x: { silent: 0, newestMs: nowMs - 24_999 } } } },
    ],
    ['the common cause is a minute ago', { state: { commonCause: { class: 'status', atMs: nowMs - minuteMs } } }],
    [
      'an old switch left the window',
      {
        durable: {
          switches: [0, 1, 2, 3].map((one) => switchAt(nowMs - (one === 3 ? 6 * 60 : one) * minuteMs)).reverse(),
        },
      },
    ],
    [
      'orders and drills are not counted',
      { durable: { switches: Array.from({ length: 9 }, () => switchAt(nowMs, 'order')) } },
    ],
    ['a fence has not left yet', { durable: { change: { ...change, kind: 'fence', to: a } } }],
    ['four services switched', { moment: { elsewhere: 4 } }],
    ['the failback window is shut', { moment: { failbackOpen: false } }],
    ['failback is manual', { policy: { failback: 'manual' } }],
    ['penalty is high', { durable: { penalty: { value: 10, atMs: nowMs } } }],
  ];
  test.each(allowed)('is allowed: %s', (_name, changes) => {
    expect(decide(fleeing(changes)).move).toEqual({ kind: 'failover', to: b });
  });

  test('home to a site that is up for a moment only: fleeing is never damped', () => {
    const standings = { [a]: stand('up', nowMs - 1), [b]: stand('down'), [c]: stand('unknown') };
    const switches = [switchAt(nowMs - 1_000)];
    const view = fleeing({
      state: { standings, health: { [a]: good, [b]: bad } },
      durable: { active: b, switches, penalty: { value: 10, atMs: nowMs } },
    });
    expect(decide(view).move).toEqual({ kind: 'failover', to: a });
  });

  const standbys: readonly [name: string, state: Partial<State>, to: string | null][] = [
    ['the first in order', {}, b],
    ['not one that is down', { standings: { [a]: stand('down'), [b]: stand('down'), [c]: stand('up') } }, c],
    ['not one that is disputed', { standings: { [a]: stand('down'), [b]: stand('up', 0, true), [c]: stand('up') } }, c],
    [
      'not one whose newest probe failed',
      { health: { [a]: bad, [b]: { ...good, passes: 0, fails: 1 }, [c]: good } },
      c,
    ],
    ['not one of which all was forgotten', { health: { [a]: bad, [b]: forget(good), [c]: good } }, c],
    [
      'not one that was not seen lately',
      { health: { [a]: bad, [b]: { ...good, newestMs: nowMs - 35_001 }, [c]: good } },
      c,
    ],
    ['not one with a shut gate', { gates: { [b]: [{ name: 'replica', open: false, why: 'lags' }] } }, c],
    ['one with an open gate', { gates: { [b]: [{ name: 'replica', open: true, why: '' }] } }, b],
    [
      'an upright one before a recovering one',
      { standings: { [a]: stand('down'), [b]: stand('recovering'), [c]: stand('up') } },
      c,
    ],
    [
      'a recovering one before none',
      { standings: { [a]: stand('down'), [b]: stand('recovering'), [c]: stand('down') } },
      b,
    ],
    ['none', { standings: { [a]: stand('down'), [b]: stand('down'), [c]: stand('down') } }, null],
  ];
  test.each(standbys)('goes to %s', (_name, state, to) => {
    expect(decide(fleeing({ state })).options[0]?.to).toBe(to);
  });
});

describe('a failback', () => {
  test('to a site that has been up long enough has nobody against it', () => {
    expect(decide(returning()).move).toEqual({ kind: 'failback', to: a });
  });

  test.each(['order', 'drill'] as const)('from where an %s put the record asks no budget', (kind) => {
    const four = [5, 4, 3, 2].map((one) => switchAt(nowMs - one * minuteMs));
    const last = { ...switchAt(nowMs - minuteMs, kind), verifiedMs: nowMs };
    expect(decide(returning({ durable: { switches: [...four, last] } })).move).toEqual({ kind: 'failback', to: a });
    const elsewhere = [...four, { ...last, to: c }];
    expect(decide(returning({ durable: { switches: elsewhere } })).move).toBeNull();
  });

  const relapsed = { [a]: stand('up', nowMs - 299_999), [b]: stand('up') };
  const rows: readonly Row[] = [
    ['unread', 'before the zone was read', { state: { read: false } }, {}, /first good reading/, false],
    [
      'foreign',
      'while the zone is not ours',
      { durable: { obstacle: { ...hold, by: 'foreign' } } },
      {},
      /the zone/,
      true,
    ],
    ['held', 'while held', { durable: { hold } }, { heldMs: minuteMs }, /the order resume/, false],
    ['pinned', 'while pinned', { durable: { pin: { ...pin, site: b } } }, {}, /the order resume/, false],
    ['sick', 'while this node does not trust itself', { state: { sick: 'stalled' } }, {}, /healthy/, false],
    [
      'isolated',
      'while no canary answers',
      { policy: { canaries: ['x'] } },
      { canaries: 1, sites: 3 },
      /a canary/,
      true,
    ],
    ['manual-failback', 'where people do it', { policy: { failback: 'manual' } }, {}, /the order failback/, false],
    [
      'settling',
      'to a site that is up too shortly',
      { state: { standings: relapsed } },
      { upMs: 299_999, waitMs: 300_000, penalty: 0 },
      /^1ms more/,
      false,
    ],
    [
      'settling',
      'longer after failovers',
      { durable: { penalty: { value: 4, atMs: nowMs } } },
      { upMs: 60 * minuteMs, waitMs: 80 * minuteMs, penalty: 4 },
      /^20m more/,
      false,
    ],
    ['window', 'outside its window', { moment: { failbackOpen: false } }, {}, /window opening/, false],
    [
      'reserve',
      'that would leave no failover',
      { durable: { switches: [3, 2, 1].map((one) => switchAt(nowMs - one * minuteMs)) } },
      { used: 3, count: 4 },
      /older switch/,
      false,
    ],
    [
      'budget',
      'with all switches spent',
      { durable: { switches: [4, 3, 2, 1].map((one) => switchAt(nowMs - one * minuteMs)) } },
      { used: 4 },
      /from now/,
      true,
    ],
    ['elsewhere', 'while many services switch', { moment: { elsewhere: 7 } }, { services: 7 }, /fewer/, true],
    ['underway', 'while a change is under way', { durable: { change } }, {}, /verification/, false],
    ['dry-run', 'in a dry run', { policy: { dryRun: true } }, {}, /DRY_RUN/, false],
    ['at-home', 'from the first site', { durable: { active: a } }, {}, /nothing/, false],
    [
      'not-up',
      'to a site that is down',
      { state: { standings: { [a]: stand('down'), [b]: stand('up') } } },
      {},
      /being up/,
      false,
    ],
    [
      'not-up',
      'to a recovering site',
      { state: { standings: { [a]: stand('recovering', 0), [b]: stand('up') } } },
      {},
      /being up/,
      false,
    ],
  ];
  test.each(rows)('is refused by %s %s', (guard, _name, changes, numbers, clears, page) => {
    const { options, move } = decide(returning(changes));
    const found = options.find((option) => option.kind === 'failback')?.refusals.find((one) => one.guard === guard);
    expect(found).toMatchObject({ guard, numbers, page });
    expect(found?.clears).toMatch(clears);
    expect(move).toBeNull();
  });

  test('leaves exactly one failover unspent', () => {
    const switches = [2, 1].map((one) => switchAt(nowMs - one * minuteMs));
    expect(decide(returning({ durable: { switches } })).move).toEqual({ kind: 'failback', to: a });
  });

  test('goes to the first upright site before the active one', () => {
    const standings = { [a]: stand('down'), [b]: stand('up', 0), [c]: stand('up', 0) };
    expect(decide(returning({ durable: { active: c }, state: { standings } })).move).toEqual({
      kind: 'failback',
      to: b,
    });
  });
});

describe('orders and the first record', () => {
  const rows: readonly [name: string, changes: Changes, move: object | null][] = [
    ['a pin elsewhere is followed', { durable: { pin: { ...pin, site: b } } }, { kind: 'order', to: b }],
    ['even while held', { durable: { hold, pin: { ...pin, site: b } } }, { kind: 'order', to: b }],
    ['a drill is named so', { durable: { pin: { ...pin, site: b, by: 'drill' } } }, { kind: 'drill', to: b }],
    ['a pin where it is moves nothing', { durable: { pin } }, null],
    [
      'an order replaces a change to another site',
      { durable: { change, pin: { ...pin, site: c } } },
      { kind: 'order', to: c },
    ],
    ['an order waits for the change that does the same', { durable: { change, pin: { ...pin, site: b } } }, null],
    ['no order before the zone was read', { state: { read: false }, durable: { pin: { ...pin, site: b } } }, null],
    ['no order over an obstacle', { durable: { obstacle: { ...hold, by: 'drift' }, pin: { ...pin, site: b } } }, null],
    ['no order in a dry run', { policy: { dryRun: true }, durable: { pin: { ...pin, site: b } } }, null],
    ['an empty zone gets the first site', { durable: { active: null } }, { kind: 'create', to: a }],
    ['or the last one it had', { durable: { active: null, switches: [switchAt(0)] } }, { kind: 'create', to: b }],
    ['nothing is created before the zone was read', { state: { read: false }, durable: { active: null } }, null],
    ['nor while held', { durable: { active: null, hold } }, null],
    ['nor twice', { durable: { active: null, change: { ...change, kind: 'create', from: null } } }, null],
    ['nor in a dry run', { policy: { dryRun: true }, durable: { active: null } }, null],
    ['nor over an obstacle', { durable: { active: null, obstacle: { ...hold, by: 'absent' } } }, null],
  ];
  test.each(rows)('%s', (_name, changes, move) => {
    expect(decide(fleeing(changes)).move).toEqual(move);
  });
});

test('right before sending, everything but what the intent itself spends must still hold', () => {
  const names = (list: typeof sendGuards.failover, view: View) => refusals(list, view).map((one) => one.guard);
  const spent = { switches: [4, 3, 2, 1].map((one) => switchAt(nowMs - one)), change };
  expect(names(sendGuards.failover, fleeing({ durable: spent, moment: { elsewhere: 9 } }))).toEqual([]);
  expect(names(guards.failover, fleeing({ durable: spent, moment: { elsewhere: 9 } }))).toEqual([
    'budget',
    'elsewhere',
    'underway',
  ]);
  expect(names(sendGuards.failover, fleeing({ durable: { hold, pin }, state: { sick: 'x', read: false } }))).toEqual([
    'unread',
    'held',
    'pinned',
    'sick',
  ]);
  expect(names(sendGuards.failback, returning({ policy: { failback: 'manual' }, durable: { hold } }))).toEqual([
    'held',
    'manual-failback',
  ]);
});

test('every site failing alike is a common cause from the second round on; one is a lost packet', () => {
  const bench = benchOf(policy);
  bench.allUp(a, b, c);
  for (const site of [a, b, c]) bench.see(site, fail('tls'));
  expect(bench.state.commonCause).toBeNull();
  bench.wait(1_000);
  for (const site of [a, b, c]) bench.see(site, fail('tls'));
  expect(bench.state.commonCause).toEqual({ class: 'tls', atMs: bench.nowMs });
});

test('after a start, once is enough of a site that nothing else is known of', () => {
  const bench = benchOf(policy);
  bench.allUp(b, c);
  for (const site of [b, b, c, a]) {
    bench.see(site, fail('tls'));
    expect(bench.state.commonCause).toBeNull();
  }
  bench.wait(1_000);
  bench.see(c, fail('tls'));
  expect(bench.state.commonCause).toEqual({ class: 'tls', atMs: bench.nowMs });
});
