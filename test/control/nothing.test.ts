import { describe, expect, test } from '@jest/globals';
import type { Found, Policy } from '../../src/domain/types';
import { a, b, c, foundAt, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, createWorld, type Look, suffers, type World } from './world';

const minuteMs = 60_000;
const fast = policyOf({ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 });

function pages(world: World): readonly unknown[] {
  return world.tell('alert').flatMap((tell) => (tell.page ? [tell.fields['alert']] : []));
}

describe('every site fails, the active one recovers first: nothing is written, and a page says why', () => {
  const rows: readonly [name: string, looks: readonly [Look, Look, Look], page: string][] = [
    ['503 everywhere', ['status', 'status', 'status'], 'common-cause'],
    ['certificates everywhere', ['tls', 'tls', 'tls'], 'common-cause'],
    ['silence everywhere', ['hole', 'hole', 'hole'], 'isolated'],
    ['refused everywhere', ['connect', 'connect', 'connect'], 'isolated'],
    ['each in its own way', ['status', 'hole', 'tls'], 'no-standby'],
    ['the standbys are silent', ['status', 'hole', 'hole'], 'no-standby'],
  ];
  test.each(rows)('%s', async (_name, looks, page) => {
    for (const [policy, spanMs] of [
      [policyOf(), 5 * minuteMs],
      [fast, minuteMs],
    ] as const) {
      for (const seed of [1, 2]) {
        const world = await calm(policy, seed);
        for (const [index, site] of [a, b, c].entries())
          suffers(world, site, looks[index] ?? 'pass', spanMs + (site === a ? 0 : minuteMs));
        await world.time.run(spanMs);
        expect(pages(world)).toContain(page);
        await world.time.run(spanMs + 2 * minuteMs);
        expect(way(world)).toEqual([a]);
        const { active, change, alerts } = world.service().status();
        expect([active, change, alerts.filter((alert) => alert.page)]).toEqual([a, null, []]);
      }
    }
  });
});

describe('the daemon is cut off for minutes, the provider is not', () => {
  const orders = [
    [a, b, c],
    [b, c, a],
    [c, b, a],
    [b, a, c],
  ] as const;
  test.each(orders)(
    'and the sites come back in the order %s, %s, %s: nothing is written, then or on the way',
    async (...order) => {
      for (const [policy, spanMs, gapMs] of [
        [policyOf(), 300_000, 8_000],
        [fast, 60_000, 800],
        [fast, 60_000, 0],
      ] as const) {
        for (const seed of [1, 2]) {
          const world = await calm(policy, seed);
          for (const [index, site] of order.entries()) suffers(world, site, 'hole', spanMs + index * gapMs);
          await world.time.run(spanMs);
          expect(pages(world)).toEqual(['isolated']);
          await world.time.run(2 * minuteMs);
          expect([seed, way(world)]).toEqual([seed, [a]]);
          expect(world.service().status().alerts).toEqual([]);
        }
      }
    },
  );
});

describe('nothing was seen for a while', () => {
  test.each([35_000, 120_000, 600_000])('%i ms after a few fails: that was no time of failing', async (blindMs) => {
    for (let seed = 1; seed <= 3; seed++) {
      const world = await calm(policyOf({ fall: 4 }), seed);
      const fromMs = world.nowMs();
      world.looks[a] = (ms) =>
        ms < fromMs + 12_000
          ? 'status'
          : ms < fromMs + 12_000 + blindMs
            ? 'unknown'
            : ms < fromMs + 25_000 + blindMs
              ? 'status'
              : 'pass';
      world.looks[b] = (ms) => (ms >= fromMs + 12_000 && ms < fromMs + 12_000 + blindMs ? 'unknown' : 'pass');
      await world.time.run(blindMs + 3 * minuteMs);
      expect([seed, way(world)]).toEqual([seed, [a]]);
    }
  });

  test('only unknown: a page, no write', async () => {
    const world = await calm(policyOf());
    for (const site of [a, b, c]) suffers(world, site, 'unknown');
    await world.time.run(5 * minuteMs);
    expect(way(world)).toEqual([a]);
    expect(pages(world)).toEqual([`blind:${a}`]);
  });
});

test('a cold start whose first probes fail changes nothing', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const world = createWorld(fast, { seed });
    suffers(world, a, 'status', 1_500);
    world.start();
    await world.time.run(minuteMs);
    expect([seed, way(world)]).toEqual([seed, [a]]);
  }
});

describe('what must not be written is not, however long the primary is down; once it is in order the failover is made', () => {
  const stranger: Found = { ...foundAt(a), sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] };
  const rows: readonly [name: string, first: Found, page: string][] = [
    ['values of nobody', stranger, 'drift'],
    [
      'one value more',
      { ...foundAt(a), sets: [{ type: 'A', ttl: 60, values: ['203.0.113.10', '192.0.2.99'] }] },
      'drift',
    ],
    [
      'another family',
      { ...foundAt(a), sets: [...foundAt(a).sets, { type: 'AAAA', ttl: 60, values: ['2001:db8::1'] }] },
      'drift',
    ],
    [
      'a CNAME where addresses belong',
      { ...foundAt(a), sets: [{ type: 'CNAME', ttl: 60, values: ['lb.example.net'] }] },
      'drift',
    ],
    ['another owner', { ...foundAt(a), marker: { owner: 'dev', generation: 3, site: a } }, 'foreign'],
    ['another tool', { ...foundAt(a), foreignMarker: 'heritage=external-dns' }, 'foreign'],
    ['an alias', { ...foundAt(a), obstacles: ['an alias'] }, 'obstacle'],
    ['no record', { ...foundAt(a), sets: [] }, 'absent'],
  ];
  test.each(rows)('%s', async (_name, first, page) => {
    const world = createWorld(fast, { first });
    world.start();
    await world.time.run(10_000);
    expect(pages(world)).toEqual([page]);
    suffers(world, a, 'status');
    await world.time.run(2 * minuteMs);
    expect(world.zone.requests).toEqual([]);
    world.zone.hand(foundAt(a));
    expect(await world.time.until(() => way(world).length > 2, 5 * minuteMs)).toBeLessThanOrEqual(minuteMs + 1_000);
    expect(way(world).at(-1)).toBe(b);
    keepsPromises(world);
  });

  test('found while it already watches: within one verify period, and never written over', async () => {
    const world = await calm(fast);
    world.zone.hand(stranger);
    expect(await world.time.until(() => pages(world).length > 0, 5 * minuteMs)).toBeLessThanOrEqual(minuteMs);
    suffers(world, a, 'status');
    await world.time.run(2 * minuteMs);
    expect(world.zone.requests).toEqual([]);
    expect(pages(world)).toEqual(['drift']);
  });
});

describe('no leave to write', () => {
  const rows: readonly [name: string, policy: Partial<Policy>, spoil: (world: World) => void, alert: string][] = [
    ['a dry run', { dryRun: true }, () => undefined, 'dry-run'],
    ['this node is sick', {}, (world) => world.service().post({ type: 'sick', why: 'stalled' }), 'sick'],
    ['many services switch', {}, (world) => void Object.assign(world, { elsewhere: 5 }), 'elsewhere'],
    ['no standby is up', {}, (world) => [b, c].forEach((site) => void suffers(world, site, 'tls')), 'no-standby'],
    [
      'a hold',
      {},
      (world) =>
        world.service().post({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'x', forMs: null }),
      'held',
    ],
  ];
  test.each(rows)('%s', async (_name, changes, spoil, alert) => {
    const world = await calm({ ...fast, ...changes });
    spoil(world);
    await world.time.run(10_000);
    suffers(world, a, 'status');
    await world.time.run(2 * minuteMs);
    expect(world.zone.requests).toEqual([]);
    expect(
      world
        .service()
        .status()
        .alerts.map((one) => one.code),
    ).toContain(alert);
  });
});

test('two vantages of three see it up: no failover, though we see it down', async () => {
  const world = await calm({ ...fast, quorum: 2 });
  const votes = (): void => {
    for (const site of [a, b, c]) {
      for (const vantage of ['east', 'west']) {
        const vote = { vantage, domain: vantage, vote: 'up', atMs: world.time.nowMs() } as const;
        world.service().post({ type: 'voted', site, vote });
      }
    }
    world.time.after(1_000, votes);
  };
  votes();
  suffers(world, a, 'status');
  await world.time.run(2 * minuteMs);
  expect(way(world)).toEqual([a]);
});
