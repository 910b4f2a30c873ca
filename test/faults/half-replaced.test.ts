import { expect, test } from '@jest/globals';
import { way } from '../control/promises';
import { calm, suffers, type World } from '../control/world';
import { a, b, policyOf } from '../domain/fixtures';

/** A change of which only a half took effect: A of the new site, AAAA of the old one. It takes a provider of several calls. */

const minuteMs = 60_000;
const dual = policyOf({
  sites: [
    { name: a, sets: [addresses('203.0.113.10'), addresses('2001:db8::10')] },
    { name: b, sets: [addresses('198.51.100.7'), addresses('2001:db8::7')] },
  ],
});

function addresses(value: string) {
  return { type: value.includes(':') ? 'AAAA' : 'A', ttl: 60, values: [value] } as const;
}

async function halfway(marked: boolean): Promise<World> {
  const world = await calm(dual);
  world.zone.treat = () => ({ how: 'unanswered', landsMs: null });
  suffers(world, a, 'status');
  await world.time.until(() => world.zone.requests.length > 0, 2 * minuteMs);
  const half = { sets: [addresses('198.51.100.7'), addresses('2001:db8::10')] };
  world.zone.hand(marked ? { ...half, marker: { owner: dual.owner, generation: 1, site: b } } : half);
  world.zone.treat = () => ({ how: 'normal' });
  await world.time.run(10 * minuteMs);
  return world;
}

test('D10 with our newest marker it is our own: completed, once', async () => {
  const world = await halfway(true);
  expect(way(world)).toEqual([a, null, b]);
  expect(world.tell('drift')).toEqual([]);
  expect(world.service().status()).toMatchObject({ active: b, write: 'settled', hold: null });
});

test('D10 without it somebody mixed them: paged with what is there, and never written over', async () => {
  const world = await halfway(false);
  expect(world.zone.requests).toHaveLength(1);
  expect(world.tell('drift')).toMatchObject([
    { page: true, text: expect.stringMatching(/198\.51\.100\.7.*2001:db8::10/) },
  ]);
  expect(world.service().status()).toMatchObject({ hold: { by: 'drift' } });
  world.zone.hand({ sets: dual.sites[0]?.sets ?? [] });
  await world.time.run(2 * minuteMs);
  expect(way(world)).toEqual([a, null, a, b]);
});
