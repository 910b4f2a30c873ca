import { expect, test } from '@jest/globals';
import type { Order } from '../../src/domain/events';
import { a, b, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, suffers, type World } from './world';

const minuteMs = 60_000;
const policy = policyOf({ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 });

function order(world: World, one: Order) {
  return world.service().order({ type: 'ordered', order: one, actor: 'ada', why: 'the probes are wrong', forMs: null });
}

/** The standby that all probes call down; the human knows better. */
async function disbelieved(): Promise<World> {
  const world = await calm(policy);
  suffers(world, b, 'status');
  await world.time.until(() => world.service().status().sites[1]?.verdict === 'down', minuteMs);
  return world;
}

test('a switch to a site that is down is refused with its way out, and made with it', async () => {
  const world = await disbelieved();
  expect(order(world, { order: 'switch', site: b })).toEqual({
    accepted: false,
    why: 'order switch refused (no-standby): europe-west1 is not up: it is down; --override no-standby moves anyway',
    guard: 'no-standby',
    override: 'no-standby',
  });
  expect(order(world, { order: 'switch', site: b, override: ['no-standby'] })).toMatchObject({ accepted: true });
  expect(await world.time.until(() => world.tell('switched').length > 0, minuteMs)).toBeLessThanOrEqual(1_000);
  expect(way(world)).toEqual([a, b]);
  expect(world.service().status().pin).toMatchObject({ site: b, actor: 'ada', override: ['no-standby'] });
  keepsPromises(world);
});

test('it outlives a provider that refuses and a crash in between, and stays where the human put it', async () => {
  const world = await disbelieved();
  world.zone.treat = () => ({ how: 'refused', code: 'unavailable' });
  order(world, { order: 'switch', site: b, override: ['no-standby'] });
  await world.time.run(3_000);
  world.crash();
  world.zone.treat = () => ({ how: 'normal' });
  world.start();
  expect(await world.time.until(() => world.tell('switched').length > 0, minuteMs)).not.toBeNull();
  await world.time.run(5 * minuteMs);
  expect(way(world)).toEqual([a, b]);
  expect(world.service().status().pin).toMatchObject({ override: ['no-standby'] });
  order(world, { order: 'resume' });
  await world.time.run(5_000);
  expect(way(world)).toEqual([a, b, a]);
  keepsPromises(world);
});

test('never over something foreign', async () => {
  const world = await disbelieved();
  world.zone.hand({ sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] });
  await world.time.run(2 * minuteMs);
  const answer = order(world, { order: 'switch', site: b, override: ['no-standby', 'not-up'] });
  expect(answer).toMatchObject({ accepted: false, guard: 'drift' });
  expect(answer).not.toHaveProperty('override');
  expect(world.zone.requests).toEqual([]);
});
