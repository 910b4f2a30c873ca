import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { classics } from './mutant';
import { mutants } from './table';

/** The table of mutants never rots; `npm run mutants` plays it. */

const dist = join(__dirname, '..', '..');
const texts = new Map<string, string>();

function textOf(file: string): string {
  const text = texts.get(file) ?? readFileSync(join(dist, file), 'utf8');
  texts.set(file, text);
  return text;
}

test('every place stands exactly once in the compiled code, and changes it', () => {
  const wrong = mutants.flatMap(({ name, file, find, put }) => {
    const count = textOf(file).split(find).length - 1;
    return count === 1 && put !== find ? [] : [`${name}: ${count} times in ${file}`];
  });
  expect(wrong).toEqual([]);
});

test('every test file that must notice exists', () => {
  const names = new Set(mutants.flatMap(({ tests = [] }) => tests));
  expect([...names].filter((name) => !existsSync(join(dist, 'test', `${name}.test.js`)))).toEqual([]);
});

test('the kill table in docs/proof.md has a row for each, and somebody in it', () => {
  const [, section = ''] = readFileSync(join(dist, '..', 'docs', 'proof.md'), 'utf8').split('\n## Mutants\n');
  const [table = ''] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| (.*?) +\| `(.*?)\.ts` +\| (.*?) +\|$/gm)];
  const known = rows.map(([, name, file]) => `${name} in ${file}.js`).sort();
  expect(known).toEqual(mutants.map(({ name, file }) => `${name.replaceAll('<', '\\<')} in ${file}`).sort());
  expect(rows.filter(([, , , noticedBy]) => noticedBy === '**nobody**')).toEqual([]);
});

test('what nobody can notice is the exception, and has its reason', () => {
  const spare = mutants.flatMap(({ spare }) => spare ?? []);
  expect(spare.filter((why) => why.length < 20)).toEqual([]);
  expect(spare.length).toBeLessThanOrEqual(mutants.length / 20);
});

test('no two have one name', () => {
  const names = mutants.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(classics)('the well-known mistake is among them: %s', (classic) => {
  expect(mutants.some(({ name }) => name.startsWith(classic))).toBe(true);
});

describe('where they are', () => {
  test.each([
    ['src/domain/', 40],
    ['src/control/', 10],
    ['src/dns/', 5],
    ['providers/', 10],
  ])('%s: at least %i', (room, least) => {
    expect(mutants.filter(({ file }) => file.startsWith(room)).length).toBeGreaterThanOrEqual(least);
  });
});
