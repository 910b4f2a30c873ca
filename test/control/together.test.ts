import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome, Proof, Provider, Reading, Replacement } from '../../providers/provider';
import { combined, together } from '../../src/control/together';
import type { OutcomeCode } from '../../src/domain/state';
import type { Found } from '../../src/domain/types';
import { a, b, foundAt, policyOf } from '../domain/fixtures';

const codes: readonly OutcomeCode[] = ['applied', 'conflict', 'throttled', 'denied', 'unavailable', 'unknown'];
const signal = new AbortController().signal;
const policy = policyOf();

function told(...outcomes: readonly (OutcomeCode | Outcome)[]) {
  return outcomes.map((one, index) => ({
    provider: `p${index + 1}`,
    outcome: typeof one === 'string' ? { code: one, why: 'x' } : one,
  }));
}

describe('one outcome of two', () => {
  const rows: readonly [one: OutcomeCode, other: OutcomeCode, code: OutcomeCode, behind: readonly string[]][] = [
    ['applied', 'applied', 'applied', []],
    ['applied', 'conflict', 'applied', ['p2: conflict: x']],
    ['applied', 'throttled', 'applied', ['p2: throttled: x']],
    ['applied', 'denied', 'applied', ['p2: denied: x']],
    ['applied', 'unavailable', 'applied', ['p2: unavailable: x']],
    ['applied', 'unknown', 'applied', ['p2: unknown: x']],
    ['conflict', 'unknown', 'unknown', []],
    ['denied', 'unknown', 'unknown', []],
    ['unknown', 'unknown', 'unknown', []],
    ['conflict', 'conflict', 'conflict', []],
    ['conflict', 'throttled', 'throttled', []],
    ['throttled', 'unavailable', 'unavailable', []],
    ['conflict', 'unavailable', 'unavailable', []],
    ['unavailable', 'denied', 'denied', []],
    ['conflict', 'denied', 'denied', []],
  ];
  test.each(rows)('%s and %s: %s, behind %j', (one, other, code, behind) => {
    const outcome = combined(told(one, other));
    expect([outcome.code, outcome.behind ?? []]).toEqual([code, behind]);
    expect(combined(told(other, one)).code).toBe(code);
  });

  test('it never says more than one of them said, nor less than the worst may mean', () => {
    const any = fc.record({
      code: fc.constantFrom(...codes),
      why: fc.constant('x'),
      retryAfterMs: fc.option(fc.integer({ min: 1, max: 600_000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(any, any, (one, other) => {
        const pair = [one, other].map(({ retryAfterMs, ...rest }) => ({
          ...rest,
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        }));
        const outcome = combined(told(...pair));
        const said = [one.code, other.code];
        expect(said).toContain(outcome.code);
        const took = said.filter((code) => code === 'applied').length;
        expect(outcome.code === 'applied').toBe(took > 0);
        expect(outcome.behind?.length ?? 0).toBe(took > 0 ? 2 - took : 0);
        if (took === 0 && said.includes('unknown')) expect(outcome.code).toBe('unknown');
        const pauses = [one, other].filter(({ code }) => code !== 'applied').map((each) => each.retryAfterMs ?? 0);
        expect(outcome.retryAfterMs ?? 0).toBe(pauses.length === 0 ? 0 : Math.min(...pauses));
      }),
    );
  });
});

interface Fake {
  readonly provider: Provider;
  readonly writes: Replacement[];
  reads: number;
  reading: Reading;
  outcome: Outcome;
  servers: readonly string[];
}

function fakeAt(name: string, found: Found, changes: { proof?: Proof; atomic?: boolean } = {}): Fake {
  const fake: Fake = {
    writes: [],
    reads: 0,
    reading: { ok: true, found, proof: changes.proof ?? 'dns' },
    outcome: { code: 'applied', why: '' },
    servers: [],
    provider: {
      name,
      guarantees: { atomic: changes.atomic ?? true, compareAndSwap: true, note: `note of ${name}` },
      read: async () => {
        fake.reads += 1;
        return fake.reading;
      },
      replace: async (replacement) => {
        fake.writes.push(replacement);
        return fake.outcome;
      },
      nameservers: async () => fake.servers,
      preflight: async () => [{ level: 'ok', text: `fine at ${name}` }],
      close: async () => undefined,
    },
  };
  return fake;
}

function bothOf(one: Fake, other: Fake, nowMs = () => 0): Provider {
  return together(
    [one, other].map(({ provider }) => ({ provider, owned: false })),
    policy,
    nowMs,
  );
}

async function readOf(provider: Provider): Promise<Extract<Reading, { ok: true }>> {
  const reading = await provider.read(signal);
  if (!reading.ok) throw new Error(reading.why);
  return reading;
}

const to = foundAt(b).sets;
const marker = { owner: policy.owner, generation: 2, site: b };

describe('reading', () => {
  test('the newest speaks for both; each keeps what it held', async () => {
    const [old, newer] = [fakeAt('p1', foundAt(a, 1)), fakeAt('p2', foundAt(b, 2))];
    const { found } = await readOf(bothOf(old, newer));
    expect(found).toMatchObject({ sets: foundAt(b).sets, marker: { generation: 2 } });
    expect(found.parts?.map((part) => [part.provider, part.found?.marker?.generation])).toEqual([
      ['p1', 1],
      ['p2', 2],
    ]);
  });

  test.each([
    ['an obstacle', { ...foundAt(a, 1), obstacles: ['weighted'] }, { obstacles: ['p1: weighted'], at: 'p1' }],
    ['another tool', { ...foundAt(a), foreignMarker: 'x' }, { foreignMarker: 'x', at: 'p1' }],
    ['another owner', { ...foundAt(a), marker: { ...marker, owner: 'you' } }, { marker: { owner: 'you' }, at: 'p1' }],
  ])('%s at one is what counts, however old it is, and is named', async (_name, found, expected) => {
    const reading = await readOf(bothOf(fakeAt('p1', found), fakeAt('p2', foundAt(b, 9))));
    expect(reading.found).toMatchObject(expected);
  });

  test('one that cannot be read is named; none that can is a failure, the more pressing cause first', async () => {
    const [one, other] = [fakeAt('p1', foundAt(a, 1)), fakeAt('p2', foundAt(b, 2))];
    other.reading = { ok: false, code: 'denied', why: 'no right', retryAfterMs: 9 };
    const both = bothOf(one, other);
    const { found } = await readOf(both);
    expect([found.marker?.generation, found.parts?.[1]]).toMatchObject([1, { found: null, why: 'denied: no right' }]);
    one.reading = { ok: false, code: 'unavailable', why: '503' };
    expect(await bothOf(one, other).read(signal)).toEqual({
      ok: false,
      code: 'denied',
      why: 'p1: unavailable: 503; p2: denied: no right',
    });
  });

  test.each<[one: Proof, other: Proof, proofs: readonly Proof[] | undefined]>([
    ['dns', 'dns', undefined],
    ['dns', 'api', ['dns', 'api']],
    ['read', 'read', undefined],
  ])('proofs %s and %s: %j, also while one cannot be read', async (one, other, proofs) => {
    const [first, second] = [fakeAt('p1', foundAt(a), { proof: one }), fakeAt('p2', foundAt(a), { proof: other })];
    const both = bothOf(first, second);
    expect((await readOf(both)).proofs).toEqual(proofs);
    second.reading = { ok: false, code: 'unavailable', why: '' };
    expect((await readOf(both)).proofs).toEqual(proofs);
  });
});

describe('writing', () => {
  test('each is compared with what itself held, and is handed the very reading it gave', async () => {
    const held = [foundAt(a, 1), foundAt(a)] as const;
    const [one, other] = [fakeAt('p1', held[0]), fakeAt('p2', held[1])];
    const both = bothOf(one, other);
    const { found } = await readOf(both);
    expect(await both.replace({ from: found, to, marker }, signal)).toMatchObject({ code: 'applied' });
    expect(one.writes[0]?.from).toBe(held[0]);
    expect(other.writes[0]?.from).toBe(held[1]);
    expect(other.writes[0]).toMatchObject({ to, marker });
  });

  const kept: readonly [name: string, found: Found, writes: number][] = [
    ['the marker and the values already', foundAt(b, 2), 0],
    ['the marker, a self-test noted in it', { ...foundAt(b), marker: { ...marker, tested: 'then' } }, 0],
    ['the values under an older marker', foundAt(b, 1), 1],
    ['the values without a marker', foundAt(b), 1],
    ['the marker before its values', { ...foundAt(a), marker }, 1],
  ];
  test.each(kept)('one that holds %s: %# is written %i times', async (_name, found, writes) => {
    const [one, other] = [fakeAt('p1', found), fakeAt('p2', foundAt(b, 2))];
    const both = bothOf(one, other);
    await both.replace({ from: (await readOf(both)).found, to, marker }, signal);
    expect([one.writes.length, other.writes.length]).toEqual([writes, 0]);
  });

  test('a self-test rewrites the marker at both', async () => {
    const [one, other] = [fakeAt('p1', foundAt(b, 2)), fakeAt('p2', foundAt(b, 2))];
    const both = bothOf(one, other);
    await both.replace({ from: (await readOf(both)).found, to, marker: { ...marker, tested: 'now' } }, signal);
    expect([one.writes.length, other.writes.length]).toEqual([1, 1]);
  });

  test('one that was not read is not written, and is told to be behind', async () => {
    const [one, other] = [fakeAt('p1', foundAt(a, 1)), fakeAt('p2', foundAt(a, 1))];
    other.reading = { ok: false, code: 'unavailable', why: '503' };
    const both = bothOf(one, other);
    const outcome = await both.replace({ from: (await readOf(both)).found, to, marker }, signal);
    expect(outcome).toMatchObject({ code: 'applied', behind: [expect.stringMatching(/^p2: unavailable: .*503/)] });
    expect(other.writes).toEqual([]);
  });

  test('HTTPS hints are each provider’s own, pointed at the same addresses', async () => {
    const https = { type: 'HTTPS', ttl: 60, values: ['1 . alpn=h2 ipv4hint=203.0.113.10'] } as const;
    const [plain, hinted] = [
      fakeAt('p1', foundAt(a, 1)),
      fakeAt('p2', { ...foundAt(a, 1), sets: [...foundAt(a).sets, https] }),
    ];
    const both = bothOf(plain, hinted);
    await both.replace({ from: (await readOf(both)).found, to, marker }, signal);
    expect(plain.writes[0]?.to).toEqual(to);
    expect(hinted.writes[0]?.to).toEqual([...to, { ...https, values: ['1 . alpn=h2 ipv4hint=198.51.100.7'] }]);
  });

  test('one that asked for a pause is left alone until it is over; the other is not', async () => {
    let nowMs = 0;
    const [one, other] = [fakeAt('p1', foundAt(a, 1)), fakeAt('p2', foundAt(a, 1))];
    const both = bothOf(one, other, () => nowMs);
    const { found } = await readOf(both);
    one.outcome = { code: 'throttled', why: 'slow down', retryAfterMs: 10_000 };
    other.outcome = { code: 'unavailable', why: '503' };
    expect(await both.replace({ from: found, to, marker }, signal)).toMatchObject({ code: 'unavailable' });
    nowMs = 9_999;
    await both.read(signal);
    expect([one.reads, other.reads]).toEqual([1, 2]);
    nowMs = 10_000;
    await both.read(signal);
    expect([one.reads, other.reads]).toEqual([2, 3]);
  });
});

test('name servers: those of both; the zone’s own beside them where one names none; not of one that DNS does not show', async () => {
  const [one, other] = [fakeAt('p1', foundAt(a)), fakeAt('p2', foundAt(a))];
  const both = bothOf(one, other);
  expect(await both.nameservers(signal)).toEqual([]);
  one.servers = ['192.0.2.1:53'];
  expect(await both.nameservers(signal)).toEqual(['192.0.2.1:53', '@']);
  other.servers = ['ns.example.net', '192.0.2.1:53'];
  expect(await both.nameservers(signal)).toEqual(['192.0.2.1:53', 'ns.example.net']);
  other.reading = { ok: true, found: foundAt(a), proof: 'api' };
  await both.read(signal);
  expect(await both.nameservers(signal)).toEqual(['192.0.2.1:53']);
});

test('findings name their provider; guarantees are those that both give, and say that nothing spans the two', async () => {
  const both = bothOf(fakeAt('p1', foundAt(a)), fakeAt('p2', foundAt(a), { atomic: false }));
  expect(await both.preflight(signal)).toEqual([
    { level: 'ok', text: 'p1: fine at p1' },
    { level: 'ok', text: 'p2: fine at p2' },
  ]);
  expect([both.name, both.guarantees]).toMatchObject(['p1, p2', { atomic: false, compareAndSwap: true }]);
  expect(both.guarantees.note).toMatch(
    /one may answer the old set and the other the new; p1: note of p1; p2: note of p2/,
  );
});
