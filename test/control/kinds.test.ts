import { describe, expect, test } from '@jest/globals';
import { type HistoryKind, kindsOf, linesOfKinds, toldCodes } from '../../src/control/kinds';
import type { HistoryFilter, JournalRow } from '../../src/control/ports';
import { raise } from '../../src/domain/alerts';
import { decide } from '../../src/domain/decide';
import { benchOf, foundAt, policyOf } from '../domain/fixtures';

function row(id: number, code: string, data: JournalRow['data'] = {}, kind: JournalRow['kind'] = 'tell'): JournalRow {
  return { id, record: 'www.example.test', atMs: id, wallMs: id, kind, code, text: code, data };
}

test.each<[code: string, data: JournalRow['data'], kinds: readonly HistoryKind[]]>([
  ['switched', { kind: 'failover' }, ['switch']],
  ['ordered', { order: 'hold' }, ['order']],
  ['order-refused', {}, ['order']],
  ['order-expired', {}, ['order']],
  ['started', {}, ['start']],
  ['stopping', {}, ['start']],
  ['reloaded', {}, ['reload']],
  ['reload-refused', {}, ['reload']],
  ['moved-by-hand', {}, ['drift']],
  ['landed-late', {}, ['drift']],
  ['alert', { alert: 'held', page: false }, ['hold']],
  ['cleared', { alert: 'held', paged: false }, ['hold']],
  ['alert', { alert: 'drift', page: true }, ['hold', 'page', 'drift']],
  ['alert', { alert: 'write-stuck', page: true }, ['page']],
  ['cleared', { alert: 'write-stuck', paged: true }, ['page']],
  // Of a version that did not say whether it had been one.
  ['cleared', { alert: 'write-stuck' }, ['page']],
  ['alert', { alert: 'down:a', page: false }, []],
  ['cleared', { alert: 'down:a', paged: false }, []],
  ['alert', { alert: 'servers-differ', page: true }, ['page', 'drift']],
  ['decided', {}, []],
])('%s %j is %j', (code, data, kinds) => {
  expect(kindsOf(row(1, code, data))).toEqual(kinds);
  if (kinds.length > 0) expect(toldCodes).toContain(code);
});

test('an order is told once: the event beside it is not', () => {
  expect(kindsOf(row(1, 'ordered', {}, 'event'))).toEqual([]);
});

test('the end of an alert says whether it was one of a page', () => {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt('a') });
  const view = bench.view();
  const alert = {
    code: 'unsaved',
    page: true,
    why: 'x',
    remedy: 'y',
    sinceMs: 0,
    lastMs: 0,
    lingers: false,
    over: false,
  };
  const { effects } = raise({ ...view, state: { ...view.state, alerts: { unsaved: alert } } }, decide(view));
  const [fields] = effects.flatMap((effect) =>
    effect.type === 'tell' && effect.tell.code === 'cleared' ? [effect.tell.fields] : [],
  );
  expect(fields).toMatchObject({ alert: 'unsaved', paged: true });
});

describe('lines of some kinds, from a journal of many others', () => {
  const rows = Array.from({ length: 50_000 }, (_, index) =>
    index % 5_000 === 0 ? row(index + 1, 'switched') : row(index + 1, 'alert', { alert: 'down:a', page: false }),
  ).toReversed();
  const read = ({ before = Number.POSITIVE_INFINITY, codes = [], limit }: HistoryFilter) =>
    rows.filter((one) => one.id < before && codes.includes(one.code)).slice(0, limit);
  const ids = Array.from({ length: 10 }, (_, index) => 45_001 - index * 5_000);

  test('are found however far apart they are, newest first', () => {
    const { rows: found, older } = linesOfKinds(read, {}, ['switch', 'page'], 1_000);
    expect(found.map(({ id }) => id)).toEqual(ids);
    expect(older).toBeNull();
  });

  test('come in pages that go on where the last one ended', () => {
    const all: number[] = [];
    for (let before: number | null = Number.MAX_SAFE_INTEGER, pages = 0; before !== null && pages < 10; pages++) {
      const page = linesOfKinds(read, { before }, ['switch', 'page'], 3);
      all.push(...page.rows.map(({ id }) => id));
      before = page.older;
    }
    expect(all).toEqual(ids);
  });

  test('none, when none are asked for', () => {
    expect(linesOfKinds(read, {}, ['switch'], 0)).toEqual({ rows: [], older: null });
  });
});
