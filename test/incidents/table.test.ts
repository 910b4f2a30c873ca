import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** docs/incidents.md, held to what it says. */

const root = join(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/incidents.md'), 'utf8');
const proof = readFileSync(join(root, 'docs/proof.md'), 'utf8');
const folder = join(root, 'test/incidents');

const incidents = page.split('\n').flatMap((line) => {
  const [id = '', , , shown = '', state = ''] = line
    .split('|')
    .map((cell) => cell.trim())
    .slice(1, -1);
  return /^SC-\d\d$/.test(id) ? [{ id, shown, state }] : [];
});

/** The incidents that tests are named after, by file. */
const played = readdirSync(folder)
  .filter((file) => file.endsWith('.test.ts') && file !== 'table.test.ts')
  .flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const titles = [...text.matchAll(/^(?:describe|test)\(\s*(['"])((SC-\d\d) .+)\1,/gm)];
    return titles.map(([, , title = '', id = '']) => ({ file: `incidents/${file}`, id, title }));
  });

describe('every incident', () => {
  test('stands in the table of docs/proof.md, with the same name and state', () => {
    const rows = (text: string) => text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    const named = (text: string) => rows(text).filter(([, id = '']) => /^SC-\d\d$/.test(id));
    const told = named(page).map(([, id, name, , , state]) => [
      id,
      name,
      state?.startsWith('shown') ? 'whole' : 'in part',
    ]);
    expect(named(proof).map(([, ...cells]) => cells.slice(0, 3))).toEqual(told);
  });

  test('is on the page once, in the order of its number, and is played', () => {
    const ids = incidents.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids.length).toBeGreaterThanOrEqual(42);
    expect([...new Set(played.map(({ id }) => id))].sort()).toEqual(ids);
  });

  test.each(incidents)('$id: its tests stand where the page says, and its state is told', ({ id, shown, state }) => {
    const [, file = '', start = ''] = /^`([^`]+\.ts)` "([^"]+)"$/.exec(shown) ?? [];
    const titles = played.filter((one) => one.id === id && one.file === file).map(({ title }) => title);
    expect([start.startsWith(`${id} `), titles]).toEqual([true, [expect.stringContaining(start)]]);
    expect(state).toMatch(/^(shown(: .+)?|part: .+)$/);
    for (const [, path = '', titles = ''] of state.matchAll(/`(test\/[^`]+\.ts)`((?:,? "[^"]+")*)/g)) {
      const text = readFileSync(join(root, path), 'utf8');
      for (const [, title = ''] of titles.matchAll(/"([^"]+)"/g))
        expect([path, text]).toEqual([path, expect.stringContaining(title)]);
    }
  });
});
