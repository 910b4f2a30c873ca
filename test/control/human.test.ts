import { describe, expect, test } from '@jest/globals';
import type { Order } from '../../src/domain/events';
import { a, b, c, foundAt, policyOf, siteAt } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, createWorld, suffers, type World } from './world';

const minuteMs = 60_000;
const policy = policyOf({ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 });
const stranger = { sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] } as const;

function order(world: World, one: Order, forMs: number | null = null): void {
  world.service().post({ type: 'ordered', order: one, actor: 'ada', why: 'migration', forMs });
}

describe('a hand in the zone', () => {
  test('to another configured site: kept, pinned, and told; automation leaves it alone until an order', async () => {
    const world = await calm(policy);
    world.zone.hand({ sets: foundAt(c).sets });
    expect(await world.time.until(() => world.tell('moved-by-hand').length > 0, 5 * minuteMs)).toBeLessThanOrEqual(
      minuteMs,
    );
    expect(world.service().status()).toMatchObject({ active: c, pin: { site: c, by: 'zone' } });
    suffers(world, c, 'status');
    await world.time.run(2 * minuteMs);
    expect(way(world)).toEqual([a, c]);
    expect(world.tell('pinned-down')).toMatchObject([{ page: true }]);
    order(world, { order: 'resume' });
    await world.time.run(1_000);
    expect(way(world)).toEqual([a, c, a]);
    keepsPromises(world);
  });

  test('and back again: the pin follows the hand', async () => {
    const world = await calm(policy);
    world.zone.hand({ sets: foundAt(c).sets });
    await world.time.run(2 * minuteMs);
    world.zone.hand({ sets: foundAt(a).sets });
    await world.time.run(2 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: a, pin: { site: a, by: 'zone' } });
    expect(world.zone.requests).toEqual([]);
  });

  test('to something foreign: held, never overwritten; put back, it ends and what is due is done', async () => {
    const world = await calm(policy);
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    world.zone.hand(stranger);
    await world.time.run(minuteMs);
    expect(world.service().status()).toMatchObject({ hold: { by: 'drift' }, ready: false });
    suffers(world, b, 'status');
    await world.time.run(2 * minuteMs);
    expect(way(world)).toEqual([a, b, null]);
    world.zone.hand({ sets: foundAt(b).sets });
    await world.time.run(minuteMs + 2_000);
    expect(way(world)).toEqual([a, b, null, b, c]);
    keepsPromises(world);
  });

  test('only the TTL: nothing at all', async () => {
    const world = await calm(policy);
    world.zone.hand({ sets: [{ type: 'A', ttl: 5, values: ['203.0.113.10'] }] });
    const { commits } = world.disk;
    await world.time.run(5 * minuteMs);
    expect([world.tells, world.zone.requests, world.disk.commits - commits]).toEqual([[], [], 0]);
  });

  const between: readonly [
    name: string,
    sets: typeof stranger.sets | ReturnType<typeof foundAt>['sets'],
    hold: string | null,
    site: string | null,
  ][] = [
    ['something foreign', stranger.sets, 'drift', null],
    ['a third site', foundAt(c).sets, null, c],
    ['the target itself', foundAt(b).sets, null, b],
  ];
  test.each(between)(
    'between our reading and our write, %s: the write changes nothing, the hand is respected',
    async (_name, sets, hold, site) => {
      const world = await calm(policy);
      let meddled = false;
      world.onCrossing = (what) => {
        if (what !== 'replace begins' || meddled) return;
        meddled = true;
        world.zone.hand({ sets });
      };
      suffers(world, a, 'status');
      await world.time.run(minuteMs);
      expect(way(world)).toEqual([a, site]);
      expect(world.zone.requests.map((request) => request.landed)).toEqual([false]);
      expect(world.service().status().hold?.by ?? null).toBe(hold);
      expect(world.service().status().pin?.site ?? null).toBe(site);
      keepsPromises(world);
    },
  );
});

describe('orders', () => {
  test('are followed within a second and verified', async () => {
    for (const one of [
      { order: 'switch', site: c },
      { order: 'drill', site: b },
    ] as const) {
      const world = await calm(policy);
      order(world, one);
      expect(await world.time.until(() => world.tell('switched').length > 0, minuteMs)).toBeLessThanOrEqual(1_000);
      expect(way(world)).toEqual([a, one.site]);
      expect(world.service().status()).toMatchObject({ penalty: 0, budget: { spent: 0 } });
      keepsPromises(world);
    }
  });

  test('survive a restart, and end when they run out', async () => {
    const world = await calm(policyOf());
    order(world, { order: 'switch', site: b }, 10 * minuteMs);
    order(world, { order: 'hold' }, 20 * minuteMs);
    await world.time.run(minuteMs);
    world.crash();
    world.start();
    await world.time.run(minuteMs);
    expect(world.service().status()).toMatchObject({
      active: b,
      pin: { site: b, actor: 'ada' },
      hold: { actor: 'ada' },
    });
    suffers(world, b, 'status');
    await world.time.run(10 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: b, pin: null, hold: { actor: 'ada' } });
    expect(await world.time.until(() => way(world).length > 2, 30 * minuteMs)).toBeLessThanOrEqual(
      8 * minuteMs + 2_000,
    );
    expect(way(world)).toEqual([a, b, a]);
    expect(world.service().status().hold).toBeNull();
    keepsPromises(world);
  });

  test('a failback brings it home now, without waiting', async () => {
    const world = await calm(policy);
    suffers(world, a, 'status', minuteMs);
    await world.time.run(2 * minuteMs);
    expect(way(world)).toEqual([a, b]);
    order(world, { order: 'failback' });
    await world.time.run(1_000);
    expect(way(world)).toEqual([a, b, a]);
    expect(world.service().status()).toMatchObject({ active: a, pin: null, write: 'settled' });
    keepsPromises(world);
  });

  test('given while the provider is down, then withdrawn or run out: not carried out later', async () => {
    for (const [one, forMs] of [
      [{ order: 'resume' }, null],
      [null, 2 * minuteMs],
    ] as const) {
      const world = await calm(policy);
      world.zone.failReads = 'unavailable';
      order(world, { order: 'switch', site: b }, forMs);
      await world.time.run(minuteMs);
      if (one !== null) order(world, one);
      await world.time.run(5 * minuteMs);
      world.zone.failReads = null;
      await world.time.run(5 * minuteMs);
      expect(way(world)).toEqual([a]);
      expect(world.service().status()).toMatchObject({ write: 'settled', wanted: a, alerts: [] });
    }
  });

  test('a hold given before a restart in the middle of an outage is still there', async () => {
    const world = await calm(policy);
    order(world, { order: 'hold' });
    suffers(world, a, 'status');
    for (let round = 0; round < 5; round++) {
      await world.time.run(20_000);
      world.crash();
      world.start();
    }
    await world.time.run(minuteMs);
    expect(way(world)).toEqual([a]);
    order(world, { order: 'resume' });
    await world.time.run(1_000);
    expect(way(world)).toEqual([a, b]);
  });
});

describe('two daemons on one record', () => {
  test('of one owner, both deciding at once: one change of the record', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const one = createWorld(policy, { seed });
      const other = createWorld(policy, { seed: seed + 100, beside: one });
      for (const world of [one, other]) {
        world.start();
        suffers(world, a, 'pass');
      }
      await one.time.run(15_000);
      for (const world of [one, other]) suffers(world, a, 'status');
      await one.time.run(2 * minuteMs);
      expect([seed, way(one)]).toEqual([seed, [a, b]]);
    }
  });

  test('of one owner who disagree on the order of sites: at most one write, then one of them stops and pages', async () => {
    const calmer = policyOf();
    const one = createWorld(calmer);
    const swapped = { ...calmer, sites: [siteAt(b, '198.51.100.7'), siteAt(a, '203.0.113.10')] };
    const other = createWorld(swapped, { beside: one, seed: 2 });
    one.start();
    other.start();
    await one.time.run(60 * minuteMs);
    expect(way(one)).toEqual([a, b]);
    expect(one.tell('twin')).toMatchObject([{ page: true }]);
  });

  test('of different owners: the second never writes', async () => {
    const one = createWorld(policy);
    one.start();
    await one.time.run(15_000);
    suffers(one, a, 'status');
    await one.time.run(minuteMs);
    const swapped = { ...policy, owner: 'dev', sites: [...policy.sites].reverse() };
    const other = createWorld(swapped, { beside: one, seed: 2 });
    other.start();
    await one.time.run(8 * minuteMs);
    expect(other.zone.written().map((version) => version.marker?.owner)).toEqual(['sre']);
    expect(other.tell('foreign')).toMatchObject([{ page: true }]);
  });
});
