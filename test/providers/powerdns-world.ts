import { create } from '../../providers/powerdns/powerdns';
import type { Outcome, Provider, ProviderInput } from '../../providers/provider';
import { type RecordSet, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type { Pdns } from '../servers/pdns';
import type { ZoneRecord } from './conformance';
import { type Asked, type FaultyHttp, startFaultyHttp } from './faulty-http';

export const www = 'www.example.test';
export const aside = '_failoverd.www.example.test';

/** A zone `example.test` on a real PowerDNS, behind a proxy that can fail. */
export interface PdnsWorld {
  readonly pdns: Pdns;
  readonly proxy: FaultyHttp;
  connect(over?: Partial<ProviderInput>): Promise<Provider>;
  seed(records: readonly ZoneRecord[]): Promise<void>;
  truth(): Promise<readonly ZoneRecord[]>;
  /** One PATCH past the proxy. */
  patch(rrsets: readonly unknown[]): Promise<void>;
  /** How many PATCHes the server took through the proxy. */
  writes(): number;
  close(): Promise<void>;
}

/** Makes the zone anew. */
export async function openPdnsWorld(pdns: Pdns, zone: object = {}): Promise<PdnsWorld> {
  await pdns.api('DELETE', '/zones/example.test.');
  const made = await pdns.api('POST', '/zones', {
    name: 'example.test.',
    kind: 'Native',
    nameservers: ['ns1.example.test.'],
    ...zone,
  });
  if (made.status !== 201) throw new Error(`the zone was not made: ${JSON.stringify(made)}`);
  let writes = 0;

  async function forward({ method, path, headers, body }: Asked) {
    const response = await fetch(pdns.url + path, {
      method,
      headers: { 'X-API-Key': String(headers['x-api-key']) },
      ...(body === '' ? {} : { body }),
    });
    if (method === 'PATCH' && response.status === 204) writes++;
    return { status: response.status, body: await response.text() };
  }
  const proxy = await startFaultyHttp({
    handle: forward,
    changes: ({ method }) => method === 'PATCH',
    // A server that echoes the key must not make us repeat it.
    refusal: { status: 401, body: `Unauthorized: ${pdns.key}` },
  });

  async function patch(rrsets: readonly unknown[]): Promise<void> {
    const done = await pdns.api('PATCH', '/zones/example.test.', { rrsets });
    if (done.status !== 204) throw new Error(`not written: ${JSON.stringify(done)}`);
  }

  return {
    pdns,
    proxy,
    connect: (over = {}) => connectPdns({ POWERDNS_API_URL: proxy.url, POWERDNS_API_KEY: pdns.key }, over),
    seed: (records) => patch(records.map(rrset)),
    async truth() {
      const { body } = await pdns.api('GET', '/zones/example.test.');
      return rrsetsIn(body);
    },
    patch,
    writes: () => writes,
    close: () => proxy.close(),
  };
}

export function rrset({ name, type, ttl, values }: ZoneRecord) {
  const contents = values.map((value) => (type === 'TXT' ? `"${value}"` : type === 'CNAME' ? `${value}.` : value));
  const records = contents.map((content) => ({ content, disabled: false }));
  return { name: `${name}.`, type, ttl, changetype: 'REPLACE', records };
}

function rrsetsIn(body: unknown): readonly ZoneRecord[] {
  const { rrsets } = Object(body);
  return rrsets.map(({ name, type, ttl, records }: { name: string; type: string; ttl: number; records: object[] }) => ({
    name: name.slice(0, -1),
    type,
    ttl,
    values: records.map((record) => String(Object(record).content).replace(/^"|"$/g, '')),
  }));
}

export async function connectPdns(
  env: Readonly<Record<string, string>>,
  over: Partial<ProviderInput> = {},
): Promise<Provider> {
  const defaults = { record: www, zone: null, ttl: 60, directory: '/nonexistent', mixedFamilies: false };
  const created = await create({ ...defaults, env, ...over });
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
  return provider.replace({ from, to, marker: markerOf(generation) }, AbortSignal.timeout(6_000));
}

export function markerOf(generation: number) {
  return { owner: 'sre', generation, site: 'b' };
}

export function one(type: RecordSet['type'], values: readonly string[], ttl = 60): readonly RecordSet[] {
  const set = recordSet(type, ttl, values);
  return set === null ? [] : [set];
}
