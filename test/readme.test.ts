import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { providers } from '../providers';
import { statusSchemas } from '../src/api/schemas-status';
import { parse } from '../src/cli/parse';
import { daemonTable } from '../src/config/daemon-variables';
import { loadConfig } from '../src/config/load';
import { serviceTable } from '../src/config/service-variables';
import { envName } from '../src/config/variable';
import { duration } from '../src/domain/duration';
import { obstacleRemedies } from '../src/domain/obstacles';
import { rto } from '../src/domain/rto';
import { base, input } from './config/fake-input';
import {
  anchorOf,
  blocksOf,
  commandFunction,
  commandLinesOf,
  headingsOf,
  linksOf,
  proseOf,
  readPage,
  root,
  wordsOf,
} from './readme-text';

/** The README in both languages and every page it leads to, held to the program. That its commands run shows live/readme.test.ts. */

const readmes = ['README.md', 'README.zh-CN.md'] as const;
const pages: readonly string[] = [
  ...readmes,
  'CHANGELOG.md',
  ...['docs', 'deploy', 'providers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => join(folder, file)),
  ),
];

const names = new Set([
  ...Object.keys(serviceTable).map((key) => envName(serviceTable, key)),
  ...Object.keys(daemonTable).map((key) => envName(daemonTable, key)),
  ...providers.flatMap((row) => row.variables.map(({ name }) => name)),
]);

const yes = (cell: string): boolean => /^(yes|是)/.test(cell);
const known = (name: string): boolean => names.has(name) || names.has(name.replace(/_FILE$/, ''));

describe.each(readmes)('%s', (path) => {
  const text = readPage(path);

  test.each(commandLinesOf(text).map((words) => [words.join(' '), words] as const))(
    'failoverd %s: there is such a command, with these options',
    (_line, words) => {
      expect(parse(words)).toMatchObject({ ok: true });
    },
  );

  test('commands in the text are commands, and npm scripts are scripts', () => {
    const inline = [...proseOf(text).matchAll(/`failoverd ([^`]+)`/g)].map(([, line = '']) => wordsOf(line));
    expect(inline.filter((words) => !parse(words).ok)).toEqual([]);
    const { scripts } = JSON.parse(readPage('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    const ran = [...text.matchAll(/npm (?:run (\w+)|(?:--silent )?(?:--prefix \S+ )?(test|start)\b)/g)];
    expect(ran.length).toBeGreaterThan(5);
    expect(ran.map(([, run, bare]) => run ?? bare ?? '').filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test('variables are variables, settings without their prefix too', () => {
    const whole = [...text.matchAll(/\b(?:FAILOVERD|ROUTE53|BUILTIN)_[A-Z0-9_]+/g)].map(([name]) => name);
    const short = [...proseOf(text).matchAll(/`(?!FAILOVERD_)([A-Z]{2,}(?:_[A-Z]+)*)`/g)].map(
      ([, name = '']) => `FAILOVERD_${name}`,
    );
    expect(short.length).toBeGreaterThan(5);
    expect([...whole, ...short].filter((name) => !known(name))).toEqual([]);
  });

  test('files that its commands name are there', () => {
    const files = blocksOf(text).flatMap((block) => block.match(/\bdeploy\/[\w./]+/g) ?? []);
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  test('the settings it shows are accepted without a warning', () => {
    const lines = blocksOf(text).flatMap((block) => block.split('\n'));
    const settings = lines.flatMap((line) => {
      const [, name, value = ''] = /^(FAILOVERD_\w+)=(?:'([^']*)'|\S+) \\$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value || line.slice(name.length + 1, -2)] as const];
    });
    const loaded = loadConfig(input(Object.fromEntries(settings)));
    expect(settings.length).toBe(4);
    expect(loaded.ok ? loaded.config.warnings : loaded.problems).toEqual([]);
  });

  test('every state of a write, every verdict and every kind of hold has its row', () => {
    const rows = [...text.matchAll(/^\| \*\*([\w-]+)\*\*/gm)].map(([, word]) => word);
    const write = statusSchemas.ServiceStatus.properties?.['write']?.enum ?? [];
    const verdicts = statusSchemas.Vote.enum ?? [];
    expect([write.length, verdicts.length]).toEqual([7, 4]);
    for (const word of [...verdicts, ...write, ...Object.keys(obstacleRemedies), 'pinned', 'dry-run'])
      expect(rows.filter((row) => row === word)).toEqual([word]);
  });

  test('every adapter stands in its table, with the guarantees of docs/providers.md', () => {
    const cells = (row: string) => row.split('|').map((cell) => cell.trim());
    const rows = (page: string) => (page.match(/^\|.*\|$/gm) ?? []).map(cells);
    const promised = rows(text).flatMap(([, names = '', atomic = '', swaps = '', proof]) =>
      proof === undefined ? [] : [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, yes(atomic), yes(swaps)]),
    );
    const held = rows(readPage('docs/providers.md')).flatMap(([, name = '', atomic = '', swaps = '', ...rest]) =>
      rest.length === 3 && /^(yes|no)$/.test(atomic) ? [[name.split(' ')[0], yes(atomic), yes(swaps)]] : [],
    );
    for (const { name } of providers) {
      const found = promised.filter(([adapter]) => adapter === name);
      expect(found.length).toBe(1);
      for (const row of held.filter(([adapter]) => adapter === name)) expect(found).toEqual([row]);
    }
    expect(held.length).toBeGreaterThanOrEqual(providers.length);
  });

  test('the recovery time it promises is that of the defaults', () => {
    const loaded = loadConfig(input(base));
    const policy = loaded.ok ? loaded.config.services[0]?.policy : undefined;
    const settleMs = providers.find(({ name }) => name === 'builtin')?.settleMs;
    if (policy === undefined || settleMs === undefined) throw new Error('the defaults are not accepted');
    expect(text).toContain(` ${duration(rto(policy, settleMs).totalMs)}`);
  });
});

test('the command on a host is the same function on every page', () => {
  const [first = '', ...others] = [...readmes, 'docs/install.md', 'docs/operations.md'].map((path) =>
    commandFunction(readPage(path)),
  );
  expect(first).toContain('. /etc/failoverd/env');
  expect(others).toEqual([first, first, first]);
});

describe('both languages', () => {
  const [english = '', chinese = ''] = readmes.map(readPage);

  test('have the same headings', () => {
    const levels = (text: string) => headingsOf(text).map(({ level }) => level);
    expect(levels(chinese)).toEqual(levels(english));
  });

  test('have the same commands, letter for letter', () => {
    expect(blocksOf(chinese)).toEqual(blocksOf(english));
  });

  test('lead to the same places', () => {
    const places = (text: string) =>
      linksOf(text)
        .filter((to) => !to.startsWith('#') && !to.startsWith('README'))
        .sort();
    expect(places(chinese)).toEqual(places(english));
  });

  test('have the same tables', () => {
    const shape = (text: string) => (text.match(/^\|.*\|$/gm) ?? []).map((row) => row.split(/(?<!\\)\|/).length);
    expect(shape(chinese)).toEqual(shape(english));
  });
});

describe.each(pages)('%s', (path) => {
  test('its links lead somewhere', () => {
    const lost = linksOf(readPage(path)).filter((to) => {
      if (/^[a-z]+:/.test(to)) return false;
      const [file = '', anchor] = to.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !headingsOf(readPage(target)).some(({ text }) => anchorOf(text) === anchor);
    });
    expect(lost).toEqual([]);
  });

  test('its commands are commands, its variables are variables', () => {
    const text = readPage(path);
    expect(commandLinesOf(text).filter((words) => !parse(words).ok)).toEqual([]);
    const whole = [...text.matchAll(/\bFAILOVERD_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_<…])/g)].map(([name]) => name);
    expect(whole.filter((name) => !known(name) && !name.startsWith('FAILOVERD_TEST_'))).toEqual([]);
  });

  test('has no leftovers of a merge', () => {
    expect(readPage(path).match(/<<<<<<<|(?:> ?){7}|^={7}$|^\| ={7} /gm) ?? []).toEqual([]);
  });
});
