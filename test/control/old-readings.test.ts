import { describe, expect, test } from '@jest/globals';
import { a, b, c, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, foundAt, suffers, type World } from './world';
import type { Zone } from './zone';

/** Readings from before our own newest write, and a crash, a lie or another decision beside them. */

const minuteMs = 60_000;
const slow = policyOf({
  ...{ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 },
  failback: 'manual',
});
const quick = { ...slow, rise: 1, sustainMs: 1_000, ttlMs: 1_000 };

async function switched(world: World, times: number): Promise<void> {
  await world.time.until(() => world.tell('switched').length >= times, 3 * minuteMs);
}

async function believed(world: World): Promise<void> {
  await world.time.until(() => world.tell('applied').length > 0, minuteMs);
}

function zonesOf({ zone, second }: World): readonly Zone[] {
  return second === null ? [zone] : [zone, second];
}

describe('a crash with a change open, and the first reading is from before the change before it', () => {
  async function crashed(world: World): Promise<void> {
    world.crash();
    for (const zone of zonesOf(world)) zone.treat = () => ({ how: 'normal' });
    for (const zone of zonesOf(world)) zone.staleMs = 20_000;
    world.start();
    await world.time.run(20_000);
    for (const zone of zonesOf(world)) zone.staleMs = 0;
    await world.time.run(10 * minuteMs);
    expect(way(world).at(-1)).toBe(c);
    expect(world.service().status()).toMatchObject({ active: c, write: 'settled' });
  }

  test.each([
    ['one provider', null],
    ['two providers', foundAt(slow, a)],
  ])('a failover that had left, %s', async (_, second) => {
    const world = await calm(slow, 1, second === null ? {} : { first: second, second });
    suffers(world, a, 'status');
    await switched(world, 1);
    await world.time.run(1_000);
    suffers(world, b, 'status');
    for (const zone of zonesOf(world)) zone.treat = () => ({ how: 'hanging', landsMs: null });
    await world.time.until(() => world.zone.requests.length > 1, minuteMs);
    await crashed(world);
    keepsPromises(world);
  });

  test('an order that had not left', async () => {
    const world = await calm(slow);
    suffers(world, a, 'status', minuteMs);
    await switched(world, 1);
    await world.time.run(1_000);
    world.order(c);
    await crashed(world);
  });
});

test('a move that one of two providers took before a crash is spent, though the first readings do not show it', async () => {
  const at = foundAt(slow, a);
  const world = await calm(slow, 1, { first: at, second: at });
  const [took, missed] = zonesOf(world);
  for (const zone of zonesOf(world)) zone.treat = () => ({ how: 'hanging', landsMs: zone === took ? 10 : null });
  suffers(world, a, 'status');
  await world.time.until(() => way(world, took).at(-1) === b, minuteMs);
  world.crash();
  suffers(world, b, 'status');
  for (const zone of zonesOf(world)) Object.assign(zone, { staleMs: 20_000, treat: () => ({ how: 'normal' }) });
  world.start();
  await world.time.run(minuteMs);
  for (const zone of zonesOf(world)) zone.staleMs = 0;
  await world.time.run(5 * minuteMs);
  expect([took, missed].map((zone) => zone && way(world, zone))).toEqual([
    [a, b, c],
    [a, c],
  ]);
  expect(world.service().status()).toMatchObject({ active: c, write: 'settled', budget: { spent: 2 } });
  keepsPromises(world);
});

describe('a write that was said to be taken, and never landed, before a newer decision', () => {
  /** The first site fails, and a provider that lies once is believed. */
  async function lied(...how: Parameters<typeof calm>): Promise<World> {
    const world = await calm(...how);
    world.zone.treat = (n) => (n === 0 ? { how: 'lies' } : { how: 'normal' });
    suffers(world, a, 'status');
    await believed(world);
    return world;
  }

  test.each([null, 5])('is nobody’s hand, and no restored zone: marker %s', async (marker) => {
    const world = await lied({ ...quick, failback: 'auto' }, 1, { first: foundAt(quick, a, marker) });
    world.looks[a] = () => 'pass';
    await world.time.run(3_000);
    suffers(world, b, 'status', 20_000);
    await world.time.run(5 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: a, pin: null, hold: null, budget: { spent: 0 } });
    suffers(world, a, 'status');
    await world.time.run(10 * minuteMs);
    expect(way(world)).toEqual([a, b]);
    keepsPromises(world);
  });

  test('does not keep users at a site that is down', async () => {
    const world = await lied(slow);
    await world.time.run(31_000);
    suffers(world, b, 'status');
    await world.time.run(10 * minuteMs);
    expect(way(world)).toEqual([a, c]);
  });

  test('is late when it lands after all', async () => {
    const world = await lied(slow);
    world.looks[a] = () => 'pass';
    await world.time.run(3_000);
    suffers(world, b, 'status', 60_000);
    await world.time.run(50_000);
    world.zone.hand(foundAt(slow, b, 1));
    await world.time.run(5 * minuteMs);
    expect(world.tell('landed-late')).toHaveLength(1);
    expect(world.service().status()).toMatchObject({ active: b, pin: null, hold: null, budget: { spent: 1 } });
  });

  test('of two providers, the other silent: nobody is moved from a site that serves', async () => {
    const at = foundAt(slow, a);
    const world = await calm(slow, 1, { first: at, second: at });
    const { second } = world;
    if (second === null) throw new Error('there are two');
    world.zone.treat = () => ({ how: 'lies' });
    second.treat = () => ({ how: 'refused', code: 'unavailable' });
    suffers(world, a, 'status');
    await believed(world);
    second.failReads = 'unavailable';
    world.looks[a] = () => 'pass';
    await world.time.run(10_000);
    suffers(world, b, 'status');
    await world.time.run(10_000);
    world.zone.treat = () => ({ how: 'normal' });
    await world.time.run(2 * minuteMs);
    expect(way(world)).toEqual([a]);
  });
});

describe('a provider that compares nothing, and shows what was ten seconds ago', () => {
  test.each([
    ['an order', (world: World) => world.order(a)],
    ['a failover', (world: World) => suffers(world, b, 'status')],
  ])('%s back is written when the reading shows what it leads from', async (_, leads) => {
    const world = await calm(slow);
    world.zone.blind = true;
    world.zone.staleMs = 10_000;
    await world.time.run(minuteMs);
    suffers(world, a, 'status');
    await switched(world, 1);
    world.looks[a] = () => 'pass';
    world.looks[c] = () => 'status';
    await world.time.run(2_000);
    leads(world);
    await world.time.run(5 * minuteMs);
    expect(way(world).at(-1)).toBe(a);
    expect(world.service().status().pin?.by ?? 'order').toBe('order');
  });
});

test.each([1, 2, 3, 4])(
  'what waits for an old reading is written when that is believed, and pages nobody: %i',
  async (seed) => {
    const world = await calm(quick, seed);
    world.zone.staleMs = 28_000;
    suffers(world, a, 'status');
    await switched(world, 1);
    world.looks[a] = () => 'pass';
    await world.time.run(3_000);
    suffers(world, b, 'status');
    await switched(world, 2);
    const [decided, done] = [world.tell('decided').at(-1), world.tell('switched').at(-1)];
    expect((done?.atMs ?? Number.NaN) - (decided?.atMs ?? Number.NaN)).toBeLessThan(34_000);
    expect(world.tells.filter(({ page }) => page)).toEqual([]);
  },
);

describe('a zone that we serve ourselves went back, as its disk did not keep what was served', () => {
  test.each([1, 2])('by %i: it is believed, and left again if its site is still down', async (times) => {
    const world = await calm({ ...slow, owned: true });
    suffers(world, a, 'status');
    await switched(world, 1);
    const first = world.zone.history[0];
    if (times === 2) world.order(c, 1_000);
    if (times === 2) await switched(world, 2);
    await world.time.run(minuteMs);
    world.crash();
    world.zone.hand({ sets: first?.sets ?? [], marker: first?.marker ?? null });
    world.start();
    await world.time.run(3 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: b, pin: null, hold: null, write: 'settled' });
    expect(way(world).at(-1)).toBe(b);
  });
});

describe('what was taken before a crash is proven after it, whatever the first reading shows', () => {
  test.each([
    ['the values of nobody', 'drift', { ...foundAt(slow, b), sets: [{ type: 'A', ttl: 60, values: ['192.0.2.200'] }] }],
    ['the new values without their marker', null, foundAt(slow, b)],
    ['nothing at all', 'absent', { ...foundAt(slow, b), sets: [] }],
  ] as const)('%s', async (_, holds, found) => {
    const world = await calm(slow);
    for (const server of Object.values(world.zone.servers)) server.silent = true;
    suffers(world, a, 'status');
    await believed(world);
    world.crash();
    world.zone.hand(found);
    world.start();
    await world.time.run(5_000);
    expect(world.service().view().state.durable.obstacle?.by ?? null).toBe(holds);
    for (const server of Object.values(world.zone.servers)) server.silent = false;
    world.zone.hand(foundAt(slow, b));
    await world.time.run(2 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: b, write: 'settled', hold: null });
    expect(world.tells.filter(({ code, fields }) => code === 'alert' && fields['alert'] === 'write-stuck')).toEqual([]);
    keepsPromises(world);
  });
});

test('a record that is removed before its change is proven ends that change, and is made anew', async () => {
  const world = await calm({ ...slow, create: true });
  for (const server of Object.values(world.zone.servers)) server.silent = true;
  suffers(world, a, 'status');
  await believed(world);
  await world.time.run(40_000);
  world.zone.hand({ ...foundAt(slow, b), sets: [] });
  await world.time.run(minuteMs + 10_000);
  for (const server of Object.values(world.zone.servers)) server.silent = false;
  await world.time.run(5 * minuteMs);
  expect(world.tell('switched').map(({ fields }) => fields['kind'])).toEqual(['create']);
  expect(world.service().status()).toMatchObject({ active: b, write: 'settled' });
});

test('a hand that puts both of two where an open change leads ends what was missing there', async () => {
  const at = foundAt(slow, a);
  const world = await calm(slow, 1, { first: at, second: at });
  const [, missing] = zonesOf(world);
  if (missing === undefined) throw new Error('there are two');
  missing.treat = () => ({ how: 'refused', code: 'unavailable' });
  suffers(world, a, 'status');
  await world.time.until(() => world.service().status().write === 'partial', minuteMs);
  await world.time.run(minuteMs);
  for (const zone of zonesOf(world)) zone.hand(foundAt(slow, b));
  await world.time.run(3 * minuteMs);
  expect(world.service().status()).toMatchObject({ active: b, write: 'settled', hold: null });
  expect(missing.written()).toEqual([]);
});

describe('a hand moves the record right after a write of ours, and its choice stands', () => {
  test.each([
    ['an order whose answer is lost', (world: World) => world.order(b), a],
    ['a failover whose answer is lost', (world: World) => suffers(world, a, 'status'), c],
  ])('%s', async (_, begins, chosen) => {
    const world = await calm(slow);
    world.zone.treat = (n) => (n === 0 ? { how: 'hanging', landsMs: 500 } : { how: 'normal' });
    begins(world);
    await world.time.until(() => way(world).at(-1) === b, minuteMs);
    await world.time.run(3_000);
    world.zone.hand({ ...foundAt(slow, chosen), marker: world.zone.history.at(-1)?.marker ?? null });
    await world.time.run(5 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: chosen, pin: { by: 'zone', site: chosen }, hold: null });
    expect(new Set(way(world).slice(way(world).lastIndexOf(b) + 1))).toEqual(new Set([chosen]));
    expect(way(world).filter((site) => site === b)).toHaveLength(1);
    expect(world.tell('moved-by-hand')).toHaveLength(1);
    keepsPromises(world);
  });

  test('and takes its marker away: what landed late was read, and is not taken for what never landed', async () => {
    const world = await calm(slow);
    world.zone.treat = (n) => (n === 0 ? { how: 'hanging', landsMs: 40_000 } : { how: 'refused', code: 'denied' });
    suffers(world, a, 'status');
    await world.time.until(() => world.zone.requests.length > 0, minuteMs);
    world.looks[a] = () => 'pass';
    await world.time.until(() => world.tell('landed-late').length > 0, 5 * minuteMs);
    world.zone.hand(foundAt(slow, a));
    await world.time.run(3 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: a, pin: { by: 'zone', site: a } });
    expect(world.tell('moved-by-hand')).toHaveLength(1);
  });
});
