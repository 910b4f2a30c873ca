import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqlite } from '../../src/store/sqlite';
import { line, opened, place, record, state } from './place';

let here: ReturnType<typeof place>;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

const dayMs = 86_400_000;
const now = 1_790_000_000_000;

/** Puts rows with the ids `from`…`to` into the closed file, one second of wall time apart, the newest at `now`. */
function fill(table: 'journal' | 'observation', from: number, to: number): void {
  const sqlite = openSqlite(join(here.options.directory, 'failoverd.db'));
  const wall = `${now} - (${to} - x) * 1000`;
  const columns =
    table === 'journal' ? `x, 'r', 0, ${wall}, 'event', 'c', 't', '{}'` : `x, 1, ${wall}, 0, NULL, 5, NULL`;
  sqlite.exec(`PRAGMA synchronous = OFF; WITH RECURSIVE n (x) AS (SELECT ${from} UNION ALL SELECT x + 1 FROM n WHERE x < ${to})
    INSERT INTO ${table} SELECT ${columns} FROM n`);
  sqlite.close();
}

describe('prune', () => {
  test.each([
    ['journal: nothing is old or too much', 'journal', 1, 20_000, now, 0],
    ['journal: all is old, the newest 10,000 stay', 'journal', 1, 20_000, now + 401 * dayMs, 10_000],
    ['journal: some is old', 'journal', 1, 20_000, now - 12_000_000 + 400 * dayMs, 7_999],
    ['journal: over 200,000', 'journal', 1, 212_000, now, 12_000],
    ['journal: the wall clock is 12 years behind', 'journal', 1, 20_000, now - 12 * 365 * dayMs, 0],
    ['journal: the wall clock is no number', 'journal', 1, 20_000, Number.NaN, 0],
    ['observations: nothing is old', 'observation', 1, 112_000, now, 0],
    ['observations: all is old, the newest 100,000 stay', 'observation', 1, 112_000, now + 15 * dayMs, 12_000],
    ['observations: over 2,000,000', 'observation', 1, 1_000, now, 0],
  ] as const)('%s', (_, table, from, to, nowWallMs, expected) => {
    opened(here.options).store.close();
    fill(table, from, to);
    const { store } = opened(here.options);
    let removed = 0;
    for (let calls = 0; calls < 20; calls++) {
      const pruned = store.prune(nowWallMs);
      expect(pruned.journal + pruned.observations).toBeLessThanOrEqual(2_500);
      removed += table === 'journal' ? pruned.journal : pruned.observations;
      if (!pruned.more) break;
    }
    expect(removed).toBe(expected);
    expect(store.prune(nowWallMs)).toEqual({ journal: 0, observations: 0, more: false });
    store.close();
  });

  test('over 2,000,000 observations, by their ids', () => {
    opened(here.options).store.close();
    fill('observation', 1, 3_000);
    fill('observation', 2_002_001, 2_002_010);
    const { store } = opened(here.options);
    expect(store.prune(now)).toEqual({ journal: 0, observations: 2_010, more: false });
    store.close();
  });

  test('the file shrinks again, a little per call, and what is in it stays', () => {
    const { store } = opened(here.options);
    store.commit(record, 1, state(1), []);
    store.close();
    fill('journal', 1, 212_000);
    const again = opened(here.options).store;
    again.journal(record, [line('newest')]);
    const before = again.size();
    for (let calls = 0; calls < 60; calls++) again.prune(now + 401 * dayMs);
    const after = again.size();
    expect(after.bytes).toBeLessThan(before.bytes / 2);
    expect(after.freeBytes).toBeLessThanOrEqual(Math.max(1_024 * 4_096, after.bytes / 4) + 4_096);
    expect(again.history({ limit: 1 })[0]?.code).toBe('newest');
    expect(again.load(record)).toEqual(state(1));
    again.close();
  });
});
