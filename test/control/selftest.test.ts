import { describe, expect, test } from '@jest/globals';
import { requestsMs, showsWithinMs } from '../../src/domain/selftest';
import type { Policy } from '../../src/domain/types';
import { a, b, benchOf, c, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, createWorld, foundAt, suffers, type World, type WorldOptions } from './world';
import { recordWrites, testWrites } from './zone';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const everyMs = 10 * minuteMs;
/** Slow enough that days pass quickly. */
const slow = { intervalMs: 10_000, timeoutMs: 5_000, sustainMs: 20_000, confirmIntervalMs: 1_000 };
const policy = policyOf({
  intervalMs: 1_000,
  timeoutMs: 1_000,
  rise: 2,
  sustainMs: 2_000,
  confirmIntervalMs: 200,
  selftest: { everyMs, settleMs: 10_000 },
});

/** A calm world whose first self-test has passed. */
async function proven(seed = 1, options: WorldOptions = {}, changes: Partial<Policy> = {}): Promise<World> {
  const world = await calm({ ...policy, ...changes }, seed, options);
  expect(await world.time.until(() => world.service().status().selftest?.result === 'ok', 30_000)).not.toBeNull();
  return world;
}

function pages(world: World): readonly unknown[] {
  return world.tells.filter((tell) => tell.page).map((tell) => tell.fields['alert']);
}

/** Runs until the next self-test has sent its write, and no further. */
async function sent(world: World): Promise<void> {
  const before = world.zone.requests.length;
  expect(await world.time.until(() => world.zone.requests.length > before, everyMs)).not.toBeNull();
}

function refuses(world: World): void {
  world.zone.treat = () => ({ how: 'refused', code: 'denied' });
}

test('readings from before what another wrote: the tests conflict, but no more than twelve requests leave in a minute', async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const world = await proven(seed, {}, slow);
    const { requests } = world.zone;
    // Another of the same owner tests as well, and what it wrote is not in our readings yet.
    world.onCrossing = (what) => {
      const { marker } = world.zone.now();
      const tested = `2026-01-02T00:00:${String(requests.length % 60).padStart(2, '0')}Z`;
      if (what === 'replace begins' && marker !== null) world.zone.hand({ marker: { ...marker, tested } });
    };
    world.zone.staleMs = 30_000;
    const sentAt: number[] = [];
    while ((await world.time.until(() => requests.length > sentAt.length, 2 * everyMs)) !== null && sentAt.length < 40)
      sentAt.push(world.nowMs());
    const most = Math.max(...sentAt.map((from) => sentAt.filter((at) => at >= from && at < from + minuteMs).length));
    expect(most).toBeGreaterThan(6);
    expect(most).toBeLessThanOrEqual(12);
  }
});

describe('while all is well', () => {
  test('the first soon after the start, then once per period; only our TXT is written, in the generation that stands there', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const world = await proven(seed, {}, slow);
      expect(world.nowMs()).toBeLessThan(40_000);
      const { marker } = world.zone.now();
      expect(marker).toMatchObject({
        owner: 'sre',
        generation: 0,
        site: a,
        tested: expect.stringMatching(/^2026-01-01T0\d:\d\d:\d\dZ$/),
      });
      await world.time.run(6 * 60 * minuteMs);
      expect(testWrites(world.zone).length).toBeGreaterThanOrEqual(36);
      expect(testWrites(world.zone).length).toBeLessThanOrEqual(60);
      expect(recordWrites(world.zone)).toEqual([]);
      expect(world.service().status()).toMatchObject({ ready: true, generation: 0, selftest: { result: 'ok' } });
      expect(world.tells).toEqual([]);
      expect(world.disk.journal).toBeLessThan(10);
      keepsPromises(world);
    }
  });

  test('after a switch the marker keeps its generation and site', async () => {
    const world = await proven();
    world.order(c);
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    await world.time.run(2 * everyMs);
    expect(world.zone.now()).toMatchObject({ marker: { generation: 1, site: c, tested: expect.any(String) } });
    expect(way(world).at(-1)).toBe(c);
    keepsPromises(world);
  });

  test('a hand that moved the record and left the marker: the site in the marker stays', async () => {
    const world = await proven();
    world.zone.hand({ sets: foundAt(policy, b).sets });
    await world.time.run(2 * everyMs);
    expect(testWrites(world.zone).length).toBeGreaterThan(1);
    expect(world.zone.now()).toMatchObject({ sets: foundAt(policy, b).sets, marker: { generation: 0, site: a } });
    expect(world.service().status()).toMatchObject({ active: b, pin: { site: b, by: 'zone' } });
  });

  test('two providers: both are proven', async () => {
    const world = await proven(1, { second: foundAt(policy, a) });
    for (const zone of [world.zone, world.second]) expect(zone?.now().marker?.tested).toBeDefined();
    if (world.second !== null) world.second.treat = () => ({ how: 'refused', code: 'denied' });
    await world.time.run(everyMs);
    expect(world.service().status().selftest).toMatchObject({
      step: 'write',
      why: expect.stringContaining('other: denied'),
    });
    expect(pages(world)).toEqual(['write-path']);
  });
});

test('two providers, and one of them shows the site before: a test moves nobody there, and comes when both show the same', async () => {
  const at = foundAt(policy, a, 3);
  const world = await calm(policy, 1, { first: at, second: at });
  const { second } = world;
  if (second === null) throw new Error('there are two');
  suffers(world, a, 'status');
  await world.time.until(() => world.tell('switched').length > 0, minuteMs);
  world.crash();
  second.staleMs = 20_000;
  const before = [world.zone.requests.length, second.requests.length];
  world.start();
  await world.time.run(18_000);
  expect([world.zone.requests.length, second.requests.length]).toEqual(before);
  await world.time.run(minuteMs);
  expect(world.service().status().selftest?.result).toBe('ok');
  expect([way(world).at(-1), way(world, second).at(-1)]).toEqual([b, b]);
});

describe('the write path breaks while all is healthy: paged once within one period, and over when it is mended', () => {
  const ways: readonly [what: string, step: string, breaks: (world: World) => void][] = [
    ['the permission is withdrawn', 'write', refuses],
    [
      'the API refuses every write',
      'write',
      (w) => void Object.assign(w.zone, { treat: () => ({ how: 'refused', code: 'unavailable' }) }),
    ],
    ['writes hang', 'write', (w) => void Object.assign(w.zone, { treat: () => ({ how: 'hanging', landsMs: null }) })],
    [
      'the token ends',
      'preflight',
      (w) => void Object.assign(w.zone, { findings: [{ level: 'error', text: 'token ended' }] }),
    ],
    [
      'one secondary takes over nothing any more',
      'servers',
      (w) => void Object.assign(w.zone.servers['ns2'] ?? {}, { lagMs: 1e12 }),
    ],
  ];
  test.each(ways)('%s', async (_, step, breaks) => {
    for (let seed = 1; seed <= 3; seed++) {
      const world = await proven(seed, {}, slow);
      breaks(world);
      expect(await world.time.until(() => pages(world).length > 0, everyMs)).not.toBeNull();
      expect(pages(world)).toEqual(['write-path']);
      const status = world.service().status();
      expect(status).toMatchObject({ ready: false, selftest: { result: 'failed', step } });
      expect(status.readyWhy.join()).toContain(`fails at step ${step}: `);
      if (step === 'servers') expect(status.readyWhy.join()).toContain('ns2: shows ');
      const beforeMs = world.nowMs();
      await world.time.run(60 * minuteMs);
      expect(pages(world)).toEqual(['write-path']);
      expect(world.zone.requests.filter(({ atMs }) => atMs - 7_000_000 > beforeMs).length).toBeLessThanOrEqual(120);
      expect(world.disk.journal).toBeLessThan(20);
      Object.assign(world.zone, { treat: () => ({ how: 'normal' }), findings: [] });
      Object.assign(world.zone.servers['ns2'] ?? {}, { lagMs: 0 });
      expect(await world.time.until(() => world.service().status().ready, 2 * minuteMs)).not.toBeNull();
      expect(world.tell('cleared')).toHaveLength(1);
      keepsPromises(world);
    }
  });

  test('one failure that does not come back is no page', async () => {
    const world = await proven();
    world.zone.treat = (request) => (request === 1 ? { how: 'refused', code: 'unavailable' } : { how: 'normal' });
    await world.time.run(2 * everyMs);
    expect(world.zone.requests.length).toBeGreaterThan(2);
    expect(world.tells).toEqual([]);
  });

  test('a write whose answer is lost, and which landed, is no failure; where DNS shows nothing the API is believed', async () => {
    const world = await proven();
    world.zone.proof = 'api';
    world.zone.treat = () => ({ how: 'unanswered', landsMs: 0 });
    Object.assign(world.zone.servers['ns2'] ?? {}, { lagMs: 1e12 });
    await world.time.run(3 * everyMs);
    expect(testWrites(world.zone).length).toBeGreaterThan(3);
    expect(world.service().status().selftest).toMatchObject({ result: 'ok' });
    expect(world.tells).toEqual([]);
  });

  test('readings fail: one page, by whoever saw it first', async () => {
    const world = await proven();
    world.zone.failReads = 'denied';
    await world.time.run(30 * minuteMs);
    expect(pages(world)).toEqual(['unreadable']);
    expect(world.service().status()).toMatchObject({ ready: false });
  });
});

describe('a credential that ends', () => {
  test.each([
    [20, null],
    [10, false],
    [2, true],
  ])('in %i days: paged %s', async (days, page) => {
    const world = await calm(policy);
    world.zone.findings = [{ level: 'ok', text: 'token t1', expiresAtMs: world.time.wallMs() + days * dayMs }];
    await world.time.run(30_000);
    const told = world.tell('credential-ends').map((tell) => tell.page);
    expect(told).toEqual(page === null ? [] : [page]);
    expect(world.service().status().ready).toBe(true);
  });

  test('warned, then paged, each once; over when it is renewed', () => {
    const bench = benchOf(policy);
    const tested = (leftMs: number): void =>
      bench.post({
        type: 'tested',
        result: 'ok',
        step: null,
        why: '',
        certain: true,
        tookMs: 1,
        credentials: [{ text: 'token t1', leftMs }],
      });
    tested(15 * dayMs);
    const told = () => bench.tells('alert').map((tell) => [tell.fields['alert'], tell.page, tell.text]);
    expect(told()).toEqual([]);
    for (let days = 15; days > 1; days--) {
      bench.wait(dayMs);
      bench.post({ type: 'ticked' });
    }
    expect(told()).toEqual([
      ['credential-ends', false, 'a credential of the write path ends in 14d: token t1'],
      ['credential-ends', true, 'a credential of the write path ends in 3d: token t1'],
    ]);
    tested(365 * dayMs);
    expect(bench.tells('cleared')).toHaveLength(1);
  });
});

describe('a failover comes first', () => {
  /** From the decision to verified, when the primary fails right after the next test has sent its write, or without one. */
  async function tookMs(
    seed: number,
    landsMs: number | null | 'no test',
    meets: (world: World) => void = () => undefined,
  ): Promise<number> {
    const world = await proven(seed);
    if (landsMs !== 'no test') {
      world.zone.treat = (request) => (request === 1 ? { how: 'unanswered', landsMs } : { how: 'normal' });
      await sent(world);
    }
    suffers(world, a, 'status');
    meets(world);
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    await world.time.run(landsMs === 300_000 ? 6 * minuteMs : minuteMs);
    expect(way(world).filter((site, index, all) => site !== all[index - 1])).toEqual([a, b]);
    expect(world.service().status()).toMatchObject({
      active: b,
      write: 'settled',
      generation: 1,
      hold: null,
      pin: null,
    });
    expect(pages(world)).toEqual([]);
    keepsPromises(world);
    return (world.tell('switched')[0]?.atMs ?? 0) - (world.tell('decided')[0]?.atMs ?? 0);
  }

  test.each([null, 1_000, 2_000, 300_000])(
    'a test whose write lands after %s ms delays it by nothing',
    async (landsMs) => {
      for (const seed of [1, 2]) {
        expect(Math.abs((await tookMs(seed, landsMs)) - (await tookMs(seed, 'no test')))).toBeLessThan(5);
      }
    },
  );

  test('at the very worst it lands between reading and writing: one conflict, and the shortest pause', async () => {
    const lands = (world: World): void => {
      world.onCrossing = (what) => {
        const { marker } = world.zone.now();
        if (what !== 'replace begins' || marker === null || world.tell('decided').length === 0) return;
        world.onCrossing = () => undefined;
        world.zone.hand({ marker: { ...marker, tested: '2026-01-01T09:00:00Z' } });
      };
    };
    const longer = (await tookMs(1, 'no test', lands)) - (await tookMs(1, 'no test'));
    expect(longer).toBeGreaterThan(100);
    expect(longer).toBeLessThan(700);
  });

  test('an order in the middle of a test takes effect within a second', async () => {
    const world = await proven();
    world.zone.treat = (request) => (request === 1 ? { how: 'hanging', landsMs: null } : { how: 'normal' });
    await sent(world);
    world.order(c);
    expect(await world.time.until(() => way(world).at(-1) === c, 1_000)).not.toBeNull();
    keepsPromises(world);
  });

  test('it gives way with the first failed probe, before anything is decided, and comes back when the doubt is over', async () => {
    const world = await proven();
    const { provider } = world.zone;
    const { replace } = provider;
    const signals: AbortSignal[] = [];
    Object.assign(provider, {
      replace(...[replacement, signal]: Parameters<typeof replace>) {
        signals.push(signal);
        return replace(replacement, signal);
      },
    });
    world.zone.treat = (request) => (request === 1 ? { how: 'hanging', landsMs: null } : { how: 'normal' });
    await sent(world);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    suffers(world, a, 'status', 1_500);
    await world.time.run(1_500);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await world.time.run(15_000);
    expect(world.tell('decided')).toEqual([]);
    expect(signals).toHaveLength(2);
    expect(world.service().status().selftest).toMatchObject({ result: 'ok' });
  });
});

describe('a write of a test that lands late', () => {
  test.each([
    ['where the provider compares and swaps it is refused', false],
    ['where it cannot, the marker is put right by the next test, and nobody takes it for a hand or a twin', true],
  ])('%s', async (_, blind) => {
    const world = await proven();
    world.zone.blind = blind;
    world.zone.treat = (request) => (request === 1 ? { how: 'unanswered', landsMs: 300_000 } : { how: 'normal' });
    await sent(world);
    const late = world.zone.requests[1];
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    expect(await world.time.until(() => late?.landed !== null, 10 * minuteMs)).not.toBeNull();
    expect(late).toMatchObject({ generation: 0, landed: blind });
    expect(world.zone.now()).toMatchObject({ sets: foundAt(policy, b).sets, marker: { generation: blind ? 0 : 1 } });
    await world.time.run(90_000);
    expect(world.zone.now()).toMatchObject({ sets: foundAt(policy, b).sets, marker: { generation: 1, site: b } });
    expect(world.service().status()).toMatchObject({ active: b, hold: null, pin: null, write: 'settled' });
    expect(pages(world)).toEqual([]);
    keepsPromises(world);
  });
});

describe('nothing is written', () => {
  const cases: readonly [
    what: string,
    changes: Partial<Policy>,
    options: WorldOptions,
    does: (world: World) => void,
  ][] = [
    ['in a dry run', { dryRun: true }, {}, () => undefined],
    ['when off', { selftest: null }, {}, () => undefined],
    [
      'while a human holds',
      {},
      {},
      (world) =>
        void world.service().post({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'x', forMs: null }),
    ],
    [
      'where another owner’s marker stands',
      {},
      { first: { ...foundAt(policy, a), marker: { owner: 'them', generation: 3, site: a } } },
      () => undefined,
    ],
    ['where somebody’s TXT stands', {}, { first: { ...foundAt(policy, a), foreignMarker: 'hello' } }, () => undefined],
    [
      'where the zone holds what is nobody’s',
      {},
      { first: { ...foundAt(policy, a), sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] } },
      () => undefined,
    ],
    [
      'while nothing answers',
      {},
      {},
      (world) => policy.sites.forEach(({ name }) => void suffers(world, name, 'unknown')),
    ],
  ];
  test.each(cases)('%s', async (_, changes, options, does) => {
    const world = await calm({ ...policy, ...changes }, 1, { ...options });
    does(world);
    // What was known of the sites before is fresh for a moment.
    await world.time.run(2 * policy.intervalMs);
    world.zone.requests.length = 0;
    const before = world.zone.written().length;
    await world.time.run(3 * everyMs);
    expect(world.zone.written().length).toBe(before);
    expect(world.zone.requests).toEqual([]);
    if (policyOf(changes).dryRun || changes.selftest === null) return;
    expect(world.service().status().ready).toBe(false);
    expect(world.service().status().readyWhy.join()).toContain('was not tested for');
  });
});

test.each([
  ['somebody’s TXT', { foreignMarker: 'hello' }, 'foreign'],
  ['an alias', { obstacles: ['an alias'] }, 'obstacle'],
])('%s that its own reading shows first: nothing is written', async (_, change, by) => {
  const world = await proven();
  let came = false;
  // Between the preflight and the reading of one test.
  Object.defineProperty(world.zone, 'findings', {
    get() {
      if (!came) world.zone.hand(change);
      came = true;
      return [];
    },
  });
  expect(await world.time.until(() => came, everyMs)).not.toBeNull();
  await world.time.run(2 * everyMs);
  expect(world.zone.requests).toHaveLength(1);
  expect(world.service().status()).toMatchObject({ hold: { by } });
});

test('while a change is not seen on every server it is the one thing under way', async () => {
  const world = await proven();
  const ns2 = world.zone.servers['ns2'];
  if (ns2 !== undefined) ns2.silent = true;
  world.order(c);
  await world.time.run(2 * everyMs);
  expect(world.service().status()).toMatchObject({
    active: c,
    write: 'partial',
    selftest: { waits: 'a change is under way' },
  });
  expect(world.zone.requests).toHaveLength(2);
  expect(pages(world)).toEqual(['partial']);
});

describe('the first marker claims the record', () => {
  test('not before it is known that no other tool does', async () => {
    const world = createWorld(policy);
    world.claims = null;
    world.start();
    await world.time.run(5 * minuteMs);
    expect(world.zone.requests).toEqual([]);
    world.claims = [];
    await world.time.run(2 * minuteMs);
    expect(world.zone.now().marker).toMatchObject({ owner: 'sre', generation: 0 });
  });

  test('never beside another tool’s mark', async () => {
    const world = createWorld(policy);
    world.claims = [{ tool: 'external-dns', owner: 'k8s', name: 'a-www.example.test', text: 'heritage=external-dns' }];
    world.start();
    await world.time.run(3 * everyMs);
    expect(world.zone.requests).toEqual([]);
    expect(world.service().status()).toMatchObject({ hold: { by: 'foreign' }, ready: false });
  });
});

test('killed at any step of a test and started again: it ends proven, and nothing but the marker was written', async () => {
  const seen: string[] = [];
  for (let nth = 0; ; nth++) {
    const world = await proven();
    const tested = world.service().status().selftest?.agoMs ?? 0;
    await world.time.run(Math.max(0, 7 * minuteMs - tested));
    let count = 0;
    const before = world.zone.reads;
    world.onCrossing = (what) => {
      if (what.startsWith('probe') || what.startsWith('verify') || world.zone.requests.length === 1) {
        if (!what.startsWith('replace') && !what.startsWith('read')) return;
      }
      if (nth === 0) seen.push(what);
      if (++count === nth) world.crash();
    };
    await world.time.until(() => testWrites(world.zone).length > 1 && world.zone.reads > before, everyMs);
    await world.time.run(1_000);
    world.onCrossing = () => undefined;
    if (nth > 0) {
      world.crash();
      world.start();
    }
    expect(await world.time.until(() => world.service().status().selftest?.result === 'ok', minuteMs)).not.toBeNull();
    expect(recordWrites(world.zone)).toEqual([]);
    expect(world.service().status()).toMatchObject({ active: a, hold: null, pin: null });
    keepsPromises(world);
    if (nth > seen.length) break;
  }
  expect(seen).toEqual(expect.arrayContaining(['read begins', 'replace begins', 'replace ends', 'marker begins']));
});

test('a failed test is told in full: what, whose words, what to do', async () => {
  const world = await proven();
  refuses(world);
  await world.time.until(() => pages(world).length > 0, everyMs);
  expect(world.tell('write-path')[0]).toMatchObject({
    text: 'nothing could be switched now: the self-test of the write path fails at step write: denied: injected denied',
    fields: { remedy: expect.stringContaining('failoverd check') },
  });
});

test('the slowest test fits into what the period leaves for it', () => {
  expect(requestsMs + showsWithinMs(10_000)).toBeLessThanOrEqual(minuteMs);
});
