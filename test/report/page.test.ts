import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { providers } from '../../providers';
import type { Card } from '../providers/conformance-scene';
import { page } from './page';
import { type Column, plainTable, summary } from './table';

/** docs/providers.md against the table of adapters; its guarantees are held by the suite's clause "as docs/providers.md says". */

const root = join(__dirname, '../../..');
const text = readFileSync(join(root, 'docs/providers.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => /^\| (?!-)/.test(line))
  .map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );

test('docs/providers.md has every adapter of the table, and no other', () => {
  const [, ...guarantees] = rows.filter(({ length }) => length === 5);
  const named = new Set(guarantees.map(([name = '']) => name.split(' ')[0]));
  expect([...named].sort()).toEqual(providers.map(({ name }) => name).sort());
});

test('its table of clauses has a column for each, and nothing that fails', () => {
  const [header = [], ...clauses] = rows.filter(({ length }) => length > 5);
  expect(header.slice(1)).toEqual(
    rows.filter(({ length }) => length === 5).flatMap(([name = ''], n) => (n ? [name] : [])),
  );
  expect(clauses.length).toBeGreaterThanOrEqual(35);
  for (const [clause, ...marks] of clauses)
    expect([clause, marks.filter((mark) => !/^[✓–]$/.test(mark))]).toEqual([clause, []]);
});

test('links of the manual lead to it', () => {
  expect(readFileSync(join(root, 'providers/README.md'), 'utf8')).toContain('docs/providers.md');
});

describe('the table of a run', () => {
  const card: Card = {
    adapter: 'one on Server',
    against: 'a fake',
    guarantees: { atomic: true, compareAndSwap: false, note: '' },
    proofs: ['dns'],
    excused: { third: 'it cannot' },
    notes: {},
  };
  const columns: readonly Column[] = [
    {
      card,
      marks: new Map([
        ['first', 'pass'],
        ['second', 'fail'],
        ['third', 'excused'],
      ] as const),
    },
    { card: { ...card, adapter: 'two', excused: {} }, marks: new Map([['first', 'pass']] as const) },
  ];

  test('passes, failures, dashes and blanks', () => {
    expect(plainTable(columns).split('\n')).toEqual([
      'conformance  one     two',
      '             on',
      '             Server',
      'first        ✓       ✓',
      'second       ✗',
      'third        –',
    ]);
    expect(summary(columns)).toBe(
      'Conformance: 3 clauses × 2 adapters: 2 ✓, 1 ✗, 1 – (not claimed, or not possible there), 2 not run',
    );
  });

  test('the page says what each guarantees, and why a dash stands there', () => {
    expect(page(columns)).toMatch(/^\| one on Server \| yes {4}\| no {15}\|/m);
    expect(page(columns)).toContain('- it cannot: one on Server (third).');
  });
});
