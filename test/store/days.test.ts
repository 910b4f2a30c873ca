import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { linesOfKinds } from '../../src/control/kinds';
import type { DayRow, JournalLine } from '../../src/control/ports';
import { openSqlite } from '../../src/store/sqlite';
import { opened, place, record } from './place';

let here: ReturnType<typeof place>;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

const dayMs = 86_400_000;
const today = 20_717;
const all = { fromDay: 0, toDay: 99_999 };

function row(day: number, site: string, activeMs = 0, name = record): DayRow {
  return { day, record: name, site, activeMs, upMs: 4, downMs: 3, unknownMs: 2, passMs: 5, failMs: 1 };
}

function told(code: string, wallMs: number, data: JournalLine['data'] = {}): JournalLine {
  return { atMs: 1, wallMs, kind: 'tell', code, text: code, data };
}

const path = () => join(here.options.directory, 'failoverd.db');

test('what is added to a day adds up, and is there after a restart', () => {
  const { store } = opened(here.options);
  expect(store.days(all)).toEqual({ rows: [], firstDay: null });
  expect(store.addDays([row(today, 'a', 1_000), row(today, 'b')])).toEqual({ ok: true });
  expect(store.addDays([row(today, 'a', 500), row(today - 1, 'a'), row(today, 'a', 7, 'other.test')])).toEqual({
    ok: true,
  });
  store.close();
  const again = opened(here.options).store;
  const sum = { ...row(today, 'a', 1_500), upMs: 8, downMs: 6, unknownMs: 4, passMs: 10, failMs: 2 };
  expect(again.days({ ...all, record })).toEqual({
    rows: [sum, row(today, 'b'), row(today - 1, 'a')],
    firstDay: today - 1,
  });
  expect(again.days({ fromDay: today, toDay: today }).rows.map((one) => one.record)).toEqual([
    'other.test',
    record,
    record,
  ]);
  again.close();
});

test('numbers that are none do no harm', () => {
  const { store } = opened(here.options);
  expect(store.addDays([{ ...row(today, 'a'), activeMs: Number.NaN, upMs: 1.6 }])).toEqual({ ok: true });
  expect(store.days(all).rows[0]).toMatchObject({ activeMs: 0, upMs: 2 });
  store.close();
});

test('a file of the version before gets the table, and keeps its lines', () => {
  const { store } = opened(here.options);
  store.journal(record, [told('switched', 5)]);
  store.close();
  const old = openSqlite(path());
  old.exec('DROP TABLE day; PRAGMA user_version = 2');
  old.close();
  const { store: now, notes } = opened(here.options);
  expect([notes, now.addDays([row(today, 'a')]), now.days(all).rows.length]).toEqual([[], { ok: true }, 1]);
  expect(now.history({ limit: 5 }).map(({ code }) => code)).toEqual(['switched']);
  now.close();
});

test('lines are counted by day, service, code and what they are about', () => {
  const { store } = opened(here.options);
  const at = today * dayMs;
  store.journal(record, [
    told('switched', at - 1, { kind: 'failover' }),
    told('switched', at, { kind: 'failover' }),
    told('switched', at + dayMs - 1, { kind: 'drill' }),
    told('switched', at + 5, { kind: 'failover' }),
    told('switched', at + dayMs, { kind: 'failover' }),
    told('alert', at + 6, { alert: 'held' }),
    told('found', at + 7),
  ]);
  store.journal('other.test', [told('switched', at + 8)]);
  const filter = { fromDay: today, toDay: today };
  expect(store.counts({ ...filter, record }, ['switched', 'alert'])).toEqual([
    { day: today, record, kind: 'tell', code: 'switched', what: 'drill', count: 1 },
    { day: today, record, kind: 'tell', code: 'switched', what: 'failover', count: 2 },
    { day: today, record, kind: 'tell', code: 'alert', what: 'held', count: 1 },
  ]);
  expect(store.counts(filter, ['switched'])).toHaveLength(3);
  store.close();
});

test('the newest 400 days are kept, whatever the wall clock says', () => {
  const { store } = opened(here.options);
  store.addDays(Array.from({ length: 450 }, (_, index) => row(today + 3 * index, 'a')));
  for (const now of [0, 9e15, Number.NaN]) store.prune(now);
  expect(store.days(all)).toMatchObject({ firstDay: today + 3 * 50 });
  expect(store.days(all).rows).toHaveLength(400);
  store.close();
});

/** Puts 10,000 lines, a million observations and 400 days of 20 services into the closed file. */
function fill(): void {
  const sqlite = openSqlite(path());
  const count = (to: number) => `WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ${to})`;
  const wall = (every: number, to: number) => `${today * dayMs} - (${to} - x) * ${every}`;
  const codes = `CASE x % 10 WHEN 0 THEN 'switched' WHEN 1 THEN 'alert' WHEN 2 THEN 'cleared' WHEN 3 THEN 'ordered' ELSE 'found' END`;
  sqlite.exec(`PRAGMA synchronous = OFF; BEGIN; INSERT INTO site VALUES (1, '${record}', 'a');
    ${count(10_000)} INSERT INTO journal SELECT x, 's' || (x % 20) || '.test', 0, ${wall(3_000_000, 10_000)}, 'tell', ${codes},
      'something of some length happened to this service just now', json_object('alert', 'down:a', 'page', json('false'), 'paged', json('false'), 'kind', 'failover') FROM n;
    ${count(1_000_000)} INSERT INTO observation SELECT x, 1, ${wall(1_000, 1_000_000)}, 0, NULL, 5, NULL FROM n;
    ${count(400 * 40)} INSERT INTO day SELECT ${today} - x / 40, 's' || (x % 20) || '.test', 'site' || (x / 20 % 2), 1, 2, 3, 4, 5, 6 FROM n; COMMIT`);
  sqlite.close();
}

test('with 10,000 lines, a million observations and 400 days of 20 services every question is answered in under 200 ms', () => {
  opened(here.options).store.close();
  fill();
  const { store } = opened(here.options);
  // In the time of a processor: what it takes by itself, whatever else the machine has to do.
  const took = (work: () => number): readonly [rows: number, ms: number] => {
    const before = process.cpuUsage();
    const rows = work();
    const { user, system } = process.cpuUsage(before);
    return [rows, Math.round((user + system) / 1_000)];
  };
  const history = store.history;
  const main = ['switch', 'hold', 'page', 'drift', 'order', 'start', 'reload'] as const;
  const asked: Readonly<Record<string, () => number>> = {
    'the newest 100 of what people look for': () => linesOfKinds(history, {}, main, 100).rows.length,
    'the same of one service': () => linesOfKinds(history, { record: 's10.test' }, main, 100).rows.length,
    'a kind that is hardly there': () => linesOfKinds(history, {}, ['page'], 100).rows.length,
    'an hour long ago': () =>
      linesOfKinds(history, { sinceWallMs: (today - 300) * dayMs, untilWallMs: (today - 299) * dayMs }, main, 100).rows
        .length,
    'the newest 1,000 lines': () => store.history({ limit: 1_000 }).length,
    'the last week by day': () => store.days({ fromDay: today - 6, toDay: today }).rows.length,
    'a year of one service by day': () => store.days({ ...all, record: 's1.test' }).rows.length,
    'the switches of all days': () => store.counts(all, ['switched']).length,
  };
  // The first call of all pays for compiling, and for a cold cache.
  for (const work of Object.values(asked)) work();
  const results = Object.entries(asked).map(([what, work]) => [what, ...took(work)] as const);
  process.stdout.write(`${results.map(([what, rows, ms]) => `${what}: ${rows} rows in ${ms} ms`).join('\n')}\n`);
  expect(results.filter(([, , ms]) => ms >= 200)).toEqual([]);
  expect(results.filter(([, rows]) => rows === 0).map(([what]) => what)).toEqual(['a kind that is hardly there']);
  store.close();
}, 240_000);
