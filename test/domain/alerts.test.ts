import { describe, expect, test } from '@jest/globals';
import { alertStatuses } from '../../src/domain/alerts';
import { decide } from '../../src/domain/decide';
import type { Policy } from '../../src/domain/types';
import { a, type Bench, b, benchOf, c, fail, foundAt, pass, policyOf, unknown } from './fixtures';

const fast = policyOf({ fall: 2, rise: 2, sustainMs: 0, window: 0 });
const stranger = { ...foundAt(a), sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] } as const;

function calm(changes: Partial<Policy> = {}): Bench {
  const bench = benchOf({ ...fast, ...changes });
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  return bench;
}

function fails(bench: Bench, site: string, times = 2): void {
  for (let round = 0; round < times; round++) bench.see(site, fail());
}

function order(bench: Bench, name: 'hold' | 'resume'): void {
  bench.post({ type: 'ordered', order: { order: name }, actor: 'ada', why: 'x', forMs: null });
}

/** What may come and go is over only when it has stayed away for a minute. */
function calmDown(bench: Bench, code: string): void {
  if (bench.state.alerts[code]?.lingers !== true) return;
  tick(bench, 59_000);
  expect(bench.state.alerts[code]).toBeDefined();
  tick(bench, 1_000);
}

function tick(bench: Bench, waitMs = 0): void {
  bench.wait(waitMs);
  bench.post({ type: 'ticked' });
}

function readFails(bench: Bench): void {
  bench.post({ type: 'read-failed', why: 'x', code: 'unavailable', generation: null, retryAfterMs: null });
}

function wrote(bench: Bench, outcome: 'applied' | 'denied' | 'unavailable'): void {
  const generation = bench.state.durable.change?.generation ?? -1;
  bench.post({ type: 'sending', generation });
  bench.post({ type: 'wrote', generation, outcome, why: 'x', requestId: null, retryAfterMs: null });
}

/** How each alert begins and what ends it. The first part of `begin` alone must not raise it yet when `notYet` is given. */
interface Row {
  readonly code: string;
  readonly page: boolean;
  readonly policy?: Partial<Policy>;
  readonly notYet?: (bench: Bench) => void;
  readonly begin: (bench: Bench) => void;
  readonly end: (bench: Bench) => void;
}

const rows: readonly Row[] = [
  { code: 'held', page: false, begin: (bench) => order(bench, 'hold'), end: (bench) => order(bench, 'resume') },
  {
    code: 'pinned',
    page: false,
    begin: (bench) => bench.post({ type: 'found', found: foundAt(b) }),
    end: (bench) => order(bench, 'resume'),
  },
  {
    code: 'pinned-down',
    page: true,
    begin(bench) {
      pinHere(bench);
      fails(bench, a);
    },
    end: (bench) => order(bench, 'resume'),
  },
  {
    code: 'drift',
    page: true,
    begin: (bench) => bench.post({ type: 'found', found: stranger }),
    end: (bench) => bench.post({ type: 'found', found: foundAt(a) }),
  },
  {
    code: 'foreign',
    page: true,
    begin: (bench) => bench.post({ type: 'found', found: { ...foundAt(a), foreignMarker: 'x' } }),
    end: (bench) => bench.post({ type: 'found', found: foundAt(a) }),
  },
  {
    code: 'absent',
    page: true,
    begin: (bench) => bench.post({ type: 'found', found: { ...foundAt(a), sets: [] } }),
    end: (bench) => bench.post({ type: 'found', found: foundAt(a) }),
  },
  {
    code: 'twin',
    page: true,
    begin: (bench) => bench.post({ type: 'found', found: foundAt(a, 9) }),
    end: (bench) => bench.post({ type: 'found', found: foundAt(a) }),
  },
  {
    code: 'obstacle',
    page: true,
    begin: (bench) => bench.post({ type: 'found', found: { ...foundAt(a), obstacles: ['it is an alias'] } }),
    end: (bench) => bench.post({ type: 'found', found: foundAt(a) }),
  },
  {
    code: 'sick',
    page: true,
    begin: (bench) => bench.post({ type: 'sick', why: 'stalled' }),
    end: (bench) => bench.post({ type: 'sick', why: null }),
  },
  {
    code: 'unsaved',
    page: true,
    begin: (bench) => bench.post({ type: 'stored', why: 'no space' }),
    end: (bench) => bench.post({ type: 'stored', why: null }),
  },
  {
    code: 'unreadable',
    page: true,
    notYet(bench) {
      readFails(bench);
      tick(bench, 29_999);
    },
    begin: (bench) => tick(bench, 1),
    end: (bench) => bench.post({ type: 'found', found: foundAt(a) }),
  },
  {
    code: 'write-stuck',
    page: true,
    notYet(bench) {
      fails(bench, a);
      wrote(bench, 'unavailable');
      tick(bench, 29_999);
    },
    begin: (bench) => tick(bench, 1),
    end: (bench) => wrote(bench, 'applied'),
  },
  {
    code: 'write-stuck',
    page: true,
    begin(bench) {
      fails(bench, a);
      wrote(bench, 'denied');
    },
    end: (bench) => wrote(bench, 'applied'),
  },
  // An old reading is believed after half a minute: only what lasts longer calls for a human.
  {
    code: 'write-stuck',
    page: true,
    notYet(bench) {
      fails(bench, a);
      bench.post({ type: 'waits', generation: 1, why: 'the zone shows another site' });
      // It stays justified all the while.
      for (const waitMs of [15_000, 15_000, 15_000, 14_999]) {
        tick(bench, waitMs);
        bench.see(b, pass);
        bench.see(a, fail());
      }
    },
    begin: (bench) => tick(bench, 1),
    end: (bench) => wrote(bench, 'applied'),
  },
  {
    code: 'partial',
    page: true,
    notYet(bench) {
      fails(bench, a);
      wrote(bench, 'applied');
      bench.post({ type: 'verified', generation: 1, laggards: ['ns2: old'] });
      tick(bench, 59_999);
    },
    begin: (bench) => tick(bench, 1),
    end: (bench) => bench.post({ type: 'verified', generation: 1, laggards: [] }),
  },
  {
    code: 'servers-differ',
    page: true,
    begin: (bench) => bench.post({ type: 'verified', generation: 0, laggards: ['ns2: old'] }),
    end: (bench) => bench.post({ type: 'verified', generation: 0, laggards: [] }),
  },
  {
    code: `down:${b}`,
    page: false,
    notYet: (bench) => fails(bench, b, 1),
    begin: (bench) => fails(bench, b, 1),
    end: (bench) => bench.allUp(b),
  },
  {
    code: `warning:${a}`,
    page: false,
    begin: (bench) => bench.see(a, { result: 'pass', latencyMs: 1, warning: 'the certificate ends in 9 days' }),
    end: (bench) => bench.see(a, pass),
  },
  {
    code: `blind:${a}`,
    page: true,
    notYet: (bench) => bench.see(a, unknown),
    begin(bench) {
      bench.wait(35_001);
      bench.see(a, unknown);
    },
    end: (bench) => bench.allUp(a),
  },
  {
    code: 'isolated',
    page: true,
    notYet(bench) {
      for (const site of [a, b, c]) bench.see(site, fail('timeout'));
    },
    begin(bench) {
      for (const site of [a, b, c]) bench.see(site, fail('timeout'));
    },
    end: (bench) => bench.see(b, pass),
  },
  {
    code: 'isolated',
    page: true,
    policy: { canaries: ['x', 'y'] },
    notYet(bench) {
      for (const ok of [true, false]) bench.post({ type: 'canary', name: 'x', ok });
      for (const ok of [true, false, false]) bench.post({ type: 'canary', name: 'y', ok });
    },
    begin: (bench) => bench.post({ type: 'canary', name: 'x', ok: false }),
    end: (bench) => bench.post({ type: 'canary', name: 'y', ok: true }),
  },
  {
    code: 'no-standby',
    page: true,
    notYet(bench) {
      fails(bench, b);
      fails(bench, c);
      fails(bench, a, 1);
    },
    begin(bench) {
      fails(bench, a, 1);
    },
    end: (bench) => bench.allUp(b),
  },
  {
    code: 'common-cause',
    page: true,
    begin(bench) {
      fails(bench, b);
      fails(bench, c);
      fails(bench, a);
      bench.allUp(b);
    },
    end: (bench) => tick(bench, 60_000),
  },
  {
    code: 'budget',
    page: true,
    policy: { maxSwitches: { count: 1, windowMs: 60_000 } },
    begin(bench) {
      fails(bench, a);
      bench.settle();
      bench.allUp(a);
      bench.wait(10_000);
      bench.see(a, pass);
      fails(bench, b);
    },
    end: (bench) => bench.allUp(b),
  },
  {
    code: 'elsewhere',
    page: true,
    begin(bench) {
      bench.moment = { elsewhere: 5 };
      fails(bench, a);
    },
    end(bench) {
      bench.moment = {};
      tick(bench);
    },
  },
  {
    code: 'dry-run',
    page: false,
    policy: { dryRun: true },
    begin: (bench) => fails(bench, a),
    end: (bench) => bench.allUp(a),
  },
];

describe('an alert begins, is told once, and ends with its cause', () => {
  test.each(rows)('$code', ({ code, page, policy, notYet, begin, end }) => {
    const bench = calm(policy);
    notYet?.(bench);
    expect(bench.state.alerts[code]).toBeUndefined();
    begin(bench);
    const sinceMs = bench.nowMs;
    expect(bench.state.alerts[code]).toMatchObject({ code, page, sinceMs });
    expect(bench.state.alerts[code]?.why.length).toBeGreaterThan(8);
    expect(bench.state.alerts[code]?.remedy.length).toBeGreaterThan(5);
    tick(bench, 5);
    expect(bench.state.alerts[code]?.sinceMs).toBe(sinceMs);
    const begun = bench.tells('alert').filter((tell) => tell.fields['alert'] === code);
    expect(begun).toMatchObject([{ page, level: page ? 'error' : 'warn' }]);
    end(bench);
    calmDown(bench, code);
    expect(bench.state.alerts[code]).toBeUndefined();
    expect(bench.tells('cleared').filter((tell) => tell.fields['alert'] === code)).toMatchObject([
      { page: false, level: 'info' },
    ]);
  });

  test('a site that is down here, and nobody else is heard', () => {
    const bench = benchOf(policyOf({ quorum: 2, fall: 1, sustainMs: 0, rise: 1, window: 0 }));
    bench.post({ type: 'found', found: foundAt(a) });
    bench.see(a, fail());
    const why = `${a} is down here (status: injected status), and only 1 of the 2 vantages that it takes are heard`;
    expect(bench.state.alerts[`blind:${a}`]).toMatchObject({ page: true, why });
    const [refusal] = decide(bench.view()).options.find(({ kind }) => kind === 'failover')?.refusals ?? [];
    expect(refusal).toMatchObject({ guard: 'not-down', why: `${a} is down here, and 1 of 2 vantages say so` });
  });

  test('vantages that disagree', () => {
    const bench = benchOf(policyOf({ quorum: 2, rise: 1, window: 0 }));
    bench.see(b, pass);
    bench.post({ type: 'voted', site: b, vote: { vantage: 'east', domain: 'east', vote: 'down', atMs: bench.nowMs } });
    expect(bench.state.alerts[`disputed:${b}`]).toMatchObject({ page: false });
    bench.post({ type: 'voted', site: b, vote: { vantage: 'east', domain: 'east', vote: 'up', atMs: bench.nowMs } });
    calmDown(bench, `disputed:${b}`);
    expect(bench.state.alerts[`disputed:${b}`]).toBeUndefined();
  });
});

describe('an alert whose cause is away is over: kept for flapping, and told as that', () => {
  const shown = (bench: Bench, code: string): number | null | undefined =>
    alertStatuses(bench.state.alerts, bench.nowMs).find((one) => one.code === code)?.overForMs;

  test('a site that is up again, and down once more', () => {
    const bench = calm();
    fails(bench, b);
    bench.wait(500);
    expect(shown(bench, `down:${b}`)).toBeNull();
    bench.allUp(b);
    tick(bench, 12_000);
    expect(shown(bench, `down:${b}`)).toBe(12_000);
    fails(bench, b);
    expect(shown(bench, `down:${b}`)).toBeNull();
    expect(bench.tells('alert')).toHaveLength(1);
    expect(bench.tells('cleared')).toEqual([]);
  });

  test.each(['resume', 'switch'] as const)('what a human ends by %s is over at once', (name) => {
    const bench = calm();
    pinHere(bench);
    fails(bench, a);
    expect(shown(bench, 'pinned-down')).toBeNull();
    bench.post({
      type: 'ordered',
      order: name === 'switch' ? { order: name, site: b } : { order: name },
      actor: 'ada',
      why: 'x',
      forMs: null,
    });
    expect(shown(bench, 'pinned-down')).toBeUndefined();
    expect(bench.tells('cleared').map((tell) => tell.fields['alert'])).toContain('pinned-down');
  });

  test('while the pin stands, a site that comes and goes is told once', () => {
    const bench = calm();
    pinHere(bench);
    fails(bench, a);
    bench.allUp(a);
    tick(bench, 5_000);
    expect(shown(bench, 'pinned-down')).toBe(5_000);
    fails(bench, a);
    expect(bench.tells('alert').filter((tell) => tell.fields['alert'] === 'pinned-down')).toHaveLength(1);
  });

  test('pages come first, what is over last', () => {
    const bench = calm();
    fails(bench, c);
    bench.allUp(c);
    fails(bench, b);
    order(bench, 'hold');
    bench.post({ type: 'sick', why: 'stalled' });
    expect(alertStatuses(bench.state.alerts, bench.nowMs).map(({ code }) => code)).toEqual([
      'sick',
      'held',
      `down:${b}`,
      `down:${c}`,
    ]);
  });
});

describe('what stands between users and a standby names whom it hurts, why, and the next command', () => {
  const hurt = `users are on ${a}, which is down \\(status: injected status\\)`;
  const record = '--record www.example.test';
  const move = `failoverd switch ${b} ${record}`;
  const anywhere = `failoverd switch SITE --record www.example.test --override no-standby, with a SITE that you saw answer`;
  const rows: readonly [code: string, why: RegExp, remedies: readonly string[], begin: (bench: Bench) => void][] = [
    [
      'budget',
      new RegExp(`^${hurt}, while ${b} is up: 0 of 0 automatic switches in 1m are spent`),
      [`${move} moves it now`, 'failoverd history --kind switch'],
      (bench) => fails(bench, a),
    ],
    [
      'elsewhere',
      new RegExp(`^${hurt}, while ${b} is up: 5 other services switched`),
      [`${move} moves it now`, 'failoverd status'],
      (bench) => {
        bench.moment = { elsewhere: 5 };
        fails(bench, a);
      },
    ],
    [
      'no-standby',
      new RegExp(`^${hurt}: no standby can serve: ${b} down, ${c} down`),
      [`failoverd probe ${record} `, `if the probes are wrong: ${anywhere}`],
      (bench) => {
        for (const site of [b, c, a]) fails(bench, site);
      },
    ],
    [
      'common-cause',
      new RegExp(`^${hurt}: every site failed in the same way \\(class status\\), last just now`),
      ['undo what was changed on every site alike', anywhere],
      (bench) => {
        for (const site of [b, c, a]) fails(bench, site);
      },
    ],
    [
      'common-cause',
      new RegExp(`^${hurt}, while ${b} is up: every site failed`),
      [`${move} moves it now`],
      (bench) => {
        for (const site of [b, c, a]) fails(bench, site);
        bench.allUp(b);
      },
    ],
    [
      'isolated',
      /^no site answers: this node may be the one that is cut off; if it is the sites, users get no answer$/,
      [`failoverd probe ${record} `, 'set FAILOVERD_CANARIES', anywhere],
      (bench) => {
        for (let round = 0; round < 2; round++) for (const site of [a, b, c]) bench.see(site, fail('timeout'));
      },
    ],
    [
      'pinned-down',
      new RegExp(`^${hurt}, while ${b} is up, and is pinned by ada until someone resumes: x$`),
      [`failoverd resume ${record} hands back`, move],
      (bench) => {
        pinHere(bench);
        fails(bench, a);
      },
    ],
  ];
  test.each(rows)('%s', (code, why, remedies, begin) => {
    const bench = calm(code === 'budget' ? { maxSwitches: { count: 0, windowMs: 60_000 } } : {});
    begin(bench);
    expect(bench.state.alerts[code]?.why).toMatch(why);
    for (const remedy of remedies) expect(bench.state.alerts[code]?.remedy).toContain(remedy);
  });

  test('with canaries nobody is told to set them', () => {
    const bench = calm({ canaries: ['x'] });
    canaryIsSilent(bench);
    expect(bench.state.alerts['isolated']?.remedy).toMatch(/^failoverd probe .*repair its network; if it is the sites/);
  });

  test('a hold and a pin say who gave them, and for how long yet', () => {
    const bench = calm();
    bench.post({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'x', forMs: 7_200_000 });
    bench.post({ type: 'ordered', order: { order: 'switch', site: a }, actor: 'bob', why: 'y', forMs: null });
    tick(bench, 60_000);
    expect(bench.state.alerts).toMatchObject({
      held: { why: 'held by ada for another 1h59m: x', remedy: `failoverd resume ${record}` },
      pinned: { why: `pinned to ${a} by bob until someone resumes: y`, remedy: `failoverd resume ${record}` },
    });
    // At the end there is no "yet": "over: … for another 1s" would be read as its opposite.
    tick(bench, 7_200_000);
    bench.post({ type: 'ordered', order: { order: 'resume' }, actor: 'bob', why: 'z', forMs: null });
    const ends = bench.effects.flatMap((effect) =>
      effect.type === 'tell' && effect.tell.code === 'cleared' ? [effect.tell.text] : [],
    );
    expect(ends).toEqual(['over: held by ada: x', `over: pinned to ${a} by bob: y`]);
  });
});

test('a calm service has none, and none begins before anything is known', () => {
  expect(calm().state.alerts).toEqual({});
  const bench = benchOf(fast);
  bench.post({ type: 'ticked' });
  bench.post({ type: 'found', found: foundAt(a) });
  bench.see(a, fail());
  expect(bench.effects).toEqual([]);
});

test('with canaries nothing is said before they were asked', () => {
  const bench = calm({ canaries: ['x'] });
  expect(bench.state.alerts).toEqual({});
});

describe('no hold without an alert (L3): whatever keeps a down site active is named', () => {
  const reasons: readonly [name: string, policy: Partial<Policy>, keep: (bench: Bench) => void][] = [
    ['a hold', {}, (bench) => order(bench, 'hold')],
    ['a pin', {}, pinHere],
    ['an obstacle', {}, (bench) => bench.post({ type: 'found', found: stranger })],
    ['sickness', {}, (bench) => bench.post({ type: 'sick', why: 'stalled' })],
    ['no standby', { sites: fast.sites.slice(0, 2) }, (bench) => fails(bench, b)],
    ['other services', { switchCap: 0 }, () => undefined],
    ['a dry run', { dryRun: true }, () => undefined],
    ['silent canaries', { canaries: ['x'] }, canaryIsSilent],
  ];
  test.each(reasons)('%s', (_name, policy, keep) => {
    const bench = calm(policy);
    for (const name of bench.policy.canaries) bench.post({ type: 'canary', name, ok: true });
    keep(bench);
    fails(bench, a);
    expect(bench.state.durable.change).toBeNull();
    expect(Object.keys(bench.state.alerts).filter((code) => !code.startsWith('down:'))).not.toEqual([]);
  });

  test('canaries that were not asked lately, while a peer sees it down', () => {
    const bench = calm({ canaries: ['x'] });
    bench.post({ type: 'voted', site: a, vote: { vantage: 'east', domain: 'east', vote: 'down', atMs: bench.nowMs } });
    bench.post({ type: 'voted', site: a, vote: { vantage: 'west', domain: 'west', vote: 'down', atMs: bench.nowMs } });
    expect(bench.state.standings[a]?.verdict).toBe('down');
    expect(Object.keys(bench.state.alerts)).toEqual([`down:${a}`, 'isolated']);
  });

  test('the switch that spends the budget is no cause for alarm', () => {
    const bench = calm({ maxSwitches: { count: 1, windowMs: 60_000 } });
    fails(bench, a);
    bench.settle();
    expect(bench.tells('alert').map((tell) => tell.fields['alert'])).toEqual([`down:${a}`]);
  });
});

function pinHere(bench: Bench): void {
  bench.post({ type: 'ordered', order: { order: 'switch', site: a }, actor: 'ada', why: 'x', forMs: null });
}

function canaryIsSilent(bench: Bench): void {
  for (let round = 0; round < 2; round++) bench.post({ type: 'canary', name: 'x', ok: false });
}

test('a canary that has not answered since the active site began to fail is no proof that we are connected (S7)', () => {
  const bench = calm({ canaries: ['x'] });
  bench.post({ type: 'canary', name: 'x', ok: true });
  fails(bench, a);
  expect(bench.state.durable.change).toBeNull();
  bench.wait(10);
  bench.post({ type: 'canary', name: 'x', ok: true });
  expect(bench.state.durable.change).toMatchObject({ kind: 'failover', from: a });
});
