import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { opened, place, record, state } from './place';

let here: ReturnType<typeof place>;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

/** Commits 1, 2, 3 … in another process until it is killed after `ms`; returns the last one it acknowledged. */
async function countUntilKilled(ms: number): Promise<number> {
  const child = spawn(process.execPath, [join(__dirname, 'child.js'), 'count', here.options.directory]);
  let acknowledged = 0;
  const lines = createInterface(child.stdout);
  lines.on('line', (said) => {
    acknowledged = Number(said);
  });
  await once(lines, 'line');
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  await once(lines, 'close');
  clearTimeout(timer);
  return acknowledged;
}

test('killed at any moment, nothing acknowledged is lost', async () => {
  let total = 0;
  for (const ms of [0, 3, 11, 24, 42, 77, 130, 200]) {
    const acknowledged = await countUntilKilled(ms);
    expect(acknowledged).toBeGreaterThan(total);
    const { store, notes } = opened(here.options);
    const found = store.load(record)?.generation ?? 0;
    // The one under way may have made it to disk without being acknowledged.
    expect([acknowledged, acknowledged + 1]).toContain(found);
    expect(notes).toEqual([]);
    expect(store.load(record)).toEqual(state(found, 'x'.repeat(found % 7000)));
    expect(store.clock?.nowMs).toBe(found);
    expect(store.history({ limit: 1 })[0]?.code).toBe(`n${found}`);
    expect(store.history({ limit: 10_000 })).toHaveLength(Math.min(found, 10_000));
    store.close();
    total = found;
  }
});
