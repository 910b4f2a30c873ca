import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { a, b, c, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, foundAt, suffers, type World } from './world';
import type { Treatment, Zone } from './zone';

/** Stories with two providers of one name: both are switched, both verified, and one that is down does not stop the other. */

const minuteMs = 60_000;
const policy = policyOf({ failback: 'manual' });

function calmBoth(seed = 1, marked: number | null = null): Promise<World> {
  const first = foundAt(policy, a, marked);
  return calm(policy, seed, { first, second: foundAt(policy, a, marked) });
}

function zonesOf(world: World): readonly [Zone, Zone] {
  if (world.second === null) throw new Error('this world has one provider');
  return [world.zone, world.second];
}

function pages(world: World): readonly string[] {
  return world.tells.filter((one) => one.page).map((one) => String(one.fields['alert']));
}

/** Nothing is open: the record is at this site everywhere, and nobody is being called. */
function isSettledAt(world: World, site: string): void {
  const { active, write, behind, alerts } = world.service().status();
  expect([active, write, behind, alerts.filter((alert) => alert.page)]).toEqual([site, 'settled', [], []]);
  for (const zone of zonesOf(world)) expect(way(world, zone).at(-1)).toBe(site);
  keepsPromises(world);
}

test('both are switched at once, both are verified, and it is one switch', async () => {
  const world = await calmBoth();
  suffers(world, a, 'status');
  await world.time.until(() => world.tell('switched').length > 0, minuteMs);
  for (const zone of zonesOf(world)) {
    expect(way(world, zone)).toEqual([a, b]);
    expect(zone.now().marker).toEqual({ owner: 'sre', generation: 1, site: b });
    expect(zone.requests).toHaveLength(1);
    expect(zone.verifications).toBeGreaterThan(0);
  }
  await world.time.run(5 * minuteMs);
  expect(pages(world)).toEqual([]);
  expect(world.service().status().budget.spent).toBe(1);
  isSettledAt(world, b);
});

test('in calm, two providers are not written, whoever has a marker (S10)', async () => {
  for (const [one, other] of [
    [null, null],
    [3, 3],
    [3, null],
    [null, 3],
  ] as const) {
    const world = await calm(policy, 1, { first: foundAt(policy, a, one), second: foundAt(policy, a, other) });
    await world.time.run(10 * minuteMs);
    for (const zone of zonesOf(world)) expect(zone.requests).toEqual([]);
    isSettledAt(world, a);
  }
});

test('an older marker of ours beside the same values is brought into line without touching them, once', async () => {
  const world = await calm(policy, 1, { first: foundAt(policy, a, 3), second: foundAt(policy, a, 2) });
  await world.time.run(10 * minuteMs);
  expect(zonesOf(world).map((zone) => [zone.now().marker?.generation, zone.requests.length])).toEqual([
    [4, 1],
    [4, 1],
  ]);
  expect([pages(world), world.service().status().budget.spent]).toEqual([[], 0]);
  isSettledAt(world, a);
});

describe('one provider down for 30 minutes when the switch is due', () => {
  const refuse = (zone: Zone, treatment: Treatment): void => {
    zone.treat = () => treatment;
  };
  const ills: readonly [name: string, fall: (zone: Zone) => void, delayMs: number][] = [
    ['answers nothing but errors', (zone) => void down(zone, 'unavailable'), 0],
    ['hangs', (zone) => void down(zone, 'hanging'), 5_000],
    ['denies reading', (zone) => void down(zone, 'denied'), 0],
    ['denies writing', (zone) => refuse(zone, { how: 'refused', code: 'denied' }), 0],
    ['fails writing', (zone) => refuse(zone, { how: 'refused', code: 'unavailable' }), 0],
    ['asks for a pause', (zone) => refuse(zone, { how: 'refused', code: 'throttled', retryAfterMs: 45_000 }), 0],
    ['loses writes', (zone) => refuse(zone, { how: 'unanswered', landsMs: null }), 0],
    ['swallows writes', (zone) => refuse(zone, { how: 'hanging', landsMs: null }), 0],
  ];
  for (const which of [0, 1] as const) {
    test.each(ills)(`number ${which + 1} %s`, async (_name, fall, delayMs) => {
      const world = await calmBoth();
      const ill = zonesOf(world)[which];
      const well = zonesOf(world)[which === 0 ? 1 : 0];
      suffers(world, a, 'status');
      await world.time.until(() => world.tell('decided').length > 0, minuteMs);
      fall(ill);
      const tookMs = await world.time.until(() => way(world, well).length > 1, minuteMs);
      expect(tookMs).toBeLessThanOrEqual(delayMs + 100);
      await world.time.run(2 * minuteMs);
      expect(world.service().status()).toMatchObject({ active: b, write: 'partial', ready: false });
      expect(world.service().status().behind.join()).toMatch(which === 0 ? /fake/ : /other/);
      await world.time.run(28 * minuteMs);
      expect([way(world, well), way(world, ill)]).toEqual([[a, b], [a]]);
      expect([pages(world), world.tell('switched'), world.tell('decided').length]).toEqual([['behind'], [], 1]);
      expect(world.tell('behind')[0]?.text).toMatch(which === 0 ? /fake/ : /other/);
      // Bounded effort (S16), and the provider that is well is not written again.
      expect(ill.requests.length).toBeLessThanOrEqual(70);
      expect(well.requests).toHaveLength(1);

      up(ill);
      expect(await world.time.until(() => world.tell('switched').length > 0, 5 * minuteMs)).toBeLessThanOrEqual(
        minuteMs + 15_000,
      );
      await world.time.run(2 * minuteMs);
      expect([way(world, ill), way(world, well)]).toEqual([
        [a, b],
        [a, b],
      ]);
      expect([well.requests.length, world.service().status().budget.spent]).toEqual([1, 1]);
      expect([pages(world), world.tell('switched').length]).toEqual([['behind'], 1]);
      isSettledAt(world, b);
    });
  }

  test('while the other says that it took the switch and did not: no rest of what nobody holds is written', async () => {
    const world = await calmBoth();
    const [liar, ill] = zonesOf(world);
    liar.treat = () => ({ how: 'lies' });
    refuse(ill, { how: 'refused', code: 'unavailable' });
    suffers(world, a, 'status');
    await world.time.until(() => liar.requests.length > 0, minuteMs);
    world.looks[a] = () => 'pass';
    await world.time.run(10_000);
    up(ill);
    await world.time.run(10 * minuteMs);
    const toB = [liar, ill].map(({ requests }) => requests.filter(({ site }) => site === b).length);
    expect(toB).toEqual([1, 1]);
    for (const zone of [liar, ill]) expect(new Set(way(world, zone))).toEqual(new Set([a]));
    keepsPromises(world);
  });

  test('and restarted meanwhile, with its memory: it goes on from there', async () => {
    for (const atMs of [100, 40_000, 10 * minuteMs]) {
      const world = await calmBoth();
      const [well, ill] = zonesOf(world);
      suffers(world, a, 'status');
      await world.time.until(() => world.tell('decided').length > 0, minuteMs);
      down(ill, 'unavailable');
      await world.time.run(atMs);
      world.crash();
      world.start();
      await world.time.run(5 * minuteMs);
      expect(world.service().status()).toMatchObject({ active: b, write: 'partial' });
      up(ill);
      await world.time.run(3 * minuteMs);
      expect([way(world, well), way(world, ill)]).toEqual([
        [a, b],
        [a, b],
      ]);
      expect(world.service().status().budget.spent).toBe(1);
      isSettledAt(world, b);
    }
  });

  test('and the standby fails too: the next failover is made where it can be, and the other follows in one step', async () => {
    const world = await calmBoth();
    const [well, ill] = zonesOf(world);
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('decided').length > 0, minuteMs);
    down(ill, 'unavailable');
    await world.time.run(5 * minuteMs);
    suffers(world, b, 'status');
    await world.time.until(() => way(world, well).length > 2, 2 * minuteMs);
    await world.time.run(2 * minuteMs);
    expect([way(world, well), way(world, ill)]).toEqual([[a, b, c], [a]]);
    up(ill);
    await world.time.run(3 * minuteMs);
    expect(way(world, ill)).toEqual([a, c]);
    isSettledAt(world, c);
  });

  test('and a human holds: what is behind waits, which is said; after resume it follows', async () => {
    const world = await calmBoth();
    const [, ill] = zonesOf(world);
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('decided').length > 0, minuteMs);
    down(ill, 'unavailable');
    await world.time.run(5_000);
    const order = (name: 'hold' | 'resume') =>
      world.service().post({ type: 'ordered', order: { order: name }, actor: 'ada', why: 'wait', forMs: null });
    order('hold');
    up(ill);
    await world.time.run(5 * minuteMs);
    expect(way(world, ill)).toEqual([a]);
    expect(world.service().status().behind.join()).toMatch(/held by ada: wait/);
    order('resume');
    await world.time.run(3 * minuteMs);
    expect(way(world, ill)).toEqual([a, b]);
    isSettledAt(world, b);
  });

  test('and the site that was fled to goes down with no other: nothing more is written there until it serves again', async () => {
    const world = await calmBoth();
    const [, ill] = zonesOf(world);
    suffers(world, a, 'status');
    suffers(world, c, 'status');
    await world.time.until(() => world.tell('decided').length > 0, minuteMs);
    down(ill, 'unavailable');
    await world.time.run(5_000);
    suffers(world, b, 'hole');
    await world.time.run(3 * minuteMs);
    up(ill);
    await world.time.run(5 * minuteMs);
    expect(way(world, ill)).toEqual([a]);
    suffers(world, b, 'pass');
    await world.time.run(5 * minuteMs);
    expect(way(world, ill)).toEqual([a, b]);
    isSettledAt(world, b);
  });
});

test('a delayed write that lands at one provider after a newer generation went out at the other is overtaken (S2, S12)', async () => {
  const world = await calmBoth();
  const [well, late] = zonesOf(world);
  late.treat = (request) =>
    request === 0 ? { how: 'unanswered', landsMs: 5 * minuteMs } : { how: 'refused', code: 'unavailable' };
  suffers(world, a, 'status');
  await world.time.until(() => way(world, well).length > 1, minuteMs);
  suffers(world, b, 'status');
  await world.time.until(() => way(world, well).length > 2, 2 * minuteMs);
  await world.time.until(() => way(world, late).length > 1, 6 * minuteMs);
  expect(way(world, late)).toEqual([a, b]);
  late.treat = () => ({ how: 'normal' });
  await world.time.run(3 * minuteMs);
  expect([way(world, well), way(world, late)]).toEqual([
    [a, b, c],
    [a, b, c],
  ]);
  isSettledAt(world, c);
});

test('a delayed write that lands after its own provider took the newer generation is refused there (S2)', async () => {
  const world = await calmBoth();
  const [well, late] = zonesOf(world);
  late.treat = (request) => (request === 0 ? { how: 'unanswered', landsMs: 5 * minuteMs } : { how: 'normal' });
  suffers(world, a, 'status');
  await world.time.run(minuteMs);
  expect([well, late].map((zone) => way(world, zone))).toEqual([
    [a, b],
    [a, b],
  ]);
  await world.time.run(10 * minuteMs);
  expect(late.requests[0]?.landed).toBe(false);
  isSettledAt(world, b);
});

describe('one provider edited by hand', () => {
  const siteSets = (site: string) => foundAt(policy, site).sets;
  const edits: readonly [name: string, edit: (zone: Zone) => void, code: string, text: RegExp][] = [
    [
      'to another configured site',
      (zone) => zone.hand({ sets: siteSets(c) }),
      'diverged',
      /other holds A 192\.0\.2\.5.* while fake holds A 203/,
    ],
    [
      'to another configured site, without our marker',
      (zone) => zone.hand({ sets: siteSets(c), marker: null }),
      'diverged',
      /other holds A 192\.0\.2\.5 while fake holds A 203/,
    ],
    [
      'to a stranger',
      (zone) => zone.hand({ sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] }),
      'diverged',
      /other holds A 192\.0\.2\.99/,
    ],
    ['to nothing', (zone) => zone.hand({ sets: [], marker: null }), 'diverged', /other holds no record/],
    [
      'to what must not be written',
      (zone) => zone.hand({ obstacles: ['weighted records'] }),
      'obstacle',
      /other: weighted records/,
    ],
    [
      'by another tool',
      (zone) => zone.hand({ marker: null, foreignMarker: 'heritage=x' }),
      'foreign',
      /at other is not ours: "heritage=x"/,
    ],
  ];
  test.each(edits)(
    '%s: held and paged within a verify period, never overwritten, over when it is undone',
    async (_name, edit, code, text) => {
      const world = await calmBoth(1, 2);
      const [one, other] = zonesOf(world);
      edit(other);
      expect(await world.time.until(() => world.tell(code).length > 0, 5 * minuteMs)).toBeLessThanOrEqual(
        minuteMs + 100,
      );
      expect(world.tell(code)[0]).toMatchObject({ page: true, text: expect.stringMatching(text) });
      suffers(world, a, 'status');
      await world.time.run(10 * minuteMs);
      for (const zone of [one, other]) expect(zone.requests).toEqual([]);
      expect(pages(world).filter((page) => page === code)).toEqual([code]);
      const { sets, marker } = foundAt(policy, a, 2);
      other.hand({ sets, marker, foreignMarker: null, obstacles: [] });
      await world.time.run(3 * minuteMs);
      isSettledAt(world, b);
    },
  );

  test('which missed a switch, and was then edited under its old marker: not taken for what it missed', async () => {
    for (const sets of [siteSets(c), [{ type: 'A' as const, ttl: 60, values: ['192.0.2.99'] }]]) {
      const world = await calmBoth(1, 2);
      const [, other] = zonesOf(world);
      down(other, 'unavailable');
      suffers(world, a, 'status');
      await world.time.run(3 * minuteMs);
      other.hand({ sets });
      up(other);
      await world.time.run(10 * minuteMs);
      expect(other.written()).toEqual([]);
      expect(world.service().status().hold).toMatchObject({ by: 'diverged' });
    }
  });

  test('both to the same site: that is a human’s choice, pinned', async () => {
    const world = await calmBoth(1, 2);
    for (const zone of zonesOf(world)) zone.hand({ sets: siteSets(c) });
    await world.time.run(2 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: c, pin: { site: c, by: 'zone' } });
    for (const zone of zonesOf(world)) expect(zone.requests).toEqual([]);
  });

  test('while the other cannot be read: held all the same, whatever it was edited to', async () => {
    for (const sets of [siteSets(c), [{ type: 'A' as const, ttl: 60, values: ['192.0.2.99'] }]]) {
      const world = await calmBoth(1, 2);
      const [one, other] = zonesOf(world);
      down(one, 'unavailable');
      other.hand({ sets });
      await world.time.run(2 * minuteMs);
      suffers(world, a, 'status');
      await world.time.run(10 * minuteMs);
      expect([one.requests, other.requests]).toEqual([[], []]);
      expect(world.tell('diverged')[0]?.text).toMatch(/while fake, not readable now, last holds A 203/);
    }
  });
});

describe('readings of one provider alone', () => {
  test('a provider that cannot be read in calm is named and paged once; failing over goes on at the other', async () => {
    const world = await calmBoth();
    const [well, ill] = zonesOf(world);
    down(ill, 'denied');
    await world.time.run(10 * minuteMs);
    expect(pages(world)).toEqual(['unreadable']);
    expect(world.tell('unreadable')[0]?.text).toMatch(/one of two providers cannot be read .*other: denied/);
    suffers(world, a, 'status');
    expect(await world.time.until(() => way(world, well).length > 1, minuteMs)).toBeLessThanOrEqual(45_000);
  });

  test('the provider that missed the switch is all that can be read: what it holds is taken for no choice of anybody', async () => {
    const world = await calmBoth(1, 1);
    const [ahead, behind] = zonesOf(world);
    down(behind, 'unavailable');
    suffers(world, a, 'status');
    await world.time.until(() => way(world, ahead).length > 1, minuteMs);
    down(ahead, 'unavailable');
    Object.assign(behind, { failReads: null, treat: () => ({ how: 'refused', code: 'denied' }) });
    for (const restart of [false, true]) {
      if (restart) world.crash();
      if (restart) world.start();
      await world.time.run(10 * minuteMs);
      const { active, pin, hold } = world.service().status();
      expect([active, pin, hold]).toEqual([b, null, null]);
    }
    up(behind);
    await world.time.run(2 * minuteMs);
    expect(way(world, behind)).toEqual([a, b]);
    up(ahead);
    await world.time.run(5 * minuteMs);
    isSettledAt(world, b);
  });

  test('without memory nothing is adopted until both were read: the one that is down may hold what is newer', async () => {
    const world = await calm(policy, 1, { first: foundAt(policy, a, 3), second: foundAt(policy, b, 4) });
    world.crash();
    world.disk.durable = null;
    const [old, newer] = zonesOf(world);
    down(newer, 'unavailable');
    const before = [old.requests.length, newer.requests.length];
    world.start();
    await world.time.run(5 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: null, ready: false });
    expect([old.requests.length, newer.requests.length]).toEqual(before);
    expect(pages(world)).toContain('unreadable');
    up(newer);
    await world.time.run(5 * minuteMs);
    isSettledAt(world, b);
  });
});

test('an order that one of them took, and a full disk forgot, moves the users of the other only to a site that serves', async () => {
  const world = await calmBoth(1, 1);
  const [missed, took] = zonesOf(world);
  world.order(b);
  await world.time.run(minuteMs);
  world.disk.failing = 'full';
  down(missed, 'unavailable');
  world.looks[c] = () => 'status';
  world.order(c);
  await world.time.run(5_000);
  expect([way(world, missed).at(-1), way(world, took).at(-1)]).toEqual([b, c]);
  world.crash();
  up(missed);
  world.start();
  await world.time.run(10 * minuteMs);
  expect(world.service().status()).toMatchObject({ active: c, pin: { by: 'zone' } });
  expect(way(world, missed).at(-1)).toBe(b);
  expect(pages(world)).toContain('behind');
  world.looks[c] = () => 'pass';
  world.disk.failing = null;
  await world.time.run(2 * minuteMs);
  isSettledAt(world, c);
});

describe('a provider that says one thing and shows another', () => {
  test('its readings lag behind its own writes: nothing is written on the strength of them', async () => {
    const world = await calmBoth(1, 1);
    const [, slow] = zonesOf(world);
    slow.staleMs = 25_000;
    suffers(world, a, 'status');
    await world.time.run(10 * minuteMs);
    for (const zone of zonesOf(world)) expect(zone.requests).toHaveLength(1);
    expect(pages(world)).toEqual([]);
    isSettledAt(world, b);
  });

  test('its readings stand still for ten minutes: the record moves once all the same, with few attempts, and it settles', async () => {
    const world = await calmBoth(1, 1);
    const [well, frozen] = zonesOf(world);
    suffers(world, a, 'status');
    await world.time.until(() => way(world, frozen).length > 1, minuteMs);
    const sinceMs = world.nowMs();
    while (world.nowMs() - sinceMs < 10 * minuteMs) {
      frozen.staleMs = world.nowMs() - sinceMs + 1_000;
      await world.time.run(1_000);
    }
    expect(pages(world)).toEqual(['behind']);
    frozen.staleMs = 0;
    await world.time.run(3 * minuteMs);
    expect([moves(world, well), moves(world, frozen)]).toEqual([
      [a, b],
      [a, b],
    ]);
    expect([well.requests.length, frozen.requests.length <= 30]).toEqual([2, true]);
    expect(world.service().status().budget.spent).toBe(1);
    isSettledAt(world, b);
  });

  test('its servers lie: partial, the server named, one page, settled when they tell the truth', async () => {
    const world = await calmBoth();
    const [, liar] = zonesOf(world);
    const ns4 = liar.servers['ns4'];
    if (ns4 !== undefined) ns4.lies = foundAt(policy, a).sets;
    suffers(world, a, 'status');
    await world.time.run(10 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: b, write: 'partial' });
    expect([pages(world), world.tell('partial')[0]?.text]).toEqual([
      ['partial'],
      expect.stringMatching(/ns4: answers/),
    ]);
    if (ns4 !== undefined) ns4.lies = null;
    await world.time.run(2 * minuteMs);
    isSettledAt(world, b);
  });
});

describe('one shown by DNS, the other only by its API: both proofs are needed', () => {
  const spoilt: readonly [name: string, spoil: (world: World) => void, why: RegExp][] = [
    [
      'a name server of the one differs',
      ({ zone }) => void Object.assign(zone.servers['ns1'] ?? {}, { silent: true }),
      /ns1: no answer/,
    ],
    [
      'the API of the other is old',
      ({ second }) => void Object.assign(second ?? {}, { staleMs: 4 * minuteMs }),
      /other (does not show the new set|holds)/,
    ],
    [
      'the API of the other is down',
      ({ second }) => void Object.assign(second ?? {}, { failReads: 'unavailable' }),
      /other: unavailable/,
    ],
    [
      'the service does not pass through the record',
      (world) => {
        world.through = { result: 'fail', class: 'status', why: '503', latencyMs: 1 };
      },
      /through the record: 503/,
    ],
  ];
  test.each(spoilt)('%s: partial', async (_name, spoil, why) => {
    const world = await calmBoth(1, 1);
    const [, other] = zonesOf(world);
    other.proof = 'api';
    await world.time.run(2 * minuteMs);
    const asked = other.verifications;
    suffers(world, a, 'status');
    await world.time.until(() => way(world, other).length > 1, minuteMs);
    spoil(world);
    await world.time.run(2 * minuteMs);
    expect(world.tell('switched')).toEqual([]);
    expect(world.service().status().change?.laggards.join()).toMatch(why);
    Object.assign(world.zone.servers['ns1'] ?? {}, { silent: false });
    Object.assign(other, { staleMs: 0, failReads: null });
    world.through = { result: 'pass', latencyMs: 1 };
    await world.time.run(3 * minuteMs);
    expect(world.tell('switched')).toHaveLength(1);
    isSettledAt(world, b);
    expect(other.verifications).toBe(asked);
  });
});

describe('a provider where a change may break off half made: its marker is there, its values are not', () => {
  for (const which of [0, 1] as const) {
    test.each([
      [false, 'is completed', []],
      [true, 'where that cannot be, is a hand: held', ['diverged']],
    ] as const)(`number ${which + 1}; atomic %s: %s`, async (atomic, _what, expected) => {
      const world = await calmBoth();
      const torn = zonesOf(world)[which];
      world.crash();
      Object.assign(torn.provider.guarantees, { atomic });
      world.start();
      await world.time.run(20_000);
      torn.treat = (request) => {
        if (request > 0) return { how: 'normal' };
        torn.hand({ marker: { owner: 'sre', generation: 1, site: b } });
        return { how: 'unanswered', landsMs: null };
      };
      suffers(world, a, 'status');
      await world.time.run(5 * minuteMs);
      expect(pages(world)).toEqual(expected);
      if (atomic) expect(torn.requests).toHaveLength(1);
      else isSettledAt(world, b);
    });
  }
});

test('whatever becomes of the requests at each of them: one failover, made at both in the end, paged at most once each', async () => {
  const treatment = fc.constantFrom<Treatment>(
    { how: 'normal' },
    { how: 'normal', againMs: 3_000 },
    { how: 'refused', code: 'unavailable' },
    { how: 'refused', code: 'denied' },
    { how: 'refused', code: 'throttled', retryAfterMs: 20_000 },
    { how: 'unanswered', landsMs: null },
    { how: 'unanswered', landsMs: 400 },
    { how: 'unanswered', landsMs: 20_000 },
    { how: 'hanging', landsMs: 2_000 },
  );
  const story = fc.record({
    one: fc.array(treatment, { maxLength: 4 }),
    other: fc.array(treatment, { maxLength: 4 }),
    downMs: fc.tuple(fc.constantFrom(0, 0, 20_000, 90_000), fc.constantFrom(0, 0, 20_000, 90_000)),
    restartMs: fc.option(fc.integer({ min: 0, max: 60_000 })),
    marked: fc.constantFrom(null, 1),
    seed: fc.integer({ min: 1, max: 1_000 }),
  });
  await fc.assert(
    fc.asyncProperty(story, async ({ one, other, downMs, restartMs, marked, seed }) => {
      const world = await calmBoth(seed, marked);
      const zones = zonesOf(world);
      suffers(world, a, 'status');
      await world.time.until(() => world.tell('decided').length > 0, minuteMs);
      for (const [index, treatments] of [one, other].entries()) {
        const zone = zones[index];
        if (zone === undefined) continue;
        zone.treat = (request) => treatments[request] ?? { how: 'normal' };
        if ((downMs[index] ?? 0) > 0) {
          zone.failReads = 'unavailable';
          void world.time.after(downMs[index] ?? 0, () => void Object.assign(zone, { failReads: null }));
        }
      }
      if (restartMs !== null) {
        await world.time.run(restartMs);
        world.crash();
        world.start();
      }
      await world.time.run(10 * minuteMs);
      for (const zone of zones) expect(moves(world, zone)).toEqual([a, b]);
      expect(world.service().status().budget.spent).toBeLessThanOrEqual(1);
      isSettledAt(world, b);
    }),
    { numRuns: 120, seed: Number(process.env['SEED'] ?? 1) },
  );
}, 240_000);

function down(zone: Zone, how: 'unavailable' | 'hanging' | 'denied'): void {
  zone.failReads = how;
  zone.treat = () => (how === 'hanging' ? { how, landsMs: null } : { how: 'refused', code: how });
}

function up(zone: Zone): void {
  zone.failReads = null;
  zone.treat = () => ({ how: 'normal' });
}

/** The way of the record without the writes that left it where it was. */
function moves(world: World, zone: Zone): readonly (string | null)[] {
  return way(world, zone).filter((site, index, all) => index === 0 || site !== all[index - 1]);
}
