import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore } from '../../src/store/open';
import { putSealed } from '../../src/store/sealed';
import { openSqlite } from '../../src/store/sqlite';
import { line, opened, place, record, state } from './place';

let here: ReturnType<typeof place>;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

const two = 'two.example.test';
const path = (name = '') => join(here.options.directory, `failoverd.db${name}`);
const files = () => readdirSync(here.options.directory).sort();

/** A file with a past: states that were rewritten in growing and shrinking sizes, lines, observations. */
function past(): Buffer {
  const { store } = opened(here.options);
  for (let n = 1; n <= 6; n++) {
    store.commit(record, n, state(n, 'x'.repeat((n % 4) * 1_800)), [line(`n${n}`)]);
    store.commit(two, n, state(n), []);
    for (let k = 0; k < 30; k++) {
      store.observe(record, { site: 'a', wallMs: k, result: 'pass', class: null, latencyMs: 2, why: null });
    }
  }
  store.close();
  return readFileSync(path());
}

/** Puts a file in the place of everything. */
function lay(bytes: Buffer): void {
  rmSync(here.options.directory, { recursive: true, force: true });
  mkdirSync(here.options.directory, { mode: 0o700 });
  writeFileSync(path(), bytes, { mode: 0o600 });
}

/** Changes the closed file behind the store's back. */
function tamper(sql: string): void {
  const sqlite = openSqlite(path());
  sqlite.exec(sql);
  sqlite.close();
}

describe('one flipped byte', () => {
  test('never throws, never changes a state, and the store goes on', () => {
    const image = past();
    const truth = [state(6, 'x'.repeat(3_600)), state(6)];
    const outcomes = new Map<string, number>();
    // The header to the byte, the rest by a stride that falls on every kind of page and place.
    const offsets = [...Array.from({ length: 34 }, (_, n) => n * 3)];
    for (let at = 101; at < image.length; at += 397) offsets.push(at);
    for (const [index, at] of offsets.entries()) {
      const bytes = Buffer.from(image);
      bytes[at] = (bytes[at] ?? 0) ^ ([0x80, 0xff, 0x01][index % 3] ?? 0);
      lay(bytes);
      const answer = openStore(here.options);
      if (!answer.ok) {
        // Where the file says whose and which version it is.
        expect([
          [60, 63, 66, 69],
          ['misplaced', 'newer'],
        ]).toEqual([expect.arrayContaining([at]), expect.arrayContaining([answer.code])]);
        continue;
      }
      const { store } = answer;
      const loaded = [record, two].map((name) => store.load(name));
      for (const [n, found] of loaded.entries()) if (found !== null) expect([at, found]).toEqual([at, truth[n]]);
      store.history({ limit: 100 });
      store.observed(record, 100);
      expect([at, store.commit('new.example.test', 9, state(9), [])]).toEqual([at, { ok: true }]);
      store.close();
      const what = loaded.every((found) => found !== null) ? 'whole' : 'rebuilt';
      outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
      if (loaded.includes(null)) expect(answer.notes.length).toBeGreaterThan(0);
    }
    expect([...outcomes.keys()].sort()).toEqual(['rebuilt', 'whole']);
  });
});

describe('a file that cannot be trusted as a whole', () => {
  test.each([
    ['garbage', () => lay(Buffer.from('garbage '.repeat(2_000)))],
    ['a torn header', () => lay(past().subarray(0, 60))],
    ['half of it', () => lay(past().subarray(0, 20_480))],
    ['not even whole pages', () => lay(past().subarray(0, 9_000))],
    ['zeros', () => lay(Buffer.alloc(40_960))],
  ])('%s: kept aside, and a new one is used', (_, make) => {
    make();
    const bytes = readFileSync(path());
    const { store, notes } = opened(here.options);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/was damaged \(.*\): kept as .*failoverd\.db\.corrupt-1; \d rows of state go on/);
    expect(readFileSync(path('.corrupt-1')).equals(bytes)).toBe(true);
    expect(statSync(path('.corrupt-1')).mode & 0o777).toBe(0o600);
    expect(store.commit(record, 1, state(7), [])).toEqual({ ok: true });
    store.close();
    const again = opened(here.options);
    expect([again.notes, again.store.load(record)]).toEqual([[], state(7)]);
    again.store.close();
  });

  test('emptied: starts without a past and says so', () => {
    past();
    truncateSync(path(), 0);
    const { store, notes } = opened(here.options);
    expect(notes).toEqual([expect.stringContaining('was empty')]);
    expect(store.load(record)).toBeNull();
    store.close();
  });

  test('history damaged: the states are carried over at once, a human’s hold too', () => {
    const image = past();
    // The last page of the file holds history.
    image.fill(0xab, image.length - 4096);
    lay(image);
    const first = opened(here.options);
    expect(first.notes).toEqual([expect.stringContaining('4 rows of state go on')]);
    first.store.close();
    rmSync(path('.corrupt-1'));
    const { store, notes } = opened(here.options);
    expect([notes, store.load(two), store.clock?.nowMs]).toEqual([[], state(6), 6]);
    expect(store.history({ limit: 9 })).toEqual([]);
    store.close();
  });

  test('only three of them are kept', () => {
    for (let n = 0; n < 6; n++) {
      mkdirSync(here.options.directory, { mode: 0o700, recursive: true });
      writeFileSync(path(), `garbage ${n}`.repeat(200), { mode: 0o600 });
      opened(here.options).store.close();
    }
    expect(files().filter((name) => /corrupt-\d+$/.test(name))).toEqual(
      [4, 5, 6].map((n) => `failoverd.db.corrupt-${n}`),
    );
  });

  test('damaged while running: rebuilt from memory, nothing committed is lost', () => {
    const { store } = opened(here.options);
    const why = 'w'.repeat(200);
    for (let k = 0; k < 10_000; k++) {
      store.observe(record, { site: 'a', wallMs: k, result: 'fail', class: 'dns', latencyMs: 2, why });
    }
    store.commit(record, 1, state(1), [line('before')]);
    store.commit(two, 2, state(2), []);
    const file = openSync(path(), 'r+');
    writeSync(file, Buffer.alloc(800_000, 0xab), 0, 800_000, 400_000);
    closeSync(file);
    store.observed(record, 10_000);
    expect(store.commit(record, 3, state(3), [line('after')])).toEqual({ ok: true });
    expect(store.history({ limit: 9 }).map(({ code }) => code)).toEqual(['store-recovered', 'after']);
    store.close();
    const again = opened(here.options);
    expect([again.notes, again.store.load(record), again.store.load(two)]).toEqual([[], state(3), state(2)]);
    again.store.close();
  });
});

describe('a file that is not for us stays exactly as it is', () => {
  test.each([
    ['another program’s', 'PRAGMA application_id = 252006673', 'misplaced', /another program's database/],
    ['no program’s', 'PRAGMA application_id = 0', 'misplaced', /another program's database/],
    ['a later version’s', 'PRAGMA user_version = 9', 'newer', /has schema 9, this failoverd knows up to 3/],
  ])('%s', (_, sql, code, why) => {
    past();
    tamper(sql);
    const bytes = readFileSync(path());
    const answer = openStore(here.options);
    expect(answer).toMatchObject({ ok: false, code, why: expect.stringMatching(why) });
    expect(readFileSync(path()).equals(bytes)).toBe(true);
    // And the lock was given back.
    expect(openStore(here.options)).toMatchObject({ ok: false, code });
  });
});

describe('a row that cannot be trusted', () => {
  test.each([
    ['changed text', `UPDATE state SET json = replace(json, 'asia', 'evil') WHERE key = '${record}'`],
    [
      'another service’s row',
      `UPDATE state SET json = (SELECT json FROM state WHERE key = '${two}'), checksum = (SELECT checksum FROM state WHERE key = '${two}') WHERE key = '${record}'`,
    ],
    ['not UTF-8', `UPDATE state SET json = CAST(x'ff00fe' AS TEXT) WHERE key = '${record}'`],
  ])('%s: put aside for people, the others stand', (_, sql) => {
    past();
    tamper(sql);
    const { store, notes } = opened(here.options);
    expect([store.load(record), store.load(two)]).toEqual([null, state(6)]);
    expect(notes).toEqual([
      expect.stringMatching(
        /saved state of www\.example\.test was changed outside failoverd: moved to .*quarantine-1\.json/,
      ),
    ]);
    const aside = join(here.options.directory, 'quarantine-1.json');
    expect(statSync(aside).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(aside, 'utf8'))).toMatchObject({ table: 'state', key: record });
    store.close();
    const again = opened(here.options);
    expect([again.notes, again.store.load(record)]).toEqual([[], null]);
    again.store.close();
  });

  test('sealed, but not a state', () => {
    past();
    const sqlite = openSqlite(path());
    const json = JSON.stringify({ clockMs: 5, durable: { ...state(1), generation: -1 } });
    putSealed(sqlite, { table: 'state', key: record, json });
    sqlite.close();
    const { store, notes } = opened(here.options);
    expect([store.load(record), notes]).toEqual([null, [expect.stringContaining('was not understood')]]);
    store.close();
  });

  test('only twenty of them are kept', () => {
    for (let n = 0; n < 23; n++) {
      const { store } = opened(here.options);
      store.commit(record, n, state(n), []);
      store.close();
      tamper('UPDATE state SET checksum = 0');
    }
    expect(files().filter((name) => name.startsWith('quarantine-'))).toHaveLength(20);
  });

  test('the clock: it goes on from the newest state', () => {
    past();
    tamper("UPDATE meta SET json = replace(json, '6', '9') WHERE key = 'clock'");
    const { store, notes } = opened(here.options);
    expect(store.clock).toEqual({ bootId: '', uptimeMs: 0, nowMs: 6 });
    expect(notes).toHaveLength(2);
    store.close();
  });

  test('the instance: a new one', () => {
    past();
    const before = opened(here.options).store;
    before.close();
    tamper("UPDATE meta SET json = 'null' WHERE key = 'instance'");
    const { store, notes } = opened(here.options);
    expect(store.instance).toMatch(/^[0-9a-f-]{36}$/);
    expect(store.instance).not.toBe(before.instance);
    expect(notes).toHaveLength(1);
    store.close();
  });

  test('lines that are not UTF-8 or not JSON are shown as far as they go', () => {
    past();
    tamper(
      `UPDATE journal SET text = CAST(x'41ff42' AS TEXT), data = '[1' WHERE id = 6; UPDATE journal SET kind = 'x', data = '[1]' WHERE id = 5`,
    );
    const { store } = opened(here.options);
    const [six, five] = store.history({ limit: 2 });
    expect(six).toMatchObject({ text: 'A\ufffdB', data: { unreadable: '[1' } });
    expect(five).toMatchObject({ kind: 'event', data: {} });
    store.close();
  });
});
