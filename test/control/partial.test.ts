import { describe, expect, test } from '@jest/globals';
import { rto } from '../../src/domain/rto';
import { a, b, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, createWorld, suffers, type World } from './world';
import type { Server } from './zone';

const minuteMs = 60_000;
const policy = policyOf();

describe('a switch is committed only when every name server answers it (S9)', () => {
  const faults: readonly [name: string, fault: Partial<Server>, why: RegExp][] = [
    ['lags', { lagMs: 10 * minuteMs }, /ns2: answers A 203\.0\.113\.10/],
    ['is silent', { silent: true }, /ns2: no answer/],
    [
      'answers something else',
      { lies: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] },
      /ns2: answers A 192\.0\.2\.99/,
    ],
    ['answers nothing', { lies: [] }, /ns2: answers /],
  ];
  test.each(faults)(
    'one server %s for ten minutes: named, no second switch, settled when it heals',
    async (_name, fault, why) => {
      const world = await calm(policy);
      const [ns2] = [world.zone.servers['ns2']].filter((server) => server !== undefined);
      suffers(world, a, 'status');
      await world.time.until(() => world.tell('decided').length > 0, minuteMs);
      Object.assign(ns2 ?? {}, fault);
      await world.time.run(2_000);
      expect(world.service().status()).toMatchObject({ active: b, write: 'partial' });
      await world.time.run(minuteMs);
      expect(world.tell('partial')).toMatchObject([{ page: true, text: expect.stringMatching(why) }]);
      expect(world.tell('switched')).toEqual([]);

      // Meanwhile the primary recovers: no failback is decided on top of a change that is not settled.
      const asked = world.zone.verifications;
      suffers(world, a, 'pass');
      await world.time.run(5 * minuteMs);
      expect(way(world)).toEqual([a, b]);
      expect(world.zone.verifications - asked).toBeLessThanOrEqual((5 * minuteMs) / 5_000);

      Object.assign(ns2 ?? {}, { lagMs: 0, silent: false, lies: null });
      expect(await world.time.until(() => world.tell('switched').length > 0, 5 * minuteMs)).toBeLessThanOrEqual(10_100);
      await world.time.run(minuteMs);
      const { active, write, alerts } = world.service().status();
      expect([active, write, alerts.filter((alert) => alert.page)]).toEqual([b, 'settled', []]);
      keepsPromises(world);
    },
  );

  test.each([0, 100, 1_000, 5_000, 20_000, 40_000])(
    'servers that follow after %i ms are waited for, within the printed bound, without an alert',
    async (lagMs) => {
      for (let seed = 1; seed <= 5; seed++) {
        const world = await calm(policy, seed);
        for (const server of Object.values(world.zone.servers)) server.lagMs = lagMs;
        suffers(world, a, 'status');
        await world.time.until(() => way(world).length > 1, minuteMs);
        const tookMs = await world.time.until(() => world.tell('switched').length > 0, 2 * minuteMs);
        expect(tookMs).toBeGreaterThanOrEqual(lagMs);
        expect(tookMs).toBeLessThanOrEqual((rto(policy, lagMs).stages[3]?.ms ?? 0) + 2 * world.zone.delayMs);
        expect(world.tell('partial')).toEqual([]);
        keepsPromises(world);
      }
    },
  );
});

test('in steady state a server that differs is named within one verify period, and nothing is written', async () => {
  const world = await calm(policy);
  Object.assign(world.zone.servers['ns1'] ?? {}, { silent: true });
  expect(await world.time.until(() => world.tell('servers-differ').length > 0, 5 * minuteMs)).toBeLessThanOrEqual(
    minuteMs,
  );
  expect(world.tell('servers-differ')[0]?.text).toMatch(/ns1: no answer/);
  Object.assign(world.zone.servers['ns1'] ?? {}, { silent: false });
  await world.time.run(minuteMs);
  expect(world.service().status().alerts).toEqual([]);
  expect(way(world)).toEqual([a]);
});

test('servers that cannot even be listed are not taken for servers that agree', async () => {
  const world = await calm(policy);
  world.zone.verifier.verify = async () => ({ ok: false, why: 'no NS' });
  suffers(world, a, 'status');
  await world.time.run(5 * minuteMs);
  expect(way(world)).toEqual([a, b]);
  expect(world.tell('switched')).toEqual([]);
  expect(world.tell('partial')[0]?.text).toMatch(/no authoritative server could be asked: no NS/);
});

test('no server at all is not every server', async () => {
  const world = await calm(policy);
  world.zone.verifier.verify = async () => ({ ok: true, answers: [] });
  suffers(world, a, 'status');
  await world.time.run(5 * minuteMs);
  expect(world.tell('switched')).toEqual([]);
});

describe('where DNS shows only a proxy, the proof is the API and the service through the record', () => {
  test('both are asked, the servers are not', async () => {
    const world = createWorld(policy);
    world.zone.proof = 'api';
    world.start();
    await world.time.run(20_000);
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    expect(way(world)).toEqual([a, b]);
    expect(world.zone.verifications).toBe(0);
  });

  const unproven: readonly [name: string, spoil: (world: World) => void, why: RegExp][] = [
    ['the service does not pass', serviceFails, /the service through the record: 503/],
    [
      'the API shows the old set',
      (world) => void Object.assign(world.zone, { staleMs: 10 * minuteMs }),
      /does not show the new set/,
    ],
    [
      'the API does not answer',
      (world) => void Object.assign(world.zone, { failReads: 'unavailable' }),
      /the provider's API: injected/,
    ],
  ];
  test.each(unproven)('%s: not settled', async (_name, spoil, why) => {
    const world = createWorld(policy);
    world.zone.proof = 'api';
    world.start();
    await world.time.run(20_000);
    suffers(world, a, 'status');
    await world.time.until(() => way(world).length > 1, minuteMs);
    spoil(world);
    await world.time.run(2 * minuteMs);
    expect(world.tell('switched')).toEqual([]);
    expect(world.tell('partial')[0]?.text).toMatch(why);
  });
});

function serviceFails(world: World): void {
  world.through = { result: 'fail', class: 'status', why: '503', latencyMs: 1 };
}
