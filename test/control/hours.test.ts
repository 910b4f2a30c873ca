import { describe, expect, test } from '@jest/globals';
import { seeded } from '../../src/sim/time';
import { a, b, c, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, suffers, type World } from './world';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const fast = policyOf({ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 });

test('an hour of calm: no write, a reading and a comparison a minute, hardly a commit, not a word (S10)', async () => {
  const world = await calm(policyOf());
  const { commits, journal } = world.disk;
  const { reads, verifications } = world.zone;
  await world.time.run(hourMs);
  expect([world.zone.requests, world.tells]).toEqual([[], []]);
  expect(world.zone.reads - reads).toBeLessThanOrEqual(70);
  expect(world.zone.reads - reads).toBeGreaterThanOrEqual(55);
  expect(world.zone.verifications - verifications).toBeLessThanOrEqual(70);
  expect([world.disk.commits - commits, world.disk.journal - journal]).toEqual([0, 0]);
});

test('an hour while held by something foreign is as quiet', async () => {
  const world = await calm(policyOf());
  world.zone.hand({ sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] });
  await world.time.run(2 * minuteMs);
  const { commits } = world.disk;
  const tells = world.tells.length;
  await world.time.run(hourMs);
  expect([world.disk.commits - commits, world.tells.length - tells, world.zone.requests]).toEqual([0, 0, []]);
});

describe('the budget over hours of sites that take turns failing, with restarts in between (S3)', () => {
  test.each([1, 3])('at most %i automatic switches in any hour, then a page', async (count) => {
    const policy = { ...policyOf(), failbackAfterMs: minuteMs, ttlMs: 1_000, maxSwitches: { count, windowMs: hourMs } };
    const world = await calm(policy, count);
    const random = seeded(count);
    const began = world.nowMs();
    for (const [turn, site] of [a, b, c].entries()) {
      world.looks[site] = (ms) => (Math.floor((ms - began) / (4 * minuteMs)) % 3 === turn ? 'status' : 'pass');
    }
    while (world.nowMs() < began + 1.5 * hourMs) {
      await world.time.run(random() * 15 * minuteMs);
      if (random() < 0.5) {
        world.crash();
        world.start();
      }
    }
    const moments = world.zone.written().map((version) => version.atMs);
    const most = Math.max(...moments.map((atMs) => moments.filter((one) => one >= atMs && one - atMs < hourMs).length));
    expect(most).toBe(count);
    expect(world.tell('budget').filter((tell) => tell.page)).not.toEqual([]);
    keepsPromises(world);
  });
});

describe('flapping for an hour (SC-21)', () => {
  test.each([1, 3, 7])('good and bad for %i rounds each: no more than the budget', async (rounds) => {
    const world = await calm(policyOf());
    const fromMs = world.nowMs();
    world.looks[a] = (ms) => (Math.floor((ms - fromMs) / (rounds * 10_000)) % 2 === 0 ? 'status' : 'pass');
    await world.time.run(hourMs);
    expect(way(world).length - 1).toBeLessThanOrEqual(2);
    keepsPromises(world);
  });
});

describe('the disk', () => {
  test.each(['full', 'failed'] as const)(
    'is %s: the switch is made all the same, a page says so, and it is over when there is room',
    async (failing) => {
      const world = await calm(fast);
      world.disk.failing = failing;
      suffers(world, a, 'status');
      await world.time.until(() => world.tell('switched').length > 0, minuteMs);
      expect(way(world)).toEqual([a, b]);
      expect(world.tell('unsaved')).toMatchObject([{ page: true, text: expect.stringContaining(failing) }]);
      const order = { type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'x', forMs: null } as const;
      expect(world.service().order(order)).toMatchObject({
        accepted: true,
        why: expect.stringMatching(
          new RegExp(`it could not be saved \\(.*${failing}.*\\), and a restart may forget it$`),
        ),
      });
      world.service().order({ ...order, order: { order: 'resume' } });
      await world.time.run(minuteMs);
      expect(
        world
          .service()
          .status()
          .alerts.map((alert) => alert.code),
      ).toContain('unsaved');
      world.disk.failing = null;
      await world.time.run(2_000);
      expect(
        world
          .service()
          .status()
          .alerts.map((alert) => alert.code),
      ).not.toContain('unsaved');
      expect(JSON.parse(world.disk.durable ?? '')).toEqual(world.service().view().state.durable);
      keepsPromises(world);
    },
  );

  test('lost its memory of a switch: the zone is the record; nothing is written again', async () => {
    const world = await calm(fast);
    suffers(world, a, 'status');
    world.disk.failing = 'full';
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    world.crash();
    world.disk.failing = null;
    world.start();
    await world.time.run(5 * minuteMs);
    expect(way(world)).toEqual([a, b]);
    expect(world.service().status()).toMatchObject({
      active: b,
      generation: 1,
      write: 'settled',
      pin: null,
      hold: null,
    });
  });

  test('is empty: a fresh state learns where it is, and its next generation is newer', async () => {
    const world = await calm(fast);
    suffers(world, a, 'status', minuteMs);
    await world.time.run(2 * minuteMs);
    world.crash();
    world.disk.durable = null;
    world.start();
    await world.time.run(minuteMs);
    suffers(world, b, 'status');
    await world.time.run(minuteMs);
    expect(way(world)).toEqual([a, b, a]);
    expect(world.zone.now().marker?.generation).toBe(2);
    keepsPromises(world);
  });
});

describe('a later run goes on with the state of the one before', () => {
  async function afterFailover(): Promise<World> {
    const world = await calm(fast);
    suffers(world, a, 'status', minuteMs);
    await world.time.run(2 * minuteMs);
    expect(way(world)).toEqual([a, b]);
    world.service().post({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'x', forMs: hourMs });
    await world.time.run(1_000);
    world.crash();
    return world;
  }

  test('budget, penalty, hold and last switch are still there, as much older as the time that passed', async () => {
    const world = await afterFailover();
    await world.time.run(30 * minuteMs);
    world.start();
    await world.time.run(1_000);
    const { budget, penalty, hold, lastSwitch } = world.service().status();
    expect(budget.spent).toBe(1);
    expect(penalty).toBeGreaterThan(0.4);
    expect(penalty).toBeLessThan(0.5);
    expect(hold).toMatchObject({ by: 'order', actor: 'ada' });
    expect(hold?.until).toBeLessThanOrEqual(30 * minuteMs);
    expect(lastSwitch).toMatchObject({ to: b, kind: 'failover' });
    expect(lastSwitch?.agoMs).toBeGreaterThan(30 * minuteMs);
    expect(world.zone.written()).toHaveLength(1);
  });

  test('a hold that ran out meanwhile is over, and still nothing is done before everything was seen afresh', async () => {
    const world = await afterFailover();
    await world.time.run(2 * hourMs);
    const upMs = world.nowMs();
    world.start();
    await world.time.run(1_000);
    expect(world.service().status().hold).toBeNull();
    await world.time.until(() => way(world).length > 2, hourMs);
    expect(world.nowMs() - upMs).toBeGreaterThanOrEqual(fast.failbackAfterMs);
    expect(way(world)).toEqual([a, b, a]);
  });
});
