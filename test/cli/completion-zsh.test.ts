import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commands } from '../../src/cli/commands';
import { options } from '../../src/cli/options';
import { historyKinds } from '../../src/control/kinds';
import { withServers } from '../servers/installed';
import { openStand, optionsOf, type Stand } from './completion-program';
import { type Offered, zshOffers } from './zsh-host';

const kinds = Object.keys(historyKinds);
const dashed = (command: string, without = ''): readonly string[] =>
  (optionsOf.find(([name]) => name === command)?.[1] ?? []).filter((name) => name !== without);

/** Names are quoted for the line. An option that may be given once is not offered again. */
const rows: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['', Object.keys(commands)],
  ['swi', ['switch']],
  ['-', ['--help', '--version']],
  ['--json sta', ['status']],
  ['--json --v', ['--version']],
  ['--record swi', []],
  ['status ', dashed('status')],
  ['status --json --', dashed('status', '--json')],
  ['status --j', ['--json']],
  ['switch ', ['asia-east1', 'europe-west1', '\\$\\(touch\\ hacked\\)', '\\`touch\\ hacked\\`']],
  ['switch eu', ['europe-west1']],
  ['drill as', ['asia-east1']],
  ['switch --reason why as', ['asia-east1']],
  ['switch --reason "" as', ['asia-east1']],
  ['switch europe-west1 ', dashed('switch')],
  ['switch --record \\*.example.com ', ['of-star']],
  ["drill --record='*.example.com' of", ['of-star']],
  ["--record '*.example.com' switch --for 1h ", ['of-star']],
  ['switch --record gone.example.com ', []],
  ['switch --record gone.example.com -', dashed('switch', '--record')],
  ['hold --reason switch ', dashed('hold', '--reason')],
  ['hold --reason ', []],
  ['status --record ', ['www.example.com', '\\*.example.com']],
  ['status --record=w', ['--record=www.example.com']],
  ['history --format ', ['csv', 'openmetrics']],
  ['history --limit ', []],
  ['history --kind sw', ['switch']],
  ['history --kind switch,ho', ['switch,hold']],
  ['history --kind=switch,ho', ['--kind=switch,hold']],
  ['history --kind switch,', kinds.flatMap((kind) => (kind === 'switch' ? [] : [`switch,${kind}`]))],
  ['history --kind switch --k', ['--kind']],
  ['switch a --override ', ['no-standby', 'not-up']],
  ['switch a --override no-standby,n', ['no-standby,not-up']],
  ['help sta', ['status']],
  ['help switch ', ['--help']],
  ['notify ', ['test']],
  ['completion ', ['bash', 'zsh', 'fish', 'sites', 'records']],
  ['version ', ['--help']],
  ['nonsense ', []],
];

/** What the line is after the key, where one thing fits. */
const inserted: readonly (readonly [line: string, after: string])[] = [
  ['swi', 'switch '],
  ['switch eu', 'switch europe-west1 '],
  ['switch \\$', 'switch \\$\\(touch\\ hacked\\) '],
  ['status --re', 'status --record='],
  ['history --kind switch,ho', 'history --kind switch,hold,'],
];

withServers('completion in zsh', ['zsh'], () => {
  describe.each([
    ['autoloaded', false],
    ['sourced', true],
  ])('zsh, %s', (_how, sourced) => {
    const asked = [...rows, ...inserted].map(([line]) => line).concat(optionsOf.map(([name]) => `${name} --`));
    const said = new Map<string, Offered>();
    let stand: Stand;

    beforeAll(async () => {
      stand = openStand();
      for (const [index, offered] of (await zshOffers(asked, stand, sourced)).entries())
        said.set(asked[index] ?? '', offered);
    });
    afterAll(() => stand.close());
    const offered = (line: string) => [...(said.get(line)?.names ?? [])].sort();

    test.each(rows)('%j', (line, wanted) => {
      expect(offered(line)).toEqual([...wanted].sort());
    });

    test.each(inserted)('%j becomes %j', (line, after) => {
      expect(said.get(line)?.line).toBe(`failoverd ${after}`);
    });

    test('no name was run', () => {
      expect(existsSync(join(stand.directory, 'hacked'))).toBe(false);
    });

    test('every option of every command', () => {
      for (const [name, names] of optionsOf) expect(offered(`${name} --`)).toEqual([...names].sort());
    });

    test('a command and an option say what they are', () => {
      expect(said.get('swi')?.about).toEqual([commands.switch.summary]);
      expect(said.get('status --j')?.about).toEqual([options.json.summary]);
      expect(said.get('')?.about).toEqual(Object.values(commands).map(({ summary }) => summary));
    });
  });
});
