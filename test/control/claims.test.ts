import { describe, expect, test } from '@jest/globals';
import type { Claim } from '../../src/domain/types';
import { a, b, foundAt, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, createWorld, suffers, type World } from './world';

const minuteMs = 60_000;
const policy = policyOf({ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 });
const claim: Claim = {
  tool: 'external-dns',
  owner: 'k8s',
  name: 'a-www.example.test',
  text: 'heritage=external-dns,external-dns/owner=k8s',
};

function adopt(world: World): { readonly accepted: boolean; readonly why: string } {
  return world
    .service()
    .order({ type: 'ordered', order: { order: 'adopt' }, actor: 'ada', why: 'migrated', forMs: null });
}

async function opened(world: World): Promise<World> {
  world.start();
  await world.time.run(20_000);
  return world;
}

describe("another tool's mark", () => {
  test('holds by name from first contact on; adopted, the service fails over; a new mark holds again', async () => {
    const world = createWorld(policy);
    world.claims = [claim];
    await opened(world);
    const why = expect.stringMatching(/managed by external-dns \(owner k8s\).*a-www\.example\.test/);
    expect(world.service().status()).toMatchObject({ hold: { by: 'foreign', why }, ready: false });
    expect(world.tell('foreign')).toMatchObject([{ page: true }]);
    suffers(world, a, 'status');
    await world.time.run(2 * minuteMs);
    expect(way(world)).toEqual([a]);
    expect(adopt(world)).toMatchObject({ accepted: true });
    await world.time.run(1_000);
    expect(world.service().status().hold).toBeNull();
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    expect(way(world)).toEqual([a, b]);
    world.crash();
    world.start();
    await world.time.run(minuteMs);
    expect(world.service().status().hold).toBeNull();
    world.claims = [claim, { ...claim, owner: 'other', text: 'heritage=external-dns,external-dns/owner=other' }];
    await world.time.run(12 * minuteMs);
    expect(world.service().status()).toMatchObject({ hold: { by: 'foreign', why: expect.stringContaining('other') } });
    world.claims = [claim];
    await world.time.run(12 * minuteMs);
    expect(world.service().status().hold).toBeNull();
    keepsPromises(world);
  });

  test('a question that is not answered changes nothing: neither a hold nor its end', async () => {
    const world = createWorld(policy);
    world.claims = null;
    await opened(world);
    expect(world.service().status().hold).toBeNull();
    world.claims = [claim];
    await world.time.run(2 * minuteMs);
    expect(world.service().status()).toMatchObject({ hold: { by: 'foreign' } });
    world.claims = null;
    await world.time.run(30 * minuteMs);
    expect(world.service().status()).toMatchObject({ hold: { by: 'foreign' } });
    expect(world.zone.requests).toEqual([]);
  });
});

describe("another tool's mark, over a restart", () => {
  test('holds on while nobody answers the question, and ends when somebody says that it is gone', async () => {
    const world = createWorld(policy);
    world.claims = [claim];
    await opened(world);
    world.crash();
    world.claims = null;
    world.start();
    suffers(world, a, 'status');
    await world.time.run(15 * minuteMs);
    expect(world.service().status()).toMatchObject({ hold: { by: 'foreign', why: expect.stringContaining('k8s') } });
    expect(world.zone.requests).toEqual([]);
    world.claims = [];
    await world.time.until(() => world.tell('switched').length > 0, 3 * minuteMs);
    expect(way(world)).toEqual([a, b]);
    keepsPromises(world);
  });

  test('known and unchanged, it is saved once', async () => {
    const world = createWorld(policy);
    world.claims = [claim];
    await opened(world);
    const { commits } = world.disk;
    await world.time.run(30 * minuteMs);
    expect(world.disk.commits).toBe(commits);
  });
});

test('where there is no zone nobody is asked for marks in it', async () => {
  const world = createWorld(policy);
  world.claims = [claim];
  world.zone.proof = 'read';
  await opened(world);
  expect(world.service().status()).toMatchObject({ hold: null, ready: true });
});

test('an order to adopt reads at once, and does not quicken the beat, not even in the middle of a reading', async () => {
  const world = createWorld(policy);
  world.claims = [claim];
  await opened(world);
  world.zone.delayMs = 2_000;
  const { reads } = world.zone;
  await world.time.until(() => world.zone.reads > reads, 2 * minuteMs);
  expect(adopt(world).accepted).toBe(true);
  await world.time.run(1_000);
  expect(world.zone.reads - reads).toBe(2);
  await world.time.run(minuteMs);
  const before = world.zone.reads;
  await world.time.run(30 * minuteMs);
  expect(world.zone.reads - before).toBeLessThanOrEqual(35);
});

describe('another failoverd', () => {
  const theirs = { ...foundAt(b), marker: { owner: 'dev', generation: 41, site: b } };

  test('is displaced at once by an adoption, with a generation above theirs', async () => {
    const world = await opened(createWorld(policy, { first: theirs }));
    expect(world.service().status().hold).toMatchObject({ by: 'foreign', why: expect.stringContaining('"dev"') });
    expect(adopt(world).accepted).toBe(true);
    await world.time.run(2_000);
    expect(world.zone.now()).toMatchObject({ sets: foundAt(b).sets, marker: { owner: 'sre', site: b } });
    expect(world.zone.now().marker?.generation).toBeGreaterThan(41);
    expect(world.service().status()).toMatchObject({ active: b, hold: null, pin: null });
    expect(world.service().status().budget.spent).toBe(0);
    // Who takes it from us later is a stranger again.
    world.zone.hand({ marker: { owner: 'dev', generation: 99, site: b } });
    await world.time.run(minuteMs);
    expect(world.service().status().hold).toMatchObject({ by: 'foreign' });
  });

  test('at two providers is displaced at both', async () => {
    const world = await opened(createWorld(policy, { first: theirs, second: theirs }));
    expect(world.service().status().hold).toMatchObject({ by: 'foreign', why: expect.stringContaining('"dev"') });
    expect(adopt(world).accepted).toBe(true);
    await world.time.run(2 * minuteMs);
    const markers = [world.zone, world.second].map((zone) => zone?.now().marker);
    expect(markers).toEqual([0, 1].map(() => expect.objectContaining({ owner: 'sre', site: b })));
    expect(world.service().status()).toMatchObject({ active: b, hold: null, behind: [] });
  });

  test.each([
    ['in a dry run', { dryRun: true }, false],
    ['while a human holds', {}, true],
  ])('%s is adopted, but not written over', async (_when, changes, held) => {
    const world = await opened(createWorld({ ...policy, ...changes }, { first: theirs }));
    const order = (name: 'hold' | 'resume') =>
      world.service().order({ type: 'ordered', order: { order: name }, actor: 'ada', why: 'x', forMs: null });
    if (held) order('hold');
    expect(adopt(world).accepted).toBe(true);
    await world.time.run(5 * minuteMs);
    expect(world.zone.requests).toEqual([]);
    if (!held) return;
    order('resume');
    await world.time.run(minuteMs);
    expect(world.zone.now().marker?.owner).toBe('sre');
  });

  test('two daemons: the displaced one holds', async () => {
    const first = await calm({ ...policy, owner: 'dev' });
    suffers(first, a, 'status');
    await first.time.until(() => first.tell('switched').length > 0, minuteMs);
    const second = await opened(createWorld(policy, { beside: first, seed: 2 }));
    expect(adopt(second).accepted).toBe(true);
    await second.time.run(2 * minuteMs);
    expect(second.zone.now().marker?.owner).toBe('sre');
    expect(first.service().status().hold).toMatchObject({ by: 'foreign', why: expect.stringContaining('"sre"') });
  });
});

describe('an adoption is refused', () => {
  test.each([
    ['of nothing', foundAt(a), /nobody else claims/],
    [
      'of values that nobody configured',
      { ...foundAt(a), sets: [{ type: 'A' as const, ttl: 60, values: ['192.0.2.99'] }] },
      /no configured site/,
    ],
    [
      'over a TXT in the place of our marker',
      { ...foundAt(a), foreignMarker: 'hello' },
      /remove that TXT at _failoverd\.www\.example\.test/,
    ],
  ])('%s', async (_what, first, why) => {
    const world = await opened(createWorld(policy, { first }));
    expect(adopt(world)).toMatchObject({ accepted: false, why: expect.stringMatching(why) });
    await world.time.run(minuteMs);
    expect(world.zone.requests).toEqual([]);
  });
});
