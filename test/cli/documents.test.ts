import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { manualPage } from '../../src/cli/manual';
import { withServers } from '../servers/installed';
import { documents, root } from './write-documents';

/** After a change of the commands: npm run build && node dist/test/cli/write-documents.js */
test.each(Object.entries(documents))('%s is what the tables say', (path, text) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text());
});

withServers('the manual page, read by mandoc', ['mandoc'], () => {
  const lint = (page: string): string =>
    spawnSync('mandoc', ['-T', 'lint', '-W', 'style'], { input: page, encoding: 'utf8', timeout: 20_000 }).stdout;

  test('mandoc finds nothing wrong with it, not even in style', () => {
    expect(lint(manualPage())).toBe('');
  });

  test.each([
    ['a list without an end', manualPage().replace('.El\n', ''), 'missing end of block'],
    ['a macro that does not exist', manualPage().replace('.Sh FILES', '.Zz FILES'), 'unknown macro'],
  ])('and it would find %s', (_what, page, word) => {
    expect(lint(page)).toContain(word);
  });

  test('every command, option and example is readable in it', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'utf8', '-O', 'width=200'], {
      input: manualPage(),
      encoding: 'utf8',
    });
    // Bold and underlined letters are struck over: X, backspace, X.
    const parts = stdout.split('\b');
    const text = parts.map((part, index) => (index < parts.length - 1 ? part.slice(0, -1) : part)).join('');
    for (const line of [
      'switch SITE',
      '--reason TEXT',
      'failoverd switch europe-west1 --reason "asia-east1 is being upgraded"',
    ])
      expect(text).toContain(line);
  });
});
