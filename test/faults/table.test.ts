import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { seeded } from '../../src/sim/time';
import { lossyExchange } from './loss';

/** docs/faults.md, held to what it says. */

const root = join(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/faults.md'), 'utf8');

/** The cells of every row of the page's tables. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );

const faults = rows.flatMap(([id = '', , , shown = '']) => (/^[PDSFCKB]\d\d$/.test(id) ? [{ id, shown }] : []));

/** Each `file` of a cell with the "titles" after it. */
function referencesIn(cell: string): readonly { readonly file: string; readonly titles: readonly string[] }[] {
  return [...cell.matchAll(/`([^`]+\.ts)`((?:,? "[^"]+")+)/g)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));
}

describe('every fault', () => {
  test('of the tables is there', () => {
    expect(new Set(faults.map(({ id }) => id)).size).toBeGreaterThanOrEqual(90);
  });

  test.each(faults)('$id: its tests stand where the page says', ({ shown }) => {
    const references = referencesIn(shown);
    const files = shown.match(/\.ts\b/g) ?? [];
    expect([references.length, files.length]).toEqual([files.length, Math.max(1, files.length)]);
    for (const { file, titles } of references) {
      const path = join(root, 'test', file);
      expect([file, existsSync(path)]).toEqual([file, true]);
      const text = readFileSync(path, 'utf8');
      expect(titles.filter((title) => !text.includes(title))).toEqual([]);
    }
  });
});

test('the curve of packet loss is what the model gives', () => {
  const curve = rows.filter(([first = '']) => /^\d+ %$/.test(first));
  expect(curve.length).toBeGreaterThan(4);
  const tries = 50_000;
  for (const [loss = '', ...shares] of curve) {
    for (const [index, timeoutMs] of [5_000, 1_000].entries()) {
      const random = seeded(1);
      let failed = 0;
      for (let n = 0; n < tries; n++)
        if (lossyExchange(Number.parseInt(loss, 10) / 100, timeoutMs, random) === null) failed++;
      expect([loss, shares[index]]).toEqual([loss, `${((100 * failed) / tries).toFixed(1)} %`]);
    }
  }
});
