import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { emptyState, line, opened, place, record, state } from './place';

let here = place();
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

describe('what was committed', () => {
  test('is there after a restart, with its lines, clock and instance', () => {
    const first = opened(here.options);
    expect(first.notes).toEqual([]);
    expect(first.store.load(record)).toBeNull();
    expect(first.store.clock).toBeNull();
    expect(first.store.commit(record, 7_000, state(3), [line('decided'), line('sending')])).toEqual({ ok: true });
    expect(first.store.load(record)).toEqual(state(3));
    first.store.close();
    const again = opened({ ...here.options, uptimeMs: () => 9_000 });
    expect(again.notes).toEqual([]);
    expect(again.store.load(record)).toEqual(state(3));
    expect(again.store.load('other.example.test')).toBeNull();
    expect(again.store.clock).toEqual({ bootId: 'boot-1', uptimeMs: 1_000, nowMs: 7_000 });
    expect(again.store.instance).toBe(first.store.instance);
    expect(again.store.history({ limit: 10 }).map(({ code }) => code)).toEqual(['sending', 'decided']);
    again.store.close();
  });
  test('smoke', () => {
    const { store } = opened(here.options);
    store.commit(record, 1, emptyState, []);
    console.log(
      readdirSync(here.options.directory).map(
        (f) =>
          `${f} ${statSync(join(here.options.directory, f)).mode.toString(8)} ${statSync(join(here.options.directory, f)).size}`,
      ),
      store.size(),
      store.prune(0),
    );
    store.close();
  });
});
