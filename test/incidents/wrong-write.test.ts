import { describe, expect, test } from '@jest/globals';
import { reloadConfig } from '../../src/config/reload';
import { serviceTable } from '../../src/config/service-variables';
import { envName } from '../../src/config/variable';
import { backoffMs } from '../../src/control/backoff';
import { careful } from '../../src/control/careful';
import { sameValues } from '../../src/domain/records';
import { initial } from '../../src/domain/step';
import type { Site } from '../../src/domain/types';
import { createTime, seeded } from '../../src/sim/time';
import { parseDurable } from '../../src/store/durable';
import { base, configOf, input, problemsOf } from '../config/fake-input';
import { keepsPromises, readsBeforeWriting, way } from '../control/promises';
import { calm, createWorld, foundAt, suffers, type World } from '../control/world';
import { createZone, type Zone } from '../control/zone';
import { a, b } from '../domain/fixtures';
import {
  does,
  fails,
  hand,
  hourMs,
  minuteMs,
  moves,
  ordersTo,
  pages,
  pair,
  playAll,
  restarts,
  secondMs,
} from './scenario';

/** Automation that wrote the wrong thing. */

describe('SC-01 AWS DynamoDB, October 2025: a plan that was overtaken lands late', () => {
  test('two daemons, one write delayed by 300 s: refused by the zone; never empty, A B A', async () => {
    for (const seed of [1, 2]) {
      const one = await calm(pair(), seed);
      const other = createWorld(pair(), { seed: seed + 100, beside: one });
      other.start();
      await one.time.run(minuteMs);
      one.zone.treat = (request) => (request === 0 ? { how: 'unanswered', landsMs: 300_000 } : { how: 'normal' });
      for (const world of [one, other]) suffers(world, a, 'status', 150_000);
      await one.time.run(200_000);
      expect(moves(one)).toEqual([a, b]);
      other.order(a);
      await one.time.run(10_000);
      expect(moves(one)).toEqual([a, b, a]);
      const written = one.zone.history.length;
      await one.time.run(10 * minuteMs);
      expect(one.zone.requests[0]?.landed).toBe(false);
      expect([moves(one), one.zone.history.length]).toEqual([[a, b, a], written]);
      expect(one.zone.history.filter(({ sets }) => sets.length === 0)).toEqual([]);
      readsBeforeWriting(one.zone);
    }
  });

  test('where the zone cannot compare: it lands, and within one verify period a page holds the record', async () => {
    for (const seed of [1, 2]) {
      const world = await calm(pair(), seed);
      world.zone.blind = true;
      world.zone.treat = (request) => (request === 0 ? { how: 'unanswered', landsMs: 300_000 } : { how: 'normal' });
      suffers(world, a, 'status', 150_000);
      await world.time.run(200_000);
      expect(moves(world)).toEqual([a, b]);
      world.order(a);
      await world.time.run(10_000);
      expect(moves(world)).toEqual([a, b, a]);
      await world.time.until(() => moves(world).length > 3, 5 * minuteMs);
      expect(moves(world)).toEqual([a, b, a, b]);
      expect(world.zone.requests[0]?.landed).toBe(true);
      expect(await world.time.until(() => pages(world).includes('drift'), 2 * minuteMs)).toBeLessThanOrEqual(
        minuteMs + secondMs,
      );
      await world.time.run(10 * minuteMs);
      expect(moves(world)).toEqual([a, b, a, b]);
      expect(world.zone.history.filter(({ sets }) => sets.length === 0)).toEqual([]);
      readsBeforeWriting(world.zone);
    }
  });
});

describe('SC-02 Google load balancing, April 2017: a controller that lost its view pushes an old configuration', () => {
  test('started with a state from before the last switch: it reads the zone first and writes nothing', async () => {
    for (const seed of [1, 2]) {
      const world = await calm(pair(), seed);
      const old = world.disk.durable;
      suffers(world, a, 'status', 2 * minuteMs);
      await world.time.run(minuteMs);
      expect(moves(world)).toEqual([a, b]);
      world.crash();
      world.disk.durable = old;
      world.start();
      await world.time.run(4 * minuteMs);
      expect(moves(world)).toEqual([a, b]);
      expect(world.service().status()).toMatchObject({ active: b, generation: 1 });
      expect(world.zone.requests).toHaveLength(1);
      keepsPromises(world);
    }
  });

  test('started while readings are far behind: whatever it writes is compared with the zone as it is', async () => {
    const world = await calm(pair());
    suffers(world, a, 'status', 2 * minuteMs);
    await world.time.run(minuteMs);
    world.crash();
    world.disk.durable = null;
    world.zone.staleMs = hourMs;
    world.start();
    suffers(world, b, 'pass');
    await world.time.run(5 * minuteMs);
    expect(moves(world)).toEqual([a, b]);
    expect(world.zone.requests.slice(1).filter(({ landed }) => landed)).toEqual([]);
  });
});

describe('SC-03 Google load balancing, September 2023: changes of the leader raced into empty configurations', () => {
  test('restarted every 2 s for 60 s while the primary is down: never empty, then one switch', async () => {
    for (const seed of [1, 2]) {
      const world = await calm(pair(), seed);
      suffers(world, a, 'status');
      for (let turn = 0; turn < 30; turn++) {
        await world.time.run(2 * secondMs);
        world.crash();
        world.start();
      }
      await world.time.run(2 * minuteMs);
      expect(way(world)).toEqual([a, b]);
      expect(world.zone.history.filter(({ sets }) => sets.length === 0)).toEqual([]);
      keepsPromises(world);
    }
  });

  test('an empty or half loaded configuration is refused whole, and an empty set reaches no adapter', async () => {
    const file =
      'services:\n  - record: www.example.com\n    sites: eu=203.0.113.10, us=198.51.100.7\n    check: https:///health\n';
    const env = { FAILOVERD_SERVICES_FILE: '/s.yaml' };
    const running = configOf(
      { ...Object.fromEntries(Object.keys(base).map((name) => [name, undefined])), ...env },
      { '/s.yaml': file },
    );
    for (let cut = 0; cut < file.length - 1; cut++) {
      const reloaded = reloadConfig(running, input(env, { '/s.yaml': file.slice(0, cut) }));
      const sites = reloaded.ok ? reloaded.config.services.map(({ policy }) => policy.sites.length) : 'refused';
      expect([cut, sites === 'refused' || sites.every((count) => count > 1)]).toEqual([cut, true]);
    }
    const time = createTime(0);
    const zone = createZone(time, foundAt(pair(), a));
    const guarded = careful(zone.provider, (text) => text);
    const marker = { owner: 'sre', generation: 1, site: b };
    const outcome = await guarded.replace({ from: foundAt(pair(), a), to: [], marker }, new AbortController().signal);
    expect([outcome.code, zone.requests]).toEqual(['denied', []]);
  });
});

describe('SC-04 Google load balancing, November 2021: after a corrupted push the last good one is wanted back', () => {
  playAll([
    {
      name: 'the state is lost and cannot be saved: one order restores the record',
      story: [
        [0, fails(a, 'status', 2 * minuteMs)],
        [3 * minuteMs, does((world) => void Object.assign(world.disk, { durable: null, failing: 'failed' }))],
        [3 * minuteMs, restarts],
        [4 * minuteMs, ordersTo(a)],
        [4 * minuteMs + 2 * secondMs, does((world) => expect(moves(world)).toEqual([a, b, a]))],
      ],
      forMs: 10 * minuteMs,
      way: [a, b, a],
      pages: ['unsaved'],
    },
  ]);
});

describe('SC-05 Google Service Control, June 2025: blank fields where nobody expected them', () => {
  const texts = ['', ' ', 'null', 'undefined', '[]', '\u0000', 'x'.repeat(100_000)];
  test.each(['record', 'sites', 'check', 'interval', 'fall', 'sustain', 'max_switches', 'ttl'] as const)(
    'any of them in %s: refused by its name, and what runs goes on',
    (key) => {
      const name = envName(serviceTable, key);
      for (const text of texts)
        expect([text, problemsOf({ [name]: text }).map((one) => one.name)]).toEqual([
          text,
          expect.arrayContaining([name]),
        ]);
    },
  );

  test('any field of the saved state, blank, missing, of another type or huge: not taken for a state', () => {
    const good: Record<string, unknown> = JSON.parse(JSON.stringify(initial(null).durable));
    expect(parseDurable(good)).toEqual(good);
    for (const key of Object.keys(good)) {
      const { [key]: _, ...rest } = good;
      expect([key, parseDurable(rest)]).toEqual([key, null]);
      const texts = key === 'active' ? [] : ['', 'x'.repeat(100_000)];
      for (const value of [...texts, {}, true, Number.NaN, -1])
        expect([key, value, parseDurable({ ...good, [key]: value })]).toEqual([key, value, null]);
    }
  });

  test('a herd that tries again spreads out, and ever more slowly up to a cap', () => {
    const waits = Array.from({ length: 50 }, (_, seed) => {
      const random = seeded(seed);
      return Array.from({ length: 8 }, (_, attempt) => backoffMs(attempt + 1, random, 1_000, 60_000));
    });
    for (let attempt = 0; attempt < 8; attempt++) {
      const column = waits.map((row) => row[attempt] ?? 0);
      const fullMs = Math.min(60_000, 1_000 * 2 ** attempt);
      expect(Math.min(...column)).toBeGreaterThanOrEqual(fullMs / 2);
      expect(Math.max(...column)).toBeLessThanOrEqual(fullMs);
      expect(Math.max(...column) - Math.min(...column)).toBeGreaterThan(fullMs / 4);
    }
  });
});

describe('SC-06 AWS Seoul, November 2018: a setting vanished and a very low default took its place', () => {
  test.each([
    'fall: 5',
    'sustain: 1m',
    'max_switches: 1/24h',
    'failback: manual',
    'failback_after: 2h',
    'down_ratio: 0.9',
  ])('reloaded without %s: refused, by its name', (line) => {
    const head =
      'services:\n  - record: www.example.com\n    sites: eu=203.0.113.10, us=198.51.100.7\n    check: https:///health\n';
    const env = { FAILOVERD_SERVICES_FILE: '/s.yaml' };
    const none = Object.fromEntries(Object.keys(base).map((name) => [name, undefined]));
    const running = configOf({ ...none, ...env }, { '/s.yaml': `${head}    ${line}\n` });
    const reloaded = reloadConfig(running, input(env, { '/s.yaml': head }));
    expect(reloaded.ok).toBe(false);
    const key = line.split(':')[0];
    expect(reloaded.ok ? [] : reloaded.problems.map(({ name }) => name)).toEqual([expect.stringContaining(`${key}`)]);
    expect(reloaded.diff.join()).toContain(`${key} `);
  });
});

test('SC-08 crates.io, January 2023: a record deleted to be made again; looked at every millisecond, it is always one site whole', async () => {
  const world = await calm(pair());
  suffers(world, a, 'status');
  const seen = new Set<string>();
  let looks = 0;
  const look = (): void => {
    looks += 1;
    seen.add(JSON.stringify(world.zone.now().sets));
    if (world.nowMs() < 3 * minuteMs && world.tell('switched').length === 0) world.time.after(1, look);
  };
  look();
  await world.time.run(2 * minuteMs);
  expect(world.tell('switched')).toHaveLength(1);
  expect(looks).toBeGreaterThan(15_000);
  expect([...seen]).toEqual([a, b].map((site) => JSON.stringify(foundAt(pair(), site).sets)));
});

describe('SC-09 Cloudflare, March 2013 and November 2025: generated data that nobody checked', () => {
  const many = Array.from({ length: 4_000 }, (_, index) => `192.0.${index >> 8}.${index & 255}`);
  const targets = [['0.0.0.0'], ['10.0.0.1'], ['127.0.0.1'], ['169.254.169.254'], many];

  test.each([...targets.map((values) => values.join('+')), '::', '::1', 'fe80::1'])(
    'as a site: refused (%#)',
    (target) => {
      expect(problemsOf({ FAILOVERD_SITES: `eu=203.0.113.10, us=${target}` }).map(({ name }) => name)).toContain(
        'FAILOVERD_SITES',
      );
    },
  );

  playAll(
    targets.map((values, index) => ({
      name: `in the zone, row ${index}: held with a page, never taken for a site, though the primary is down`,
      story: [
        [0, hand({ sets: [{ type: 'A', ttl: 60, values }] })],
        [2 * minuteMs, fails(a)],
      ],
      forMs: 10 * minuteMs,
      way: [a, null],
      pages: ['drift'],
      writes: 0,
    })),
  );

  test('in the saved state: an intent to a site that is not configured is dropped before it is sent', async () => {
    for (const to of ['0.0.0.0', '10.0.0.1', 'nowhere', '']) {
      const world = await calm(pair());
      world.zone.treat = () => ({ how: 'refused', code: 'unavailable' });
      suffers(world, a, 'status');
      await world.time.until(() => world.tell('decided').length > 0, minuteMs);
      world.crash();
      world.disk.durable = (world.disk.durable ?? '').replaceAll(`"to":"${b}"`, `"to":"${to}"`);
      suffers(world, a, 'pass');
      world.zone.treat = () => ({ how: 'normal' });
      const before = world.zone.requests.length;
      world.start();
      await world.time.run(5 * minuteMs);
      expect(moves(world)).toEqual([a]);
      expect(world.zone.requests.slice(before).filter(({ site }) => site !== a)).toEqual([]);
    }
  });
});

describe('SC-10 external-dns: records written again in every round, because what is read never equals what was written', () => {
  const longForm = (value: string): string => value.replace('::', ':0:0:0:0:0:').toUpperCase();
  const inQuotes = (text: string): string => `"${text.slice(0, 20)}" "${text.slice(20).replaceAll('=', '\\061')}"`;
  const addresses = (name: string, ...values: readonly string[]): Site => ({
    name,
    sets: [
      { type: 'A', ttl: 60, values },
      { type: 'AAAA', ttl: 60, values: [`2001:db8::${name.length}a`, `2001:db8::${name.length}b`] },
    ],
  });
  const alias = (name: string, value: string): Site => ({ name, sets: [{ type: 'CNAME', ttl: 60, values: [value] }] });
  const spellings: readonly (readonly [string, readonly Site[], NonNullable<Zone['spells']>])[] = [
    [
      'addresses in another order, with blanks, IPv6 written out in capitals, the marker in two quoted strings',
      [addresses(a, '192.0.2.1', '192.0.2.2', '192.0.2.3'), addresses(b, '198.51.100.1', '198.51.100.2')],
      (type, value) => (type === 'TXT' ? inQuotes(value) : ` ${longForm(value)} `),
    ],
    [
      'a name in capitals with a dot at its end',
      [alias(a, 'eu.example.net'), alias(b, 'us.example.net')],
      (type, value) => (type === 'TXT' ? value : `${value.toUpperCase()}.`),
    ],
  ];
  playAll(
    spellings.map(([name, sites, spells]) => ({
      name: `${name}: one switch, then a thousand comparisons without a write`,
      policy: { sites, intervalMs: 60_000, failback: 'manual' as const },
      story: [
        [0, does((world: World) => void Object.assign(world.zone, { spells }))],
        [0, fails(a, 'status', 10 * minuteMs)],
        [10 * minuteMs, does((world: World) => void Object.assign(world.zone, { reads: 0 }))],
      ] as const,
      forMs: 1_010 * minuteMs,
      seeds: 1,
      way: [a, b],
      standing: [],
      and: (world: World) => expect(world.zone.reads).toBeGreaterThan(950),
    })),
  );

  playAll([
    {
      name: 'a provider that rounds the TTL and reorders values: a thousand comparisons, no write',
      policy: { intervalMs: 60_000 },
      story: [
        [
          0,
          does((world) => {
            const values = ['203.0.113.10'];
            world.zone.hand({ sets: [{ type: 'A', ttl: 300, values }] });
          }),
        ],
      ],
      forMs: 1_000 * minuteMs,
      seeds: 1,
      way: [a],
      writes: 0,
      and: (world) => expect(world.zone.reads).toBeGreaterThan(950),
    },
  ]);

  test.each([
    [
      'order',
      [{ type: 'A', ttl: 60, values: ['192.0.2.2', '192.0.2.1'] }],
      [{ type: 'A', ttl: 60, values: ['192.0.2.1', '192.0.2.2'] }],
    ],
    ['TTL', [{ type: 'A', ttl: 300, values: ['192.0.2.1'] }], [{ type: 'A', ttl: 60, values: ['192.0.2.1'] }]],
  ] as const)('the same in another %s is the same', (_what, left, right) => {
    expect(sameValues(left, right)).toBe(true);
  });

  test('one owner on two clusters that disagree: the second stops and pages, at most one write of each', async () => {
    const policy = pair();
    const one = await calm(policy);
    const other = createWorld({ ...policy, sites: [...policy.sites].reverse() }, { beside: one, seed: 2 });
    other.start();
    await one.time.run(2 * hourMs);
    expect(one.zone.written().length).toBeLessThanOrEqual(1);
    expect(one.tell('twin').filter(({ page }) => page)).toHaveLength(1);
  });
});
