import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { openWorld, ready, startSite, until } from '../live/harness';

/**
 * For a network namespace of its own: a daemon with a canary is cut off from all but itself, in the way the argument names, and
 * reconnected. Prints one line of JSON: what was seen.
 */

const net = 170;
const beyond = `127.0.${net}.0/24`;

function ip(...args: readonly string[]): void {
  execFileSync('ip', args);
}

ip('link', 'set', 'lo', 'up');
// A link on which nobody answers: what is sent there vanishes.
ip('link', 'add', 'hole', 'arp', 'off', 'type', 'veth', 'peer', 'name', 'beyond');
ip('addr', 'add', '192.0.2.1/24', 'dev', 'hole');
for (const end of ['hole', 'beyond']) ip('link', 'set', end, 'up');
writeFileSync('/proc/sys/net/ipv4/conf/hole/route_localnet', '1');

const cuts: Readonly<Record<string, readonly string[]>> = {
  'no route': ['table', 'local', 'throw', beyond],
  vanish: ['table', 'local', beyond, 'dev', 'hole'],
};

const route = cuts[process.argv[2] ?? ''] ?? [];

async function tell(): Promise<unknown> {
  const world = await openWorld(net);
  const canary = await startSite('canary', `127.0.${net}.9`, world.sites[0]?.port ?? 0);
  const daemon = world.start({ FAILOVERD_CANARIES: `tcp://${canary.address}:${canary.port}` });
  const pages = async (): Promise<readonly string[]> =>
    (await daemon.status())?.alerts.filter((alert) => alert.page).map((alert) => alert.code) ?? [];
  const before = await until(20_000, ready(daemon, 'a'));
  ip('route', 'add', ...route);
  const paged = await until(20_000, async () => (await pages()).length > 0);
  // As long as SUSTAIN, so that it is not mere slowness that nothing was decided.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const during = { active: (await daemon.status())?.active, pages: await pages() };
  ip('route', 'del', ...route);
  const seenAgain = async (): Promise<boolean> =>
    (await daemon.status())?.sites.every(({ verdict }) => verdict === 'up' || verdict === 'recovering') ?? false;
  const after = await until(20_000, seenAgain);
  const decided = daemon.log.filter((line) => line['code'] === 'decided').map((line) => line['kind']);
  canary.signal('SIGKILL');
  await world.close();
  return { before, paged, ...during, after, decided };
}

void tell().then((seen) => process.stdout.write(`${JSON.stringify(seen)}\n`));
