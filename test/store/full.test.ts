import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ObservationRow } from '../../src/control/ports';
import { openFile } from '../../src/store/file';
import type { Sqlite } from '../../src/store/sqlite';
import { StateFile } from '../../src/store/transactions';
import { line, opened, place, record, state } from './place';

let here: ReturnType<typeof place>;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

const row: ObservationRow = {
  site: 'a',
  wallMs: 5,
  result: 'fail',
  class: 'timeout',
  latencyMs: 1,
  why: 'w'.repeat(200),
};

/** SQLite refuses to grow the file with the very code of a full disk. */
const limitBytes = 200_000;

describe('on a full disk', () => {
  test('the old state stays, the lines wait, and all of it is written once there is room', () => {
    const small = opened({ ...here.options, limitBytes: 80_000 }).store;
    expect(small.commit(record, 1, state(1), [line('first')])).toEqual({ ok: true });
    const big = state(2, 'x'.repeat(100_000));
    for (const code of ['second', 'third']) {
      const saved = small.commit(record, 2, big, [line(code)]);
      expect(saved).toMatchObject({ ok: false, code: 'full' });
      expect(saved.ok ? '' : saved.why).toMatch(/failoverd\.db: .*full \(SQLITE_FULL\).* MB free.*make room/);
    }
    expect(small.load(record)).toEqual(state(1));
    expect(small.healthy()).toMatchObject({ ok: false, code: 'full' });
    expect(small.size().waitingLines).toBe(2);
    expect(small.commit(record, 3, state(3), [line('fourth')])).toEqual({ ok: true });
    expect(small.healthy()).toEqual({ ok: true });
    expect(small.load(record)).toEqual(state(3));
    expect(small.history({ limit: 9 }).map(({ code }) => code)).toEqual(['fourth', 'third', 'second', 'first']);
    small.close();
    const again = opened(here.options);
    expect([again.notes, again.store.load(record)]).toEqual([[], state(3)]);
    again.store.close();
  });

  test('observations wait, then the oldest are dropped and counted; a state is still saved, old ones give way', () => {
    const { store } = opened({ ...here.options, limitBytes });
    store.commit(record, 1, state(1), []);
    for (let n = 0; n < 8_000; n++) store.observe(record, { ...row, wallMs: n });
    expect(store.flush()).toMatchObject({ ok: false, code: 'full' });
    const { waitingObservations, lostObservations, bytes } = store.size();
    expect(waitingObservations).toBe(4_096);
    expect(lostObservations).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThanOrEqual(limitBytes);
    for (let n = 2; n < 12; n++) {
      expect(store.commit(record, n, state(n, 'x'.repeat(n * 1_500)), [line(`n${n}`, 't'.repeat(3_000))])).toEqual({
        ok: true,
      });
    }
    expect(store.history({ limit: 100, codes: ['history-gave-way'] }).length).toBeGreaterThan(0);
    store.close();
    const again = opened(here.options).store;
    expect(again.load(record)?.generation).toBe(11);
    again.close();
  });

  test('what the queue of lines cannot hold is counted in the history itself', () => {
    const { store } = opened({ ...here.options, limitBytes: 80_000 });
    store.commit(record, 1, state(1), []);
    const wide = line('wide', 't'.repeat(1_000));
    for (let n = 0; n < 30; n++)
      store.journal(
        record,
        Array.from({ length: 50 }, () => wide),
      );
    expect(store.flush()).toMatchObject({ ok: false, code: 'full' });
    expect(store.size().waitingLines).toBe(1_000);
    store.close();
    const again = opened(here.options).store;
    for (let n = 0; n < 30; n++)
      again.journal(
        record,
        Array.from({ length: 50 }, () => line('narrow')),
      );
    again.flush();
    again.flush();
    expect(again.history({ limit: 1 })[0]).toMatchObject({
      code: 'lines-lost',
      text: expect.stringMatching(/^500 lines/),
    });
    again.close();
  });
});

test('S02 a commit that could not be synced is taken for lost: a fresh handle writes everything again', () => {
  opened(here.options).store.close();
  const { directory, uid } = here.options;
  const at = { directory, path: join(directory, 'failoverd.db'), uid, limitBytes: 2 ** 30 };
  const first = openFile(at, true, null);
  if (!first.ok) throw new Error(first.why);
  const commits: string[] = [];
  const breaking: Sqlite = {
    ...first.sqlite,
    exec(sql) {
      if (sql === 'COMMIT') {
        commits.push(sql);
        throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
      }
      first.sqlite.exec(sql);
    },
  };
  const known = { table: 'state', key: 'known.example.test', json: '{}' } as const;
  const file = new StateFile(at, { ...first, sqlite: breaking }, [known]);
  const put = () => file.write((transaction) => transaction.put({ table: 'state', key: record, json: '{"n":1}' }));
  expect(put()).toMatchObject({ ok: false, code: 'failed', why: expect.stringContaining('SQLITE_IOERR_FSYNC') });
  expect(put()).toEqual({ ok: true });
  expect(commits).toHaveLength(1);
  const rows = file.read((sqlite) => sqlite.number('SELECT count(*) FROM state'), 0);
  expect(rows).toBe(2);
  file.close();
});
