import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ObservationRow } from '../../src/control/ports';
import { idAt } from '../../src/store/at';
import { openSqlite, type Sqlite } from '../../src/store/sqlite';
import { line, opened, place, record } from './place';

/** Rows of a past moment are found without a walk through everything since. */

describe('the newest row at a wall time or before', () => {
  function tableOf(rows: readonly (readonly [id: number, wallMs: number])[]): Sqlite {
    const sqlite = openSqlite(':memory:');
    sqlite.exec('CREATE TABLE journal (id INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL)');
    for (const row of rows) sqlite.run('INSERT INTO journal VALUES (?, ?)', row);
    return sqlite;
  }

  test.each([
    ['an empty table', [], 5, 0],
    ['before the first', [[7, 10]], 9, 0],
    ['the first', [[7, 10]], 10, 7],
    [
      'several of one moment',
      [
        [1, 5],
        [2, 5],
        [3, 5],
        [4, 6],
      ],
      5,
      3,
    ],
    [
      'after the last',
      [
        [1, 5],
        [2, 6],
      ],
      99,
      2,
    ],
    [
      'in a gap of ids',
      [
        [3, 5],
        [90, 6],
        [91, 7],
      ],
      5,
      3,
    ],
    [
      'past a gap of ids',
      [
        [3, 5],
        [90, 6],
        [91, 7],
      ],
      6,
      90,
    ],
  ] as const)('%s', (_what, rows, wallMs, id) => {
    const sqlite = tableOf(rows);
    expect(idAt(sqlite, 'journal', wallMs)).toBe(id);
    sqlite.close();
  });

  test('as a walk through all of them finds it', () => {
    const rows = Array.from({ length: 300 }, (_, index) => [100 + 3 * index, 7 * index] as const);
    const sqlite = tableOf(rows);
    for (let wallMs = -3; wallMs < 2_120; wallMs += 5) {
      expect(idAt(sqlite, 'journal', wallMs)).toBe(rows.findLast(([, at]) => at <= wallMs)?.[0] ?? 0);
    }
    sqlite.close();
  });
});

describe('in the store', () => {
  let here: ReturnType<typeof place>;
  beforeEach(() => {
    here = place();
  });
  afterEach(() => here.remove());

  test('the oldest lines that match, oldest first', () => {
    const { store } = opened(here.options);
    for (let n = 1; n <= 30; n++) store.journal(record, [line(`code${n % 3}`, '', 1_000 * n)]);
    const ids = store
      .history({ record, codes: ['code0', 'code1'], after: 5, limit: 4, oldest: true })
      .map(({ id }) => id);
    expect(ids).toEqual([6, 7, 9, 10]);
    expect(store.history({ record, untilWallMs: 9_500, limit: 2 }).map(({ id }) => id)).toEqual([9, 8]);
    store.close();
  });

  test('observations until a moment, of this service only', () => {
    const { store } = opened(here.options);
    const seen = (wallMs: number): ObservationRow => ({
      site: 'a',
      wallMs,
      result: 'fail',
      class: 'tls',
      latencyMs: 1,
      why: `${wallMs}`,
    });
    for (let n = 1; n <= 40; n++) store.observe(n % 2 === 0 ? record : 'two.example.test', seen(n));
    expect(store.observed(record, 3, 21).map(({ wallMs }) => wallMs)).toEqual([20, 18, 16]);
    expect(store.observed(record, 2).map(({ wallMs, site, why }) => [wallMs, site, why])).toEqual([
      [40, 'a', '40'],
      [38, 'a', '38'],
    ]);
    expect(store.observed(record, 3, 1)).toEqual([]);
    expect(store.observed('absent.example.test', 3)).toEqual([]);
    store.close();
  });
});
