import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { historyKinds, isHistoryKind, kindsOf, linesOfKinds, toldCodes } from '../../src/control/kinds';
import type { HistoryFilter, JournalLine, ObservationRow } from '../../src/control/ports';
import { failClasses } from '../../src/domain/types';
import { emptyState, line, opened, place, record, state } from './place';

let here: ReturnType<typeof place>;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

/** Every kind of line, and beginnings and ends of alerts with all that their data may say. */
function ofEveryKind(): readonly JournalLine[] {
  const alerts = ['held', 'drift', 'write-stuck', 'down:a', 7];
  const said = [{}, { page: true }, { page: false }, { paged: true }, { paged: false }, { page: 1, paged: 'no' }];
  return [
    ...toldCodes.map((code) => line(code)),
    { ...line('ordered'), kind: 'tell' },
    ...alerts.flatMap((alert) =>
      said.flatMap((data) => ['alert', 'cleared'].map((code) => ({ ...line(code), data: { ...data, alert } }))),
    ),
  ];
}

test.each(Object.keys(historyKinds).filter(isHistoryKind))(
  'lines of the kind %s are chosen in the file as they are outside it',
  (kind) => {
    const { store } = opened(here.options);
    store.journal(record, ofEveryKind());
    const wanted = store.history({ limit: 1_000 }).filter((row) => kindsOf(row).includes(kind));
    let read = 0;
    const counted = (filter: HistoryFilter) => {
      const rows = store.history(filter);
      read += rows.length;
      return rows;
    };
    expect(linesOfKinds(counted, {}, [kind], 1_000).rows).toEqual(wanted);
    // Nothing is read in vain but the line beside an order's own.
    expect(read).toBe(wanted.length + (kind === 'order' ? 1 : 0));
    store.close();
  },
);

describe('what was committed', () => {
  test('is there after a restart, with its lines, clock and instance', () => {
    const { store, notes } = opened(here.options);
    expect([notes, store.load(record), store.clock]).toEqual([[], null, null]);
    expect(store.commit(record, 7_000, state(3), [line('decided'), line('sending')])).toEqual({ ok: true });
    expect(store.load(record)).toEqual(state(3));
    store.close();
    const again = opened({ ...here.options, uptimeMs: () => 9_000 });
    expect(again.notes).toEqual([]);
    expect(again.store.load(record)).toEqual(state(3));
    expect(again.store.load('other.example.test')).toBeNull();
    expect(again.store.clock).toEqual({ bootId: 'boot-1', uptimeMs: 1_000, nowMs: 7_000 });
    expect(again.store.instance).toBe(store.instance);
    expect(again.store.history({ limit: 10 }).map(({ code }) => code)).toEqual(['sending', 'decided']);
    again.store.close();
  });

  test('replaces what was there, per record', () => {
    const { store } = opened(here.options);
    for (const generation of [1, 2, 3]) {
      store.commit(record, generation, state(generation), []);
      store.commit('__proto__', generation, state(generation + 10), []);
    }
    store.close();
    const again = opened(here.options).store;
    expect([again.load(record)?.generation, again.load('__proto__')?.generation]).toEqual([3, 13]);
    again.close();
  });

  test('is the state of that moment, whatever happens to the object', () => {
    const { store } = opened(here.options);
    const live = { ...state(1) };
    store.commit(record, 1, live, []);
    live.generation = 99;
    expect(store.load(record)?.generation).toBe(1);
    store.close();
  });

  test('a state that could not be loaded again is refused, the old one stays', () => {
    const { store } = opened(here.options);
    store.commit(record, 1, state(1), []);
    for (const bad of [{ generation: Number.NaN }, { generation: -1 }, { penalty: { value: Infinity, atMs: 0 } }]) {
      expect(store.commit(record, 2, { ...emptyState, ...bad }, [])).toMatchObject({ ok: false, code: 'failed' });
    }
    expect(store.commit(record, 2, state(2, 'x'.repeat(1024 * 1024)), [])).toMatchObject({ ok: false, code: 'failed' });
    expect(store.load(record)).toEqual(state(1));
    store.close();
  });

  test('the clock alone can be saved', () => {
    const { store } = opened(here.options);
    expect(store.saveClock({ bootId: 'boot-1', uptimeMs: 5, nowMs: 77 })).toEqual({ ok: true });
    store.close();
    const again = opened(here.options).store;
    expect(again.clock).toEqual({ bootId: 'boot-1', uptimeMs: 5, nowMs: 77 });
    again.close();
  });

  test('a closed store refuses and says so', () => {
    const { store } = opened(here.options);
    store.close();
    store.close();
    expect(store.commit(record, 1, state(1), [])).toMatchObject({ ok: false, code: 'failed' });
    expect(store.history({ limit: 1 })).toEqual([]);
  });

  test('a file removed while running is made again, with every state', () => {
    const { store } = opened(here.options);
    store.commit(record, 1, state(1), []);
    store.commit('two.example.test', 1, state(2), []);
    rmSync(join(here.options.directory, 'failoverd.db'));
    expect(store.commit(record, 2, state(3), [line('after')])).toEqual({ ok: true });
    expect(store.history({ limit: 9 }).map(({ code }) => code)).toEqual(['store-recovered', 'after']);
    store.close();
    const again = opened(here.options).store;
    expect([again.load(record), again.load('two.example.test')]).toEqual([state(3), state(2)]);
    expect(again.instance).toBe(store.instance);
    again.close();
  });
});

describe('while nothing can be written', () => {
  test.each([
    ['something else stands in the place of the file', 'failoverd.db'],
    ['the whole directory is gone', '.'],
  ])('%s: says so, keeps the old state, goes on when it can', (_, gone) => {
    const { store } = opened(here.options);
    store.commit(record, 1, state(1), [line('before')]);
    const path = join(here.options.directory, gone);
    rmSync(path, { recursive: true });
    if (gone !== '.') mkdirSync(path);
    for (const code of ['first', 'second']) {
      const saved = store.commit(record, 2, state(2), [line(code)]);
      expect(saved).toMatchObject({ ok: false, code: 'failed', why: expect.stringContaining('failoverd.db') });
      expect(store.healthy()).toEqual(saved);
    }
    expect(store.load(record)).toEqual(state(1));
    if (gone === '.') mkdirSync(path, { mode: 0o700 });
    else rmSync(path, { recursive: true });
    expect(store.commit(record, 3, state(3), [line('third')])).toEqual({ ok: true });
    expect(store.healthy()).toEqual({ ok: true });
    const codes = store.history({ limit: 9 }).map(({ code }) => code);
    expect(codes).toEqual(['store-recovered', 'third', 'second', 'first']);
    store.close();
    const again = opened(here.options);
    expect([again.notes, again.store.load(record), again.store.instance]).toEqual([[], state(3), store.instance]);
    again.store.close();
  });
});

describe('history', () => {
  test('filters and pages', () => {
    const { store } = opened(here.options);
    for (let n = 1; n <= 60; n++) {
      const name = n % 2 === 0 ? record : 'two.example.test';
      store.journal(name, [line(`code${n % 3}`, `text ${n}`, 1_000 * n)]);
    }
    const ids = (filter: HistoryFilter) => store.history(filter).map(({ id }) => id);
    const all = Array.from({ length: 60 }, (_, index) => 60 - index);
    const rows: readonly (readonly [HistoryFilter, (id: number) => boolean])[] = [
      [{ limit: 100 }, () => true],
      [{ limit: 100, record }, (id) => id % 2 === 0],
      [{ limit: 100, record: 'absent' }, () => false],
      [{ limit: 100, codes: ['code1'] }, (id) => id % 3 === 1],
      [{ limit: 100, codes: ['code2', 'code1', 'code1'] }, (id) => id % 3 !== 0],
      [{ limit: 100, codes: [] }, () => false],
      [{ limit: 100, after: 50 }, (id) => id > 50],
      [{ limit: 100, after: 20, before: 23, kind: 'event' }, (id) => id === 21 || id === 22],
      [{ limit: 100, kind: 'tell' }, () => false],
      [{ limit: 100, record, codes: ['code0', 'nope'] }, (id) => id % 6 === 0],
      [{ limit: 100, sinceWallMs: 50_000 }, (id) => id >= 50],
      [{ limit: 100, untilWallMs: 50_000 }, (id) => id <= 50],
      [{ limit: 100, untilWallMs: 50_999 }, (id) => id <= 50],
      [{ limit: 100, untilWallMs: 0 }, (id) => id < 1],
      [
        { limit: 100, record, sinceWallMs: 50_000, before: 56, codes: ['code0', 'code1'] },
        (id) => [54, 52].includes(id),
      ],
    ];
    for (const [filter, fits] of rows) expect([filter, ids(filter)]).toEqual([filter, all.filter(fits)]);
    const pages: number[][] = [];
    for (let before = 61; before > 1; before = pages.at(-1)?.at(-1) ?? 0) pages.push(ids({ limit: 25, before }));
    expect(pages.map(({ length }) => length)).toEqual([25, 25, 10]);
    expect(pages.flat()).toEqual(all);
    expect([0, -1, Number.NaN].map((limit) => ids({ limit }))).toEqual([[], [], []]);
    store.close();
  });

  test('a line comes back as it was', () => {
    const { store } = opened(here.options);
    const data = { nested: { list: [1, 'é\u0000\ud83d\ude00'] }, __proto__key: null };
    const whole: JournalLine = {
      atMs: 12,
      wallMs: 34,
      kind: 'tell',
      code: 'c',
      text: 'NUL \u0000 and \u001b[2J é',
      data,
    };
    store.journal(record, [whole]);
    expect(store.history({ limit: 1 })).toEqual([{ ...whole, id: 1, record }]);
    store.close();
  });

  test('what cannot be stored does not keep the others from it', () => {
    const { store } = opened(here.options);
    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    const odd: readonly JournalLine[] = [
      { ...line('ring'), data: ring },
      { ...line('bigint'), data: { n: 10n } },
      { ...line('huge'), data: { x: 'x'.repeat(300_000) }, text: 'y'.repeat(10_000) },
      { ...line('time'), atMs: Number.NaN, wallMs: 1.5 },
      { ...line('surrogate'), text: '\ud800' },
    ];
    expect(store.commit(record, 1, state(1), odd)).toEqual({ ok: true });
    const rows = store.history({ limit: 9 });
    expect(rows.map(({ code }) => code)).toEqual(['surrogate', 'time', 'huge', 'bigint', 'ring']);
    expect(rows[1]).toMatchObject({ atMs: 0, wallMs: 2 });
    expect(rows[2]?.text.length).toBe(4_000);
    expect(JSON.stringify(rows[2]?.data)).toContain('omitted');
    expect(JSON.stringify(rows[4]?.data)).toContain('omitted');
    store.close();
  });

  test('10,000 rows are read well within their time', () => {
    const { store } = opened(here.options);
    const data = { evidence: 'x'.repeat(300) };
    for (let n = 0; n < 20; n++) {
      store.journal(
        record,
        Array.from({ length: 500 }, (_, index) => ({ ...line(`c${index % 9}`), data })),
      );
      store.flush();
    }
    const started = performance.now();
    const page = store.history({ limit: 200, record, codes: ['c1', 'c2'] });
    const pageMs = performance.now() - started;
    const rows = store.history({ limit: 20_000 });
    const allMs = performance.now() - started - pageMs;
    expect([page.length, rows.length]).toEqual([200, 10_000]);
    // Measured 2 and 30 ms; the margins are for a busy machine.
    expect([pageMs < 200, allMs < 1_000]).toEqual([true, true]);
    store.close();
  });
});

describe('observations', () => {
  const row: ObservationRow = { site: 'a', wallMs: 5, result: 'pass', class: null, latencyMs: 1.25, why: null };

  test('come back, newest first, per record, and of all in pages', () => {
    const { store } = opened(here.options);
    const failures = failClasses.map(
      (name): ObservationRow => ({ ...row, result: 'fail', class: name, why: `why ${name}` }),
    );
    const unknown: ObservationRow = { ...row, site: 'b', result: 'unknown', latencyMs: null, why: 'no route' };
    for (const one of [row, ...failures, unknown]) store.observe(record, one);
    store.observe('two.example.test', { ...row, why: 'a pass needs none', wallMs: Number.NaN });
    expect(store.observed(record, 100)).toEqual([unknown, ...failures.toReversed(), row]);
    expect(store.observed(record, 1)).toEqual([unknown]);
    expect(store.observed('two.example.test', 10)).toEqual([{ ...row, wallMs: 0 }]);
    const all = [{ record: 'two.example.test', ...row, wallMs: 0 }].concat(
      [unknown, ...failures.toReversed(), row].map((one) => ({ record, ...one })),
    );
    expect(store.observedPage(null, 100).rows).toEqual(all);
    const pages: unknown[] = [];
    let next: number | null = null;
    do {
      const page = store.observedPage(next, 4);
      pages.push(...page.rows);
      next = page.nextId;
    } while (next !== null);
    expect(pages).toEqual(all);
    store.close();
  });

  test('wait in memory until there are 256, and are written on close', () => {
    const { store } = opened(here.options);
    for (let n = 0; n < 255; n++) store.observe(record, { ...row, wallMs: n });
    expect(store.size().waitingObservations).toBe(255);
    store.observe(record, row);
    expect(store.size().waitingObservations).toBe(0);
    store.observe(record, { ...row, wallMs: 999 });
    store.close();
    const again = opened(here.options).store;
    expect(again.observed(record, 1)).toEqual([{ ...row, wallMs: 999 }]);
    expect(again.observed(record, 1_000)).toHaveLength(257);
    again.close();
  });

  test('are written within a few seconds by themselves', async () => {
    const { store } = opened(here.options);
    store.observe(record, row);
    const deadline = Date.now() + 10_000;
    while (store.size().waitingObservations > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(store.size().waitingObservations).toBe(0);
    store.close();
  });
});
