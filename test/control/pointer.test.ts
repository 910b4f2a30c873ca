import { expect, test } from '@jest/globals';
import { a, b, c, policyOf } from '../domain/fixtures';
import { createWorld } from './world';

const quick = policyOf({
  intervalMs: 1_000,
  timeoutMs: 1_000,
  rise: 2,
  sustainMs: 2_000,
  confirmIntervalMs: 200,
  ttlMs: 1_000,
});

test('an order that is withdrawn before it was sent does not take the fence off the write before it', async () => {
  const world = createWorld(quick);
  world.start();
  await world.time.run(5_000);
  world.zone.treat = () => ({ how: 'hanging', landsMs: 120_000 });
  world.looks[a] = () => 'status';
  await world.time.until(() => world.zone.requests.length === 1, 20_000);
  world.zone.failReads = 'unavailable';
  world.zone.treat = () => ({ how: 'normal' });
  world.order(c);
  await world.time.run(3_000);
  world.looks[a] = () => 'pass';
  await world.time.run(15_000);
  world.service().post({ type: 'ordered', order: { order: 'resume' }, actor: 'ada', why: 'never mind', forMs: null });
  await world.time.run(1_000);
  world.zone.failReads = null;
  await world.time.run(180_000);
  expect(world.zone.requests[0]).toMatchObject({ generation: 1, landed: false });
  expect(world.zone.now().marker?.site ?? a).toBe(a);
});

test('an order during a hanging write takes effect within two seconds', async () => {
  const world = createWorld(quick);
  world.start();
  await world.time.run(5_000);
  world.zone.treat = (n) => (n === 0 ? { how: 'hanging', landsMs: null } : { how: 'normal' });
  world.looks[a] = () => 'status';
  await world.time.until(() => world.zone.requests.length === 1, 20_000);
  await world.time.run(100);
  world.order(c);
  expect(await world.time.until(() => world.zone.now().marker?.site === c, 2_000)).not.toBeNull();
});

test('an order during a hanging read takes effect within two seconds of reads working', async () => {
  const world = createWorld(quick);
  world.start();
  await world.time.run(5_000);
  world.zone.failReads = 'hanging';
  world.looks[a] = () => 'status';
  await world.time.run(4_000);
  world.zone.failReads = null;
  world.order(c);
  expect(await world.time.until(() => world.zone.now().marker?.site === c, 2_000)).not.toBeNull();
  await world.time.run(70_000);
  expect(world.service().status()).toMatchObject({ active: c, write: 'settled' });
});

test('a dead name server does not keep the next failover from being made', async () => {
  const world = createWorld(quick);
  world.start();
  await world.time.run(5_000);
  const ns2 = world.zone.servers['ns2'];
  if (ns2) ns2.silent = true;
  world.looks[a] = () => 'status';
  await world.time.run(20_000);
  expect(world.zone.now().marker?.site).toBe(b);
  world.looks[b] = () => 'status';
  await world.time.run(600_000);
  expect(world.zone.now().marker?.site).toBe(c);
});

test('stop during a write: parked, and the next start takes it up', async () => {
  const world = createWorld(quick);
  const first = world.start();
  await world.time.run(5_000);
  world.zone.treat = () => ({ how: 'hanging', landsMs: 10_000 });
  world.looks[a] = () => 'status';
  await world.time.until(() => world.zone.requests.length === 1, 20_000);
  await Promise.all([first.stop(3_000), world.time.run(4_000)]);
  world.crash();
  world.zone.treat = () => ({ how: 'normal' });
  world.start();
  await world.time.run(60_000);
  expect(world.zone.now().marker?.site).toBe(b);
  expect(world.service().status()).toMatchObject({ active: b, write: 'settled', budget: { spent: 1 } });
});

test('stop while the zone is read before a write: nothing leaves any more', async () => {
  const world = createWorld(quick);
  const first = world.start();
  await world.time.run(5_000);
  world.zone.delayMs = 2_000;
  world.looks[a] = () => 'status';
  await world.time.until(() => world.tell('decided').length > 0, 20_000);
  await world.time.run(500);
  await Promise.all([first.stop(10_000), world.time.run(15_000)]);
  expect(world.zone.requests).toEqual([]);
});

test('fluttering freshness never leaves an intent that nobody pursues', async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const world = createWorld({ ...quick, sustainMs: 1_000 }, { seed });
    world.start();
    await world.time.run(5_000);
    world.zone.delayMs = 4_100;
    world.looks[a] = () => 'status';
    const bad = (ms: number) => Math.floor(ms / 1_700) % 2 === 0;
    world.looks[b] = (ms) => (bad(ms) ? 'status' : 'pass');
    world.looks[c] = (ms) => (bad(ms + 800) ? 'status' : 'pass');
    await world.time.run(60_000);
    world.looks[b] = () => 'pass';
    world.looks[c] = () => 'pass';
    world.zone.delayMs = 50;
    await world.time.run(130_000);
    const { active, write } = world.service().status();
    expect({ seed, write, moved: active !== a }).toEqual({ seed, write: 'settled', moved: true });
  }
});
