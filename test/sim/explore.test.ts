import { describe, expect, test } from '@jest/globals';
import { step } from '../../src/domain/step';
import { explore } from '../../src/sim/explore';
import type { Setup } from '../../src/sim/small';
import { setups } from '../../src/sim/small-worlds';

/** A short walk through the small worlds. `npm run explore` goes further. */

function setupOf(name: string): Setup {
  const setup = setups[name];
  if (setup === undefined) throw new Error(`no small world "${name}"`);
  return setup;
}

const states = 100_000;

test('one daemon that nothing happens to is walked through whole, and its budget binds', () => {
  const cold = explore(setupOf('one daemon, from the first reading'), { depth: 40, states });
  expect([cold.broken, cold.end]).toEqual([null, 'closed']);
  const { broken, end, switches, checks } = explore(setupOf('one daemon'), { depth: 40, states });
  expect([broken, end]).toEqual([null, 'closed']);
  expect(switches).toBeGreaterThanOrEqual(3);
  expect(checks['S3']).toBeGreaterThan(100);
}, 240_000);

test.each(Object.keys(setups).slice(2))(
  '%s: no promise breaks in the first events',
  (name) => {
    const { broken, end } = explore(setupOf(name), { depth: 4, states });
    expect([broken, end]).toEqual([null, 'deep']);
  },
  240_000,
);

test('what nobody waits for any more lands late, twice and after crashes, or is shut out', () => {
  const { landings } = explore(setupOf('one daemon, a crash and a fault'), { depth: 7, states });
  expect(Object.keys(landings).sort()).toEqual([
    'copy, shut out',
    'crash without its last save, took effect',
    'crash, shut out',
    'crash, took effect',
    'late, shut out',
    'late, took effect',
  ]);
}, 240_000);

test('either of two owners writes, the second once the marker of the first is gone', () => {
  const { broken, landings } = explore(setupOf('two owners, a hand'), { depth: 6, states });
  expect(broken).toBeNull();
  expect(landings['the second owner']).toBeGreaterThan(0);
}, 240_000);

describe('what is broken on purpose is found, by one of the shortest ways', () => {
  const fault = setupOf('one daemon, a fault');
  const one = setupOf('one daemon');
  const patient = setupOf('one patient daemon, a crash and a fault');
  const hasty: Setup['step'] = (state, event, given, moment) =>
    step(state, event, { ...given, sustainMs: 0, fall: 1 }, moment);
  const rows: readonly [what: string, setup: Setup, depth: number, promise: RegExp, events: number][] = [
    [
      'a request leaves without being saved as leaving',
      {
        ...fault,
        step: (state, event, given, moment) =>
          event.type === 'sending' ? { state, effects: [] } : step(state, event, given, moment),
      },
      ...([3, /^S19/, 2] as const),
    ],
    ['a zone that does not compare', { ...fault, swaps: false }, 6, /^S2:/, 4],
    [
      'a budget that is never spent',
      {
        ...one,
        step: (state, event, given, moment) =>
          step(state, event, { ...given, maxSwitches: { ...given.maxSwitches, count: 9 } }, moment),
      },
      ...([10, /^S3/, 9] as const),
    ],
    ['the first failed probe decides', { ...patient, step: hasty }, 5, /^S5/, 2],
    [
      'SUSTAIN is ignored',
      {
        ...patient,
        step: (state, event, given, moment) => step(state, event, { ...given, sustainMs: 0 }, moment),
      },
      ...([6, /^S5/, 4] as const),
    ],
    [
      'an owner is not looked at',
      {
        ...setupOf('two owners, a hand'),
        step: (state, event, given, moment) =>
          event.type === 'found' && event.found.marker !== null
            ? step(
                state,
                { ...event, found: { ...event.found, marker: { ...event.found.marker, owner: given.owner } } },
                given,
                moment,
              )
            : step(state, event, given, moment),
      },
      ...([4, /^S11/, 2] as const),
    ],
    [
      'an obstacle without an alert',
      {
        ...setupOf('one daemon, a hand'),
        step: (...given) => {
          const next = step(...given);
          return { ...next, state: { ...next.state, alerts: {} } };
        },
      },
      ...([4, /^L3/, 2] as const),
    ],
  ];
  test.each(rows)(
    '%s',
    (_what, setup, depth, promise, events) => {
      const { broken } = explore(setup, { depth, states });
      expect(broken?.why.join()).toMatch(promise);
      expect(broken?.way).toHaveLength(events);
    },
    240_000,
  );
});
