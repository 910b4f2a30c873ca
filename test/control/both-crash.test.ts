import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { a, b, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, foundAt, suffers, type World } from './world';
import type { Treatment, Zone } from './zone';

/** Two providers, and a process that dies at any moment of a switch. */

const minuteMs = 60_000;
const policy = policyOf({
  intervalMs: 1_000,
  timeoutMs: 1_000,
  rise: 2,
  sustainMs: 2_000,
  confirmIntervalMs: 200,
  failback: 'manual',
});

function calmBoth(marked: number | null, seed = 1): Promise<World> {
  return calm(policy, seed, { first: foundAt(policy, a, marked), second: foundAt(policy, a, marked) });
}

function zonesOf(world: World): readonly Zone[] {
  return [world.zone, world.second].filter((zone) => zone !== null);
}

/** Everything that passes between the service and the world from the decision on until the switch is told, in order. */
async function crossings(): Promise<readonly string[]> {
  const world = await calmBoth(null);
  const seen: string[] = [];
  suffers(world, a, 'status');
  await world.time.until(() => world.tell('decided').length > 0, minuteMs);
  world.onCrossing = (what) => void (what.startsWith('probe') || seen.push(what));
  await world.time.until(() => world.tell('switched').length > 0, minuteMs);
  return seen;
}

async function crashing(nth: number, marked: number | null, treatments: readonly Treatment[]): Promise<World> {
  const world = await calmBoth(marked);
  for (const [index, zone] of zonesOf(world).entries()) {
    zone.treat = (request) => (request === 0 ? (treatments[index] ?? { how: 'normal' }) : { how: 'normal' });
  }
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

describe('killed at any step of a switch of two, started again', () => {
  const normal: Treatment = { how: 'normal' };
  const rows: readonly [name: string, treatments: readonly Treatment[]][] = [
    ['both requests are served', [normal, normal]],
    ['one is refused', [normal, { how: 'refused', code: 'unavailable' }]],
    ['the first is lost', [{ how: 'unanswered', landsMs: null }, normal]],
    ['one is slow', [normal, { how: 'unanswered', landsMs: 700 }]],
    ['one is very slow', [normal, { how: 'unanswered', landsMs: 12_000 }]],
  ];
  for (const marked of [null, 4]) {
    test.each(rows)(
      `first generation ${marked ?? 0}, %s: both end on the right site`,
      async (_name, treatments) => {
        const steps = await crossings();
        expect(steps).toEqual(expect.arrayContaining(['read other begins', 'replace fake ends', 'replace other ends']));
        for (let nth = 0; nth < steps.length + 4; nth++) {
          // Each step with a short pause in the one generation, and with a long one in the other.
          const pauseMs = (nth % 2 === 0) === (marked === null) ? 100 : 5_000;
          const world = await crashing(nth, marked, treatments);
          await world.time.run(pauseMs);
          world.start();
          await world.time.run(3 * minuteMs);
          const { active, write, alerts, budget } = world.service().status();
          const open = alerts.filter((alert) => alert.page);
          expect([nth, pauseMs, active, write, open]).toEqual([nth, pauseMs, b, 'settled', []]);
          for (const zone of zonesOf(world)) expect([nth, [...new Set(way(world, zone))]]).toEqual([nth, [a, b]]);
          expect(budget.spent).toBeLessThanOrEqual(1);
          keepsPromises(world);
        }
      },
      240_000,
    );
  }
});

test('killed again and again at random moments while the primary is down: both are switched, and only once', async () => {
  const lives = fc.array(fc.integer({ min: 50, max: 8_000 }), { minLength: 3, maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(lives, fc.integer({ min: 1, max: 1_000 }), async (spans, seed) => {
      const world = await calmBoth(null, seed);
      suffers(world, a, 'status');
      for (const span of spans) {
        await world.time.run(span);
        world.crash();
        world.start();
      }
      await world.time.run(3 * minuteMs);
      for (const zone of zonesOf(world)) expect([...new Set(way(world, zone))]).toEqual([a, b]);
      expect(world.service().status()).toMatchObject({ active: b, write: 'settled', behind: [] });
      keepsPromises(world);
    }),
    { numRuns: 12, seed: Number(process.env['SEED'] ?? 1) },
  );
});

test('restarting alone writes nothing to two providers in step (S8)', async () => {
  const spans = fc.array(fc.integer({ min: 10, max: 30_000 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(spans, fc.option(fc.integer({ min: 1, max: 9 })), fc.boolean(), async (all, marker, memory) => {
      const world = await calmBoth(marker);
      for (const span of all) {
        world.crash();
        if (!memory) world.disk.durable = null;
        world.start();
        await world.time.run(span);
      }
      for (const zone of zonesOf(world)) expect(zone.requests).toEqual([]);
    }),
    { numRuns: 12, seed: Number(process.env['SEED'] ?? 1) },
  );
});
