import { describe, expect, test } from '@jest/globals';
import type { FailClass, Policy } from '../../src/domain/types';
import { type Why, why } from '../../src/domain/why';
import { a, type Bench, b, benchOf, c, fail, foundAt, pass, policyOf, unknown } from './fixtures';

const two = { sites: policyOf().sites.slice(0, 2) };

/** The defaults of the program: three sites, SUSTAIN 20 s, FALL 3, RISE 6, four switches in six hours. */
function calm(changes: Partial<Policy> = {}, active: string = a): Bench {
  const bench = benchOf(policyOf(changes));
  bench.post({ type: 'found', found: foundAt(active, 4) });
  bench.allUp(...bench.policy.sites.map(({ name }) => name));
  return bench;
}

/** These sites fail at CONFIRM_INTERVAL for so long, everything else passes. */
function fails(bench: Bench, failing: Readonly<Record<string, FailClass>>, forMs: number): Bench {
  for (let ms = 0; ms <= forMs; ms += 1_000) {
    if (ms > 0) bench.wait(1_000);
    for (const { name } of bench.policy.sites) {
      const failClass = failing[name];
      const observation = failClass === undefined ? pass : fail(failClass);
      const paced = ms > 0 && ms % bench.policy.intervalMs === 0;
      bench.post({ type: 'observed', site: name, startedMs: bench.nowMs, paced, observation });
    }
  }
  return bench;
}

function order(bench: Bench, order: 'hold' | 'pin'): Bench {
  const what = order === 'hold' ? ({ order } as const) : ({ order: 'switch', site: a } as const);
  bench.post({ type: 'ordered', order: what, actor: 'ada', why: 'maintenance', forMs: 600_000 });
  return bench;
}

/** A failover to the second site was made and settled, so long ago. */
function moved(bench: Bench, agoMs: number): Bench {
  fails(bench, { [a]: 'timeout' }, 21_000);
  bench.settle();
  fails(bench, {}, agoMs);
  return bench;
}

function said(bench: Bench): Why {
  return why(bench.view());
}

describe('the five riddles, and their answer in the first line', () => {
  const dark = { [a]: 'connect', [b]: 'connect', [c]: 'connect' } as const;
  const spent = { maxSwitches: { count: 0, windowMs: 21_600_000 } };
  const rows: readonly [riddle: string, start: () => Bench, code: string, answer: RegExp][] = [
    [
      'it fails, but not for long enough',
      () => fails(calm(), { [a]: 'timeout' }, 8_000),
      'not-down',
      /^www\.example\.test stays at asia-east1: it fails, but for 8s of the 20s \(SUSTAIN\) needed \(last timeout: injected timeout\); earliest move in 12s$/,
    ],
    [
      'no standby is up',
      () => fails(fails(calm(two), { [b]: 'status' }, 21_000), { [a]: 'timeout', [b]: 'status' }, 21_000),
      'no-standby',
      /^www\.example\.test stays at asia-east1, which is down \(22 fails over 21s, last timeout: injected timeout\): no standby can serve: europe-west1 down; the record stays \(clears: a standby with 6 consecutive passes and open gates\); earliest in 5s$/,
    ],
    [
      'held by an order',
      () => fails(order(calm(), 'hold'), { [a]: 'timeout' }, 25_000),
      'held',
      /^www\.example\.test stays at asia-east1, which is down \(.*\): held by ada: maintenance \(clears: its expiry, or the order resume\); earliest in 9m35s$/,
    ],
    [
      'isolated',
      () => fails(calm(), dark, 6_000),
      'isolated',
      /^www\.example\.test stays at asia-east1.*: no site answers: this node may be the one that is cut off/,
    ],
    [
      'the budget is spent',
      () => fails(calm(spent), { [a]: 'timeout' }, 21_000),
      'budget',
      /^www\.example\.test stays at asia-east1, which is down \(.*\): 0 of 0 automatic switches in 6h are spent/,
    ],
  ];
  test.each(rows)('%s', (_riddle, start, code, answer) => {
    const explained = said(start());
    expect(explained.answer).toMatch(answer);
    expect(explained.code).toBe(code);
  });
});

describe('every other first line', () => {
  const rows: readonly [what: string, start: () => Bench, code: string, answer: RegExp][] = [
    [
      'at home',
      calm,
      'at-home',
      /is at asia-east1, first in order and up; if it failed, europe-west1 would take over$/,
    ],
    [
      'at home, and lame',
      () => calm({ dryRun: true }),
      'at-home',
      /first in order and up; if it failed, nothing would move: FAILOVERD_DRY_RUN/,
    ],
    [
      'at home, and blind to the zone',
      unreadable,
      'at-home',
      /would take over, as soon as .* for 5s: unavailable: HTTP 503/,
    ],
    [
      'at home, with standbys that are up and cannot serve',
      gated,
      'at-home',
      /europe-west1 up, but its newest probe failed \(status\), us-central1 up, but gate repl is closed: lag;/,
    ],
    ['not seen for long', unseenFor, 'unknown', /too little is known of it yet: nothing was seen of it for 10m/],
    ['held, and well', () => order(calm(), 'hold'), 'held', /which is up: held by ada: maintenance/],
    ['pinned', () => order(calm(), 'pin'), 'pinned', /which is up: pinned to asia-east1 by ada/],
    ['nothing was read', () => benchOf(policyOf()), 'unread', /the zone was not read since the start/],
    ['nothing was probed', () => found(benchOf(policyOf())), 'unknown', /no probe has come back since the start/],
    [
      'too few probes',
      () => seen(found(benchOf(policyOf()))),
      'unknown',
      /too little is known of it yet: 1 of 6 passes/,
    ],
    [
      'something foreign',
      foreign,
      'drift',
      /left as it is \(drift\): .*what to do: put one of the configured sites back/,
    ],
    ['this node is sick', sick, 'sick', /this node does not trust itself: stalled/],
    [
      'one failed probe',
      () => fails(calm(), { [a]: 'tls' }, 0),
      'not-down',
      /0ms of the 20s.*1 of the 3 times \(FALL\)/,
    ],
    ['the vantages disagree', disputed, 'disputed', /1 say down, 1 say up, 2 needed \(QUORUM\)/],
    [
      'deciding',
      () => fails(calm(), { [a]: 'timeout' }, 20_000),
      'underway',
      /is about to move from asia-east1 to eur/,
    ],
    [
      'away, and better not up',
      () => fails(moved(calm(), 0), { [a]: 'tls' }, 9),
      'not-up',
      /europe-west1, which is up: no better/,
    ],
    [
      'away, settling',
      () => moved(calm({ window: 0 }), 60_000),
      'settling',
      /although asia-east1 is up again: asia-east1 has been/,
    ],
    [
      'away, by hand',
      () => moved(calm({ window: 0, failback: 'manual' }), 60_000),
      'manual-failback',
      /FAILOVERD_FAILBACK=manual/,
    ],
  ];
  test.each(rows)('%s', (_what, start, code, answer) => {
    const explained = said(start());
    expect(explained.answer).toMatch(answer);
    expect(explained.code).toBe(code);
  });
});

test('several refusals: the others by their reason, and the earliest move is when the last of them ends', () => {
  const held = order(calm({ maxSwitches: { count: 0, windowMs: 21_600_000 } }), 'hold');
  order(held, 'pin');
  const { answer } = said(fails(held, { [a]: 'timeout' }, 25_000));
  expect(answer).toMatch(
    /: held by ada: maintenance \(clears: .*\); also: pinned to asia-east1 by ada: maintenance; 0 of 0 automatic switches in 6h are spent$/,
  );
  const spent = moved(calm({ window: 0, maxSwitches: { count: 2, windowMs: 3_600_000 } }), 60_000);
  const away = said(spent);
  const inMs = away.earliest.find(({ kind }) => kind === 'failback')?.inMs ?? 0;
  expect(inMs).toBeGreaterThan(50 * 60_000);
  expect(away.answer).toMatch(
    /asia-east1 has been up .*; also: a failback would leave no failover: 1 of 2 .*; earliest in 5\dm/,
  );
});

describe('what a failover waits for', () => {
  const rows: readonly [what: string, start: () => Bench, given: string][] = [
    ['a failure', calm, 'asia-east1 fails from now on, a standby serves'],
    [
      'the end of a hold, with the failure there',
      () => fails(order(calm(), 'hold'), { [a]: 'timeout' }, 25_000),
      'asia-east1 is still down when the hold is over, a standby serves',
    ],
    [
      'the end of hold and pin',
      () => fails(order(order(calm(), 'hold'), 'pin'), { [a]: 'timeout' }, 25_000),
      'asia-east1 is still down when the hold and the pin are over, a standby serves',
    ],
    [
      'the end of a pin, before any failure',
      () => order(calm(), 'pin'),
      'asia-east1 is down when the pin is over, a standby serves',
    ],
    [
      'room in the budget',
      () => fails(calm({ maxSwitches: { count: 0, windowMs: 21_600_000 } }), { [a]: 'timeout' }, 25_000),
      'asia-east1 is still down then, a standby serves',
    ],
  ];
  test.each(rows)('%s', (_what, start, given) => {
    expect(said(start()).earliest[0]).toMatchObject({ kind: 'failover', given });
  });
});

test('every guard is listed with its verdict; those that pass show their numbers too', () => {
  const { guards } = said(fails(calm(), { [a]: 'timeout' }, 8_000));
  expect(guards.failover.map(({ guard, verdict }) => `${guard} ${verdict}`)).toEqual([
    'not-down refuses',
    ...['unread', 'obstacle', 'held', 'pinned', 'sick', 'isolated', 'common-cause', 'no-standby', 'budget'].map(
      (guard) => `${guard} passes`,
    ),
    ...['elsewhere', 'underway', 'dry-run'].map((guard) => `${guard} passes`),
  ]);
  expect(guards.failover.every(({ why }) => why !== '')).toBe(true);
  expect(guards.failover[0]).toMatchObject({ numbers: { fails: 9, fall: 3, sustainMs: 20_000 }, earliestMs: 12_000 });
  expect(guards.failover.find(({ guard }) => guard === 'budget')?.numbers).toMatchObject({ used: 0, count: 4 });
  expect(guards.failback.map(({ guard }) => guard)).toContain('settling');
});

test('each site with its votes, the arithmetic, and why it could not serve', () => {
  const { sites, quorum } = said(fails(calm(), { [a]: 'timeout', [c]: 'tls' }, 8_000));
  expect(sites).toMatchObject([
    { name: a, count: { fresh: 1, up: 1, down: 0 }, votes: [{ vantage: 'here', vote: 'up', ageMs: 0 }], serves: null },
    { name: b, serves: 'up', servesNot: null, lastFailures: [] },
    {
      name: c,
      servesNot: 'its newest probe failed (tls)',
      lastFailures: [{ class: 'tls', why: 'injected tls', agoMs: 0 }],
    },
  ]);
  expect(sites[0]?.health.ring).toBe('pppppp');
  expect(quorum).toMatchObject({ needed: 1, vantages: 1 });
});

describe('the earliest move is when it happens', () => {
  test.each([0, 1_000, 7_000, 19_000])('failing for %i ms', (forMs) => {
    const bench = fails(calm(), { [a]: 'timeout' }, forMs);
    const inMs = said(bench).earliest.find(({ kind }) => kind === 'failover')?.inMs;
    expect(inMs).toBe(20_000 - forMs);
    fails(bench, { [a]: 'timeout' }, (inMs ?? 0) - 1_000);
    expect(bench.state.durable.change).toBeNull();
    bench.wait(1_000);
    bench.see(a, fail('timeout'));
    expect(bench.state.durable.change).toMatchObject({ kind: 'failover' });
  });

  test('of a failback, over a penalty that decays meanwhile', () => {
    const bench = moved(calm({ window: 0, dampingHalfLifeMs: 300_000 }), 60_000);
    const inMs = said(bench).earliest.find(({ kind }) => kind === 'failback')?.inMs ?? 0;
    expect(inMs).toBeGreaterThan(0);
    fails(bench, {}, Math.floor(inMs / 1_000) * 1_000 - 1_000);
    expect(bench.state.durable).toMatchObject({ active: b, change: null });
    fails(bench, {}, 3_000);
    expect(bench.state.durable.change).toMatchObject({ kind: 'failback', to: a });
  });

  test('null while only a human, or an answer, can end it; it is named', () => {
    const bench = calm({ dryRun: true });
    expect(said(bench).earliest).toMatchObject([{ inMs: null, waitsFor: ['dry-run: FAILOVERD_DRY_RUN=false'] }]);
  });
});

test('asking changes nothing, and is plain JSON', () => {
  const bench = fails(calm(), { [a]: 'timeout' }, 8_000);
  const before = JSON.stringify(bench.state);
  const explained = said(bench);
  expect(JSON.parse(JSON.stringify(explained))).toEqual(explained);
  expect(JSON.stringify(bench.state)).toBe(before);
});

function found(bench: Bench): Bench {
  bench.post({ type: 'found', found: foundAt(a) });
  return bench;
}

function seen(bench: Bench): Bench {
  bench.see(a, pass);
  return bench;
}

function foreign(): Bench {
  const bench = calm();
  bench.post({ type: 'found', found: { ...foundAt(a), sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] } });
  return bench;
}

function sick(): Bench {
  const bench = calm();
  bench.see(a, unknown);
  bench.post({ type: 'sick', why: 'stalled' });
  return bench;
}

function disputed(): Bench {
  const bench = benchOf(policyOf({ quorum: 2 }));
  found(bench);
  bench.allUp(a, b, c);
  const vote = { vantage: 'there', domain: 'there', vote: 'down', atMs: bench.nowMs } as const;
  bench.post({ type: 'voted', site: a, vote });
  return bench;
}

function unreadable(): Bench {
  const bench = calm();
  bench.post({ type: 'read-failed', code: 'unavailable', why: 'HTTP 503', generation: null, retryAfterMs: null });
  bench.wait(5_000);
  return bench;
}

function gated(): Bench {
  const bench = calm();
  bench.see(b, fail());
  bench.post({ type: 'gated', site: c, gate: { name: 'repl', open: false, why: 'lag' } });
  return bench;
}

function unseenFor(): Bench {
  const bench = calm();
  for (let round = 0; round < 60; round++) {
    bench.wait(10_000);
    bench.see(b, pass);
  }
  return bench;
}

test('what others have yet to vote nobody can date', () => {
  const bench = calm({ quorum: 2 });
  for (const vantage of ['p1', 'p2'])
    bench.post({ type: 'voted', site: a, vote: { vantage, domain: vantage, vote: 'up', atMs: bench.nowMs } });
  fails(bench, { [a]: 'status' }, 25_000);
  const [failover] = said(bench).earliest;
  expect(failover).toMatchObject({
    inMs: null,
    waitsFor: [/^not-down/, /^no-standby/].map((one) => expect.stringMatching(one)),
  });
});
