import { describe, expect, test } from '@jest/globals';
import { type Ballot, count } from '../../src/domain/quorum';
import type { Verdict, Vote } from '../../src/domain/types';
import { a, b, benchOf, fail, pass, policyOf } from './fixtures';

const votes: Readonly<Record<string, Vote>> = { U: 'up', R: 'recovering', D: 'down', '-': 'unknown' };

/** One ballot per letter. Vantages are numbered; a domain is one word of letters. */
function ballots(text: string): readonly Ballot[] {
  return text.split(' ').flatMap((word, domain) =>
    [...word].map((letter, index) => ({
      vantage: `v${domain}.${index}`,
      domain: `d${domain}`,
      vote: votes[letter] ?? 'unknown',
      ageMs: 0,
    })),
  );
}

describe('the verdict over vantages, one word per failure domain', () => {
  const rows: readonly [text: string, quorum: number, previous: Verdict, verdict: Verdict, disputed: boolean][] = [
    // one vantage
    ['U', 1, 'unknown', 'up', false],
    ['R', 1, 'unknown', 'recovering', false],
    ['D', 1, 'up', 'down', false],
    ['-', 1, 'up', 'unknown', false],
    // fewer fresh votes than the quorum
    ['D - -', 2, 'up', 'unknown', false],
    ['D', 2, 'up', 'unknown', false],
    ['D - - - -', 3, 'down', 'unknown', false],
    // a majority
    ['D D -', 2, 'up', 'down', false],
    ['D D U', 2, 'up', 'down', false],
    ['U U D', 2, 'down', 'up', false],
    ['U R D', 2, 'down', 'recovering', false],
    ['R R D', 2, 'down', 'recovering', false],
    ['U U R', 2, 'down', 'up', false],
    ['D D D U U', 3, 'up', 'down', false],
    ['D D U U R', 3, 'down', 'recovering', false],
    // none
    ['D U -', 2, 'up', 'up', true],
    ['D U -', 2, 'down', 'down', true],
    ['D R -', 2, 'unknown', 'unknown', true],
    ['D D U U -', 3, 'up', 'up', true],
    // vantages that share a fate have one voice
    ['DDD U U', 2, 'up', 'up', false],
    ['DDU D U', 2, 'up', 'down', false],
    ['DU D -', 2, 'up', 'unknown', false],
    ['D- D -', 2, 'up', 'down', false],
    ['DDDD', 2, 'up', 'unknown', false],
    ['-- D D', 2, 'up', 'down', false],
  ];
  test.each(rows)('%s with quorum %i, before %s: %s, disputed %s', (text, quorum, previous, verdict, disputed) => {
    expect(count(ballots(text), previous, quorum)).toMatchObject({ verdict, disputed });
  });

  test('a second ballot of the same vantage is not counted, in whatever domain', () => {
    const [one] = ballots('D');
    const twice: readonly Ballot[] =
      one === undefined ? [] : [one, { ...one, domain: 'elsewhere' }, { ...one, vote: 'up' }];
    expect(count(twice, 'up', 2)).toMatchObject({ fresh: 1, down: 1, up: 0, verdict: 'unknown' });
  });
});

describe('three vantages, quorum two', () => {
  const policy = policyOf({ quorum: 2, rise: 1, fall: 1, sustainMs: 0, window: 0 });
  const peer = (vantage: string, vote: Vote, atMs: number) => ({ vantage, domain: vantage, vote, atMs });

  test.each([
    ['one of three sees it down', ['up', 'up'], 'up', false],
    ['two of three see it down', ['down', 'up'], 'down', false],
    ['it is contested', ['up', 'unknown'], 'unknown', true],
  ] as const)('%s', (_name, [east, west], verdict, disputed) => {
    const bench = benchOf(policy);
    bench.see(b, pass);
    bench.see(a, fail());
    bench.post({ type: 'voted', site: a, vote: peer('east', east, bench.nowMs) });
    bench.post({ type: 'voted', site: a, vote: peer('west', west, bench.nowMs) });
    expect(bench.state.standings[a]).toMatchObject({ verdict, disputed });
  });

  test('a vote that is not renewed ages out', () => {
    const bench = benchOf(policy);
    for (const vantage of ['east', 'west']) {
      bench.post({ type: 'voted', site: a, vote: peer(vantage, 'down', bench.nowMs) });
    }
    expect(bench.state.standings[a]?.verdict).toBe('down');
    bench.wait(35_001);
    bench.post({ type: 'ticked' });
    expect(bench.state.standings[a]?.verdict).toBe('unknown');
  });

  test.each([
    ['played again', -1],
    ['from later than now', 1],
  ])('a vote %s counts for nothing', (_what, ms) => {
    const bench = benchOf(policy);
    for (const vantage of ['east', 'west']) {
      bench.post({ type: 'voted', site: a, vote: peer(vantage, 'up', bench.nowMs) });
      bench.post({ type: 'voted', site: a, vote: peer(vantage, 'down', bench.nowMs + ms) });
    }
    expect(bench.state.standings[a]?.verdict).toBe('up');
  });

  test('the same vantage replaces its own vote, and nobody votes in our name', () => {
    const bench = benchOf(policy);
    bench.see(b, pass);
    bench.see(a, pass);
    for (const vantage of ['here', 'here', 'east', 'east']) {
      bench.post({ type: 'voted', site: a, vote: peer(vantage, 'down', bench.nowMs) });
    }
    expect(bench.state.standings[a]).toMatchObject({ verdict: 'unknown', disputed: true });
  });
});
