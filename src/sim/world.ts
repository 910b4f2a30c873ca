import type { Order } from '../domain/events';
import type { Policy } from '../domain/types';
import type { Act, Episode, Fault } from './faults';
import { createJudge, type Judge } from './judge';
import { createPlace, type Place, type Second } from './place';
import type { Host } from './process';
import { createTime, seeded, type Time } from './time';
import { createTown, type StoryLine } from './town';
import type { Watch } from './watch';
import type { Manner, Zone } from './zone';

export { foundAt } from './place';

/** One seed's world: hosts with the real daemon code, zones, name servers, sites; everything that goes wrong comes from its acts. */
export interface World {
  /** Of the first record, as everything below that belongs to one. */
  readonly policy: Policy;
  readonly time: Time;
  readonly zone: Zone;
  readonly zones: readonly Zone[];
  readonly hosts: readonly Host[];
  readonly watch: Watch;
  readonly judge: Judge;
  /** Every record, the first one included. */
  readonly places: readonly Place[];
  /** The faults that hold now. */
  readonly faults: () => readonly Fault[];
  /** Everything told by the daemons, newest last, for timelines; bounded. */
  readonly story: readonly StoryLine[];
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
  /** Kills a host's process, its services of all records with it; it is back after so long. */
  kill(host: number, downMs: number): void;
}

export interface WorldInput {
  readonly seed: number;
  readonly policy: Policy;
  readonly hosts: number;
  readonly swaps: boolean;
  /** How each provider of a record writes; absent: one, by `swaps`. */
  readonly providers?: readonly Manner[];
  /** Records that one daemon serves (default 1), and vantages elsewhere that vote (default 0). */
  readonly services?: number;
  readonly peers?: number;
  readonly second?: Second;
}

const beganMs = 10_000_000;

export function createWorld(input: WorldInput): World {
  const time = createTime(beganMs);
  const judge = createJudge(time.nowMs);
  const { services = 1 } = input;
  const town = createTown(time, judge, input.policy.commonCauseMs, services);
  const random = seeded(input.seed);
  const chance = seeded(input.seed ^ 0x5bd1e995);
  const placeOf = (policy: Policy): Place =>
    createPlace({
      policy,
      hosts: input.hosts,
      providers: input.providers ?? [input.swaps ? 'swaps' : 'rereads'],
      peers: input.peers ?? 0,
      second: input.second,
      random,
      chance,
      town,
      kill,
    });
  const main = placeOf(input.policy);
  const places = [
    main,
    ...Array.from({ length: services - 1 }, (_, index) => placeOf(another(input.policy, index + 1))),
  ];

  function kill(host: number, downMs: number): void {
    for (const place of places) place.die(host);
    town.ended(host);
    time.after(downMs, () => {
      for (const place of places) place.begin(host);
    });
  }

  function strike(episode: Episode): void {
    const { fault, forMs } = episode;
    town.say(null, `${JSON.stringify(fault)} for ${forMs} ms`);
    // A hand, an order or an edit is about one record, a crash about one process, the wall clock is one.
    const single = ['hand', 'order', 'reload', 'crash', 'wall', 'claims'].includes(fault.kind);
    for (const place of single ? [main] : places) place.strike(episode);
  }

  async function until(holds: () => boolean, ms: number): Promise<number | null> {
    return time.until(() => {
      for (const place of places) place.watch.now();
      return judge.violations.length > 0 || holds();
    }, ms);
  }

  const [zone] = main.zones;
  if (zone === undefined) throw new Error('a world has a zone');
  return {
    policy: main.policy,
    time,
    zone,
    zones: main.zones,
    hosts: main.hosts,
    watch: main.watch,
    judge,
    places,
    faults: main.faults,
    story: town.story,
    switches: () => places.reduce((sum, place) => sum + place.switches(), 0),
    start() {
      for (const place of places) place.start();
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
    order: main.order,
    strike: (fault) => strike({ atMs: 0, forMs: Number.POSITIVE_INFINITY, fault }),
    heal() {
      for (const place of places) place.heal();
    },
    retire(index) {
      for (const place of places) place.retire(index);
    },
    kill,
  };
}

/** Another record of the same daemon in the same regions, whose users are at home in another of them. */
function another(policy: Policy, index: number): Policy {
  const { sites } = policy;
  const turned = index % 2 === 0 ? sites : [...sites.slice(1), ...sites.slice(0, 1)];
  return { ...policy, record: `www${index + 1}.example.test`, sites: turned };
}
