import { afterEach, expect, test } from '@jest/globals';
import { type Authoritative, switcher } from '../servers/authoritative';
import { bindPrograms, startBind } from '../servers/bind';
import { withServers } from '../servers/installed';
import { dig, seed } from '../servers/zone-tools';
import { type Daemon, openWorld, ready, record, until, type World } from './harness';

/** The real daemon, from its environment alone, with the built-in name server and a real BIND as its two providers. */

interface Scene {
  readonly world: World;
  readonly daemon: Daemon;
  readonly bind: Authoritative;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** BIND points at site a, the built-in server has nothing yet; the daemon brings it into line and is ready. */
async function open(net: number): Promise<Scene> {
  const bind = await startBind();
  closing.push(bind.close);
  const world = await openWorld(net);
  closing.push(world.close);
  const address = world.sites[0]?.address ?? '';
  await seed(bind.port, [{ name: record, type: 'A', ttl: 60, values: [address] }]);
  const daemon = world.start({
    FAILOVERD_PROVIDER: 'builtin,rfc2136',
    FAILOVERD_ZONE: 'example.test',
    FAILOVERD_NAMESERVERS: `127.0.0.1:${world.dnsPort},127.0.0.1:${bind.port}`,
    RFC2136_SERVER: `127.0.0.1:${bind.port}`,
    RFC2136_TSIG_NAME: switcher.name,
    RFC2136_TSIG_SECRET: switcher.secret,
  });
  expect(await until(30_000, ready(daemon, 'a'))).toBe(true);
  return { world, daemon, bind };
}

async function answers({ world, bind }: Scene): Promise<readonly (string | null)[]> {
  return [await world.answer(), (await dig(bind.port, [record, 'A', '+short'])).trim()];
}

async function settledOn(daemon: Daemon, site: string): Promise<boolean> {
  const status = await daemon.status();
  return status?.write === 'settled' && status.active === site && status.behind.length === 0;
}

async function switches(daemon: Daemon): Promise<number> {
  return (await daemon.history()).filter((row) => row.code === 'switched').length;
}

withServers('the daemon with two providers', bindPrograms, () => {
  test('the one that has nothing is filled from the other; a failover moves both, as one switch', async () => {
    const scene = await open(84);
    const { daemon, world } = scene;
    const [from, to] = world.sites.map((site) => site.address);
    expect(await until(20_000, () => settledOn(daemon, 'a'))).toBe(true);
    expect(await answers(scene)).toEqual([from, from]);
    world.sites[0]?.signal('SIGKILL');
    expect(await until(20_000, () => settledOn(daemon, 'b'))).toBe(true);
    expect(await answers(scene)).toEqual([to, to]);
    const status = await daemon.status();
    expect([status?.budget.spent, await switches(daemon)]).toEqual([1, 1]);
    expect(JSON.stringify([daemon.log, await daemon.history()])).not.toContain(switcher.secret);
  }, 240_000);

  test('one stops when the switch is due: users of the other move, it is named, and it follows by itself, once', async () => {
    const scene = await open(85);
    const { daemon, world, bind } = scene;
    const to = world.sites[1]?.address;
    expect(await until(20_000, () => settledOn(daemon, 'a'))).toBe(true);
    await bind.stop();
    world.sites[0]?.signal('SIGKILL');
    expect(await until(20_000, async () => (await world.answer()) === to)).toBe(true);
    expect(await until(20_000, async () => (await daemon.status())?.write === 'partial')).toBe(true);
    expect((await daemon.status())?.behind).toEqual([expect.stringMatching(/^rfc2136: unavailable: .*ECONNREFUSED/)]);
    // Many attempts later it is still one switch, and the one that works was written once.
    const moved = async (): Promise<boolean> => (await world.answer()) !== to || (await switches(daemon)) > 0;
    expect(await until(10_000, moved, 200)).toBe(false);
    await bind.start();
    expect(await until(60_000, () => settledOn(daemon, 'b'), 100)).toBe(true);
    expect(await answers(scene)).toEqual([to, to]);
    const history = await daemon.history();
    const count = (code: string): number => history.filter((row) => row.code === code).length;
    expect([count('switched'), count('caught-up'), (await daemon.status())?.budget.spent]).toEqual([1, 1, 1]);
    const markers = await Promise.all(
      [world.dnsPort, bind.port].map((port) => dig(port, [`_failoverd.${record}`, 'TXT', '+short'])),
    );
    expect(new Set(markers.map((text) => text.trim())).size).toBe(1);
  }, 240_000);
});
