import { afterEach, describe, expect, test } from '@jest/globals';
import { startCloudflareFake } from '../providers/cloudflare-fake';
import type { ZoneRecord } from '../providers/conformance';
import { startRoute53Fake } from '../providers/route53-fake';
import { canaries } from '../providers/route53-subject';
import { type Daemon, openWorld, ready, record, until, type World } from './harness';
import { zoneServer } from './zone-server';

/** The real daemon, started from its environment alone, against the vendors' fakes and a name server that shows what they hold. */

interface Cloud {
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  seed(records: readonly ZoneRecord[]): void;
  truth(): readonly ZoneRecord[];
  writes(): number;
  close(): Promise<void>;
}

const clouds: Readonly<Record<string, () => Promise<Cloud>>> = {
  async route53() {
    const fake = await startRoute53Fake();
    fake.addZone({ id: 'Z0EXAMPLE', name: 'example.test' });
    return {
      env: {
        FAILOVERD_PROVIDER: 'route53',
        AWS_ENDPOINT_URL_ROUTE_53: fake.url,
        ...canaries,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
      secrets: Object.values(canaries),
      seed: (records) => fake.seed('Z0EXAMPLE', records),
      truth: () => fake.truth('Z0EXAMPLE'),
      writes: fake.writes,
      close: fake.close,
    };
  },
  async cloudflare() {
    const fake = await startCloudflareFake();
    return {
      env: {
        FAILOVERD_PROVIDER: 'cloudflare',
        CLOUDFLARE_BASE_URL: fake.url,
        CLOUDFLARE_API_TOKEN: fake.token,
        FAILOVERD_TTL: '60s',
      },
      secrets: [fake.token],
      seed: fake.seed,
      truth: fake.truth,
      writes: fake.writes,
      close: fake.close,
    };
  },
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(
  name: string,
  net: number,
): Promise<{ cloud: Cloud; world: World; env: Readonly<Record<string, string>> }> {
  const cloud = await (clouds[name] ?? startNothing)();
  closing.push(cloud.close);
  const servers = await zoneServer(cloud.truth);
  closing.push(servers.close);
  const world = await openWorld(net);
  closing.push(world.close);
  return {
    cloud,
    world,
    env: { ...cloud.env, FAILOVERD_ZONE: 'example.test', FAILOVERD_NAMESERVERS: `127.0.0.1:${servers.port}` },
  };
}

async function startNothing(): Promise<never> {
  throw new Error('no such cloud');
}

function pointAt(cloud: Cloud, address: string): void {
  cloud.seed([{ name: record, type: 'A', ttl: 60, values: [address] }]);
}

function addresses(cloud: Cloud): readonly string[] {
  return cloud.truth().find((one) => one.name === record && one.type === 'A')?.values ?? [];
}

function noSecret(daemon: Daemon, cloud: Cloud): void {
  for (const secret of cloud.secrets) expect(JSON.stringify(daemon.log)).not.toContain(secret);
}

describe.each(Object.keys(clouds))('%s', (name) => {
  const net = name === 'route53' ? 70 : 75;

  test('fails over, verified, once, and nothing is written before or after', async () => {
    const { cloud, world, env } = await open(name, net);
    const [a, b] = world.sites;
    pointAt(cloud, a?.address ?? '');
    const daemon = world.start(env);
    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
    expect(cloud.writes()).toBe(0);
    a?.signal('SIGKILL');
    expect(
      await until(
        20_000,
        async () => (await daemon.status())?.write === 'settled' && addresses(cloud)[0] === b?.address,
      ),
    ).toBe(true);
    expect(await daemon.status()).toMatchObject({ active: 'b', generation: 1 });
    expect(cloud.writes()).toBe(1);
    const switched = (await daemon.history()).find((row) => row.code === 'switched');
    expect(switched?.data).toMatchObject({ kind: 'failover', from: 'a', to: 'b' });
    daemon.signal('SIGTERM');
    expect(await daemon.exited).toBe(0);
    noSecret(daemon, cloud);
  }, 240_000);

  test('a foreign value is never overwritten, and says so', async () => {
    const { cloud, world, env } = await open(name, net + 1);
    pointAt(cloud, '192.0.2.77');
    const daemon = world.start(env);
    expect(await until(20_000, async () => (await daemon.status())?.hold?.by === 'drift')).toBe(true);
    for (const site of world.sites)
      expect(
        await until(
          20_000,
          async () => (await daemon.status())?.sites.find((one) => one.name === site.name)?.verdict === 'up',
        ),
      ).toBe(true);
    world.sites[0]?.signal('SIGKILL');
    expect(await until(20_000, async () => (await daemon.status())?.sites[0]?.verdict === 'down')).toBe(true);
    expect(cloud.writes()).toBe(0);
    expect(addresses(cloud)).toEqual(['192.0.2.77']);
    expect((await daemon.status())?.alerts.some((alert) => alert.page && alert.why.includes('192.0.2.77'))).toBe(true);
    noSecret(daemon, cloud);
  }, 240_000);

  test("another owner's record is left alone", async () => {
    const { cloud, world, env } = await open(name, net + 2);
    pointAt(cloud, world.sites[0]?.address ?? '');
    cloud.seed([
      {
        name: `_failoverd.${record}`,
        type: 'TXT',
        ttl: 60,
        values: ['heritage=failoverd,owner=other,generation=3,site=a'],
      },
    ]);
    const daemon = world.start(env);
    expect(await until(20_000, async () => (await daemon.status())?.hold?.by === 'foreign')).toBe(true);
    expect((await daemon.status())?.hold?.why).toContain('other');
    expect(cloud.writes()).toBe(0);
  }, 240_000);
});
