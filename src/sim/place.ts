import type { Order } from '../domain/events';
import type { Found, Policy } from '../domain/types';
import type { Episode, Fault } from './faults';
import { createNetwork, type Network } from './network';
import { createPeers, type Peers } from './peers';
import { createHost, type Host } from './process';
import { createSickness } from './sickness';
import { createStanding } from './standing';
import { createStrikes } from './strikes';
import type { Town } from './town';
import { createWatch, type Watch } from './watch';
import { createZone, type Manner, type Zone } from './zone';

/** One managed name in the world: its zones, its services on all hosts, and the faults that hold for it. */
export interface Place {
  readonly policy: Policy;
  readonly zones: readonly Zone[];
  readonly hosts: readonly Host[];
  readonly watch: Watch;
  readonly faults: () => readonly Fault[];
  readonly switches: () => number;
  start(): void;
  strike(episode: Episode): void;
  order(host: number, order: Order, forMs: number | null): void;
  /** Ends every fault, and starts every process that is not alive, but for retired ones. */
  heal(): void;
  /** Ends a host for good. */
  retire(index: number): void;
  /** The process on this host is killed; `begin` starts another. */
  die(index: number): void;
  begin(index: number): void;
  /** The disk of a host is lost. */
  wipe(index: number): void;
}

/** What is different about a second host: it belongs to somebody else, or its sites are in another order; all else is the same. */
export type Second = 'owner' | 'order';

export interface PlaceInput {
  readonly policy: Policy;
  readonly hosts: number;
  readonly providers: readonly Manner[];
  readonly peers: number;
  readonly second?: Second | undefined;
  readonly random: () => number;
  readonly chance: () => number;
  readonly town: Town;
  /** Kills the whole process, with the services of all records. */
  readonly kill: (index: number, downMs: number) => void;
}

const secret = 'hunter2-simulated';

export function createPlace(input: PlaceInput): Place {
  const { town, random, chance } = input;
  /** Changed in place by a reload, so that all in this world go by what holds now; a process keeps what it was started with. */
  const policy: Policy = { ...input.policy };
  const { time, say } = town;
  const hosts: Host[] = [];
  const retired = new Set<number>();
  const hostNumbers = Array.from({ length: input.hosts }, (_, index) => index);
  const standing = createStanding(time, policy, hostNumbers, (host, sinceMs) => watch.lit(host, sinceMs));
  const { faults } = standing;
  const sickness = createSickness({ policy, time, faults, hosts });
  /** Since when a process knows of another tool's mark. */
  const claimed = new Map<number, number>();
  let switches = 0;

  const watch = createWatch({
    policy,
    judge: town.judge,
    zones: () => zones,
    hosts: () => hosts,
    nowMs: time.nowMs,
    standsStill: (host) => standing.isStalled(host),
    darkSinceMs: standing.darkSinceMs,
    sickSinceMs: (host) => sickness.sinceMs(host),
    peers: () => peers.evidence,
    elsewhere: (host) => town.others(host, policy.record, policy.commonCauseMs),
    secret,
  });
  const zones = input.providers.map((manner, index) =>
    createZone({
      index,
      record: policy.record,
      time,
      random: chance,
      first: foundAt(policy, policy.sites[0]?.name ?? ''),
      swaps: manner === 'swaps',
      manner,
      secret,
      sent: (request) => {
        say(request.daemon, `sends generation ${request.marker.generation} to ${request.marker.site}${of(index)}`);
        const knowsMs = claimed.get(request.daemon) ?? Number.POSITIVE_INFINITY;
        town.judge.check('S11', request.justifiedMs <= knowsMs, () => 'sent although another tool claims the record');
        watch.sent(request);
      },
      landed: (version, before) => {
        const by = version.by === 'hand' ? 'a hand' : `generation ${version.by.marker.generation}`;
        const values = version.sets.flatMap((set) => set.values).join(' ');
        say(null, `the zone holds ${version.marker?.site ?? '-'} ${values} by ${by}${of(index)}`);
        watch.landed(index, version, before);
      },
    }),
  );
  const strikes = createStrikes({
    ...{ policy, zones, hosts, standing, sickness, town, watch, die, begin },
    kill: input.kill,
  });
  const [zone, second] = zones;
  if (zone === undefined) throw new Error('a record has a zone');
  const networkOf = (host: number, isPeer: boolean): Network =>
    createNetwork({
      host,
      policy,
      time,
      random: chance,
      zone,
      second,
      faults,
      asked: (address, name) => (isPeer ? undefined : watch.asked(host, address, name)),
      answered: (server, sets) => watch.answered(host, server, sets),
    });
  for (const index of hostNumbers) hosts.push(makeHost(index));
  const peers: Peers = createPeers({
    policy,
    time,
    random: chance,
    networks: Array.from({ length: input.peers }, (_, index) => networkOf(input.hosts + index, true)),
    faults: () => faults().flatMap((one) => (one.kind === 'votes' ? [one.how] : [])),
    post: (vote) => {
      for (const host of hosts) if (!standing.isStalled(host.index)) host.service()?.post(vote);
    },
  });

  function of(zone: number): string {
    return input.providers.length === 1 ? '' : ` at ${zones[zone]?.name}`;
  }

  /** The second host may be another team's, or be at home elsewhere. */
  function policyOf(index: number): Policy {
    if (index === 0 || input.second === undefined) return policy;
    const [home, ...others] = policy.sites;
    if (input.second === 'owner' || home === undefined) return { ...policy, owner: 'somebody-else' };
    return { ...policy, sites: [...others, home] };
  }

  function makeHost(index: number): Host {
    const real = networkOf(index, false);
    const network: Network = { ...real, claims: (signal) => claims(index, real, signal) };
    const host: Host = createHost({
      index,
      policy: policyOf(index),
      time,
      random,
      network,
      secret,
      conditions: {
        disk: () =>
          faults().flatMap((one) => (one.kind === 'disk' && one.daemon === index ? [one.how] : []))[0] ?? 'ok',
        stalledMs: () => standing.stalledMs(index),
        failbackOpen: () => true,
      },
      crossing(what) {
        if (what === 'read begins') watch.reads(index);
        return strikes.falls(index, what);
      },
      told: (tell) => {
        say(index, `${tell.code}: ${tell.text}`);
        if (tell.code === 'switched') switches += 1;
        watch.told(index, tell);
        const { kind } = tell.fields;
        if (tell.code === 'decided' && (kind === 'failover' || kind === 'failback')) town.began(index, policy.record);
      },
      probed: (site, startedMs, observation) => watch.probed(index, site, startedMs, observation),
      through: () => watch.fail('S21', 'the service was asked for through the managed name'),
      company: () => town.company(index, policy.record),
    });
    for (const name of policy.canaries) void canary(host, network, name);
    return host;
  }

  async function claims(index: number, network: Network, signal: AbortSignal): ReturnType<Network['claims']> {
    const found = await network.claims(signal);
    if (!found.ok) return found;
    if (found.claims.length === 0) claimed.delete(index);
    else if (!claimed.has(index)) claimed.set(index, time.nowMs());
    return found;
  }

  /** Asks a canary for as long as the world lasts; dead processes hear nothing of it. */
  async function canary(host: Host, network: Network, name: string): Promise<void> {
    const ok = await network.canary();
    if (!standing.isStalled(host.index)) host.service()?.post({ type: 'canary', name, ok });
    time.after(policy.intervalMs * (0.9 + 0.2 * chance()), () => void canary(host, network, name));
  }

  function die(index: number): void {
    const host = hosts[index];
    if (host === undefined || host.service() === null) return;
    const before = host.forgot();
    host.crash();
    if (host.forgot() > before) watch.forgot(index);
  }

  function begin(index: number): void {
    const host = hosts[index];
    if (host === undefined || host.service() !== null || retired.has(index)) return;
    say(index, 'starts');
    watch.started(index);
    claimed.delete(index);
    host.start();
    sickness.began(index);
  }

  return {
    policy,
    zones,
    hosts,
    watch,
    faults,
    switches: () => switches,
    start() {
      for (const host of hosts) begin(host.index);
      peers.start();
    },
    strike: strikes.strike,
    order: strikes.order,
    heal() {
      standing.end();
      strikes.end();
      for (const host of hosts) {
        begin(host.index);
        sickness.looks(host.index);
      }
    },
    retire(index) {
      retired.add(index);
      hosts[index]?.crash();
    },
    die,
    begin,
    wipe(index) {
      hosts[index]?.wipe();
      watch.forgot(index);
    },
  };
}

/** The zone as it is when it points at a site, nobody's marker beside it. */
export function foundAt(policy: Policy, site: string): Found {
  const sets = policy.sites.find((one) => one.name === site)?.sets ?? [];
  return { sets, marker: null, foreignMarker: null, obstacles: [] };
}
