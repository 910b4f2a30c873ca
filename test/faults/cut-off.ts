import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { openWorld, ready, startSite, until } from '../live/harness';

/**
 * For a network namespace of its own: a daemon with a canary is cut off from all but itself, in two ways, and reconnected; then its
 * primary really dies. Prints one line of JSON: what was seen.
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
  vanish: ['table', 'local', beyond, 'dev', 'hole'],
  'no route': ['table', 'local', 'throw', beyond],
};

async function tell(): Promise<unknown> {
  const world = await openWorld(net);
  const canary = await startSite('canary', `127.0.${net}.9`, world.sites[0]?.port ?? 0);
  const daemon = world.start({ FAILOVERD_CANARIES: `tcp://${canary.address}:${canary.port}`, FAILOVERD_SUSTAIN: '1s' });
  const decided = () => daemon.log.filter((line) => line['code'] === 'decided').map((line) => line['kind']);
  const seen: Record<string, unknown> = { ready: await until(15_000, ready(daemon, 'a')) };
  for (const [how, route] of Object.entries(cuts)) {
    ip('route', 'add', ...route);
    const noticed = await until(10_000, async () => (await daemon.status())?.ready === false);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const status = await daemon.status();
    const verdicts = status?.sites.map((site) => site.verdict);
    seen[how] = { noticed, active: status?.active, verdicts, alerts: status?.alerts.map((alert) => alert.code) };
    ip('route', 'del', ...route);
    seen[`after ${how}`] = await until(15_000, ready(daemon, 'a'));
  }
  seen['decided while cut off'] = decided();
  world.sites[0]?.signal('SIGKILL');
  seen['then'] = await until(15_000, async () => (await daemon.status())?.active === 'b');
  seen['decided'] = decided();
  canary.signal('SIGKILL');
  await world.close();
  return seen;
}

void tell().then((seen) => process.stdout.write(`${JSON.stringify(seen)}\n`));
