import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '../../src/api/metrics';
import { createMeter } from '../../src/control/converge';
import type { Store } from '../../src/control/ports';
import type { Ask } from '../../src/dns/ask';
import { createPanel } from '../../src/dns/panel';
import type { DnsRecord } from '../../src/dns/wire';
import { courseOf, courseText, ended, heard, isComplete, type ResolverAnswer } from '../../src/domain/convergence';
import type { Tell } from '../../src/domain/events';
import { initial } from '../../src/domain/step';
import type { Policy } from '../../src/domain/types';
import { createTime, seeded } from '../../src/sim/time';
import { a, b, momentAt, policyOf } from '../domain/fixtures';
import { calm, suffers, type World } from './world';

const noStore: Store = {
  load: () => null,
  commit: () => ({ ok: true }),
  journal: () => ({ ok: true }),
  observe: () => undefined,
  history: () => [],
};

/** How a resolver treats the record: `caches` for its TTL; `hoards` for longer; `lies` for ever; is `dead`, or `slow` beyond patience at first. */
type Manner = 'caches' | 'dead' | 'lies' | 'slow' | { readonly hoardsMs: number };

interface Street {
  readonly ask: (world: World) => Ask;
  questions: number;
  /** Most questions that one resolver ever had at a time. */
  most: number;
}

/** Resolvers at 192.0.2.1, .2 …; each has looked the record up at another moment before the switch. */
function streetOf(manners: readonly Manner[]): Street {
  const street: Street = { ask, questions: 0, most: 0 };
  function ask(world: World): Ask {
    const open = new Map<string, number>();
    const caches = new Map<string, { readonly value: string; readonly untilMs: number }>();
    const lookUp = (address: string, keptMs: number) => {
      const value = world.zone.now().sets[0]?.values[0] ?? '';
      const one = { value, untilMs: world.nowMs() + keptMs };
      caches.set(address, one);
      return one;
    };
    const answer = (address: string, manner: Manner): readonly DnsRecord[] | null => {
      if (manner === 'dead') return null;
      if (manner === 'lies') return [{ type: 'A', ttl: 30, value: '192.0.2.66' }];
      if (manner === 'slow' && world.nowMs() % 3 === 0) return null;
      const known = caches.get(address);
      const keptMs = typeof manner === 'object' ? manner.hoardsMs : world.policy.ttlMs;
      const { value, untilMs } = known !== undefined && known.untilMs > world.nowMs() ? known : lookUp(address, keptMs);
      return [{ type: 'A', ttl: Math.ceil((untilMs - world.nowMs()) / 1_000), value }];
    };
    // Users ask all the time, so a cache is filled again as soon as it is empty.
    manners.forEach((manner, index) => {
      const use = () => {
        answer(`192.0.2.${index + 1}`, manner);
        world.time.after(500, use);
      };
      world.time.after(index * 3_700, use);
    });
    return async ({ server, type, signal }) => {
      const { address } = server;
      const manner = manners[Number(address.split('.')[3]) - 1] ?? 'dead';
      street.questions += 1;
      open.set(address, (open.get(address) ?? 0) + 1);
      street.most = Math.max(street.most, open.get(address) ?? 0);
      await world.time.sleep(manner === 'dead' ? 2_000 : manner === 'slow' ? 1_900 : 20);
      open.set(address, (open.get(address) ?? 0) - 1);
      const records = signal.aborted ? null : answer(address, manner);
      if (records === null) return { ok: false, code: 'timeout', why: 'no reply' };
      const own = records.filter((one) => one.type === type);
      const negative = own.length === 0 ? 'nodata' : null;
      return { ok: true, rcode: 'NOERROR', aa: false, records: own, signatures: [], negative, via: 'udp', rttMs: 1 };
    };
  }
  return street;
}

async function worldOf(street: Street, count: number, changes: Partial<Policy> = {}): Promise<World> {
  const policy = policyOf(changes);
  const resolvers = Array.from({ length: count }, (_, index) => `192.0.2.${index + 1}:53`);
  return calm(policy, 3, {
    panel: (world) =>
      createPanel({ record: policy.record, sites: policy.sites, resolvers, timeoutMs: 2_000, ask: street.ask(world) }),
  });
}

async function switchOver(world: World): Promise<void> {
  suffers(world, a, 'status');
  await world.time.until(() => world.tell('switched').length > 0, 120_000);
}

const last = (world: World, code: string) => world.tell(code).at(-1);
const courseNow = (world: World) => world.service().status().convergence?.resolvers ?? null;

describe('after a verified switch', () => {
  test('the share grows as caches run out, and the end is told with its numbers', async () => {
    const street = streetOf(['caches', 'caches', 'caches', 'caches', 'caches']);
    const world = await worldOf(street, 5);
    expect(world.service().status().convergence).toBeNull();
    expect(street.questions).toBe(0);
    await switchOver(world);
    const verifiedMs = world.nowMs();
    const tookMs = await world.time.until(() => world.tell('converged').length > 0, 300_000);
    expect(tookMs).toBeLessThanOrEqual(world.policy.ttlMs * 1.15 + 5_000);
    const told = last(world, 'converged');
    const course = courseNow(world) ?? courseOf('', 0);
    const { resolvers: _, state: __, ...numbers } = course;
    expect(told).toMatchObject({ level: 'info', page: false, fields: numbers });
    const { curve, halfMs, fullMs, maxTtlLeftMs, slowest, rounds } = course;
    const shares = curve.map(([, share]) => share);
    expect(shares).toEqual([...shares].sort());
    expect(shares.length).toBeGreaterThan(2);
    expect(shares.at(-1)).toBe(1);
    expect(halfMs).toBeLessThan(fullMs ?? 0);
    expect(fullMs).toBeLessThanOrEqual(world.nowMs() - verifiedMs);
    expect(maxTtlLeftMs).toBeGreaterThan(30_000);
    expect(maxTtlLeftMs).toBeLessThanOrEqual(60_000);
    expect(slowest).toMatch(/^192\.0\.2\.\d:53$/);
    expect(told?.text).toContain(`5 of 5 resolvers that answered show ${b}`);
    expect(street.questions).toBe(rounds * 5 * 2);
    expect(street.questions).toBeLessThanOrEqual(15 * 5 * 2);
    expect(street.most).toBe(1);
    const asked = street.questions;
    await world.time.run(600_000);
    expect(street.questions).toBe(asked);
    expect(courseNow(world)).toMatchObject({ state: 'converged', ratio: 1, to: b, generation: 1 });
  });

  test('the dead are unreachable and not old; the others converge, and it ends in time', async () => {
    const street = streetOf(['caches', 'dead', 'slow']);
    const world = await worldOf(street, 3);
    await switchOver(world);
    await world.time.until(() => courseNow(world)?.rounds === 1, 60_000);
    expect(courseNow(world)?.resolvers.map(({ state }) => state)).toContain('unreachable');
    expect(courseNow(world)?.resolvers[1]).toMatchObject({ resolver: '192.0.2.2:53', state: 'unreachable' });
    const endedMs = await world.time.until(() => world.tell('converged').length > 0, 300_000);
    expect(endedMs).toBeLessThanOrEqual(2 * world.policy.ttlMs + 60_000 + 7_000);
    expect(last(world, 'converged')?.fields).toMatchObject({ ratio: 1, old: 0, maxTtlLeftMs: expect.any(Number) });
    expect(last(world, 'converged')?.text).toContain('unreachable: 192.0.2.2:53');
    expect(street.most).toBe(1);
  });

  test.each([
    ['lies', ['caches', 'lies'], '192.0.2.2:53', 0.5],
    ['keeps it longer than it may', ['caches', { hoardsMs: 3_600_000 }], '192.0.2.2:53', 0.5],
  ] as const)('one that %s is named when the time is over', async (_what, manners, slowest, ratio) => {
    const street = streetOf(manners);
    const world = await worldOf(street, 2);
    await switchOver(world);
    const tookMs = await world.time.until(() => world.tell('unconverged').length > 0, 600_000);
    expect(tookMs).toBeGreaterThanOrEqual(2 * world.policy.ttlMs + 60_000);
    expect(tookMs).toBeLessThan(2 * world.policy.ttlMs + 61_000);
    expect(last(world, 'unconverged')).toMatchObject({ level: 'warn', fields: { slowest, ratio, fullMs: null } });
    expect(world.tell('converged')).toEqual([]);
  });

  test('nobody answers: unconverged without a share, and no sample for it', async () => {
    const world = await worldOf(streetOf(['dead', 'dead']), 2);
    await switchOver(world);
    await world.time.until(() => world.tell('unconverged').length > 0, 600_000);
    expect(courseNow(world)).toMatchObject({ ratio: null, unreachable: 2, fullMs: null, slowest: null });
    expect(await createMetrics().text([world.service().status()])).not.toContain('failoverd_convergence_ratio{');
  });
});

test.each([1_000, 60_000, 3_600_000, 86_400_000])('with a TTL of %i ms the questions are few', async (ttlMs) => {
  const time = createTime(0);
  const policy = policyOf({ ttlMs });
  const state = initial(null);
  const view = { state: { ...state, durable: { ...state.durable, active: a } }, policy, moment: momentAt(0) };
  const tells: Tell[] = [];
  let rounds = 0;
  const meter = createMeter(
    { policy, view: () => view, post: () => undefined },
    {
      clock: time,
      random: seeded(1),
      store: noStore,
      teller: { tell: (_record, told) => void tells.push(told), observed: () => undefined },
      verifier: { verify: async () => ({ ok: false, why: 'not asked here' }) },
      panel: {
        async ask() {
          rounds += 1;
          return [{ resolver: 'x', state: 'old', why: '', ttlLeftMs: ttlMs }];
        },
      },
    },
    () => ['dns'],
  );
  meter.begin();
  await time.run(3 * ttlMs + 300_000);
  expect(tells.map(({ code }) => code)).toEqual(['unconverged']);
  expect(rounds).toBeGreaterThan(5);
  expect(rounds).toBeLessThan(100);
  expect(tells[0]?.fields['elapsedMs']).toBeGreaterThanOrEqual(2 * ttlMs + 60_000 - 1_000);
});

describe('the meter ends', () => {
  test('when another switch is decided; the new one is measured in its place', async () => {
    const street = streetOf(['lies']);
    const world = await worldOf(street, 1);
    world.order(b);
    await world.time.until(() => (courseNow(world)?.rounds ?? 0) > 2, 120_000);
    world.order(a);
    expect(courseNow(world)).toBeNull();
    await world.time.until(() => (courseNow(world)?.rounds ?? 0) > 0, 60_000);
    expect(courseNow(world)).toMatchObject({ to: a, generation: 2 });
    await world.time.run(400_000);
    expect(world.tell('unconverged').map(({ fields }) => fields['to'])).toEqual([a]);
    expect(street.most).toBe(1);
  });

  test('when the zone was moved by hand', async () => {
    const street = streetOf(['lies']);
    const world = await worldOf(street, 1);
    world.order(b);
    await world.time.until(() => (courseNow(world)?.rounds ?? 0) > 1, 120_000);
    world.zone.hand({ sets: world.policy.sites[2]?.sets ?? [] });
    await world.time.until(() => courseNow(world) === null, 120_000);
    await world.time.run(10_000);
    const { questions } = street;
    await world.time.run(400_000);
    expect(street.questions).toBe(questions);
  });

  test('with the service, and a new process does not resume it', async () => {
    const street = streetOf(['lies']);
    const world = await worldOf(street, 1);
    world.order(b);
    await world.time.until(() => (courseNow(world)?.rounds ?? 0) > 1, 120_000);
    const stopping = world.service().stop(1_000);
    await world.time.run(2_000);
    await stopping;
    const { questions } = street;
    world.start();
    await world.time.run(400_000);
    expect(street.questions).toBe(questions);
    expect(world.tell('unconverged')).toEqual([]);
    expect(world.service().status().convergence).toBeNull();
  });
});

test('where DNS does not show the record itself, no resolver is asked', async () => {
  const street = streetOf(['caches']);
  const world = await worldOf(street, 1);
  world.zone.proof = 'api';
  await world.time.run(61_000);
  await switchOver(world);
  await world.time.run(300_000);
  expect(street.questions).toBe(0);
});

test('while a change is verified the share is that of the authoritative servers', async () => {
  const world = await worldOf(streetOf(['lies']), 1);
  const share = async () => {
    const text = await createMetrics().text([world.service().status()]);
    return /^failoverd_convergence_ratio\{.*\} (.*)$/m.exec(text)?.[1];
  };
  expect(await share()).toBe('1');
  const [first] = Object.values(world.zone.servers);
  if (first !== undefined) first.silent = true;
  world.order(b);
  await world.time.run(3_000);
  const asked = Object.keys(world.zone.servers).length;
  expect(world.service().status()).toMatchObject({
    write: 'partial',
    convergence: { servers: { new: asked - 1, asked }, resolvers: null },
  });
  expect(await share()).toBe(`${(asked - 1) / asked}`);
  if (first !== undefined) first.silent = false;
  await world.time.until(() => (courseNow(world)?.rounds ?? 0) > 0, 120_000);
  expect(await share()).toBe('0');
});

describe('the arithmetic of a run', () => {
  const answer = (
    resolver: string,
    state: ResolverAnswer['state'],
    ttlLeftMs: number | null = null,
  ): ResolverAnswer => ({
    resolver,
    state,
    why: '',
    ttlLeftMs,
  });
  const begun = courseOf(b, 7);

  test('a share that falls again takes its time back; silence takes nothing back', () => {
    const one = heard(begun, [answer('x', 'new'), answer('y', 'new')], 1_000);
    expect([one.halfMs, one.fullMs, isComplete(one)]).toEqual([1_000, 1_000, true]);
    const two = heard(one, [answer('x', 'new'), answer('y', 'old', 9_000)], 6_000);
    expect([two.halfMs, two.fullMs, two.slowest, ended(two).state]).toEqual([1_000, null, 'y', 'unconverged']);
    const three = heard(two, [answer('x', 'unreachable'), answer('y', 'unreachable')], 11_000);
    expect([three.halfMs, three.fullMs, three.ratio, three.maxTtlLeftMs, three.ttlLeftMs]).toEqual([
      1_000,
      null,
      null,
      9_000,
      null,
    ]);
    const four = heard(three, [answer('x', 'unreachable'), answer('y', 'new')], 16_000);
    expect([four.fullMs, four.slowest, isComplete(four), ended(four).state]).toEqual([16_000, 'y', false, 'converged']);
    expect(four.curve).toEqual([
      [1_000, 1],
      [6_000, 0.5],
      [16_000, 1],
    ]);
  });

  test.each([
    [begun, `no resolver was asked yet for ${b}`],
    [
      heard(begun, [answer('x', 'new'), answer('y', 'old', 20_000), answer('z', 'unreachable')], 35_000),
      `1 of 2 resolvers that answered show ${b} after 35s; half after 35s; old: y, for at most 20s more by their TTL; unreachable: z`,
    ],
  ])('in words: %#', (course, text) => {
    expect(courseText(course)).toBe(text);
  });
});
