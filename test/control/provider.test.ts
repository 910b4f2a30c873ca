import { describe, expect, test } from '@jest/globals';
import { a, b, c, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, createWorld, suffers, type World } from './world';
import type { Treatment, Zone } from './zone';

const minuteMs = 60_000;
const policy = policyOf({ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 });
const slow = policyOf();
const normal: Treatment = { how: 'normal' };

/** What the provider does with the first requests, one by one; afterwards it works. */
function treats(zone: Zone, ...treatments: readonly Treatment[]): void {
  zone.treat = (request) => treatments[request] ?? normal;
}

function landings(world: World): readonly (boolean | null)[] {
  return world.zone.requests.map((request) => request.landed);
}

/** Ways in which a provider can be down: how it begins. */
const outages: Readonly<Record<string, (zone: Zone) => void>> = {
  'readings answer 503': (zone) => void Object.assign(zone, { failReads: 'unavailable' }),
  'readings hang': (zone) => void Object.assign(zone, { failReads: 'hanging' }),
  'writes answer 503': (zone) => void Object.assign(zone, { treat: () => ({ how: 'refused', code: 'unavailable' }) }),
  'writes hang and are lost': (zone) => void Object.assign(zone, { treat: () => ({ how: 'hanging', landsMs: null }) }),
};

function heals(zone: Zone): void {
  zone.failReads = null;
  zone.treat = () => normal;
}

describe('the provider is down for half an hour while the primary is', () => {
  const kinds = Object.keys(outages);

  test.each(kinds)(
    '%s: one intent, bounded effort, a page within a minute, done within one capped backoff after it heals',
    async (kind) => {
      const world = await calm(slow);
      outages[kind]?.(world.zone);
      const readsBefore = world.zone.reads;
      suffers(world, a, 'status');
      await world.time.until(() => world.tell('decided').length > 0, minuteMs);
      await world.time.run(minuteMs);
      expect([...world.tell('write-stuck'), ...world.tell('unreadable')].filter((tell) => tell.page)).not.toEqual([]);
      expect(world.service().status()).toMatchObject({ active: a, wanted: b, ready: false });
      await world.time.run(29 * minuteMs);
      expect(world.service().view().state.durable.change).toMatchObject({ generation: 1, to: b });
      expect(world.tell('decided')).toHaveLength(1);
      expect(world.zone.requests.length).toBeLessThanOrEqual(60);
      expect(world.service().view().state.durable.change?.attempts).toBeLessThanOrEqual(60);
      expect(world.zone.reads - readsBefore).toBeLessThanOrEqual(100);
      heals(world.zone);
      const tookMs = await world.time.until(() => world.tell('switched').length > 0, 10 * minuteMs);
      expect(tookMs).toBeLessThanOrEqual(minuteMs + 15_000);
      await world.time.run(2 * minuteMs);
      expect(way(world)).toEqual([a, b]);
      expect(
        world
          .service()
          .status()
          .alerts.map((alert) => alert.code),
      ).toEqual([`down:${a}`]);
      keepsPromises(world);
    },
  );

  test.each(kinds)('%s, and the primary recovers meanwhile: the record never moves', async (kind) => {
    const world = await calm(slow);
    outages[kind]?.(world.zone);
    suffers(world, a, 'status', 15 * minuteMs);
    await world.time.run(30 * minuteMs);
    expect(world.tell('dropped').map((tell) => tell.fields['generation'])).toContain(1);
    heals(world.zone);
    await world.time.run(10 * minuteMs);
    // A request whose outcome stayed unknown is shut out by writing the present value with a newer generation; nothing else is written.
    expect(way(world)).toEqual(kind === 'writes hang and are lost' ? [a, a] : [a]);
    expect(world.service().status()).toMatchObject({ active: a, write: 'settled', alerts: [] });
    keepsPromises(world);
  });
});

test('a provider that never answers is given up after its deadline, on the clock of the world', async () => {
  const world = await calm(policy);
  world.zone.treat = () => ({ how: 'hanging', landsMs: null });
  suffers(world, a, 'status');
  await world.time.until(() => world.zone.requests.length > 0, minuteMs);
  const tookMs = await world.time.until(() => world.tell('write-failed').length > 0, minuteMs);
  expect(tookMs).toBe(15_000);
});

test('started while the provider does not answer: the zone is read soon after it does', async () => {
  const world = createWorld(policy);
  world.zone.failReads = 'unavailable';
  world.start();
  await world.time.run(5_000);
  expect(world.service().status().readyWhy).toContain('the zone was not read yet');
  world.zone.failReads = null;
  expect(await world.time.until(() => world.service().view().state.read, minuteMs)).toBeLessThanOrEqual(8_000);
});

describe('the outcome of a write is unknown', () => {
  const rows: readonly [name: string, treatments: readonly Treatment[], landings: readonly (boolean | null)[]][] = [
    ['it was applied', [{ how: 'unanswered', landsMs: 0 }], [true]],
    ['it was applied, and the connection hangs', [{ how: 'hanging', landsMs: 0 }], [true]],
    ['it was lost', [{ how: 'unanswered', landsMs: null }], [null, true]],
    ['it lands while we look again', [{ how: 'unanswered', landsMs: 5 }], [true]],
    ['it lands after the next attempt did', [{ how: 'unanswered', landsMs: 30_000 }], [false, true]],
    ['it lands five minutes later', [{ how: 'unanswered', landsMs: 300_000 }], [false, true]],
    [
      'twice lost',
      [
        { how: 'unanswered', landsMs: null },
        { how: 'hanging', landsMs: null },
      ],
      [null, null, true],
    ],
    ['it is delivered twice', [{ how: 'normal', againMs: 60_000 }], [true]],
    [
      'refused, then applied',
      [
        { how: 'refused', code: 'unavailable' },
        { how: 'unanswered', landsMs: 0 },
      ],
      [null, true],
    ],
  ];
  test.each(rows)('%s: one switch, verified, one landing of one generation', async (_name, treatments, expected) => {
    const world = await calm(policy);
    treats(world.zone, ...treatments);
    suffers(world, a, 'status');
    await world.time.run(10 * minuteMs);
    expect(way(world)).toEqual([a, b]);
    expect(landings(world)).toEqual(expected);
    expect(world.tell('switched')).toHaveLength(1);
    expect(world.tell('decided')).toHaveLength(1);
    expect(world.service().status()).toMatchObject({ active: b, write: 'settled', generation: 1 });
    keepsPromises(world);
  });

  const late: Treatment = { how: 'unanswered', landsMs: 300_000 };
  const unavailable: Treatment = { how: 'refused', code: 'unavailable' };
  const overtaken: readonly [name: string, treatments: readonly Treatment[]][] = [
    ['at once', [late, normal]],
    ['after attempts that were surely refused', [late, ...Array<Treatment>(3).fill(unavailable)]],
    ['after a conflict', [late, { how: 'refused', code: 'throttled' }, unavailable]],
    ['after another unknown one', [late, { how: 'unanswered', landsMs: null }]],
  ];
  test.each(overtaken)(
    'and the site recovers %s: the old request, landing five minutes later, has no effect',
    async (_name, treatments) => {
      const world = await calm(policy);
      treats(world.zone, ...treatments);
      suffers(world, a, 'status');
      await world.time.until(
        () => world.zone.requests.length === treatments.filter((one) => one !== normal).length,
        2 * minuteMs,
      );
      suffers(world, a, 'pass');
      await world.time.run(10 * minuteMs);
      expect(landings(world)[0]).toBe(false);
      expect(way(world).every((site) => site === a) || way(world).join() === [a, b, a].join()).toBe(true);
      expect(world.zone.now().marker?.generation).toBe(world.zone.written().at(-1)?.marker?.generation);
      expect(world.service().status()).toMatchObject({ active: a, write: 'settled' });
      keepsPromises(world);
    },
  );
});

describe('the provider refuses', () => {
  test.each([
    [30_000, 30_000, 40_000],
    [1_000_000_000, 300_000, 310_000],
    [0, 0, 5_000],
  ])('throttled, to come back in %i ms: honoured, up to a cap', async (retryAfterMs, leastMs, mostMs) => {
    const world = await calm(policy);
    treats(world.zone, { how: 'refused', code: 'throttled', retryAfterMs });
    suffers(world, a, 'status');
    await world.time.until(() => world.zone.requests.length === 1, minuteMs);
    const tookMs = await world.time.until(() => world.zone.requests.length === 2, 10 * minuteMs);
    expect(tookMs).toBeGreaterThanOrEqual(leastMs);
    expect(tookMs).toBeLessThanOrEqual(mostMs);
    await world.time.run(minuteMs);
    expect(way(world)).toEqual([a, b]);
    keepsPromises(world);
  });

  test('denied: a page at once, no storm, and done soon after a human mended it', async () => {
    const world = await calm(policy);
    world.zone.treat = () => ({ how: 'refused', code: 'denied' });
    suffers(world, a, 'status');
    await world.time.until(() => world.zone.requests.length === 1, minuteMs);
    await world.time.run(100);
    expect(world.tell('write-stuck')).toMatchObject([{ page: true }]);
    await world.time.run(10 * minuteMs);
    expect(world.zone.requests.length).toBeLessThanOrEqual(25);
    heals(world.zone);
    expect(await world.time.until(() => world.tell('switched').length > 0, 5 * minuteMs)).toBeLessThanOrEqual(
      minuteMs + 1_000,
    );
    keepsPromises(world);
  });
});

test.each([2_000, 10_000, 20_000])(
  'readings that are %i ms behind: one switch, no false alarm, no pin',
  async (staleMs) => {
    for (let seed = 1; seed <= 5; seed++) {
      const world = await calm(policy, seed);
      world.zone.staleMs = staleMs;
      suffers(world, a, 'status');
      await world.time.run(5 * minuteMs);
      expect(way(world)).toEqual([a, b]);
      expect(world.tell('alert').map((tell) => tell.fields['alert'])).toEqual([`down:${a}`]);
      expect(world.service().status()).toMatchObject({ active: b, pin: null, hold: null });
      keepsPromises(world);
    }
  },
);

describe('an order while a request hangs is followed within a second', () => {
  test.each([null, 500, 10_000])('the old request lands after %s ms', async (landsMs) => {
    const world = await calm(policy);
    treats(world.zone, { how: 'hanging', landsMs });
    suffers(world, a, 'status');
    await world.time.until(() => world.zone.requests.length === 1, minuteMs);
    await world.time.run(100);
    world.order(c);
    expect(await world.time.until(() => way(world).at(-1) === c, minuteMs)).toBeLessThanOrEqual(1_000);
    await world.time.run(2 * minuteMs);
    expect(way(world)).toEqual([a, c]);
    expect(world.service().status()).toMatchObject({ active: c, write: 'settled', pin: { site: c, actor: 'ada' } });
    keepsPromises(world);
  });

  test('a hold during a hanging request: nothing more is sent', async () => {
    const world = await calm(policy);
    treats(world.zone, { how: 'hanging', landsMs: null });
    suffers(world, a, 'status');
    await world.time.until(() => world.zone.requests.length === 1, minuteMs);
    world.service().post({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'x', forMs: null });
    await world.time.run(5 * minuteMs);
    expect(way(world).filter((site) => site !== a)).toEqual([]);
    expect(world.service().status()).toMatchObject({ active: a, hold: { by: 'order' } });
    keepsPromises(world);
  });
});
