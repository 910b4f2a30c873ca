import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CommandName, commands } from '../../src/cli/commands';
import { historyKinds } from '../../src/control/kinds';
import { bashOffers } from './bash-host';
import { openStand, optionsOf, type Stand } from './completion-program';

let stand: Stand;
beforeAll(() => {
  stand = openStand();
});
afterAll(() => stand.close());

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
  test.each(rows)('%j', async (words, wanted) => {
    expect(await bashOffers(words, stand)).toEqual(wanted);
    expect(existsSync(join(stand.directory, 'hacked'))).toBe(false);
  });

  test('every command and every option of every command', async () => {
    expect(await bashOffers([''], stand)).toEqual([...Object.keys(commands), '--help', '--version']);
    for (const [name, names] of optionsOf) expect(await bashOffers([name, '--'], stand)).toEqual(names);
  });
});
