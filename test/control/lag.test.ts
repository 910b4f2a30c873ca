import { describe, expect, test } from '@jest/globals';
import type { Policy } from '../../src/domain/types';
import { a, b, c, foundAt, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, suffers, type World } from './world';
import type { Treatment } from './zone';

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

describe('what a provider said it took, and did not, stays where it is', () => {
  async function lied(sites: Policy['sites']): Promise<World> {
    const world = await calm({ ...policy, sites, ttlMs: 1_000, rise: 1, sustainMs: 1_000 });
    const treats: readonly Treatment[] = [{ how: 'lies' }, { how: 'unanswered', landsMs: null }];
    world.zone.treat = (n) => treats[n] ?? { how: 'normal' };
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('applied').length > 0, minuteMs);
    world.looks[a] = () => 'pass';
    await world.time.run(3_000);
    suffers(world, b, 'status');
    return world;
  }

  function staysAtHome(world: World): void {
    expect(way(world).filter((site) => site !== a)).toEqual([]);
    expect(world.service().status()).toMatchObject({ active: a, write: 'settled', pin: null, hold: null });
    keepsPromises(world);
  }

  test('an automatic move does not lead away from a site that serves', async () => {
    const world = await lied(policy.sites);
    await world.time.run(5 * minuteMs);
    staysAtHome(world);
  });

  test('a fence moves nobody', async () => {
    const world = await lied(policy.sites.slice(0, 2));
    await world.time.until(() => world.zone.requests.length === 2, minuteMs);
    world.looks[b] = () => 'pass';
    await world.time.until(() => world.tell('dropped').length > 0, 10_000);
    expect(world.tell('decided').map(({ fields }) => fields['kind'])).toEqual(['failover', 'failover', 'fence']);
    await world.time.run(3 * minuteMs);
    staysAtHome(world);
  });
});
