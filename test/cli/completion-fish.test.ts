import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commands } from '../../src/cli/commands';
import { options } from '../../src/cli/options';
import { historyKinds } from '../../src/control/kinds';
import { withServers } from '../servers/installed';
import { openStand, optionsOf, records, type Stand, sites } from './completion-program';
import { type Described, fishOffers } from './fish-host';

const kinds = Object.keys(historyKinds);

/** Options are offered behind a dash, as everywhere in fish. */
const rows: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['', Object.keys(commands)],
  ['swi', ['switch']],
  ['-', ['--help', '--version', '-h']],
  ['--json sta', ['status']],
  ['--record swi', []],
  ['status ', []],
  ['status --j', ['--json']],
  ['status switch --for', []],
  ['switch ', sites],
  ['switch eu', ['europe-west1']],
  ['drill as', ['asia-east1']],
  ['switch --reason why as', ['asia-east1']],
  ['switch --reason "" as', ['asia-east1']],
  ['switch europe-west1 ', []],
  ['switch --record \\*.example.com ', ['of-star']],
  ["drill --record='*.example.com' of", ['of-star']],
  ["--record '*.example.com' switch --for 1h ", ['of-star']],
  ['switch --record gone.example.com ', []],
  ['hold --reason switch ', []],
  ['hold --reason ', []],
  ['status --record ', records],
  ['status --record=w', ['--record=www.example.com']],
  ['history --format ', ['csv', 'openmetrics']],
  ['history --limit ', []],
  ['history --kind sw', ['switch']],
  ['history --kind switch,ho', ['switch,hold']],
  ['history --kind=switch,ho', ['--kind=switch,hold']],
  ['history --kind switch,', kinds.flatMap((kind) => (kind === 'switch' ? [] : [`switch,${kind}`]))],
  ['switch a --override ', ['no-standby', 'not-up']],
  ['switch a --override no-standby,n', ['no-standby,not-up']],
  ['help sta', ['status']],
  ['help switch ', []],
  ['notify ', ['test']],
  ['completion ', ['bash', 'zsh', 'fish', 'sites', 'records']],
  ['completion bash ', []],
  ['version ', []],
  ['nonsense ', []],
];

withServers('completion in fish', ['fish'], () => {
  describe('fish', () => {
    const asked = [...rows.map(([line]) => line), ...optionsOf.map(([name]) => `${name} --`)];
    const said = new Map<string, readonly Described[]>();
    let stand: Stand;

    beforeAll(async () => {
      stand = openStand();
      for (const [index, offered] of (await fishOffers(asked, stand)).entries()) said.set(asked[index] ?? '', offered);
    });
    afterAll(() => stand.close());
    const offered = (line: string) =>
      said
        .get(line)
        ?.map(([name]) => name)
        .sort();

    test.each(rows)('%j', (line, wanted) => {
      expect(offered(line)).toEqual([...wanted].sort());
    });

    test('no name was run', () => {
      expect(existsSync(join(stand.directory, 'hacked'))).toBe(false);
    });

    test('every option of every command', () => {
      for (const [name, names] of optionsOf) expect(offered(`${name} --`)).toEqual([...names].sort());
    });

    test('a command, an option and a word say what they are', () => {
      expect(said.get('swi')).toEqual([['switch', commands.switch.summary]]);
      expect(said.get('status --j')).toEqual([['--json', options.json.summary]]);
      expect(said.get('switch eu')).toEqual([['europe-west1', 'SITE']]);
    });
  });
});
