import { expect, test } from '@jest/globals';
import { a, b, c, foundAt, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, suffers } from './world';

const minuteMs = 60_000;
const policy = policyOf({ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 });

test('a provider that says 200 and does nothing: partial, paged once, written again, and done when it heals', async () => {
  const world = await calm(policy);
  const { provider } = world.zone;
  let lies = true;
  let asked = 0;
  const honest = provider.replace;
  Object.assign(provider, {
    replace: async (...args: Parameters<typeof honest>) => {
      asked += 1;
      return lies ? { code: 'applied' as const, why: '200 OK' } : honest(...args);
    },
  });
  world.crash();
  world.start();
  await world.time.run(minuteMs);
  suffers(world, a, 'status');
  await world.time.run(6 * minuteMs);
  expect(world.service().status().write).toMatch(/partial|verifying|unsure|stuck/);
  expect(world.tell('partial').filter((tell) => tell.page)).toHaveLength(1);
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThan(10);
  lies = false;
  await world.time.run(3 * minuteMs);
  expect(world.service().status()).toMatchObject({ active: b, write: 'settled' });
  expect(way(world)).toEqual([a, b]);
  expect(world.service().status().budget.spent).toBe(1);
  keepsPromises(world);
});

test('a zone restored from an old copy while we were down is drift, no choice of a human', async () => {
  const world = await calm(policy);
  suffers(world, a, 'status');
  await world.time.until(() => world.tell('switched').length > 0, minuteMs);
  const first = world.zone.now();
  world.order(c);
  await world.time.until(() => world.tell('switched').length > 1, minuteMs);
  expect(way(world)).toEqual([a, b, c]);
  await world.time.run(minuteMs);
  world.crash();
  world.zone.hand({ sets: first.sets, marker: first.marker });
  world.start();
  await world.time.run(minuteMs);
  expect(world.service().status()).toMatchObject({ hold: { by: 'drift', why: expect.stringContaining('went back') } });
  expect(world.zone.now().sets).toEqual(foundAt(b).sets);
});
