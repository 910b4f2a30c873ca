import { expect, test } from '@jest/globals';
import { type FakeFault, type Operation, type Route53Fake, startRoute53Fake } from '../providers/route53-fake';
import { canaries } from '../providers/route53-subject';
import { type Daemon, openWorld, ready, record, until, type World } from './harness';
import { zoneServer } from './zone-server';

/** The real daemon, when the provider's API is out of order just as the switch is due. */

interface Story {
  readonly name: string;
  readonly net: number;
  readonly fault: FakeFault;
  readonly on?: Operation;
  /** What the state must name, as its trouble or what it could not read. */
  readonly names: RegExp;
  /** The alert that pages. */
  readonly pages: RegExp;
}

const stories: readonly Story[] = [
  {
    name: 'answers 503',
    net: 170,
    fault: { status: 503, code: 'ServiceUnavailable' },
    names: /unavailable: .*ServiceUnavailable/,
    pages: /^(write-stuck|unreadable)$/,
  },
  {
    name: 'hangs',
    net: 171,
    fault: 'hang',
    names: /unknown: no answer within the deadline/,
    pages: /^(write-stuck|unreadable)$/,
  },
  { name: 'sends garbage', net: 172, fault: 'garbage', names: /unknown: /, pages: /^(write-stuck|unreadable)$/ },
  {
    name: 'throttles with HTTP 400',
    net: 173,
    fault: 'throttled',
    names: /throttled: .*Throttling/,
    pages: /^(write-stuck|unreadable)$/,
  },
  {
    name: 'throttles writes alone with HTTP 400',
    net: 174,
    fault: 'throttled',
    on: 'ChangeResourceRecordSets',
    names: /^throttled .*Throttling/,
    pages: /^write-stuck$/,
  },
];

/** What the fake answers to a batch it does nothing with. */
const taken = {
  body:
    '<?xml version="1.0"?><ChangeResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeInfo>' +
    '<Id>/change/C1</Id><Status>INSYNC</Status><SubmittedAt>2026-11-23T10:00:00.000Z</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>',
} as const;

interface Scene {
  readonly fake: Route53Fake;
  readonly world: World;
  readonly daemon: Daemon;
}

async function tell(net: number, run: (scene: Scene) => Promise<void>): Promise<void> {
  const fake = await startRoute53Fake();
  const servers = await zoneServer(() => fake.truth('Z0EXAMPLE'));
  const world = await openWorld(net);
  try {
    fake.addZone({ id: 'Z0EXAMPLE', name: 'example.test' });
    fake.seed('Z0EXAMPLE', [{ name: record, type: 'A', ttl: 60, values: [world.sites[0]?.address ?? ''] }]);
    const daemon = world.start({
      FAILOVERD_PROVIDER: 'route53',
      AWS_ENDPOINT_URL_ROUTE_53: fake.url,
      ...canaries,
      AWS_EC2_METADATA_DISABLED: 'true',
      FAILOVERD_ZONE: 'example.test',
      FAILOVERD_NAMESERVERS: `127.0.0.1:${servers.port}`,
    });
    expect(await until(30_000, ready(daemon, 'a'))).toBe(true);
    await run({ fake, world, daemon });
    for (const secret of Object.values(canaries)) expect(JSON.stringify(daemon.log)).not.toContain(secret);
  } finally {
    await world.close();
    await servers.close();
    await fake.close();
  }
}

/** Pages of the write path in the log, as they began. */
function pagesOf(daemon: Daemon): readonly unknown[] {
  return daemon.log
    .filter((line) => line['code'] === 'alert' && /^(write-stuck|unreadable|partial)$/.test(String(line['alert'])))
    .map((line) => line['alert']);
}

async function settledOn(daemon: Daemon, site: string): Promise<boolean> {
  const status = await daemon.status();
  return status?.write === 'settled' && status.active === site;
}

async function count(daemon: Daemon, code: string): Promise<number> {
  return (await daemon.history()).filter((row) => row.code === code).length;
}

for (const { name, net, fault, on, names, pages } of stories) {
  test.concurrent(
    `the provider ${name}: named, paged once, tried within bounds, and done when it heals`,
    () =>
      tell(net, async ({ fake, world, daemon }) => {
        fake.inject(fault, on === undefined ? {} : { on });
        const before = fake.requests.length;
        world.sites[0]?.signal('SIGKILL');
        const trouble = async () => (await daemon.status())?.change?.trouble ?? null;
        expect(await until(20_000, async () => (await trouble()) !== null)).toBe(true);
        const seen = await trouble();
        expect(`${seen?.code} ${seen?.why}`).toMatch(names);
        expect(await until(60_000, () => pagesOf(daemon).length > 0)).toBe(true);
        expect(pagesOf(daemon).filter((code) => pages.test(String(code)))).toHaveLength(pagesOf(daemon).length);
        expect(new Set(pagesOf(daemon)).size).toBe(pagesOf(daemon).length);
        // Half a minute of doubling pauses from 0.5 s is eight attempts, of a few requests each; the slow beat reads too.
        expect((await daemon.status())?.change?.attempts).toBeLessThanOrEqual(10);
        expect(fake.requests.length - before).toBeLessThanOrEqual(80);
        expect(fake.writes()).toBe(0);
        fake.heal();
        expect(await until(75_000, () => settledOn(daemon, 'b'), 100)).toBe(true);
        expect([await count(daemon, 'decided'), await count(daemon, 'switched'), fake.writes()]).toEqual([1, 1, 1]);
      }),
    240_000,
  );
}

test.concurrent(
  'the provider says 200 and does nothing: partial, by name, paged once, written again now and then, settled once it does what it says',
  () =>
    tell(175, async ({ fake, world, daemon }) => {
      fake.inject(taken, { on: 'ChangeResourceRecordSets' });
      world.sites[0]?.signal('SIGKILL');
      expect(await until(20_000, async () => (await daemon.status())?.write === 'partial')).toBe(true);
      expect((await daemon.status())?.change?.laggards).toEqual([expect.stringContaining('127.0.0.1:')]);
      expect(await until(80_000, () => pagesOf(daemon).length > 0, 100)).toBe(true);
      expect(pagesOf(daemon)).toEqual(['partial']);
      const asked = fake.requests.filter(({ operation }) => operation === 'ChangeResourceRecordSets').length;
      expect(asked).toBeLessThanOrEqual(3);
      fake.heal();
      expect(await until(140_000, () => settledOn(daemon, 'b'), 100)).toBe(true);
      expect([await count(daemon, 'decided'), await count(daemon, 'switched'), pagesOf(daemon).length]).toEqual([
        1, 1, 1,
      ]);
    }),
  240_000,
);
