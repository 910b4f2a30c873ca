import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clockRow, instanceRow, readState, sealState } from '../../src/store/rows';
import { putSealed } from '../../src/store/sealed';
import { parsed } from '../../src/store/shape';
import { openSqlite } from '../../src/store/sqlite';
import { createWorld } from '../control/world';
import { policyOf, siteAt } from '../domain/fixtures';
import { mutate, mutations } from '../providers/mutate';
import { opened, place, record, state, wholeState } from './place';

let here: ReturnType<typeof place>;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

/** Whatever stands in a row is a state or a clear no; never an exception. */
test('any text in a row of the state', () => {
  const json = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('[['.repeat(50_000), '{"durable":{"__proto__":[]}}'),
  );
  fc.assert(fc.property(json, (text) => expect(readState(text)).toBeNull()));
});

test('a row that was changed and sealed again: taken as it stands, or put aside and told', async () => {
  const whole = sealState({ clockMs: 5, durable: wholeState })?.json ?? '';
  const policy = policyOf({ sites: [siteAt('a', '203.0.113.10'), siteAt('b', '198.51.100.7')] });
  const changes = mutations(['noise', 'cut', 'flip', 'flip', 'typed', 'typed', 'typed', 'dropped']);
  const seen = { taken: 0, refused: 0 };
  /** Puts the rows behind the seal and starts on them. */
  const startOn = (rows: Parameters<typeof putSealed>[1][]) => {
    const sqlite = openSqlite(join(here.options.directory, 'failoverd.db'));
    sqlite.exec('BEGIN');
    for (const row of rows) putSealed(sqlite, row);
    sqlite.exec('COMMIT');
    sqlite.release();
    sqlite.close();
    return opened(here.options);
  };

  const { store } = opened(here.options);
  store.commit(record, 1, state(1), []);
  store.close();
  await fc.assert(
    fc.asyncProperty(
      fc.array(changes, { minLength: 30, maxLength: 40 }),
      changes,
      fc.boolean(),
      async (states, other, clock) => {
        const rows = states.map((change, index) => {
          const json = mutate(Buffer.from(whole), change).toString();
          return { table: 'state' as const, key: `n${index}.example.test`, json, kind: change.kind };
        });
        const meta = clock ? clockRow({ bootId: 'boot-1', uptimeMs: 5, nowMs: 5 }) : instanceRow('0'.repeat(36));
        const changed = { ...meta, json: mutate(Buffer.from(meta.json), other).toString() };
        const { store, notes } = startOn([...rows, changed]);
        for (const { key, json, kind } of rows) {
          const loaded = store.load(key);
          seen[loaded === null ? 'refused' : 'taken'] += 1;
          const told = notes.some((note) => note.startsWith(`the saved state of ${key} was not understood: moved to`));
          expect([json, told]).toEqual([json, loaded === null]);
          if (loaded === null) continue;
          expect(parsed(json)).toMatchObject({ durable: JSON.parse(JSON.stringify(loaded)) });
          // Half of it, or nothing of the kind, is never taken; of what a state must have nothing is missing.
          expect([json, ['flip', 'typed', 'dropped'].includes(kind)]).toEqual([json, true]);
          if (kind === 'dropped') expect(json).toContain('"numbers":{}');
          const world = createWorld(policy);
          world.disk.durable = JSON.stringify(loaded);
          expect(world.start().status().generation).toBe(loaded.generation);
          await world.time.run(3_000);
        }
        expect(store.load(record)).toEqual(state(1));
        store.close();
      },
    ),
    { numRuns: 8 },
  );
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(0);
}, 240_000);
