import { describe, expect, test } from '@jest/globals';
import { step } from '../../src/domain/step';
import { explore, setups } from '../../src/sim/explore';
import type { Setup } from '../../src/sim/small';

/** A short walk through the small worlds. `npm run explore` goes further. */

function setupOf(name: string): Setup {
  const setup = setups[name];
  if (setup === undefined) throw new Error(`no small world "${name}"`);
  return setup;
}

const depth = Number.POSITIVE_INFINITY;

test('one daemon that nothing happens to is walked through whole', () => {
  const { broken, whole, states } = explore(setupOf('one daemon'), { depth, states: 40_000 });
  expect([broken, whole]).toEqual([null, true]);
  expect(states).toBeGreaterThan(5_000);
}, 60_000);

test.each(Object.keys(setups).slice(1))(
  '%s: no promise breaks in the first states',
  (name) => {
    const { broken, states } = explore(setupOf(name), { depth, states: 1_000 });
    expect(broken).toBeNull();
    expect(states).toBeGreaterThanOrEqual(1_000);
  },
  60_000,
);

describe('what is broken on purpose is found', () => {
  const one = setupOf('one daemon, a fault');
  const rows: readonly [what: string, setup: Setup, promise: RegExp][] = [
    [
      'a request leaves without being saved as leaving',
      {
        ...one,
        step: (state, event, policy, moment) =>
          event.type === 'sending' ? { state, effects: [] } : step(state, event, policy, moment),
      },
      /^S19/,
    ],
    [
      'a budget that is ignored',
      {
        ...setupOf('one daemon'),
        step: (state, ...given) => step({ ...state, durable: { ...state.durable, switches: [] } }, ...given),
      },
      /^S3/,
    ],
    ['a zone that does not compare', { ...one, swaps: false }, /^S2:/],
    [
      'an obstacle without an alert',
      {
        ...setupOf('one daemon, a hand'),
        step: (...given) => {
          const next = step(...given);
          return { ...next, state: { ...next.state, alerts: {} } };
        },
      },
      /^L3/,
    ],
  ];
  test.each(rows)('%s', (_what, setup, promise) => {
    const { broken } = explore(setup, { depth, states: 5_000 });
    expect(broken?.why.join()).toMatch(promise);
    expect(broken?.way.length).toBeGreaterThan(0);
  });
});
