import { describe, expect, test } from '@jest/globals';
import { patienceMs } from '../../providers/per-record/lock';
import { perRecord } from '../../providers/per-record/per-record';
import { lockText } from '../../providers/per-record/snapshot';
import type { Provider } from '../../providers/provider';
import { type RecordSet, type RecordType, recordSet, sameValues, valuesKey } from '../../src/domain/records';
import { initial } from '../../src/domain/step';
import type { Found } from '../../src/domain/types';
import { type Bench, benchOf, policyOf } from '../domain/fixtures';
import { type Fate, type MemoryApi, memoryApi } from './per-record-memory';
import { type FakeZone, fakeZone } from './per-record-zone';

const www = 'www.example.test';
const aside = '_failoverd.www.example.test';

function sets(...values: readonly string[]): readonly RecordSet[] {
  const of = (type: RecordType, wanted: (value: string) => boolean) => {
    const set = recordSet(type, 60, values.filter(wanted));
    return set === null || set.values.length === 0 ? [] : [set];
  };
  const isName = (value: string) => /[a-z]\./.test(value);
  return [
    ...of('A', (value) => !value.includes(':') && !isName(value)),
    ...of('AAAA', (value) => value.includes(':')),
    ...of('CNAME', isName),
  ];
}

interface World {
  readonly zone: FakeZone;
  readonly api: MemoryApi;
  /** A process of its own: what it remembers ends with it. */
  process(): Provider;
  wait(ms: number): void;
}

function world(start: readonly RecordSet[], roll = 10): World {
  const zone = fakeZone('example.test', { ttlFloor: 1, ttlCeiling: 86_400, roll });
  zone.seed(start.map((set) => ({ name: www, ...set })));
  const api = memoryApi(zone);
  let nowMs = 1_000;
  const input = { record: www, zone: null, ttl: 60, env: {}, directory: '/nonexistent', mixedFamilies: true };
  return {
    zone,
    api,
    process: () =>
      perRecord({
        name: 'memory',
        user: 'a user',
        temporary: null,
        api,
        input,
        ttlCeiling: 86_400,
        nowMs: () => nowMs,
      }),
    wait(ms) {
      nowMs += ms;
    },
  };
}

const signal = () => AbortSignal.timeout(5_000);
async function look(provider: Provider): Promise<Found> {
  const reading = await provider.read(signal());
  if (!reading.ok) throw new Error(reading.why);
  return reading.found;
}
const marker = (generation: number, site = 'b') => ({ owner: 'sre', generation, site });
async function move(provider: Provider, to: readonly RecordSet[], generation: number) {
  return provider.replace({ from: await look(provider), to, marker: marker(generation) }, signal());
}

const one = sets('192.0.2.1');
const both = sets('192.0.2.1', '2001:db8::1');
const other = sets('198.51.100.1', '198.51.100.2', '2001:db8::2');
const six = sets('2001:db8::6');
const alias = sets('b.example.net');
const transitions: readonly (readonly [string, readonly RecordSet[], readonly RecordSet[], calls: number])[] = [
  ['one address for another', one, sets('198.51.100.1'), 1],
  ['both families', both, sets('198.51.100.1', '2001:db8::2'), 2],
  ['more values than before', both, other, 3],
  ['fewer values than before', other, both, 3],
  ['a value that stays', sets('192.0.2.1', '192.0.2.2'), sets('192.0.2.1', '192.0.2.3'), 1],
  ['one family for the other', one, six, 1],
  ['a name for addresses', both, alias, 2],
  ['addresses for a name', alias, other, 3],
  ['one name for another', alias, sets('c.example.net'), 1],
  ['something for nothing', [], both, 2],
];

describe('a switch, call by call', () => {
  test.each(transitions)('%s: never empty, never more records than the larger set, %#', async (_, from, to, calls) => {
    const { zone, api, process } = world(from);
    const count = (list: readonly RecordSet[]) => list.flatMap(({ values }) => values).length;
    const most = Math.max(count(from), count(to));
    const seen: (readonly string[])[] = [];
    api.written = () => void seen.push(zone.values(www));
    expect(await move(process(), to, 1)).toMatchObject({ code: 'applied' });
    expect((await look(process())).sets).toEqual(to);
    for (const values of from.length === 0 ? seen.slice(-2) : seen) {
      expect(values.length).toBeGreaterThan(0);
      expect(values.length).toBeLessThanOrEqual(most);
    }
    // After lock, marker and one call more there is a new value, unless room must be made for a CNAME.
    const wanted = to.flatMap(({ values }) => values);
    if (to !== alias || calls === 1) expect(seen[2]?.some((value) => wanted.includes(value))).toBe(true);
    // Lock, marker, values, unlock.
    expect(api.writes).toBe(calls + 3);
    expect(zone.all().filter(({ name }) => name === aside)).toHaveLength(1);
  });

  test('a second run has nothing to do; a newer generation of the same values is one call', async () => {
    const { api, process, zone } = world(both);
    const provider = process();
    await move(provider, other, 1);
    api.writes = 0;
    expect(await move(provider, other, 2)).toMatchObject({ code: 'applied' });
    expect(api.writes).toBe(3);
    expect(zone.all().find(({ name }) => name === aside)?.value).toContain('generation=2');
  });

  test('a TTL that differs from the one wanted goes along, and that it may not be changed alone is no failure', async () => {
    for (const fate of ['carry-out', 'exists'] as const) {
      const { zone, api, process } = world([{ type: 'A', ttl: 300, values: ['192.0.2.1', '192.0.2.2'] }]);
      api.fate = (write) => (write === 3 ? fate : 'carry-out');
      expect(await move(process(), sets('192.0.2.1', '192.0.2.3'), 1)).toMatchObject({ code: 'applied' });
      const ttls = zone.all().flatMap(({ name, ttl }) => (name === www ? [ttl] : []));
      expect(ttls.sort()).toEqual(fate === 'carry-out' ? [60, 60] : [300, 60]);
    }
  });

  test('where no value changes the marker alone is written, whatever TTLs stand there', async () => {
    const { zone, api, process } = world([]);
    zone.put({ name: www, type: 'A', value: '192.0.2.1', ttl: 300 });
    zone.put({ name: www, type: 'A', value: '192.0.2.2', ttl: 60 });
    const provider = process();
    const rows = () => zone.all().filter(({ name }) => name === www);
    const before = rows();
    const from = await look(provider);
    expect(await provider.replace({ from, to: from.sets, marker: marker(7, 'a') }, signal())).toMatchObject({
      code: 'applied',
    });
    // Lock, marker, unlock.
    expect([api.writes, rows()]).toEqual([3, before]);
  });
});

/** A service with sites at `from` and `to`, its change of generation 1 about to leave. */
function deciding(from: readonly RecordSet[], to: readonly RecordSet[]): Bench {
  const sites = [
    { name: 'a', sets: from },
    { name: 'b', sets: to },
  ];
  const bench = benchOf(policyOf({ sites }));
  bench.post({ type: 'found', found: { sets: from, marker: null, foreignMarker: null, obstacles: [] } });
  bench.allUp('a', 'b');
  bench.post({ type: 'ordered', order: { order: 'switch', site: 'b' }, actor: 'ada', why: 'x', forMs: null });
  return bench;
}

/** One attempt, as control makes it: read, tell, send, tell. */
async function attempt(bench: Bench, provider: Provider): Promise<void> {
  const from = await look(provider);
  bench.post({ type: 'found', found: from });
  const { change } = bench.state.durable;
  if (change === null || change.phase === 'applied') return;
  const { generation } = change;
  bench.post({ type: 'sending', generation });
  const to = bench.policy.sites.find(({ name }) => name === change.to)?.sets ?? [];
  const outcome = await provider.replace({ from, to, marker: marker(generation, change.to) }, signal());
  bench.post({ type: 'wrote', generation, outcome: outcome.code, why: '', requestId: null, retryAfterMs: null });
}

describe('broken off at any call', () => {
  const fates: readonly Fate[] = ['lose-answer', 'lose-request', 'throttled', 'denied', 'unavailable'];
  const cases = transitions
    .filter(([, from]) => from.length > 0)
    .flatMap(([name, from, to, calls]) => fates.map((fate) => [name, fate, from, to, calls] as const));

  test.each(cases)('%s, %s: told truly, and completed by the next attempt', async (_, fate, from, to, calls) => {
    for (let broken = 0; broken < calls + 2; broken++) {
      const { zone, api, process, wait } = world(from);
      const bench = deciding(from, to);
      api.fate = (write) => (write >= broken ? fate : 'carry-out');
      const provider = process();
      const before = await look(provider);
      const outcome = await provider.replace({ from: before, to, marker: marker(1) }, signal());
      // Write 0 is the lock, 1 the marker: a sure refusal there leaves all as it was.
      const sure = fate === 'throttled' || fate === 'denied' || fate === 'unavailable';
      expect(outcome.code).toBe(broken === 0 && !sure ? 'unavailable' : sure && broken <= 1 ? fate : 'unknown');
      expect(zone.values(www).length).toBeGreaterThan(0);
      if (broken <= 1) expect(valuesKey((await look(process())).sets)).toBe(valuesKey(from));
      api.fate = () => 'carry-out';
      bench.post({ type: 'sending', generation: 1 });
      bench.post({ type: 'wrote', generation: 1, outcome: outcome.code, why: '', requestId: null, retryAfterMs: null });
      // A lock of which the maker does not know whether it was made is taken for another's.
      await look(provider);
      if (broken === 0 && fate === 'lose-answer') wait(patienceMs);
      await attempt(bench, provider);
      expect(bench.state.durable).toMatchObject({ active: 'b', obstacle: null, change: { phase: 'applied' } });
      expect((await look(process())).sets).toEqual(to);
      expect(zone.all().filter(({ value }) => value === lockText)).toEqual([]);
    }
  });

  test.each(transitions.filter(([, from]) => from.length > 0))(
    '%s, with the process: the next one completes it',
    async (_, from, to, calls) => {
      for (let broken = 0; broken <= calls + 2; broken++) {
        const { zone, api, process, wait } = world(from);
        const bench = deciding(from, to);
        const { change } = bench.state.durable;
        bench.post({ type: 'sending', generation: 1 });
        api.fate = (write) => (write >= broken ? 'lose-request' : 'carry-out');
        const dead = process();
        await dead.replace({ from: await look(dead), to, marker: marker(change?.generation ?? 0) }, signal());
        api.fate = () => 'carry-out';
        const next = process();
        const again = benchOf(bench.policy, initial(bench.state.durable));
        again.post({ type: 'found', found: await look(next) });
        expect(again.state.durable).toMatchObject({ obstacle: null, pin: { site: 'b', by: 'order' } });
        wait(patienceMs);
        again.allUp('a', 'b');
        await attempt(again, next);
        expect(again.state.durable).toMatchObject({ active: 'b', obstacle: null });
        expect((await look(process())).sets).toEqual(to);
        expect(zone.values(www).length).toBeGreaterThan(0);
      }
    },
  );
});

describe('two writers', () => {
  test('at every interleaving of their calls one of them wins whole, and nothing is mixed', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { zone, api, process } = world(both);
      const [left, right] = [process(), process()];
      const from = await look(left);
      let state = seed;
      const pause = async () => {
        state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
        for (let turn = 0; turn < state % 7; turn++) await Promise.resolve();
      };
      for (const call of ['list', 'create', 'update', 'remove'] as const) {
        const plain = api[call].bind(api);
        Object.assign(api, {
          [call]: async (...given: Parameters<typeof plain>) => pause().then(() => Reflect.apply(plain, api, given)),
        });
      }
      const outcomes = await Promise.all([
        left.replace({ from, to: other, marker: marker(8) }, signal()),
        right.replace({ from, to: sets('203.0.113.9'), marker: marker(8, 'c') }, signal()),
      ]);
      expect(outcomes.map(({ code }) => code).sort()).toEqual(['applied', 'conflict']);
      const end = (await look(process())).sets;
      expect([other, sets('203.0.113.9')].some((list) => sameValues(list, end))).toBe(true);
      expect(zone.all().filter(({ value }) => value === lockText)).toEqual([]);
    }
  });

  test("another's lock is respected while a writer may still be at work, and taken over after that", async () => {
    const { zone, process, wait } = world(one);
    const provider = process();
    zone.put({ name: aside, type: 'TXT', value: lockText });
    const first = await move(provider, other, 1);
    expect(first).toMatchObject({ code: 'conflict', why: expect.stringMatching(/another writer holds the lock.*0 s/) });
    wait(patienceMs - 1);
    expect(await move(provider, other, 1)).toMatchObject({ code: 'conflict' });
    wait(1);
    expect(await move(provider, other, 1)).toMatchObject({ code: 'applied' });
  });

  test('a lock that comes and goes is never taken over', async () => {
    const { zone, process, wait } = world(one);
    const provider = process();
    for (let round = 0; round < 5; round++) {
      zone.drop(({ value }) => value === lockText);
      zone.put({ name: aside, type: 'TXT', value: lockText });
      expect(await move(provider, other, 1)).toMatchObject({ code: 'conflict' });
      wait(patienceMs / 2);
    }
    expect(zone.values(www)).toEqual(['192.0.2.1']);
  });

  test('our own lock, left by an attempt that broke off, is no obstacle to us', async () => {
    const { api, process } = world(one);
    const provider = process();
    api.fate = (write) => (write >= 3 ? 'lose-request' : 'carry-out');
    expect(await move(provider, other, 1)).toMatchObject({ code: 'unknown' });
    api.fate = () => 'carry-out';
    expect(await move(provider, other, 1)).toMatchObject({ code: 'applied' });
  });
});

describe('what makes the name unsafe', () => {
  type Put = Parameters<FakeZone['put']>[0];
  const rows: readonly (readonly [string, Put, RegExp])[] = [
    ['a record of another line', { name: www, type: 'A', value: '192.0.2.3', line: '电信' }, /line 电信 only/],
    [
      'a record that is switched off',
      { name: www, type: 'AAAA', value: '2001:db8::9', enabled: false },
      /switched off/,
    ],
    ['a weight', { name: www, type: 'A', value: '192.0.2.3', weight: 20 }, /weight 20/],
    ['a lock of the vendor', { name: www, type: 'A', value: '192.0.2.3', locked: true }, /is locked/],
    ['URL forwarding', { name: www, type: '显性URL', value: 'http://example.net' }, /may answer for the name/],
    ['a delegation', { name: www, type: 'NS', value: 'ns.example.net' }, /delegated/],
    ['a marker of another line', { name: aside, type: 'TXT', value: 'x', line: '联通' }, /line 联通 only/],
    ['a marker switched off', { name: aside, type: 'TXT', value: 'x', enabled: false }, /switched off/],
    ["a CNAME in the marker's place", { name: aside, type: 'CNAME', value: 'x.example.net' }, /marker TXT goes/],
    ['HTTPS with hints', { name: www, type: 'HTTPS', value: '1 . ipv4hint=192.0.2.1' }, /HTTPS .*to the old site/],
    ['SVCB with hints by number', { name: www, type: 'SVCB', value: '1 . key4=x' }, /SVCB .*to the old site/],
    ['a value that is none', { name: www, type: 'A', value: '300.1.1.1' }, /no such value/],
  ];
  test.each(rows)('%s', async (_, row, why) => {
    const { zone, api, process } = world(one);
    zone.put(row);
    const provider = process();
    const seen = await look(provider);
    expect(seen.obstacles).toEqual([expect.stringMatching(why)]);
    expect(await move(provider, other, 1)).toMatchObject({ code: 'denied' });
    expect(api.writes).toBe(0);
  });

  test('neighbours of other types are none', async () => {
    const { zone, process } = world(one);
    for (const type of ['TXT', 'MX', 'CAA', 'HTTPS', 'SRV']) zone.put({ name: www, type, value: '1 . alpn=h2' });
    expect((await look(process())).obstacles).toEqual([]);
  });

  test.each(['1 . ipv4hint=192.0.2.1', '1 . key4=\\192\\000\\002\\001', '1 . ipv4hint=not-read'])(
    'address hints are an obstacle, in whatever form: %s',
    async (value) => {
      const { zone, process } = world(one);
      zone.put({ name: www, type: 'HTTPS', value });
      expect((await look(process())).obstacles).toEqual([expect.stringMatching(/HTTPS of .* hints at addresses/)]);
    },
  );

  test("somebody else's claim is never written over, also when it comes between the reading and the writing", async () => {
    const { zone, api, process } = world(one);
    const provider = process();
    const from = await look(provider);
    zone.put({ name: aside, type: 'TXT', value: 'heritage=external-dns' });
    const outcome = await provider.replace({ from, to: other, marker: marker(1) }, signal());
    expect(outcome).toMatchObject({ code: 'denied', why: expect.stringMatching(/external-dns/) });
    expect(await move(provider, other, 1)).toMatchObject({ code: 'denied' });
    expect(zone.values(www)).toEqual(['192.0.2.1']);
    // Lock and unlock of the first; the second knew before it began.
    expect(api.writes).toBe(2);
  });

  test('a human adds an address while we write: found by the reading back', async () => {
    const { zone, api, process } = world(one);
    api.written = () => {
      if (api.writes === 3) zone.put({ name: www, type: 'A', value: '192.0.2.200' });
    };
    const outcome = await move(process(), sets('198.51.100.1'), 1);
    expect(outcome).toMatchObject({ code: 'unknown', why: expect.stringMatching(/192\.0\.2\.200/) });
  });
});

describe('TTL', () => {
  test.each([
    [60, 600, 600],
    [900, 600, 900],
    [100_000, 600, 86_400],
    [60, null, 60],
  ])('asked %s, floor %s: %s is written, once', async (asked, floor, written) => {
    const zone = fakeZone('example.test', { ttlFloor: floor ?? 1, ttlCeiling: 86_400, roll: 10 });
    zone.seed([{ name: www, type: 'A', ttl: 600, values: ['192.0.2.1'] }]);
    const api = memoryApi(zone, floor);
    const input = { record: www, zone: null, ttl: asked, env: {}, directory: '/nonexistent', mixedFamilies: false };
    const provider = perRecord({
      name: 'memory',
      user: 'a user',
      temporary: null,
      api,
      input,
      ttlCeiling: 86_400,
      nowMs: () => 0,
    });
    const to = [{ type: 'A' as const, ttl: asked, values: ['198.51.100.1'] }];
    expect(await move(provider, to, 1)).toMatchObject({ code: 'applied' });
    expect((await look(provider)).sets).toEqual([{ ...to[0], ttl: written }]);
    expect(api.writes).toBe(4);
    const texts = (await provider.preflight(signal())).map(({ level, text }) => `${level} ${text}`).join('\n');
    if (floor === null) expect(texts).toMatch(/warn the plan's least TTL was not told/);
    else if (asked === written) expect(texts).toMatch(/ok the plan's least TTL is 600 s/);
    else expect(texts).toContain(`warn FAILOVERD_TTL is ${asked} s`);
  });
});

describe('another spelling is no difference', () => {
  const rows: readonly (readonly [string, RecordType, readonly string[], readonly string[]])[] = [
    ['IPv6 in full and capitals', 'AAAA', ['2001:0DB8:0:0:0:0:0:1'], ['2001:db8::1']],
    ['a dot and capitals', 'CNAME', ['B.Example.NET.'], ['b.example.net']],
    ['another order', 'A', ['192.0.2.2', '192.0.2.1'], ['192.0.2.1', '192.0.2.2']],
  ];
  test.each(rows)('%s: the marker alone is written', async (_, type, listed, values) => {
    const { zone, api, process } = world([]);
    for (const value of listed) zone.put({ name: www, type, value: '192.0.2.200', ttl: 300, remark: value });
    const spelt = () => zone.all().flatMap((row) => (row.name === www ? [{ ...row, value: row.remark }] : []));
    const list = api.list.bind(api);
    api.list = async (at, name, stop) => {
      const answer = await list(at, name, stop);
      if (!answer.ok || name !== www) return answer;
      return { ok: true, value: answer.value.map((row) => ({ ...row, value: row.remark })) };
    };
    const before = spelt();
    const provider = process();
    const to = [{ type, ttl: 60, values }];
    expect(sameValues((await look(provider)).sets, to)).toBe(true);
    expect(await move(provider, to, 1)).toMatchObject({ code: 'applied' });
    expect([api.writes, spelt()]).toEqual([3, before]);
  });
});
