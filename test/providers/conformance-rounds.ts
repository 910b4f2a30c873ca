import { expect } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import { markerName, markerText, sameValues } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { type Bench, benchOf, pass, policyOf } from '../domain/fixtures';
import type { ZoneRecord } from './conformance';
import { A, B, type Clause, found, marker, record, replace, type Scene, seedA } from './conformance-scene';

const rounds_ = 1_000;
/** A slow server is read for as long; the last reading stands for the rest. */
const readingMs = 5_000;

const ours: ZoneRecord = { name: markerName(record), type: 'TXT', ttl: 60, values: [markerText(marker(3))] };
const capitals = 'WWW.Example.TEST';
const oddly: readonly ZoneRecord[] = [
  { name: record, type: 'A', ttl: 301, values: ['198.51.100.8', '198.51.100.7'] },
  { name: record, type: 'AAAA', ttl: 301, values: ['2001:0DB8:0:0:0:0:0:7'] },
];
/** The same as people and servers write it, the oddest first: the first that the server takes is used, and noted. */
const spellings: readonly (readonly [what: string, records: readonly ZoneRecord[]])[] = [
  ['name in capitals, IPv6 in full, other order and TTL', oddly.map((one) => ({ ...one, name: capitals }))],
  ['IPv6 in full, other order and TTL', oddly],
  ['other order and TTL', oddly.map((one) => (one.type === 'A' ? one : { ...one, values: ['2001:db8::7'] }))],
];

/** Converged and unchanged: nothing is written, for ever. */
export function rounds(clause: Clause): void {
  clause(
    '1,000 rounds, 0 writes',
    async (scene) => {
      for (const [what, records] of spellings) {
        const started = await startWith(scene, [...records, ours]);
        if (started === null) continue;
        const { provider, subject } = started;
        const bench = await decide(provider, B);
        const before = subject.writes();
        const read = await reconcile(bench, provider);
        expect(bench.effects.filter(({ type }) => type === 'point')).toEqual([]);
        expect(bench.state.durable).toMatchObject({ active: 'b', obstacle: null, hold: null, change: null });
        expect([subject.writes(), before]).toEqual([0, 0]);
        scene.note(read < rounds_ ? `${what}; ${read} readings in ${readingMs / 1_000} s` : what);
        return;
      }
      throw new Error('no spelling could be seeded');
    },
    30_000,
  );

  clause("a person's TTL is adopted", async ({ start, excuse }) => {
    const edited = seedA.map((one) => ({ ...one, ttl: 300 }));
    const { provider, subject } = await start([...edited, ours]);
    const ttls = async () =>
      (await subject.truth()).filter(({ name, type }) => name === record && type !== 'TXT').map(({ ttl }) => ttl);
    if ((await ttls()).some((ttl) => ttl !== 300)) return excuse('it has no TTLs');
    const bench = await decide(provider, A);
    bench.post({ type: 'found', found: await found(provider) });
    expect(bench.effects.filter(({ type }) => type === 'point')).toEqual([]);
    expect(bench.state.durable).toMatchObject({ obstacle: null, hold: null, change: null });
    expect(subject.writes()).toBe(0);
    // Nor does a write of the marker alone bring the old one back.
    const from = await found(provider);
    expect(await replace(provider, from, from.sets, marker(9, 'a'))).toMatchObject({ code: 'applied' });
    expect(await ttls()).toEqual([300, 300]);
  });
}

/** Null: the server does not take that spelling, or not for the managed name. */
async function startWith({ start }: Scene, seed: readonly ZoneRecord[]) {
  try {
    const started = await start(seed);
    return sameValues((await found(started.provider)).sets, B) ? started : null;
  } catch {
    return null;
  }
}

/** The real decision on two sites, of which the first is published and both are well: it could write at any time. */
async function decide(provider: Provider, active: typeof A): Promise<Bench> {
  const sites = [
    { name: 'b', sets: active },
    { name: 'other', sets: [{ type: 'A', ttl: 60, values: ['192.0.2.200'] }] },
  ] as const;
  const policy = policyOf({ sites: [...sites], owner: 'conformance', create: true });
  const bench = benchOf(policy);
  const first = await found(provider);
  expect(sameValues(first.sets, active)).toBe(true);
  bench.allUp('b', 'other');
  bench.post({ type: 'found', found: first });
  return bench;
}

/** How many of the rounds had a reading of their own. */
async function reconcile(bench: Bench, provider: Provider): Promise<number> {
  const until = performance.now() + readingMs;
  let seen: Found | null = null;
  let readings = 0;
  for (let round = 0; round < rounds_; round++) {
    if (seen === null || performance.now() < until) {
      seen = await found(provider);
      readings++;
    }
    bench.wait(bench.policy.intervalMs);
    for (const site of bench.policy.sites) bench.see(site.name, pass);
    bench.post({ type: 'found', found: seen });
  }
  return readings;
}
