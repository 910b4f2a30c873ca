import { create } from '../../providers/cloudflare/cloudflare';
import type { Outcome, Provider, ProviderInput } from '../../providers/provider';
import { type RecordSet, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type { CloudflareFake } from './cloudflare-fake';

/** What the adapter is made from when it is to talk to that fake. */
export function inputFor(fake: CloudflareFake, over: Partial<ProviderInput> = {}): ProviderInput {
  return {
    record: 'www.example.test',
    zone: null,
    ttl: 60,
    env: { CLOUDFLARE_API_TOKEN: fake.token, CLOUDFLARE_BASE_URL: fake.url },
    directory: '/nonexistent',
    mixedFamilies: false,
    ...over,
  };
}

export async function connect(fake: CloudflareFake, over: Partial<ProviderInput> = {}): Promise<Provider> {
  const created = await create(inputFor(fake, over));
  if (!created.ok) throw new Error(JSON.stringify(created.problems));
  return created.provider;
}

export async function foundBy(provider: Provider): Promise<Found> {
  const reading = await provider.read(AbortSignal.timeout(5_000));
  if (!reading.ok) throw new Error(`read failed: ${reading.code} ${reading.why}`);
  return reading.found;
}

/** Reads and replaces with `generation` of owner `sre`. */
export async function move(provider: Provider, to: readonly RecordSet[], generation: number): Promise<Outcome> {
  const from = await foundBy(provider);
  return provider.replace({ from, to, marker: markerOf(generation) }, AbortSignal.timeout(2_000));
}

export function markerOf(generation: number) {
  return { owner: 'sre', generation, site: 'b' };
}

export function a(...values: readonly string[]): readonly RecordSet[] {
  return one('A', values);
}

export function one(type: RecordSet['type'], values: readonly string[], ttl = 60): readonly RecordSet[] {
  const set = recordSet(type, ttl, values);
  return set === null ? [] : [set];
}
