import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { toldCodes } from '../../src/control/kinds';
import { guardNames } from '../../src/domain/guards';
import { obstacleRemedies } from '../../src/domain/obstacles';
import { failClasses } from '../../src/domain/types';

const folder = join(__dirname, '..', '..', 'src', 'dashboard');

/** The words of a language, or its names of codes, as a module of the browser's kind. */
function wordsOf(language: string, what = 'words'): Readonly<Record<string, string>> {
  const url = pathToFileURL(join(folder, `${what}-${language}.mjs`)).href;
  const code = `import { ${what} as words } from ${JSON.stringify(url)}; process.stdout.write(JSON.stringify(words))`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }));
}

const en = wordsOf('en');
const zh = wordsOf('zh');
const places = (text: string): readonly string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();

test('both languages have the same keys, in the same order', () => {
  expect(Object.keys(zh)).toEqual(Object.keys(en));
  expect(Object.keys(en)).toEqual(Object.keys(en).toSorted());
});

test.each(Object.keys(en))('%s says the same in both', (key) => {
  const [english = '', chinese = ''] = [en[key], zh[key]];
  expect(english).not.toBe('');
  expect(chinese).toMatch(/\p{Script=Han}/u);
  expect(new Set(places(chinese))).toEqual(new Set(places(english)));
});

test('every code that the daemon may tell has a Chinese name', () => {
  const names = wordsOf('zh', 'names');
  const guards = guardNames.map(([guard]) => guard);
  const told = [...guards, ...Object.keys(obstacleRemedies).filter((code) => code !== 'order'), 'pinned-down', 'down'];
  const codes = { guard: guards, told, class: failClasses, event: toldCodes };
  const wanted = Object.entries(codes).flatMap(([family, all]) => all.map((code) => `${family}.${code}`));
  expect(wanted.filter((key) => names[key] === undefined)).toEqual([]);
  expect(Object.values(names).filter((name) => !/\p{Script=Han}/u.test(name))).toEqual([]);
});

test('every word that the page asks for is there, and none is there for nothing', () => {
  const code = readdirSync(folder)
    .filter((name) => name.endsWith('.mjs') && !/^(words|names)/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const asked = [...code.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key ?? '');
  expect(asked.filter((key) => en[key] === undefined)).toEqual([]);
  // Keys put together in the code: `verdict.${verdict}` and the like.
  const families = [...code.matchAll(/`([a-z]+)\.\$\{/g)].map(([, family]) => `${family}.`);
  const idle = Object.keys(en).filter(
    (key) => !code.includes(`'${key}'`) && !families.some((family) => key.startsWith(family)),
  );
  expect(idle.filter((key) => !code.includes(`\`${key.replace(/\.one$/, '')}`))).toEqual([]);
});
