import { describe, expect, test } from '@jest/globals';
import { against, failingMs, failRatio, forget, inDoubt, observe, unseen, voteNow } from '../../src/domain/health';
import type { Health, Observation, Policy } from '../../src/domain/types';
import { fail, healthAfter, pass, policyOf, unknown } from './fixtures';

/** INTERVAL=10s FALL=3 RISE=2 SUSTAIN=20s, so that the third fail in a row decides; the ring is off unless a row is about it. */
const plain = policyOf({ rise: 2, window: 0 });
const ringed = policyOf({ rise: 2, window: 12 });

describe('the vote after these observations, one each INTERVAL', () => {
  const rows: readonly [letters: string, policy: Policy, vote: string, why: string][] = [
    ['', plain, 'unknown', 'nothing seen'],
    ['p', plain, 'unknown', 'fewer passes than RISE'],
    ['pp', plain, 'up', 'RISE passes'],
    ['pf', plain, 'unknown', 'one fail is no vote'],
    ['ff', plain, 'unknown', 'fewer fails than FALL'],
    ['fff', plain, 'down', 'FALL fails over SUSTAIN'],
    ['ppff', plain, 'up', 'keeps its vote below FALL'],
    ['ppfff', plain, 'down', 'FALL fails over SUSTAIN, from up'],
    ['ppffpff', plain, 'up', 'one pass ends the streak of fails'],
    ['fffp', plain, 'down', 'keeps its vote below RISE'],
    ['fffpfp', plain, 'down', 'one fail ends the streak of passes'],
    ['fffpp', plain, 'up', 'RISE passes, from down'],
    ['ppuuu', plain, 'up', 'unknown is never a failure'],
    ['ppfuf', plain, 'up', 'nor counted as one'],
    ['ppffuf', plain, 'down', 'unknown does not end a streak either'],
    ['uuuuuu', plain, 'unknown', 'unknown is never a pass'],
    ['ppff', policyOf({ rise: 2, window: 0, fall: 2, sustainMs: 0 }), 'down', 'FALL=2 without SUSTAIN'],
    ['ppf', policyOf({ rise: 2, window: 0, fall: 1, sustainMs: 0 }), 'down', 'FALL=1 without SUSTAIN'],
    ['ppfff', policyOf({ rise: 2, window: 0, sustainMs: 20_001 }), 'up', 'FALL fails, but SUSTAIN is a hair longer'],
    ['ppffff', policyOf({ rise: 2, window: 0, sustainMs: 20_001 }), 'down', 'and the next fail is past it'],
    ['ppppppppffpp', ringed, 'recovering', 'RISE passes, but 2 fails of 12 are above UP_RATIO'],
    ['pppppppppppffpppppppppp', ringed, 'recovering', '2 of 12 are still in the ring'],
    ['pppppppppppffppppppppppp', ringed, 'up', '1 of 12 is below UP_RATIO'],
    ['pff', ringed, 'unknown', 'the ring is less than a third full'],
    ['pfpf', ringed, 'down', 'a third full, half of it fails, over SUSTAIN, never FALL in a row'],
    ['ppff', ringed, 'up', 'half of it fails, over less than SUSTAIN'],
    ['ppff', policyOf({ rise: 2, window: 12, sustainMs: 20_001 }), 'up', 'half of it fails, over less than SUSTAIN'],
    ['ppppppfpf', ringed, 'up', '2 of 9 are below DOWN_RATIO'],
    ['pppppfpfpf', policyOf({ rise: 2, window: 12, downRatio: 0.3 }), 'down', '3 of 10 are exactly DOWN_RATIO'],
    ['fpfp', ringed, 'unknown', 'half of it fails, but a pass takes nobody down'],
    ['fpfpfpp', ringed, 'recovering', 'in a bad ring RISE passes are good enough to flee to, no more'],
  ];
  test.each(rows)('%s', (letters, policy, vote) => {
    expect(healthAfter(letters, policy).vote).toBe(vote);
  });
});

describe('overlapping probes', () => {
  type Seen = readonly [startedMs: number, arrivedMs: number, observation: Observation];
  const fast = policyOf({ fall: 2, rise: 2, sustainMs: 1_000, window: 0, intervalMs: 1_000, timeoutMs: 1_000 });
  function seeing(seen: readonly Seen[]): Health {
    return seen.reduce(
      (health, [startedMs, nowMs, observation]) =>
        observe(health, { startedMs, nowMs, paced: true, observation }, fast),
      unseen,
    );
  }

  test('a failure that began before the newest pass is old news', () => {
    const health = seeing([
      [0, 1_000, fail('timeout')],
      [1_500, 1_510, pass],
      [500, 1_500, fail('timeout')],
      [900, 1_900, fail('timeout')],
    ]);
    expect(health).toMatchObject({ passes: 1, fails: 0, vote: 'unknown', sinceMs: 1_500 });
  });

  test('a failure that began after it counts, however late it arrives', () => {
    const health = seeing([
      [0, 10, pass],
      [500, 1_500, fail('timeout')],
      [600, 1_600, fail('timeout')],
    ]);
    expect(health).toMatchObject({ fails: 2, vote: 'down', sinceMs: 500 });
  });

  test('how long it fails runs from the start of the first failed probe to the arrival of the newest', () => {
    const once = seeing([[500, 1_500, fail('timeout')]]);
    expect(failingMs(once)).toBe(1_000);
    expect(failingMs(seeing([[0, 10, pass]]))).toBe(0);
    expect(failingMs(unseen)).toBe(0);
  });
});

describe('the ring', () => {
  test('holds the newest WINDOW paced observations; unknown ones and confirmations stay out', () => {
    expect(healthAfter('ppupfp', policyOf({ window: 4 })).ring).toBe('ppfp');
    const confirmed = observe(unseen, { startedMs: 0, nowMs: 0, paced: false, observation: pass }, policyOf());
    expect(confirmed).toMatchObject({ passes: 1, ring: '' });
    expect(healthAfter('pppp', policyOf({ window: 0 })).ring).toBe('');
  });

  test.each([
    ['', null],
    ['p', 0],
    ['f', 1],
    ['ppfp', 0.25],
  ])('the fail ratio of "%s" is %s', (ring, ratio) => {
    expect(failRatio({ ...unseen, ring })).toBe(ratio);
  });
});

describe('age', () => {
  const policy = policyOf({ rise: 2, window: 12 });

  test.each([
    [35_000, 'up'],
    [35_001, 'unknown'],
  ])('%i ms after its newest observation an upright site is %s: 3 × INTERVAL + TIMEOUT', (ageMs, vote) => {
    const health = healthAfter('pp', policy);
    expect(voteNow(health, 10_000 + ageMs, policy)).toBe(vote);
  });

  test.each(['u', 'uu', ''])('an unknown observation ("%s") does not refresh it', (letters) => {
    const health = healthAfter(letters, policy, 10_000, healthAfter('pp', policy));
    expect(voteNow(health, 50_000, policy)).toBe('unknown');
  });

  test('time in which nothing was seen is not time of failing, and old votes do not come back', () => {
    const blindMs = 600_000;
    const rows: readonly [before: string, observation: Observation, vote: string][] = [
      ['ppff', fail(), 'unknown'],
      ['fff', fail(), 'unknown'],
      ['fff', pass, 'unknown'],
      ['pppppp', pass, 'unknown'],
      ['pfpfpf', fail(), 'unknown'],
    ];
    for (const [before, observation, vote] of rows) {
      const nowMs = blindMs + 50_000;
      const health = observe(
        healthAfter(before, policy),
        { startedMs: nowMs, nowMs, paced: true, observation },
        policy,
      );
      expect([before, health.vote, health.passes + health.fails, health.ring.length]).toEqual([before, vote, 1, 1]);
      expect(failingMs(health)).toBe(0);
    }
  });
});

describe('doubt: confirmations are sent while a streak is too short to decide', () => {
  test.each([
    ['', false],
    ['p', true],
    ['pp', false],
    ['ppf', true],
    ['ppff', true],
    ['ppfff', false],
    ['ppffp', false],
    ['fffp', true],
    ['fffpp', false],
  ])('%s: %s', (letters, doubt) => {
    expect(inDoubt(healthAfter(letters, plain), plain)).toBe(doubt);
  });
});

describe('silence: rounds in which nothing came back at all', () => {
  test.each([
    ['timeout', 1],
    ['connect', 1],
    ['reset', 1],
    ['dns', 1],
    ['gate', 1],
    ['status', 0],
    ['body', 0],
    ['tls', 0],
    ['latency', 0],
    ['protocol', 0],
    ['oversize', 0],
    ['redirect', 0],
  ] as const)('a fail of class %s counts %i', (failClass, silent) => {
    const health = observe(unseen, { startedMs: 0, nowMs: 0, paced: true, observation: fail(failClass) }, plain);
    expect(health).toMatchObject({ silent, fails: 1, lastFail: { atMs: 0, class: failClass } });
  });

  test('unknown observations are shown, and change nothing else', () => {
    const before = healthAfter('ppf', plain);
    const after = observe(before, { startedMs: 30_000, nowMs: 30_000, paced: true, observation: unknown }, plain);
    expect(after).toEqual({ ...before, last: unknown });
  });

  test('what may have been gathered while cut off is forgotten; who was silent is not', () => {
    const before = healthAfter('ppff', ringed);
    expect(forget(before)).toEqual({
      ...unseen,
      newestMs: 30_000,
      passStartMs: 10_000,
      last: fail(),
      lastFail: before.lastFail,
    });
  });
});

test.each([
  ['ppfff', '3 fails', 20_000, 'a streak'],
  ['pfpf', '2 fails of the last 4', 20_000, 'the ratio of the ring: since its first fail, not since the newest'],
  ['pf', '1 fails', 0, 'nothing yet'],
  ['pp', '0 fails', 0, 'nothing'],
])('what speaks against it after %s: %s over %i ms, %s', (letters, what, forMs) => {
  expect(against(healthAfter(letters, ringed), ringed)).toEqual({ what, forMs });
});
