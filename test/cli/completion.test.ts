import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CommandRow } from '../../src/cli/command';
import { type CommandName, commands } from '../../src/cli/commands';
import { bashCompletion } from '../../src/cli/completion-bash';
import { fishCompletion } from '../../src/cli/completion-fish';
import { zshCompletion } from '../../src/cli/completion-zsh';
import { historyKinds } from '../../src/control/kinds';

/** The scripts in the shells they are for, with a daemon that knows these names; the last ones want to be run, or to be file names. */
const sites = ['asia-east1', 'europe-west1', '$(touch hacked)', '`touch hacked`'];
const records = ['www.example.com', '*.example.com'];

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'failoverd-completion-'));
  const lines = (names: readonly string[]): string => names.map((name) => `    printf '%s\\n' '${name}'`).join('\n');
  const program = `#!/bin/sh\ncase "$*" in\n  'completion sites')\n${lines(sites)} ;;\n  'completion sites --record *.example.com')\n${lines(['of-star'])} ;;\n  'completion records')\n${lines(records)} ;;\nesac\n`;
  writeFileSync(join(directory, 'failoverd'), program);
  chmodSync(join(directory, 'failoverd'), 0o700);
  writeFileSync(join(directory, 'x.example.com'), '');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const env = (): NodeJS.ProcessEnv => ({ PATH: `${directory}:${process.env['PATH'] ?? ''}`, HOME: directory });

/** What bash offers when the key is pressed behind this line, whose words are split as readline does. */
function offered(words: readonly string[]): readonly string[] {
  const script = `${bashCompletion()}
complete -p failoverd > /dev/null || exit 1
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_failoverd failoverd; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '--noprofile', '-c', script, 'bash', 'failoverd', ...words];
  const out = execFileSync('bash', args, { env: env(), cwd: directory, encoding: 'utf8', timeout: 20_000 });
  return out.split('\n').filter((line) => line !== '');
}

const dashed = (name: CommandName): readonly string[] => [...commands[name].options, 'help'].map((one) => `--${one}`);

const rows: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [['h', '-'], []],
  [['hi'], ['history']],
  [['--'], ['--help', '--version']],
  [['status', ''], dashed('status')],
  [['status', '--j'], ['--json']],
  [['switch', 'eu'], ['europe-west1']],
  [
    ['switch', ''],
    ['asia-east1', 'europe-west1', '\\$\\(touch\\ hacked\\)', '\\`touch\\ hacked\\`'],
  ],
  [['switch', 'europe-west1', ''], dashed('switch')],
  [['switch', '--reason', 'why', 'as'], ['asia-east1']],
  [['switch', '--reason', '=', 'why', 'as'], ['asia-east1']],
  [['switch', '--record', '\\*.example.com', ''], ['of-star']],
  [['switch', '--record', '=', "'*.example.com'", 'of'], ['of-star']],
  [['switch', '--reason', 'x', '--record', '"*.example.com"', '--for', '1h', ''], ['of-star']],
  [['switch', '--record', 'gone.example.com', ''], dashed('switch')],
  [['history', '--kind', 'sw'], ['switch']],
  [['history', '--kind', 'switch,ho'], ['switch,hold']],
  [['history', '--kind', 'switch,order,h'], ['switch,order,hold']],
  [
    ['history', '--kind', '=', 'switch,'],
    Object.keys(historyKinds).flatMap((kind) => (kind === 'switch' ? [] : [`switch,${kind}`])),
  ],
  [['switch', 'a', '--override', 'no-standby,n'], ['no-standby,not-up']],
  [['hold', '--reason', ''], []],
  [
    ['status', '--record', ''],
    ['www.example.com', '\\*.example.com'],
  ],
  [
    ['status', '--record', '='],
    ['www.example.com', '\\*.example.com'],
  ],
  [['status', '--record', '=', 'w'], ['www.example.com']],
  [['help', 'sta'], ['status']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish', 'sites', 'records'],
  ],
];

describe('bash', () => {
  test.each(rows)('%j', (words, wanted) => {
    expect(offered(words)).toEqual(wanted);
    expect(existsSync(join(directory, 'hacked'))).toBe(false);
  });

  test('every command and every option of every command', () => {
    expect(offered([''])).toEqual([...Object.keys(commands), '--help', '--version']);
    for (const [name, row] of Object.entries<CommandRow>(commands)) {
      expect(offered([name, '--'])).toEqual([...row.options, 'help'].map((option) => `--${option}`));
    }
  });
});

/** Where a shell is not installed its script is not read. */
describe.each([
  ['zsh', zshCompletion()],
  ['fish', fishCompletion()],
])('%s', (shell, script) => {
  const { error } = spawnSync(shell, ['--version']);
  test(error === undefined ? 'reads its script' : `is not installed: its script has every command`, () => {
    expect(Object.keys(commands).filter((name) => !script.includes(name))).toEqual([]);
    if (error !== undefined) return;
    const file = join(directory, shell);
    writeFileSync(file, `${script}\n`);
    const { status, stderr } = spawnSync(shell, [shell === 'zsh' ? '-n' : '--no-execute', file], {
      env: env(),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
