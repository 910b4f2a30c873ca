import { afterEach } from '@jest/globals';
import type { Outcome, Provider, ProviderInput } from '../../providers/provider';
import { type RecordType, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type { Params } from './per-record-server';
import type { FakeZone } from './per-record-zone';

export const www = 'www.example.test';
export const aside = '_failoverd.www.example.test';

/** What the fakes of both vendors can be told to be. */
export interface VendorOptions {
  readonly ttlFloor?: number;
  readonly roll?: number;
  /** Fields of the zone's description that differ from a healthy one. */
  readonly domain?: Params;
  /** Actions that the identity may not take. */
  readonly forbidden?: readonly string[];
  /** How far the service's clock is ahead of ours. */
  readonly skewMs?: number;
  /** Whether temporary credentials are needed. */
  readonly temporary?: boolean;
  /** The listing disregards the name asked for, and gives no more than so many records a page. */
  readonly unfiltered?: number;
  /** How many domains the key may list; 1 unless told. */
  readonly domains?: number;
  /** Whether the key is the main account's own. */
  readonly main?: boolean;
}

interface Fake {
  readonly zone: FakeZone;
  close(): Promise<void>;
}

export const soon = () => AbortSignal.timeout(3_000);

export async function look(provider: Provider): Promise<Found> {
  const reading = await provider.read(soon());
  if (!reading.ok) throw new Error(`read failed: ${reading.code} ${reading.why}`);
  return reading.found;
}

export async function move(
  provider: Provider,
  type: RecordType,
  values: readonly string[],
  generation = 1,
): Promise<Outcome> {
  const set = recordSet(type, 60, values);
  const marker = { owner: 'sre', generation, site: 'b' };
  return provider.replace({ from: await look(provider), to: set === null ? [] : [set], marker }, soon());
}

/** What `check` says, one finding a line. */
export async function told(provider: Provider): Promise<string> {
  const findings = await provider.preflight(soon(), true);
  return findings.map(({ level, text }) => `${level}: ${text}`).join('\n');
}

/** Opens fakes for the tests of this file, each closed when its test ends. */
export function bench<F extends Fake, O>(
  start: (options: O) => Promise<F>,
  connect: (fake: F, over: Partial<ProviderInput>) => Promise<Provider>,
) {
  const fakes: F[] = [];
  afterEach(async () => {
    for (const fake of fakes.splice(0)) await fake.close();
  });

  async function open(options: O, over: Partial<ProviderInput> = {}) {
    const fake = await start(options);
    fakes.push(fake);
    return { fake, provider: await connect(fake, over) };
  }

  /** A name with one address and our marker: the first call of a switch after the lock changes the marker. */
  async function openMarked(options: O, over: Partial<ProviderInput> = {}) {
    const opened = await open(options, over);
    opened.fake.zone.seed([
      { name: www, type: 'A', ttl: 60, values: ['192.0.2.1'] },
      { name: aside, type: 'TXT', ttl: 60, values: ['heritage=failoverd,owner=sre,generation=1,site=a'] },
    ]);
    return opened;
  }
  return { open, openMarked };
}
