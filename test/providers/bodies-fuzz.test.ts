import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Provider, Reading } from '../../providers/provider';
import { markerText, sameValues } from '../../src/domain/records';
import { withServers } from '../servers/installed';
import { type Pdns, pdnsPrograms, startPdns } from '../servers/pdns';
import { inputFor as alidnsInput, connect as connectAlidns } from './alidns-connect';
import { startAlidnsFake } from './alidns-fake';
import { inputFor as cloudflareInput, connect as connectCloudflare } from './cloudflare-connect';
import { startCloudflareFake } from './cloudflare-fake';
import type { ZoneRecord } from './conformance';
import { A, B, marker, neighbours, record, seedA, setsIn } from './conformance-scene';
import { connect as connectDnspod, inputFor as dnspodInput } from './dnspod-connect';
import { startDnspodFake } from './dnspod-fake';
import { fuzzing, holdsReading, holdsSentence, inTime } from './fuzz-judge';
import { type Mutation, mutations } from './mutate';
import { type MutatingProxy, startMutatingProxy } from './mutating-proxy';
import { openPdnsWorld } from './powerdns-world';
import { startRoute53Fake } from './route53-fake';
import { canaries, connectTo as connectRoute53, useCanaries } from './route53-subject';
import { connectWebhook } from './webhook-connect';
import { startWebhookFake } from './webhook-fake';

/**
 * Whatever arrives in place of a provider's answer: a value of the contract comes of it, in time, that claims nothing which is not so. The
 * answers are those of the fakes, or of the real server, one of them spoilt on its way.
 */

interface World {
  readonly provider: Provider;
  seed(records: readonly ZoneRecord[]): void | Promise<void>;
  truth(): readonly ZoneRecord[] | Promise<readonly ZoneRecord[]>;
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

interface Row {
  readonly name: string;
  /** An answer that a reading can do without, by its number. */
  readonly spare?: number;
  open(proxy: MutatingProxy): Promise<World>;
}

const rows: readonly Row[] = [
  {
    name: 'route53',
    async open(proxy) {
      const fake = await startRoute53Fake();
      fake.addZone({ id: 'Z0EXAMPLE', name: 'example.test' });
      const provider = await connectRoute53(fake, { env: { AWS_ENDPOINT_URL_ROUTE_53: proxy.through(fake.url) } });
      const seed = (records: readonly ZoneRecord[]) => fake.seed('Z0EXAMPLE', records);
      const truth = () => fake.truth('Z0EXAMPLE');
      return { provider, seed, truth, secrets: Object.values(canaries), close: fake.close };
    },
  },
  {
    name: 'cloudflare',
    async open(proxy) {
      const fake = await startCloudflareFake();
      const { env } = cloudflareInput(fake);
      const provider = await connectCloudflare(fake, { env: { ...env, CLOUDFLARE_BASE_URL: proxy.through(fake.url) } });
      return { ...fake, provider, secrets: [fake.token] };
    },
  },
  {
    name: 'dnspod',
    // The plans, for the least TTL.
    spare: 2,
    async open(proxy) {
      const fake = await startDnspodFake();
      const { env } = dnspodInput(fake);
      const provider = await connectDnspod(fake, { env: { ...env, DNSPOD_ENDPOINT: proxy.through(fake.url) } });
      return { ...fake.zone, provider, secrets: [fake.secretKey], close: fake.close };
    },
  },
  {
    name: 'alidns',
    async open(proxy) {
      const fake = await startAlidnsFake();
      const { env } = alidnsInput(fake);
      const provider = await connectAlidns(fake, { env: { ...env, ALIDNS_ENDPOINT: proxy.through(fake.url) } });
      return { ...fake.zone, provider, secrets: [fake.accessKeySecret], close: fake.close };
    },
  },
  {
    name: 'webhook',
    async open(proxy) {
      const fake = await startWebhookFake();
      const provider = await connectWebhook(fake, { env: { WEBHOOK_PROVIDER_URL: proxy.through(fake.http.url) } });
      return { provider, seed: fake.seed, truth: fake.truth, secrets: [], close: fake.close };
    },
  },
];

/** Outcomes that say: nothing was changed. */
const nothingChanged: readonly string[] = ['throttled', 'denied', 'conflict', 'unavailable'];

const seeded: readonly ZoneRecord[] = [
  ...neighbours,
  ...seedA,
  { name: `_failoverd.${record}`, type: 'TXT', ttl: 60, values: [markerText(marker(7, 'a'))] },
];

function fuzz(row: Row): void {
  describe(row.name, () => {
    let proxy: MutatingProxy;
    /** How many requests a reading makes, and a change after it. */
    const count = { read: 0, replace: 0 };
    beforeAll(async () => {
      useCanaries();
      proxy = await startMutatingProxy();
      await inWorld(async ({ provider }) => {
        proxy.spoil(null);
        const from = await provider.read(AbortSignal.timeout(10_000));
        count.read = proxy.answers();
        if (!from.ok) throw new Error(from.why);
        proxy.spoil(null);
        const { code } = await provider.replace(
          { from: from.found, to: B, marker: marker(8) },
          AbortSignal.timeout(10_000),
        );
        expect(code).toBe('applied');
        count.replace = proxy.answers();
      });
    });
    afterAll(() => proxy.close());

    async function inWorld(run: (world: World) => Promise<void>): Promise<void> {
      // What the run before was to spoil may not have been asked for.
      proxy.spoil(null);
      const world = await row.open(proxy);
      try {
        await world.seed(seeded);
        await run(world);
      } finally {
        await world.provider.close();
        await world.close();
      }
    }

    const reads = (kinds: readonly Mutation['kind'][], judge: (reading: Reading) => void) =>
      fc.assert(
        fc.asyncProperty(mutations(kinds), (mutation) =>
          inWorld(async (world) => {
            const nth = mutation.nth % count.read;
            proxy.spoil({ ...mutation, nth });
            const reading = await inTime((signal) => world.provider.read(signal));
            holdsReading(reading, world.secrets);
            if (nth === row.spare) expect(reading.ok && sameValues(reading.found.sets, A)).toBe(true);
            else judge(reading);
          }),
        ),
        fuzzing,
      );

    test('noise, or half an answer, is no reading', () =>
      reads(['noise', 'cut'], (reading) => expect(reading.ok).toBe(false)));

    test('a byte that is another', () => reads(['flip'], () => undefined));

    test('a value of another type, or a field that is missing, is never "there is no record"', () =>
      reads(['typed', 'dropped'], (reading) => {
        if (reading.ok && reading.found.obstacles.length === 0) expect(reading.found.sets).toHaveLength(A.length);
      }));

    test('an answer to a change: what is said of it is so, and the name is never empty', () =>
      fc.assert(
        fc.asyncProperty(mutations(['noise', 'cut', 'typed', 'dropped']), (mutation) =>
          inWorld(async (world) => {
            const from = await world.provider.read(AbortSignal.timeout(5_000));
            if (!from.ok) throw new Error(from.why);
            proxy.spoil({ ...mutation, nth: mutation.nth % count.replace });
            const wanted = { from: from.found, to: B, marker: marker(8) };
            const outcome = await inTime((signal) => world.provider.replace(wanted, signal));
            holdsSentence(outcome.why, world.secrets);
            const sets = setsIn(await world.truth());
            const isUnchanged = sameValues(sets, A);
            if (outcome.code === 'applied') expect([outcome, sameValues(sets, B)]).toEqual([outcome, true]);
            else if (nothingChanged.includes(outcome.code)) expect([outcome, isUnchanged]).toEqual([outcome, true]);
            else expect([outcome.code, sets.length > 0]).toEqual(['unknown', true]);
            expect(await world.truth()).toEqual(expect.arrayContaining([...neighbours]));
          }),
        ),
        fuzzing,
      ));
  });
}

for (const row of rows) fuzz(row);

withServers('answers of a real PowerDNS, spoilt', pdnsPrograms, () => {
  let pdns: Pdns;
  beforeAll(async () => {
    pdns = await startPdns();
  });
  afterAll(() => pdns.stop());
  fuzz({
    name: 'powerdns',
    async open(proxy) {
      const world = await openPdnsWorld(pdns);
      const env = { POWERDNS_API_URL: proxy.through(world.proxy.url), POWERDNS_API_KEY: pdns.key };
      return { ...world, provider: await world.connect({ env }), secrets: [pdns.key] };
    },
  });
});
