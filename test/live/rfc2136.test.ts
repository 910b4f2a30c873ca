import { expect, test } from '@jest/globals';
import { freePort } from '../free-port';
import type { ZoneRecord } from '../providers/conformance';
import { type Authoritative, type Options, switcher, zone } from '../servers/authoritative';
import { bindPrograms, startBind } from '../servers/bind';
import { withServers } from '../servers/installed';
import { knotPrograms, startKnot } from '../servers/knot';
import { dig, seed, serial } from '../servers/zone-tools';
import { type Daemon, openWorld, ready, record, until, type World } from './harness';

/** The real daemon, from its environment alone, on a real primary with a real secondary. */

type Start = (options: Options) => Promise<Authoritative>;

const outageMs = 60_000;
/** After the outage the next attempt may be one pause away: as long as pauses get. */
const cappedBackoffMs = 60_000;

interface Scene {
  readonly world: World;
  readonly daemon: Daemon;
  readonly primary: Authoritative;
  readonly secondary: Authoritative;
}

type Closing = (() => Promise<void>)[];

/** The stories mostly wait: they are told at once, each in a world of its own. */
function story(name: string, tell: (closing: Closing) => Promise<void>, timeoutMs: number): void {
  test.concurrent(
    name,
    async () => {
      const closing: Closing = [];
      try {
        await tell(closing);
      } finally {
        for (const close of closing.reverse()) await close();
      }
    },
    timeoutMs,
  );
}

/** A primary that points at site a, a secondary in step with it, and the daemon, settled and ready. */
async function open(
  closing: Closing,
  net: number,
  startPrimary: Start,
  startSecondary: Start,
  beside: readonly ZoneRecord[] = [],
): Promise<Scene> {
  const secondaryPort = await freePort();
  const primary = await startPrimary({ secondaries: [secondaryPort] });
  closing.push(primary.close);
  const secondary = await startSecondary({ primary: primary.port, port: secondaryPort });
  closing.push(secondary.close);
  const world = await openWorld(net);
  closing.push(world.close);
  const address = world.sites[0]?.address ?? '';
  await seed(primary.port, [{ name: record, type: 'A', ttl: 60, values: [address] }, ...beside]);
  expect(await until(20_000, async () => (await answered(secondary)) === address)).toBe(true);
  const daemon = world.start({
    FAILOVERD_PROVIDER: 'rfc2136',
    FAILOVERD_NAMESERVERS: [primary, secondary].map(({ port }) => `127.0.0.1:${port}`).join(','),
    RFC2136_SERVER: `127.0.0.1:${primary.port}`,
    RFC2136_TSIG_NAME: switcher.name,
    RFC2136_TSIG_SECRET: switcher.secret,
  });
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  return { world, daemon, primary, secondary };
}

async function answered({ port }: Authoritative): Promise<string> {
  return (await dig(port, [record, 'A', '+short'])).trim();
}

async function settledOn(daemon: Daemon, site: string): Promise<boolean> {
  const status = await daemon.status();
  return status?.write === 'settled' && status.active === site;
}

/** One switch to b was sent, taken and verified, and nothing else; no secret was told. */
async function switchedOnce({ daemon, world, primary, secondary }: Scene): Promise<void> {
  const address = world.sites[1]?.address;
  expect([await answered(primary), await answered(secondary)]).toEqual([address, address]);
  expect(await daemon.status()).toMatchObject({ active: 'b', wanted: 'b', generation: 1, write: 'settled' });
  const history = await daemon.history();
  const count = (code: string): number => history.filter((row) => row.code === code).length;
  expect([count('decided'), count('applied'), count('switched')]).toEqual([1, 1, 1]);
  expect(JSON.stringify([daemon.log, history])).not.toContain(switcher.secret);
}

withServers('the daemon on BIND and Knot', [...bindPrograms, ...knotPrograms], () => {
  for (const [which, net, startPrimary, startSecondary] of [
    ['BIND primary, Knot secondary', 80, startBind, startKnot],
    ['Knot primary, BIND secondary', 81, startKnot, startBind],
  ] as const) {
    story(
      `${which}: fails over, verified on both, with one write`,
      async (closing) => {
        const scene = await open(closing, net, startPrimary, startSecondary);
        const before = await serial(scene.primary.port);
        scene.world.sites[0]?.signal('SIGKILL');
        expect(await until(20_000, () => settledOn(scene.daemon, 'b'))).toBe(true);
        await switchedOnce(scene);
        expect(await serial(scene.primary.port)).toBe(before + 1);
        const text = await dig(scene.secondary.port, [`_failoverd.${record}`, 'TXT', '+short']);
        expect(text.trim()).toBe('"heritage=failoverd,owner=live,generation=1,site=b"');
      },
      240_000,
    );
  }

  story(
    'a signed zone whose HTTPS record hints at the site: hints and addresses move as one',
    async (closing) => {
      const hinting = [
        {
          name: record,
          type: 'HTTPS',
          ttl: 60,
          values: ['1 . alpn=h2,h3 ipv4hint=127.0.84.1', '2 . ipv4hint=127.0.84.1 port=8443'],
        },
      ];
      const signing: Start = (options) => startBind({ ...options, signed: true });
      const scene = await open(closing, 84, signing, startKnot, hinting);
      const { daemon, primary, secondary, world } = scene;
      world.sites[0]?.signal('SIGKILL');
      expect(await until(30_000, () => settledOn(daemon, 'b'))).toBe(true);
      await switchedOnce(scene);
      for (const { port } of [primary, secondary]) {
        const shown = await dig(port, [record, 'HTTPS', '+short', '+dnssec']);
        expect(shown).toContain('1 . alpn="h2,h3" ipv4hint=127.0.84.2');
        expect(shown).toContain('2 . port=8443 ipv4hint=127.0.84.2');
        expect(shown).not.toContain('127.0.84.1');
        expect(shown).toMatch(/^(HTTPS|TYPE65) \d/m);
      }
    },
    240_000,
  );

  story(
    'a frozen secondary: partial, by name, no second switch; settled once it follows',
    async (closing) => {
      const scene = await open(closing, 82, startBind, startKnot);
      const { daemon, world, primary, secondary } = scene;
      secondary.signal('SIGSTOP');
      world.sites[0]?.signal('SIGKILL');
      expect(await until(30_000, async () => (await daemon.status())?.write === 'partial')).toBe(true);
      expect((await daemon.status())?.change?.laggards).toEqual([
        expect.stringContaining(`127.0.0.1:${secondary.port}`),
      ]);
      expect(await answered(primary)).toBe(world.sites[1]?.address);
      const before = await serial(primary.port);
      // Many times as long as a decision takes.
      const moved = async (): Promise<boolean> => ((await daemon.status())?.write ?? 'partial') !== 'partial';
      expect(await until(8_000, moved, 200)).toBe(false);
      expect(await serial(primary.port)).toBe(before);
      secondary.signal('SIGCONT');
      expect(await until(30_000, () => settledOn(daemon, 'b'))).toBe(true);
      await switchedOnce(scene);
    },
    240_000,
  );

  story(
    'the primary down for a minute when the switch is due: it completes by itself within one capped backoff, once',
    async (closing) => {
      const scene = await open(closing, 83, startBind, startKnot);
      const { daemon, world, primary, secondary } = scene;
      const before = await serial(primary.port);
      await primary.stop();
      world.sites[0]?.signal('SIGKILL');
      expect(await until(20_000, async () => (await daemon.status())?.wanted === 'b')).toBe(true);
      const gaveUp = async (): Promise<boolean> => ((await daemon.status())?.wanted ?? 'b') !== 'b';
      expect(await until(outageMs, gaveUp, 200)).toBe(false);
      expect(await answered(secondary)).toBe(world.sites[0]?.address);
      expect((await daemon.status())?.change?.trouble?.why).toContain(`127.0.0.1:${primary.port}: ECONNREFUSED`);
      await primary.start();
      expect(await until(cappedBackoffMs + 10_000, () => settledOn(daemon, 'b'), 100)).toBe(true);
      await switchedOnce(scene);
      expect(await serial(primary.port)).toBe(before + 1);
      expect(await dig(primary.port, [zone, 'NS', '+short'])).toContain(`ns.${zone}`);
    },
    240_000,
  );
});
