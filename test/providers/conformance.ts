import { afterEach, describe, expect, test } from '@jest/globals';
import type { Outcome, Provider } from '../../providers/provider';
import { type Marker, markerName, type RecordSet, recordSet, sameValues } from '../../src/domain/records';
import type { OutcomeCode } from '../../src/domain/state';
import type { Found } from '../../src/domain/types';

/** One record as it stands at the provider, whatever its type; how a fake shows its truth. */
export interface ZoneRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly values: readonly string[];
}

/** A zone `example.test` of one adapter under test, freshly made for one clause, with the managed name `www.example.test`. */
export interface Subject {
  /** Another adapter instance on the same zone (two of them are two daemons). */
  connect(): Promise<Provider>;
  /** Puts records there behind the adapter's back. Replaces what has the same name and type. */
  seed(records: readonly ZoneRecord[]): Promise<void>;
  /** Everything in the zone, read behind the adapter's back. */
  truth(): Promise<readonly ZoneRecord[]>;
  /** Makes the next requests fail in that way, until `heal`. Only the faults the transport can have. */
  readonly faults: Partial<Readonly<Record<Fault, () => void>>>;
  heal(): void;
  /** Credentials in use: none may appear in any text. */
  readonly secrets: readonly string[];
  /** How many writes the provider took. */
  writes(): number;
  close(): Promise<void>;
}

export const faults = [
  'refused', // nothing listens
  'hang', // connects, never answers
  'server-error', // 5xx
  'throttled',
  'denied',
  'garbage', // 200 with an HTML page
  'empty', // 200 with nothing
  'huge', // 200 with a body without end
  'applied-then-lost', // the write is done, the answer never comes
  'lost', // the write is not done, the answer never comes
] as const;
export type Fault = (typeof faults)[number];

/** What a replace may answer under each fault. `unknown` is always safe; a surer answer must be true. */
const allowed: Readonly<Record<Fault, readonly OutcomeCode[]>> = {
  refused: ['unavailable', 'unknown'],
  hang: ['unknown', 'unavailable'],
  'server-error': ['unavailable', 'unknown'],
  throttled: ['throttled'],
  denied: ['denied'],
  garbage: ['unknown', 'unavailable'],
  empty: ['unknown', 'unavailable'],
  huge: ['unknown', 'unavailable'],
  'applied-then-lost': ['unknown'],
  lost: ['unknown'],
};

const record = 'www.example.test';
const neighbours: readonly ZoneRecord[] = [
  { name: 'mail.example.test', type: 'A', ttl: 300, values: ['192.0.2.25'] },
  { name: record, type: 'TXT', ttl: 300, values: ['human text at the managed name'] },
  { name: 'wwww.example.test', type: 'A', ttl: 300, values: ['192.0.2.26'] },
];

function sets(...values: readonly string[]): readonly RecordSet[] {
  const a = recordSet(
    'A',
    60,
    values.filter((value) => !value.includes(':')),
  );
  const aaaa = recordSet(
    'AAAA',
    60,
    values.filter((value) => value.includes(':')),
  );
  return [a, aaaa].flatMap((set) => (set !== null && set.values.length > 0 ? [set] : []));
}

const A = sets('203.0.113.10', '2001:db8::10');
const B = sets('198.51.100.7', '198.51.100.8', '2001:db8::7');
const C = sets('192.0.2.99');
const marker = (generation: number, site = 'b'): Marker => ({ owner: 'conformance', generation, site });

async function found(provider: Provider): Promise<Found> {
  const reading = await provider.read(AbortSignal.timeout(5_000));
  if (!reading.ok) throw new Error(`read failed: ${reading.code} ${reading.why}`);
  return reading.found;
}

async function replace(provider: Provider, from: Found, to: readonly RecordSet[], mark: Marker): Promise<Outcome> {
  return provider.replace({ from, to, marker: mark }, AbortSignal.timeout(5_000));
}

/** The one suite every adapter passes. `claims` are the adapter's own words, held to. */
export function conformance(name: string, open: () => Promise<Subject>): void {
  describe(`provider ${name}`, () => {
    let subject: Subject | null = null;
    const providers: Provider[] = [];
    async function start(seed: readonly ZoneRecord[] = []): Promise<{ subject: Subject; provider: Provider }> {
      subject = await open();
      await subject.seed([...neighbours, ...seed]);
      const provider = await another(subject);
      return { subject, provider };
    }
    async function another(on: Subject): Promise<Provider> {
      const provider = await on.connect();
      providers.push(provider);
      return provider;
    }
    afterEach(async () => {
      for (const provider of providers.splice(0)) await provider.close();
      await subject?.close();
      subject = null;
    });
    const seedA: readonly ZoneRecord[] = [
      { name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] },
      { name: record, type: 'AAAA', ttl: 60, values: ['2001:db8::10'] },
    ];

    test('absent reads as absent', async () => {
      const { provider } = await start();
      expect(await found(provider)).toMatchObject({ sets: [], marker: null, foreignMarker: null, obstacles: [] });
    });

    test('creates where there is nothing, and reads back exactly what it wrote', async () => {
      const { provider } = await start();
      expect(await replace(provider, await found(provider), B, marker(1))).toMatchObject({ code: 'applied' });
      const after = await found(provider);
      expect(after.sets).toEqual(B);
      expect(after.marker).toEqual(marker(1));
    });

    test('replaces A and AAAA together, marker with them, and a second run has nothing to do', async () => {
      const { provider, subject } = await start(seedA);
      expect(await replace(provider, await found(provider), B, marker(8))).toMatchObject({ code: 'applied' });
      const second = await found(await another(subject));
      expect(sameValues(second.sets, B)).toBe(true);
      expect(second.marker).toEqual(marker(8));
    });

    test('a family that the new site lacks is gone, and comes back', async () => {
      const { provider } = await start(seedA);
      expect(await replace(provider, await found(provider), C, marker(1, 'c'))).toMatchObject({ code: 'applied' });
      expect((await found(provider)).sets).toEqual(C);
      expect(await replace(provider, await found(provider), A, marker(2, 'a'))).toMatchObject({ code: 'applied' });
      expect((await found(provider)).sets).toEqual(A);
    });

    test('a stale "from" is a conflict and changes nothing', async () => {
      const { provider, subject } = await start(seedA);
      const stale = await found(provider);
      expect(await replace(await another(subject), stale, B, marker(8))).toMatchObject({ code: 'applied' });
      expect(await replace(provider, stale, C, marker(8, 'c'))).toMatchObject({ code: 'conflict' });
      expect((await found(provider)).sets).toEqual(B);
      expect((await found(provider)).marker).toEqual(marker(8));
    });

    test('an edit of the values alone, marker untouched, is a conflict too', async () => {
      const { provider, subject } = await start(seedA);
      const stale = await found(provider);
      await subject.seed([{ name: record, type: 'A', ttl: 60, values: ['192.0.2.77'] }]);
      expect(await replace(provider, stale, B, marker(8))).toMatchObject({ code: 'conflict' });
      expect((await found(provider)).sets).toContainEqual({ type: 'A', ttl: 60, values: ['192.0.2.77'] });
    });

    test('an empty "to" is refused', async () => {
      const { provider, subject } = await start(seedA);
      expect((await replace(provider, await found(provider), [], marker(1))).code).not.toBe('applied');
      expect((await found(provider)).sets).toEqual(A);
      expect(subject.writes()).toBe(0);
    });

    test('neighbours survive', async () => {
      const { provider, subject } = await start(seedA);
      await replace(provider, await found(provider), B, marker(1));
      const truth = await subject.truth();
      for (const neighbour of neighbours) expect(truth).toContainEqual(neighbour);
    });

    test('a record beyond the first page is found', async () => {
      const crowd = Array.from({ length: 350 }, (_, index) => ({
        name: `a${String(index).padStart(3, '0')}.example.test`,
        type: 'A',
        ttl: 60,
        values: ['192.0.2.1'],
      }));
      const { provider } = await start([...crowd, ...seedA]);
      expect((await found(provider)).sets).toEqual(A);
    });

    test('a wildcard that answers for the name is not the record at it, and survives', async () => {
      const wildcard = { name: '*.example.test', type: 'A', ttl: 300, values: ['203.0.113.10'] };
      const { provider, subject } = await start([wildcard]);
      const from = await found(provider);
      expect(from).toMatchObject({ sets: [], marker: null, obstacles: [] });
      expect(await replace(provider, from, B, marker(1))).toMatchObject({ code: 'applied' });
      expect((await found(provider)).sets).toEqual(B);
      expect(await subject.truth()).toContainEqual(wildcard);
    });

    test("another owner's marker is read as it is, and a foreign TXT in its place is reported", async () => {
      const { provider, subject } = await start(seedA);
      const at = { name: markerName(record), type: 'TXT', ttl: 60 };
      await subject.seed([{ ...at, values: ['heritage=failoverd,owner=other,generation=3,site=a'] }]);
      expect((await found(provider)).marker).toEqual({ owner: 'other', generation: 3, site: 'a' });
      await subject.seed([{ ...at, values: ['heritage=external-dns,external-dns/owner=k8s'] }]);
      const read = await found(provider);
      expect(read.marker).toBeNull();
      expect(read.foreignMarker).toContain('external-dns');
    });

    test('the same sets again rewrite the marker alone, by compare-and-swap', async () => {
      const { provider, subject } = await start(seedA);
      const first = await found(provider);
      const tested: Marker = { ...marker(0, 'a'), tested: '2026-11-23T09:50:00Z' };
      expect(await replace(provider, first, first.sets, tested)).toMatchObject({ code: 'applied' });
      const second = await found(provider);
      expect(second).toMatchObject({ sets: first.sets, marker: tested });
      const again: Marker = { ...tested, tested: '2026-11-23T10:00:00Z' };
      expect(await replace(provider, second, second.sets, again)).toMatchObject({ code: 'applied' });
      expect(await found(provider)).toMatchObject({ sets: first.sets, marker: again });
      expect(await replace(provider, second, second.sets, marker(9))).toMatchObject({ code: 'conflict' });
      expect(await replace(provider, first, B, marker(9))).toMatchObject({ code: 'conflict' });
      const truth = await subject.truth();
      for (const record of seedA) expect(truth).toContainEqual(record);
    });

    test.each(['HTTPS', 'SVCB'])('%s hints move with the addresses, or stand in the way by name', async (type) => {
      const value = '1 . alpn=h2,h3 ipv4hint=203.0.113.10 ipv6hint=2001:db8::10';
      const { provider, subject } = await start([...seedA, { name: record, type, ttl: 60, values: [value] }]);
      if (!(await subject.truth()).some((one) => one.type === type)) return;
      const from = await found(provider);
      if (from.obstacles.length > 0) {
        expect(from.obstacles.join()).toContain(type);
        expect((await replace(provider, from, B, marker(1))).code).not.toBe('applied');
        return;
      }
      expect(from.sets).toContainEqual({ type, ttl: 60, values: [value] });
      const moved = '1 . alpn=h2,h3 ipv4hint=198.51.100.7,198.51.100.8 ipv6hint=2001:db8::7';
      const to = [...B, { type: type as 'HTTPS' | 'SVCB', ttl: 60, values: [moved] }];
      expect(await replace(provider, from, to, marker(1))).toMatchObject({ code: 'applied' });
      expect((await found(provider)).sets).toEqual(to);
      // Without hints it is a neighbour.
      await subject.seed([{ name: record, type, ttl: 60, values: ['1 . alpn=h2'] }]);
      const plain = await found(provider);
      expect(plain.sets).toEqual(B);
      expect(await replace(provider, plain, A, marker(2, 'a'))).toMatchObject({ code: 'applied' });
      expect(await subject.truth()).toContainEqual({ name: record, type, ttl: 60, values: ['1 . alpn=h2'] });
    });

    test('two writers at once: exactly one wins', async () => {
      const { provider, subject } = await start(seedA);
      const rival = await another(subject);
      const from = await found(provider);
      const outcomes = await Promise.all([
        replace(provider, from, B, marker(8)),
        replace(rival, from, C, marker(8, 'c')),
      ]);
      const winners = outcomes.filter((outcome) => outcome.code === 'applied');
      if (provider.guarantees.compareAndSwap) expect(winners).toHaveLength(1);
      const end = (await found(provider)).sets;
      expect([B, C].some((sets) => sameValues(sets, end))).toBe(true);
    });

    test('readers meanwhile see the old or the new sets, never nothing', async () => {
      const { provider, subject } = await start(seedA);
      const from = await found(provider);
      const watcher = await another(subject);
      let done = false;
      const writing = replace(provider, from, B, marker(8)).finally(() => {
        done = true;
      });
      for (let round = 0; round < 1_000 && !done; round++) {
        const seen = (await found(watcher)).sets;
        expect(seen.length).toBeGreaterThan(0);
        if (provider.guarantees.atomic) expect([A, B].some((sets) => sameValues(sets, seen))).toBe(true);
      }
      expect(await writing).toMatchObject({ code: 'applied' });
    });

    test('abort is prompt and a value', async () => {
      const { provider, subject } = await start(seedA);
      const from = await found(provider);
      subject.faults.hang?.();
      const started = performance.now();
      const signal = AbortSignal.timeout(200);
      const [reading, outcome] = await Promise.all([
        provider.read(signal),
        provider.replace({ from, to: B, marker: marker(8) }, signal),
      ]);
      expect(performance.now() - started).toBeLessThan(1_500);
      if (subject.faults.hang !== undefined) {
        expect(reading.ok).toBe(false);
        expect(['unknown', 'unavailable']).toContain(outcome.code);
      }
    });

    test.each(faults)(
      'fault %s: the outcome is true, the read is a failure and never "absent", no secret is told',
      async (fault) => {
        const { provider, subject } = await start(seedA);
        const inject = subject.faults[fault];
        if (inject === undefined) return;
        const from = await found(provider);
        inject();
        const outcome = await provider.replace({ from, to: B, marker: marker(8) }, AbortSignal.timeout(1_000));
        expect(allowed[fault]).toContain(outcome.code);
        const reading = await provider.read(AbortSignal.timeout(1_000));
        const told = JSON.stringify([outcome, reading]);
        for (const secret of subject.secrets) expect(told).not.toContain(secret);
        if (fault !== 'applied-then-lost' && fault !== 'lost') {
          expect(reading.ok).toBe(false);
          if (fault === 'throttled' || fault === 'denied') expect(reading).toMatchObject({ code: fault });
        }
        subject.heal();
        const end = (await found(provider)).sets;
        expect(end).toEqual(fault === 'applied-then-lost' ? B : A);
      },
    );
  });
}
