import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ObservationRow } from '../../src/control/ports';
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
