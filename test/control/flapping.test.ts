import { expect, test } from '@jest/globals';
import { a, b, c, policyOf } from '../domain/fixtures';
import { calm, type World } from './world';

/** What flapping does to the people who read the log: an alert ends only when its cause has stayed away for a minute. */

const quick = policyOf({
  intervalMs: 1_000,
  timeoutMs: 1_000,
  rise: 2,
  sustainMs: 2_000,
  confirmIntervalMs: 200,
  ttlMs: 1_000,
});

async function hour(
  world: World,
  periods: Readonly<Record<string, number>>,
  look: 'status' | 'connect',
): Promise<void> {
  for (const [site, periodMs] of Object.entries(periods)) {
    world.looks[site] = (ms) => (Math.floor(ms / periodMs) % 2 === 0 ? look : 'pass');
  }
  await world.time.run(3_600_000);
}

test('two flapping standbys for an hour: a handful of lines', async () => {
  const world = await calm(quick);
  const journal = world.disk.journal;
  await hour(world, { [b]: 3_100, [c]: 7_000 }, 'status');
  expect(world.tells.length).toBeLessThan(40);
  expect(world.disk.journal - journal).toBeLessThan(80);
});

test('everything flaps for an hour: a handful of pages, and no more switches than the budget', async () => {
  const world = await calm(quick);
  await hour(world, { [a]: 4_000, [b]: 3_100, [c]: 7_000 }, 'connect');
  expect(world.tells.filter((tell) => tell.page).length).toBeLessThan(40);
  expect(world.zone.written().length).toBeLessThanOrEqual(quick.maxSwitches.count);
});
