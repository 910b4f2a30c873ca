import { describe, expect, test } from '@jest/globals';
import { summed } from '../../src/sim/sum';
import { nothing } from '../../src/sim/tally';
import { tallyMarkdown, tallyText } from '../../src/sim/tally-text';

/** Runs that may be added up, and those that may not. */

function line(commit: string, from: number, stride: number, seeds: number): string {
  const counts = { checks: { S1: 1_000, L3: 5 }, faults: { 'site hole': 2, 'site slow': 3, crash: 1 } };
  return JSON.stringify({ commit, seconds: 60, ...nothing, ...counts, seeds, ranges: [{ from, stride, seeds }] });
}

describe('what cannot be summed', () => {
  const rows: readonly [what: string, lines: readonly string[], why: RegExp | null][] = [
    ['seeds that follow each other', [line('abc', 1, 1, 10), line('abc', 11, 1, 10)], null],
    ['every second seed, and the others', [line('abc', 1, 2, 5), line('abc', 2, 2, 5)], null],
    ['two commits', [line('abc', 1, 1, 10), line('def', 11, 1, 10)], /line 2 is of commit def, line 1 of abc/],
    ['seeds that overlap', [line('abc', 1, 1, 10), line('abc', 10, 1, 10)], /lines 1 and 2 both played seed 10/],
    ['the same seeds by another step', [line('abc', 1, 1, 10), line('abc', 4, 2, 2)], /both played seed 4/],
    ['a line without its seeds', [JSON.stringify({ ...nothing, commit: 'abc', ranges: undefined })], /no seeds/],
    ['nothing', ['no line of JSON'], /no line of a run/],
  ];
  test.each(rows)('%s', (_what, lines, why) => {
    const sum = summed(lines.join('\n'));
    if (why === null) expect(sum.ok).toBe(true);
    else expect(sum).toEqual({ ok: false, why: expect.stringMatching(why) });
  });
});

describe('the figures of a sum', () => {
  const sum = summed([line('abc', 1, 1, 10), line('abc', 11, 1, 10)].join('\n'));
  if (!sum.ok) throw new Error(sum.why);

  test('for people: checks by promise, faults by what they strike', () => {
    const text = tallyText(sum.tally, sum.run);
    expect(text).toContain('20 (10 from 1, every 1; 10 from 11, every 1)');
    expect(text).toMatch(/^S1 +2,000\nL3 +10$/m);
    expect(text).toMatch(/^site +10: slow 6, hole 4\ncrash +2$/m);
  });

  test('as tables', () => {
    const text = tallyMarkdown(sum.tally, sum.run);
    expect(text).toContain('| commit | abc |');
    expect(text).toContain('| S1 | 2,000 |\n| L3 | 10 |');
  });
});
