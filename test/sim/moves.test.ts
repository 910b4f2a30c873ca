import { describe, expect, test } from '@jest/globals';
import { recordSet } from '../../src/domain/records';
import type { Policy } from '../../src/domain/types';
import { createEvidence, type Evidence } from '../../src/sim/evidence';
import { createJudge } from '../../src/sim/judge';
import { commonCause, judgeMove, type Mover, type Surroundings } from '../../src/sim/moves';
import { planOf } from '../../src/sim/plan';
import type { Request } from '../../src/sim/zone';

/** That each check of a move can fail: the move that is right, and one thing wrong with it. */

const policy: Policy = {
  ...planOf(1).policy,
  ...{ sites: ['a', 'b'].map((name, index) => ({ name, sets: setsAt(index) })), quorum: 1, owner: 'sre' },
  ...{ intervalMs: 10_000, timeoutMs: 5_000, fall: 3, rise: 3, sustainMs: 20_000, window: 0, failback: 'manual' },
  ...{ maxSwitches: { count: 2, windowMs: 3_600_000 }, canaries: [], switchCap: 5 },
};

function setsAt(index: number) {
  const set = recordSet('A', 60, [`203.0.113.${1 + index}`]);
  return set === null ? [] : [set];
}

const nowMs = 1_000_000;

function failed(failClass: 'status' | 'connect') {
  return { result: 'fail', class: failClass, why: '', latencyMs: 5 } as const;
}

/** `p` and `f`, a probe every ten seconds, the newest a second ago. */
function probed(evidence: Evidence, site: string, results: string, failClass: 'status' | 'connect' = 'status'): void {
  for (const [index, result] of [...results].entries()) {
    const endedMs = nowMs - 1_000 - 10_000 * (results.length - 1 - index);
    const seen = result === 'p' ? ({ result: 'pass', latencyMs: 5 } as const) : failed(failClass);
    evidence.add(site, endedMs - 5, endedMs, seen);
  }
}

function moverWith(a: string, b: string): Mover {
  const evidence = createEvidence();
  probed(evidence, 'a', a);
  probed(evidence, 'b', b);
  return {
    evidence,
    automatic: [],
    landed: new Set(),
    ordered: null,
    held: null,
    orderedMs: Number.NEGATIVE_INFINITY,
    pinned: null,
    startedMs: 0,
    commonMs: Number.NEGATIVE_INFINITY,
  };
}

const found = { sets: setsAt(0), marker: null, foreignMarker: null, obstacles: [] };
const request: Request = {
  ...{ daemon: 0, zone: 0, sentMs: nowMs, justifiedMs: nowMs, asOfMs: nowMs, from: found, to: setsAt(1) },
  marker: { owner: 'sre', generation: 7, site: 'b' },
};
const calm: Surroundings = { policy, peers: [], darkSinceMs: null, sickSinceMs: null, isRest: false };

function brokenBy(mover: Mover, around: Partial<Surroundings> = {}): readonly string[] {
  const judge = createJudge(() => nowMs);
  judgeMove(judge, mover, request, 'a', 'b', { ...calm, ...around });
  return judge.violations.map(({ promise }) => promise);
}

const right = (): Mover => moverWith('pppppfff', 'pppppppp');

function peerWith(a: string, b: string): Evidence {
  return moverWith(a, b).evidence;
}

describe('a move without a human’s word', () => {
  const rows: readonly [what: string, mover: Mover, around: Partial<Surroundings>, broken: readonly string[]][] = [
    ['away from a site that is down, to one that serves', right(), {}, []],
    ['to a site that failed last', moverWith('pppppfff', 'pppppppf'), {}, ['S4', 'S6']],
    ['away from a site that passes', moverWith('pppppppp', 'pppppppp'), {}, ['S5']],
    ['away from a site that failed twice', moverWith('ppppppff', 'pppppppp'), {}, ['S5']],
    ['while cut off for a minute', right(), { darkSinceMs: nowMs - 60_000 }, ['S7']],
    ['just when it is being cut off', right(), { darkSinceMs: nowMs - 1_000 }, []],
    ['while it knows that it is sick', right(), { sickSinceMs: nowMs - 5 }, ['S7']],
    ['soon after the start', { ...right(), startedMs: nowMs - 15_000 }, {}, ['S8']],
    ['while a human holds', { ...right(), held: Number.POSITIVE_INFINITY }, {}, ['S13']],
    ['away from a pin', { ...right(), pinned: { site: 'a', untilMs: nowMs + 1, asks: false } }, {}, ['S13']],
    ['the third in an hour', { ...right(), automatic: gone(5, 6), landed: new Set([5, 6]) }, {}, ['S3']],
    ['the first that was not refused', { ...right(), automatic: gone(5, 6) }, {}, []],
    ['soon after every site failed alike', { ...right(), commonMs: nowMs - 59_000 }, {}, ['S20']],
    ['a minute after every site failed alike', { ...right(), commonMs: nowMs - 60_000 }, {}, []],
    ['by what was seen in the dark', lit(right(), nowMs - 500), {}, ['S5']],
    ['by what was seen since it is light again', lit(right(), nowMs - 22_000), {}, []],
    [
      'which one vantage of three wants',
      right(),
      { policy: { ...policy, quorum: 2 }, peers: [peerWith('pppp', 'pppp'), peerWith('pppp', 'pppp')] },
      ['S5'],
    ],
    [
      'which two vantages of three want',
      right(),
      { policy: { ...policy, quorum: 2 }, peers: [peerWith('ppfff', 'pppp'), peerWith('pppp', 'pppp')] },
      [],
    ],
    [
      'to where two of three vantages fail',
      right(),
      { policy: { ...policy, quorum: 2 }, peers: [peerWith('ppfff', 'pfff'), peerWith('ppfff', 'pfff')] },
      ['S17'],
    ],
    ['the rest of a change, at the second provider', moverWith('pppppppp', 'pppppppp'), { isRest: true }, []],
    ['the rest of it to a site that is down', moverWith('pppppppp', 'pppppfff'), { isRest: true }, ['S4']],
  ];
  test.each(rows)('%s', (_what, mover, around, broken) => {
    expect([...new Set(brokenBy(mover, around))]).toEqual(broken);
  });
});

/** Whoever moves, after a darkness that ended then. */
function lit(mover: Mover, endedMs: number): Mover {
  const evidence = createEvidence();
  evidence.lit(endedMs);
  for (const site of ['a', 'b'])
    for (const { startedMs, endedMs, result } of mover.evidence.of(site))
      evidence.add(site, startedMs, endedMs, result === 'fail' ? failed('connect') : { result: 'pass', latencyMs: 5 });
  return { ...mover, evidence };
}

describe('every site failing alike', () => {
  const rows: readonly [what: string, a: string, b: string, failClass: 'status' | 'connect', alike: boolean][] = [
    ['twice each', 'ppff', 'ppff', 'status', true],
    ['one of them once', 'ppff', 'pppf', 'status', false],
    ['one of them well', 'ppff', 'pppp', 'status', false],
    ['as when we are cut off', 'ppff', 'ppff', 'connect', false],
  ];
  test.each(rows)('%s: %s, %s, %s', (_what, a, b, failClass, alike) => {
    const evidence = createEvidence();
    probed(evidence, 'a', a, failClass);
    probed(evidence, 'b', b, failClass);
    expect(commonCause(evidence, policy, nowMs)).toBe(alike);
    expect(commonCause(evidence, policy, nowMs + 3_600_000)).toBe(false);
  });
});

describe('the way home from where a human’s order put the record', () => {
  // Home is `b` here, so that the same request leads there.
  const away: Policy = { ...policy, sites: [...policy.sites].reverse(), failback: 'auto', failbackAfterMs: 60_000 };
  const home = (): Mover => ({ ...moverWith('pppppppp', 'pppppppp'), automatic: gone(5, 6), landed: new Set([5, 6]) });
  const rows: readonly [what: string, mover: Mover, broken: readonly string[]][] = [
    ['counts for nothing', { ...home(), ordered: 'a' }, []],
    ['counts where it stood by itself', home(), ['S3']],
    ['counts where the order led elsewhere', { ...home(), ordered: 'c' }, ['S3']],
    ['counted before, and is the same', { ...home(), ordered: 'a', automatic: gone(5, 7), landed: new Set([5]) }, []],
  ];
  test.each(rows)('%s', (_what, mover, broken) => {
    expect(brokenBy(mover, { policy: away })).toEqual(broken);
  });

  test('counts for nothing later either, and a failover from there counts', () => {
    const back = { ...home(), ordered: 'a' };
    brokenBy(back, { policy: away });
    expect(back.automatic.at(-1)).toMatchObject({ generation: 7, isReturn: true });
    const fleeing = { ...right(), ordered: 'a', automatic: gone(5, 6), landed: new Set([5, 6]) };
    expect(brokenBy(fleeing)).toEqual(['S3']);
  });
});

function gone(...generations: readonly number[]) {
  return generations.map((generation) => ({ generation, atMs: nowMs - 60_000 }));
}
