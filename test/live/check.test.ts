import { afterEach, expect, test } from '@jest/globals';
import { type Route53Fake, startRoute53Fake } from '../providers/route53-fake';
import { canaries } from '../providers/route53-subject';
import { failoverd } from './command';
import { openWorld, record, until, type World } from './harness';
import { zoneServer } from './zone-server';

/** The command before the first start, on a zone in which the daemon could never write: it says so as the daemon does. */

const check = (env: Readonly<Record<string, string>>) => failoverd(['check'], env, 40_000);

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

async function open(net: number): Promise<{ world: World; fake: Route53Fake; env: Readonly<Record<string, string>> }> {
  const fake = await startRoute53Fake();
  closing.push(fake.close);
  fake.addZone({ id: 'Z0EXAMPLE', name: 'example.test' });
  const servers = await zoneServer(() => fake.truth('Z0EXAMPLE'));
  closing.push(servers.close);
  const world = await openWorld(net);
  closing.push(world.close);
  const env = {
    ...world.env,
    FAILOVERD_PROVIDER: 'route53',
    FAILOVERD_ZONE: 'example.test',
    FAILOVERD_NAMESERVERS: `127.0.0.1:${servers.port}`,
    AWS_ENDPOINT_URL_ROUTE_53: fake.url,
    ...canaries,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return { world, fake, env };
}

test('a value of no site, no record, dead name servers: ERROR with the remedy, and 1; a site: 0', async () => {
  const { world, fake, env } = await open(89);
  const absent = await check(env);
  expect(absent).toMatchObject({ code: 1, out: expect.stringContaining('create the record, or set FAILOVERD_CREATE') });

  fake.seed('Z0EXAMPLE', [{ name: record, type: 'A', ttl: 60, values: ['127.0.99.9'] }]);
  const drift = await check(env);
  expect(drift.code).toBe(1);
  const daemon = world.start(env);
  expect(await until(20_000, async () => (await daemon.status())?.alerts.some(({ page }) => page) === true)).toBe(true);
  const [alert] = (await daemon.status())?.alerts.filter(({ page }) => page) ?? [];
  expect(alert?.code).toBe('drift');
  expect(drift.out).toContain(`ERROR drift: ${alert?.why}; ${alert?.remedy}`);
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);

  fake.seed('Z0EXAMPLE', [{ name: record, type: 'A', ttl: 60, values: [world.sites[0]?.address ?? ''] }]);
  const site = await check(env);
  // The SDK has nothing to say of Node's version.
  expect(site).toMatchObject({ code: 0, err: '', out: expect.stringContaining('name servers agree: 127.0.0.1:') });
  expect(site.out).toContain('warn  the zone says 60 s, FAILOVERD_TTL 1s: ');
  expect(await check({ ...env, FAILOVERD_RTO: '90s' })).toMatchObject({
    code: 1,
    out: expect.stringMatching(/ERROR the zone says 60 s, .* longer than the promised FAILOVERD_RTO 1m30s/),
  });
  const dead = await check({ ...env, FAILOVERD_NAMESERVERS: '127.0.0.1:9' });
  expect(dead).toMatchObject({ code: 1, out: expect.stringContaining('ERROR servers-differ: ') });
}, 240_000);
