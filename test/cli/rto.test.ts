import { expect, test } from '@jest/globals';
import { rtoText } from '../../src/cli/rto';
import { widthOf } from '../../src/cli/width';
import { policyOf } from '../domain/fixtures';

/** The defaults with a provider that settles within 12 s: 11 + 21 + 4 + 22 + 60 = 118 s. */
const at = (columns: number | null, promisedMs: number | null, colour = false): readonly string[] =>
  rtoText(policyOf(), 12_000, promisedMs, { colour, columns }).split('\n');

test('in a pipe: the stages and the promise as a table', () => {
  const [head, ...rows] = at(null, 120_000);
  expect(head).toBe('www.example.test: worst case 1m58s, promised FAILOVERD_RTO 2m');
  expect(rows.map((row) => row.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual([
    'notice 11s',
    'confirm 21s',
    'write 4s',
    'verify 22s',
    'clients 1m',
    'promise 2m',
  ]);
  expect(rows.at(-1)).toContain('FAILOVERD_RTO, 2s to spare');
  expect(rows.join('')).not.toContain('█');
});

test('on a terminal: each bar begins where the one before ends, and the longest reaches the end', () => {
  const bars = at(140, null)
    .slice(1)
    .map((row) => ({ from: row.indexOf('█'), to: row.lastIndexOf('█') + 1 }));
  expect(bars).toHaveLength(5);
  for (const [index, { from }] of bars.entries()) if (index > 0) expect(from).toBe(bars[index - 1]?.to);
  const [whole, clients] = [(bars[4]?.to ?? 0) - (bars[0]?.from ?? 0), (bars[4]?.to ?? 0) - (bars[4]?.from ?? 0)];
  expect(whole).toBe(36);
  // 60 of 118 s.
  expect(Math.abs(clients - (whole * 60) / 118)).toBeLessThanOrEqual(1);
});

test.each([
  [120_000, 'FAILOVERD_RTO, 2s to spare', true],
  [100_000, 'FAILOVERD_RTO is missed by 18s', false],
])('against a promise of %i ms: %s', (promisedMs, text, kept) => {
  const rows = at(140, promisedMs).slice(1);
  expect(rows.at(-1)).toContain(text);
  const end = (row: string | undefined, mark: string): number => (row ?? '').lastIndexOf(mark);
  expect(end(rows.at(-1), '┤') >= end(rows[4], '█')).toBe(kept);
});

test.each([20, 40, 60, 79, 80, 100, 200])('nothing is wider than %i columns', (columns) => {
  const lines = at(columns, 120_000, true);
  expect(lines.filter((line) => widthOf(line) > columns)).toEqual([]);
  expect(lines.join('').includes('█')).toBe(columns >= 79);
});
