import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqlite } from '../../src/store/sqlite';
import type { OpenStore } from '../../src/store/store';
import { line, opened, place, record, state } from './place';

let here: ReturnType<typeof place>;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

const path = () => join(here.options.directory, 'failoverd.db');
const rows = (store: OpenStore) => [...store.outbox.rows()];

/** Every line leaves a row of its code. */
function telling(store: OpenStore): OpenStore {
  store.watch((_record, { code, text }) => store.outbox.put(code, JSON.stringify(text)));
  return store;
}

/** What a process that is gone at once leaves: the file is read without the store having been closed. */
function onDisk(): readonly string[] {
  const sqlite = openSqlite(path());
  const found = sqlite.all<'key'>('SELECT CAST(key AS BLOB) AS key FROM outbox ORDER BY key', []);
  sqlite.close();
  return found.map(({ key }) => Buffer.from(key as ArrayBuffer).toString());
}

describe('what is put while a line is written', () => {
  test('is in the same transaction as the state', () => {
    const store = telling(opened(here.options).store);
    store.commit(record, 1, state(1), [line('decided')]);
    store.close();
    expect(onDisk()).toEqual(['decided']);
    const again = opened(here.options).store;
    expect(rows(again)).toEqual([['decided', '"something happened"']]);
    again.close();
  });

  test('of a line without state, is on disk when it returns', () => {
    const { store } = opened(here.options);
    telling(store);
    expect(store.journal(record, [line('alert')])).toEqual({ ok: true });
    expect(store.size().waitingLines).toBe(0);
    store.close();
    expect(onDisk()).toEqual(['alert']);
  });

  test('and a line that leaves nothing waits for the next write as ever', () => {
    const { store } = opened(here.options);
    store.watch(() => undefined);
    store.journal(record, [line('quiet')]);
    expect(store.size().waitingLines).toBe(1);
    store.close();
  });
});

test('what was dropped is gone after a restart, what was put again is as it was put last', () => {
  const { store } = opened(here.options);
  for (const key of ['a', 'b', 'c']) store.outbox.put(key, '1');
  expect(store.flush()).toEqual({ ok: true });
  store.outbox.drop('a');
  store.outbox.put('b', '2');
  store.outbox.drop('never there');
  store.outbox.put('d', '1');
  store.outbox.drop('d');
  store.close();
  const again = opened(here.options).store;
  expect(rows(again)).toEqual([
    ['b', '2'],
    ['c', '1'],
  ]);
  again.close();
});

test('a full disk keeps nothing from memory, and has it when there is room', () => {
  const { store } = opened(here.options);
  store.commit(record, 1, state(1), []);
  store.close();
  const small = telling(opened({ ...here.options, limitBytes: statSync(path()).size + 4_096 }).store);
  const long = 'x'.repeat(3_900);
  let saved = small.journal(record, [line('n0', long)]);
  for (let n = 1; saved.ok && n < 100; n++) saved = small.journal(record, [line(`n${n}`, long)]);
  expect(saved).toMatchObject({ ok: false, code: 'full' });
  const told = rows(small).map(([key]) => key);
  small.close();
  const again = opened(here.options).store;
  expect(rows(again).length).toBe(told.length - 1);
  again.close();
});

test('a row that was changed outside is put aside, and the others are told', () => {
  const { store } = opened(here.options);
  store.outbox.put('a', '1');
  store.outbox.put('b', '1');
  store.close();
  const sqlite = openSqlite(path());
  sqlite.exec(`UPDATE outbox SET json = '7' WHERE key = 'a'`);
  sqlite.close();
  const again = opened(here.options);
  expect(rows(again.store)).toEqual([['b', '1']]);
  expect(again.notes.join()).toContain('changed outside failoverd');
  again.store.close();
});

test('a file that vanished while running is made again with what is still to be told', () => {
  const { store } = opened(here.options);
  store.commit(record, 1, state(1), []);
  store.outbox.put('a', '1');
  store.outbox.put('b', '1');
  store.flush();
  store.outbox.drop('a');
  store.flush();
  rmSync(path());
  store.commit(record, 2, state(2), []);
  store.close();
  const again = opened(here.options).store;
  expect(rows(again)).toEqual([['b', '1']]);
  again.close();
});

test('a file of the version before is brought up to date, with its states', () => {
  const { store } = opened(here.options);
  store.commit(record, 1, state(1), [line('decided')]);
  store.close();
  const old = openSqlite(path());
  old.exec('DROP TABLE outbox; DROP TABLE day; PRAGMA user_version = 1');
  old.close();
  const { store: now, notes } = opened(here.options);
  expect([notes, now.load(record)]).toEqual([[], state(1)]);
  expect(now.history({ limit: 5 }).map(({ code }) => code)).toEqual(['decided']);
  now.outbox.put('a', '1');
  now.close();
  expect(onDisk()).toEqual(['a']);
});
