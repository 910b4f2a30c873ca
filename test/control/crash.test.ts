import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seeded } from '../../src/sim/time';
import { a, b, c, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, createWorld, foundAt, suffers, type World } from './world';
import type { Treatment } from './zone';

const minuteMs = 60_000;
const policy = policyOf({ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 });

/** Everything that passes between the service and the world from the decision on until the switch is told, in order. */
async function crossings(): Promise<readonly string[]> {
  const world = await calm(policy);
  const seen: string[] = [];
  suffers(world, a, 'status');
  await world.time.until(() => world.tell('decided').length > 0, minuteMs);
  world.onCrossing = (what) => void (what.startsWith('probe') || seen.push(what));
  await world.time.until(() => world.tell('switched').length > 0, minuteMs);
  return seen;
}

/** A world whose process dies at the n-th crossing after the primary has failed for long enough to be decided on. */
async function crashing(nth: number, treatment: Treatment): Promise<World> {
  const world = await calm(policy);
  world.zone.treat = (request) => (request === 0 ? treatment : { how: 'normal' });
  let count = -1;
  world.onCrossing = (what) => {
    if (what.startsWith('probe')) return;
    if (count === -1 && what === 'commit begins' && world.service().view().state.durable.change !== null) count = 0;
    if (count >= 0 && count++ === nth) world.crash();
  };
  suffers(world, a, 'status');
  await world.time.run(10_000);
  world.onCrossing = () => undefined;
  return world;
}

describe('killed at any step of a switch, started again', () => {
  const treatments: readonly [name: string, treatment: Treatment][] = [
    ['the request is served', { how: 'normal' }],
    ['the request is lost', { how: 'unanswered', landsMs: null }],
    ['the request is slow', { how: 'unanswered', landsMs: 700 }],
    ['the request is very slow', { how: 'unanswered', landsMs: 12_000 }],
  ];
  test.each(treatments)(
    '%s: it ends on the right site, one landing for each generation, no write too many',
    async (_name, treatment) => {
      const steps = await crossings();
      const pauses = (
        [
          [100, false],
          [5_000, false],
          [5_000, true],
        ] as const
      ).slice(treatment.how === 'normal' ? 0 : 1);
      // A landing is seen at the latest by the next reading of the slow beat.
      const settleMs = treatment.how === 'unanswered' && (treatment.landsMs ?? 0) > 5_000 ? 75_000 : 20_000;
      expect(steps).toEqual(
        expect.arrayContaining([
          'commit begins',
          'commit ends',
          'read begins',
          'replace begins',
          'replace ends',
          'verify begins',
        ]),
      );
      for (let nth = 0; nth < steps.length + 4; nth++) {
        for (const [pauseMs, recovers] of pauses) {
          const world = await crashing(nth, treatment);
          const before = way(world).length;
          await world.time.run(pauseMs);
          if (recovers) suffers(world, a, 'pass');
          world.start();
          await world.time.run(settleMs);
          const { active, write, alerts } = world.service().status();
          expect([nth, write, alerts.filter((alert) => alert.page)]).toEqual([nth, 'settled', []]);
          const landed = way(world);
          if (recovers) expect([nth, active]).toEqual([nth, landed.at(-1)]);
          else expect([nth, active, landed]).toEqual([nth, b, [a, b]]);
          // What was not in the zone when the site recovered is not written any more; what was sent may still land.
          if (recovers && treatment.how === 'normal') expect(landed.length).toBe(before);
          keepsPromises(world);
        }
      }
    },
  );
});

test('the two steps that matter most are among them: after the intent was saved, and after the request left', async () => {
  const saved = await crashing(1, { how: 'normal' });
  expect(saved.zone.requests).toEqual([]);
  expect(JSON.parse(saved.disk.durable ?? '')).toMatchObject({ change: { generation: 1, phase: 'intended' } });
  const steps = await crossings();
  const sent = await crashing(2 + steps.indexOf('replace ends'), { how: 'normal' });
  expect(sent.zone.requests).toHaveLength(1);
});

test('killed again and again at random moments while the primary is down: the switch is made once the killing stops, and only once', async () => {
  const lives = fc.array(fc.integer({ min: 50, max: 8_000 }), { minLength: 3, maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(lives, fc.integer({ min: 1, max: 1_000 }), async (spans, seed) => {
      const world = await calm(policy, seed);
      suffers(world, a, 'status');
      for (const span of spans) {
        await world.time.run(span);
        world.crash();
        world.start();
      }
      await world.time.run(minuteMs);
      expect(way(world)).toEqual([a, b]);
      expect(world.service().status()).toMatchObject({ active: b, write: 'settled' });
      keepsPromises(world);
    }),
    { numRuns: 30, seed: Number(process.env['SEED'] ?? 1) },
  );
});

describe('killed for an hour while the primary is down', () => {
  test.each([
    ['every 1 to 20 s: moved in a life that is long enough, and never again', 1_000, 20_000, [a, b]],
    ['sooner than it can be sure: not moved', 500, 1_900, [a]],
  ])('%s; it is where it belongs when the killing stops', async (_name, leastMs, mostMs, during) => {
    const world = await calm(policy);
    const random = seeded(7);
    suffers(world, a, 'status');
    const endMs = world.nowMs() + 60 * minuteMs;
    let lives = 0;
    for (; world.nowMs() < endMs; lives++) {
      await world.time.run(Math.round(leastMs + random() * (mostMs - leastMs)));
      world.crash();
      world.start();
    }
    expect(lives).toBeGreaterThan(300);
    expect(way(world)).toEqual(during);
    await world.time.run(minuteMs);
    expect(way(world)).toEqual([a, b]);
    expect(world.zone.written()).toHaveLength(1);
    expect(world.service().status()).toMatchObject({ active: b, write: 'settled', budget: { spent: 1 } });
    keepsPromises(world);
  });
});

test('restarting alone writes nothing (S8), at whatever moments, wherever the record is, whoever is healthy or not yet known', async () => {
  const story = fc.record({
    at: fc.constantFrom(a, b, c),
    marker: fc.option(fc.integer({ min: 1, max: 9 })),
    spans: fc.array(fc.integer({ min: 10, max: 30_000 }), { minLength: 1, maxLength: 8 }),
    memory: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1_000 }),
  });
  await fc.assert(
    fc.asyncProperty(story, async ({ at, marker, spans, memory, seed }) => {
      const world = createWorld(policyOf(), { seed, first: foundAt(policy, at, marker) });
      for (const span of spans) {
        world.start();
        await world.time.run(span);
        world.crash();
        if (!memory) world.disk.durable = null;
      }
      expect(world.zone.written()).toEqual([]);
      expect(world.zone.requests).toEqual([]);
    }),
    { numRuns: 40, seed: Number(process.env['SEED'] ?? 1) },
  );
});

test('a stop waits for the request under way; the next start goes on from there', async () => {
  const world = await calm(policy);
  world.zone.delayMs = 2_000;
  suffers(world, a, 'status');
  await world.time.until(() => world.zone.requests.length === 1, minuteMs);
  let stopped = false;
  void world
    .service()
    .stop(3_000)
    .then(() => {
      stopped = true;
    });
  await world.time.run(500);
  expect(stopped).toBe(false);
  const tookMs = await world.time.until(() => stopped, 10_000);
  expect(tookMs).toBeLessThanOrEqual(2_000);
  expect(way(world)).toEqual([a, b]);
  world.start();
  await world.time.run(minuteMs);
  expect(way(world)).toEqual([a, b]);
  expect(world.service().status()).toMatchObject({ active: b, write: 'settled' });
  expect(world.tell('switched')).toHaveLength(1);
});

test('a stop does not wait longer than its grace; a stopped service does nothing more', async () => {
  const world = await calm(policy);
  world.zone.treat = () => ({ how: 'hanging', landsMs: null });
  suffers(world, a, 'status');
  await world.time.until(() => world.zone.requests.length === 1, minuteMs);
  let stopped = false;
  void world
    .service()
    .stop(3_000)
    .then(() => {
      stopped = true;
    });
  expect(await world.time.until(() => stopped, 10_000)).toBeLessThanOrEqual(3_000);
  const { reads, verifications, requests } = world.zone;
  const tells = world.tells.length;
  const { commits } = world.disk;
  await world.time.run(30_000);
  expect([world.zone.reads, world.zone.verifications, world.zone.requests.length]).toEqual([
    reads,
    verifications,
    requests.length,
  ]);
  expect(world.tells.length).toBe(tells);
  expect(world.disk.commits).toBe(commits);
});
