import type { Event, Order } from '../domain/events';
import type { Found, Policy } from '../domain/types';
import type { Act, Episode, Fault } from './faults';
import { createNetwork, type Network } from './network';
import { createHost, type Host } from './process';
import { createTime, seeded, type Time } from './time';
import { createWatch, type Watch } from './watch';
import { createZone, type Zone } from './zone';

/** One seed's world: hosts with the real daemon code, one zone, name servers, sites; everything that goes wrong comes from its acts. */
export interface World {
  readonly policy: Policy;
  readonly time: Time;
  readonly zone: Zone;
  readonly hosts: readonly Host[];
  readonly watch: Watch;
  /** The faults that hold now. */
  readonly faults: () => readonly Fault[];
  /** Everything told by the daemons, newest last, for timelines; bounded. */
  readonly story: readonly { readonly atMs: number; readonly host: number | null; readonly text: string }[];
  readonly switches: () => number;
  start(): void;
  /** The host sleeps through a calm, then these faults strike; ends when all of them are over and `restMs` have passed. */
  play(act: Act, restMs: number): Promise<void>;
  /** Lets time pass with the faults as they are. */
  run(ms: number): Promise<void>;
  until(holds: () => boolean, ms: number): Promise<number | null>;
  order(host: number, order: Order, forMs: number | null): void;
  /** Begins a fault now that lasts until `heal`. */
  strike(fault: Fault): void;
  /** Ends every fault, and starts every process that is not alive, but for retired ones. */
  heal(): void;
  /** Ends a host for good. */
  retire(host: number): void;
}

export interface WorldInput {
  readonly seed: number;
  readonly policy: Policy;
  readonly hosts: number;
  readonly swaps: boolean;
}

const beganMs = 10_000_000;
const keptStory = 400;
const secret = 'hunter2-simulated';

export function createWorld(input: WorldInput): World {
  const { policy } = input;
  const time = createTime(beganMs);
  const random = seeded(input.seed);
  const chance = seeded(input.seed ^ 0x5bd1e995);
  const story: { atMs: number; host: number | null; text: string }[] = [];
  const standing: { readonly fault: Fault; readonly untilMs: number }[] = [];
  const crashes = new Map<number, { left: number; downMs: number }>();
  const hosts: Host[] = [];
  const retired = new Set<number>();
  let switches = 0;

  const faults = (): readonly Fault[] => current;
  let current: readonly Fault[] = [];

  function say(host: number | null, text: string): void {
    story.push({ atMs: time.nowMs() - beganMs, host, text });
    if (story.length > keptStory) story.shift();
  }

  const watch = createWatch({
    policy,
    zone: () => zone,
    hosts: () => hosts,
    nowMs: time.nowMs,
    standsStill: (host) => stalledMs(host) > 0,
    secret,
  });
  const zone = createZone({
    time,
    random: chance,
    first: foundAt(policy, policy.sites[0]?.name ?? ''),
    swaps: input.swaps,
    secret,
    sent: (request) => {
      say(request.daemon, `sends generation ${request.marker.generation} to ${request.marker.site}`);
      watch.sent(request);
    },
    landed: (version, before) => {
      const by = version.by === 'hand' ? 'a hand' : `generation ${version.marker?.generation}`;
      say(
        null,
        `the zone holds ${version.marker?.site ?? '-'} ${version.sets.flatMap((set) => set.values).join(' ')} by ${by}`,
      );
      watch.landed(version, before);
    },
  });

  for (let index = 0; index < input.hosts; index++) hosts.push(makeHost(index));

  function makeHost(index: number): Host {
    const network: Network = createNetwork({
      host: index,
      policy,
      time,
      random: chance,
      zone,
      faults,
      answered: (server, sets) => watch.answered(index, server, sets),
    });
    const host: Host = createHost({
      index,
      policy,
      time,
      random,
      network,
      secret,
      conditions: {
        disk: () => current.flatMap((one) => (one.kind === 'disk' && one.daemon === index ? [one.how] : []))[0] ?? 'ok',
        stalledMs: () => {
          const ends = standing.flatMap(({ fault, untilMs }) =>
            fault.kind === 'stall' && fault.daemon === index ? [untilMs - time.nowMs()] : [],
          );
          return Math.max(0, ...ends);
        },
        failbackOpen: () => true,
      },
      crossing: () => strikeDown(index),
      told: (tell) => {
        say(index, `${tell.code}: ${tell.text}`);
        if (tell.code === 'switched') switches += 1;
        watch.told(index, tell);
      },
      probed: (site, startedMs, observation) => watch.probed(index, site, startedMs, observation),
    });
    for (const name of policy.canaries) void canary(host, network, name);
    return host;
  }

  /** Asks a canary for as long as the world lasts; dead processes hear nothing of it. */
  async function canary(host: Host, network: Network, name: string): Promise<void> {
    const ok = await network.canary();
    if (stalledMs(host.index) === 0) host.service()?.post({ type: 'canary', name, ok });
    time.after(policy.intervalMs * (0.9 + 0.2 * chance()), () => void canary(host, network, name));
  }

  function stalledMs(index: number): number {
    return current.some((one) => one.kind === 'stall' && one.daemon === index) ? 1 : 0;
  }

  function strikeDown(index: number): boolean {
    const crash = crashes.get(index);
    if (crash === undefined) return false;
    crash.left -= 1;
    if (crash.left > 0) return false;
    crashes.delete(index);
    kill(index, crash.downMs);
    return true;
  }

  function kill(index: number, downMs: number): void {
    const host = hosts[index];
    if (host === undefined || host.service() === null) return;
    say(index, 'crashes');
    const before = host.forgot();
    host.crash();
    if (host.forgot() && !before) watch.forgot(index);
    time.after(downMs, () => begin(host));
  }

  function begin(host: Host): void {
    if (host.service() !== null || retired.has(host.index)) return;
    say(host.index, 'starts');
    watch.started(host.index);
    host.start();
  }

  function refresh(): void {
    current = standing.map((one) => one.fault);
  }

  function strike(episode: Episode): void {
    const { fault, forMs } = episode;
    say(null, `${JSON.stringify(fault)} for ${forMs} ms`);
    switch (fault.kind) {
      case 'crash':
        crashes.set(fault.daemon, { left: fault.crossings, downMs: fault.downMs });
        return;
      case 'wall':
        time.skewWall(fault.byMs);
        return;
      case 'hand':
        hand(fault);
        return;
      case 'order':
        give(fault.daemon, orderOf(fault), fault.forMs);
        return;
      default: {
        const one = { fault, untilMs: time.nowMs() + forMs };
        standing.push(one);
        refresh();
        if (!Number.isFinite(forMs)) return;
        time.after(forMs, () => {
          const at = standing.indexOf(one);
          if (at >= 0) standing.splice(at, 1);
          refresh();
          if (fault.kind === 'stall') sicken(fault.daemon);
        });
      }
    }
  }

  /** After a stall the process does not trust itself for a while: its own watch on the event loop says so. */
  function sicken(index: number): void {
    hosts[index]?.service()?.post({ type: 'sick', why: 'the process stood still' });
    time.after(policy.intervalMs, () => hosts[index]?.service()?.post({ type: 'sick', why: null }));
  }

  function hand(fault: Extract<Fault, { kind: 'hand' }>): void {
    const sets = policy.sites.find((site) => site.name === fault.site)?.sets ?? [];
    switch (fault.does) {
      case 'moves':
        zone.hand({ sets });
        return;
      case 'foreign':
        zone.hand({ sets: [{ type: 'A', ttl: 60, values: ['192.0.2.200'] }] });
        return;
      case 'removes':
        zone.hand({ sets: [], marker: null });
        return;
      case 'ttl':
        zone.hand({ sets: zone.now().sets.map((set) => ({ ...set, ttl: set.ttl + 240 })) });
        return;
      case 'claims':
        zone.hand({ marker: { owner: 'somebody-else', generation: 3, site: fault.site } });
        return;
    }
  }

  function orderOf({ order, site }: Extract<Fault, { kind: 'order' }>): Order {
    if (order === 'switch') return { order, site };
    // Rehearsed by somebody who believes no probe: to wherever it is, also to a site that is down.
    return order === 'drill' ? { order, site, override: ['no-standby'] } : { order };
  }

  function give(index: number, order: Order, forMs: number | null): void {
    const service = hosts[index]?.service() ?? null;
    if (service === null || stalledMs(index) > 0) return;
    const event: Extract<Event, { type: 'ordered' }> = { type: 'ordered', order, actor: 'ada', why: 'because', forMs };
    const answer = service.order(event);
    say(index, `order ${JSON.stringify(order)}: ${answer.accepted ? 'accepted' : 'refused'} ${answer.why}`);
    if (!answer.accepted) return;
    const { pin } = service.view().state.durable;
    const untilMs = forMs === null ? null : time.nowMs() + forMs;
    watch.ordered(index, order.order, pin?.site ?? '', untilMs);
  }

  async function until(holds: () => boolean, ms: number): Promise<number | null> {
    return time.until(() => {
      watch.now();
      return watch.violations.length > 0 || holds();
    }, ms);
  }

  return {
    policy,
    time,
    zone,
    hosts,
    watch,
    faults,
    story,
    switches: () => switches,
    start() {
      for (const host of hosts) begin(host);
    },
    async play(act, restMs) {
      time.leap(act.calmMs);
      let endMs = 0;
      for (const episode of act.episodes) {
        endMs = Math.max(endMs, episode.atMs + episode.forMs);
        time.after(episode.atMs, () => strike(episode));
      }
      await until(() => false, endMs + restMs);
    },
    run: async (ms) => void (await until(() => false, ms)),
    until,
    order: give,
    strike: (fault) => strike({ atMs: 0, forMs: Number.POSITIVE_INFINITY, fault }),
    heal() {
      standing.length = 0;
      crashes.clear();
      refresh();
      for (const host of hosts) begin(host);
    },
    retire(index) {
      retired.add(index);
      hosts[index]?.crash();
    },
  };
}

/** The zone as it is when it points at a site, nobody's marker beside it. */
export function foundAt(policy: Policy, site: string): Found {
  const sets = policy.sites.find((one) => one.name === site)?.sets ?? [];
  return { sets, marker: null, foreignMarker: null, obstacles: [] };
}
