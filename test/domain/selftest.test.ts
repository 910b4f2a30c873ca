import { expect, test } from '@jest/globals';
import { awaited, untestable } from '../../src/domain/selftest';
import type { Durable, State } from '../../src/domain/state';
import { a, type Bench, b, benchOf, fail, foundAt, pass, policyOf, unknown } from './fixtures';

/** Everything is well and known: the write path may be tested. */
function well(changes: { readonly state?: Partial<State>; readonly durable?: Partial<Durable> } = {}): Bench {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a, 3) });
  bench.allUp(a, b);
  bench.state = { ...bench.state, ...changes.state, durable: { ...bench.state.durable, ...changes.durable } };
  return bench;
}

function after(act: (bench: Bench) => void): Bench {
  const bench = well();
  act(bench);
  return bench;
}

test('the write path is tested while all is well', () => {
  expect(untestable(well().view())).toBeNull();
  expect(untestable(after((bench) => bench.see(b, fail())).view())).toBeNull();
});

const stamp = { actor: 'ada', why: 'migration', sinceMs: 0, untilMs: null } as const;
const lags = { parts: ['other holds no record'], sinceMs: 0, attempts: 0, waits: null };

const rows: readonly [why: RegExp, make: () => Bench][] = [
  [/not read yet/, () => well({ state: { read: false } })],
  [/held by ada: migration/, () => well({ durable: { hold: { by: 'order', ...stamp } } })],
  [/^migration$/, () => well({ durable: { obstacle: { by: 'drift', ...stamp } } })],
  [/no record/, () => well({ durable: { active: null } })],
  [/cannot be read: 503/, () => well({ state: { unreadable: { why: '503', sinceMs: 0 } } })],
  [/behind/, () => well({ state: { behind: lags } })],
  [/does not trust itself: stalled/, () => well({ state: { sick: 'stalled' } })],
  [/under way/, () => after((bench) => bench.post(orderTo(b)))],
  [/in doubt/, () => after((bench) => bench.see(a, fail()))],
  [/nothing is known of asia-east1: no route/, () => after((bench) => bench.see(a, unknown))],
  [/nothing is known of asia-east1$/, () => after((bench) => bench.wait(35_001))],
  [
    /in doubt/,
    () =>
      after((bench) => {
        bench.wait(35_001);
        bench.see(a, pass);
      }),
  ],
];
test.each(rows)('not while: %s', (why, make) => {
  expect(untestable(make().view())).toMatch(why);
});

test('nor while what the process before this one wrote may not show yet: for half a minute', () => {
  const begun = (agoMs: number, issued: number): Bench => {
    const bench = well({ durable: { issued } });
    bench.state = awaited(
      bench.state,
      policyOf({ selftest: { everyMs: 600_000, settleMs: 0 } }),
      bench.view().moment.nowMs - agoMs,
    );
    return bench;
  };
  expect(untestable(begun(29_999, 4).view())).toMatch(/may not show yet/);
  expect(untestable(begun(30_000, 4).view())).toBeNull();
  expect(untestable(begun(0, 3).view())).toBeNull();
});

test('nor in a dry run', () => {
  expect(untestable({ ...well().view(), policy: policyOf({ dryRun: true }) })).toBe('FAILOVERD_DRY_RUN');
});

function orderTo(site: string) {
  return { type: 'ordered', order: { order: 'switch', site }, actor: 'ada', why: 'x', forMs: null } as const;
}
