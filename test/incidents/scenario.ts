import { expect, test } from '@jest/globals';
import type { FailClass, Found, Policy, Vote } from '../../src/domain/types';
import { seeded } from '../../src/sim/time';
import { keepsPromises, way } from '../control/promises';
import { createWorld, type Look, suffers, type World, type WorldOptions } from '../control/world';
import type { Treatment, Zone } from '../control/zone';
import { a, b, policyOf, siteAt } from '../domain/fixtures';

/** An outage that was published, as inputs over time and what must hold at the end. */
export interface Scenario {
  /** Number, whose, when; then what this row varies. */
  readonly name: string;
  /** What differs from the defaults of the program; two sites, unless it says otherwise. */
  readonly policy?: Partial<Policy>;
  readonly options?: WorldOptions;
  /** What happens when, from a calm moment on. */
  readonly story: readonly (readonly [atMs: number, what: Step])[];
  readonly forMs: number;
  /** From how many seeds it is played; two unless given. */
  readonly seeds?: number;
  /** The sites the record pointed at, in order, from the beginning; null: at none of ours. */
  readonly way: readonly (string | null)[];
  /** Codes of the pages that were told, each once, in order; none unless given. */
  readonly pages?: readonly string[];
  /** Requests to replace that left this process, attempts and fences too; one per step of the way unless given. */
  readonly writes?: number | 'any';
  /** Alerts that stand at the end, pages or not. */
  readonly standing?: readonly string[];
  readonly and?: (world: World) => void;
}

/** One thing that happens. */
export type Step = (stage: Stage) => void;

export interface Stage {
  readonly world: World;
  /** What other vantages say of a site from now on; with a quorum above 1 they call everything up until told otherwise. */
  readonly peers: Record<string, Record<string, Vote>>;
}

export const secondMs = 1_000;
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

/** The primary and its standby, with the defaults of the program. */
export function pair(changes: Partial<Policy> = {}): Policy {
  return policyOf({ sites: [siteAt(a, '203.0.113.10'), siteAt(b, '198.51.100.7')], ...changes });
}

export const fails =
  (site: string, look: Look = 'status', forMs?: number): Step =>
  ({ world }) =>
    suffers(world, site, look, forMs);

export const recovers =
  (site: string): Step =>
  ({ world }) =>
    suffers(world, site, 'pass');

/** Readings of the zone, and requests to replace, meet this from now on. */
export const providerDoes =
  (reads: Zone['failReads'], treatment: Treatment = { how: 'normal' }): Step =>
  ({ world }) => {
    world.zone.failReads = reads;
    world.zone.treat = () => treatment;
  };

/** What the provider does with the first requests from now on, one by one; afterwards it works. */
export const providerTreats =
  (...treatments: readonly Treatment[]): Step =>
  ({ world }) => {
    const before = world.zone.requests.length;
    world.zone.treat = (request) => treatments[request - before] ?? { how: 'normal' };
  };

export const serversDo =
  (names: readonly string[], change: Partial<Zone['servers'][string]>): Step =>
  ({ world }) => {
    for (const name of names) Object.assign(world.zone.servers[name] ?? {}, change);
  };

export const hand =
  (change: Partial<Found>): Step =>
  ({ world }) =>
    world.zone.hand(change);

export const orders =
  (order: 'hold' | 'resume' | 'failback'): Step =>
  ({ world }) =>
    world.service().post({ type: 'ordered', order: { order }, actor: 'ada', why: 'incident', forMs: null });

export const ordersTo =
  (site: string): Step =>
  ({ world }) =>
    world.order(site);

export const peersSay =
  (site: string, votes: Readonly<Record<string, Vote>>): Step =>
  ({ peers }) => {
    for (const [vantage, vote] of Object.entries(votes)) peers[vantage] = { ...peers[vantage], [site]: vote };
  };

export const isSick =
  (why: string | null): Step =>
  ({ world }) =>
    world.service().post({ type: 'sick', why });

export const restarts: Step = ({ world }) => {
  world.crash();
  world.start();
};

export const does =
  (what: (world: World) => void): Step =>
  ({ world }) =>
    what(world);

/** The way of the record without repetitions: a fence or a self-test moves nothing. */
export function moves(world: World, zone = world.zone): readonly (string | null)[] {
  return way(world, zone).filter((site, index, all) => index === 0 || site !== all[index - 1]);
}

export function pages(world: World): readonly unknown[] {
  return [...new Set(world.tells.flatMap((tell) => (tell.page ? [tell.fields['alert'] ?? tell.code] : [])))];
}

/** Every failure class a probe can meet that says somebody answered. */
export const answered = ['status', 'body', 'tls', 'protocol'] as const satisfies readonly FailClass[];

/** Most of these moments that lie within any one window. */
export function mostWithin(moments: readonly number[], windowMs: number): number {
  return Math.max(0, ...moments.map((atMs) => moments.filter((one) => one >= atMs && one - atMs < windowMs).length));
}

/** A world at peace, peers voting, as long as it takes until everything is known. */
export async function begin(policy: Policy, seed: number, options: WorldOptions = {}): Promise<Stage> {
  const world = createWorld(policy, { seed, ...options });
  const stage: Stage = { world, peers: policy.quorum > 1 ? { east: {}, west: {} } : {} };
  world.start();
  const vote = (): void => {
    for (const { name } of policy.sites) {
      for (const [vantage, votes] of Object.entries(stage.peers)) {
        const one = { vantage, domain: vantage, vote: votes[name] ?? 'up', atMs: world.time.nowMs() };
        world.service().post({ type: 'voted', site: name, vote: one });
      }
    }
    world.time.after(secondMs, vote);
  };
  if (policy.quorum > 1) vote();
  await world.time.run(1_500 + 1.5 * policy.rise * policy.confirmIntervalMs + seeded(-seed)() * policy.intervalMs);
  return stage;
}

/** Plays a scenario to its end from one seed and holds it to what it says. */
export async function play(scenario: Scenario, seed: number): Promise<World> {
  const stage = await begin(pair(scenario.policy), seed, scenario.options);
  const { world } = stage;
  const fromMs = world.nowMs();
  for (const [atMs, step] of scenario.story) {
    await world.time.run(fromMs + atMs - world.nowMs());
    step(stage);
  }
  await world.time.run(fromMs + scenario.forMs - world.nowMs());
  expect([seed, moves(world)]).toEqual([seed, scenario.way]);
  expect([seed, pages(world)]).toEqual([seed, scenario.pages ?? []]);
  const byHand = world.zone.history.filter(({ by }) => by === 'hand').length - 1;
  const writes = scenario.writes ?? scenario.way.length - 1 - byHand;
  if (writes !== 'any') expect([seed, world.zone.requests.length]).toEqual([seed, writes]);
  if (scenario.standing !== undefined) {
    const standing = world.service().status().alerts;
    expect([seed, standing.map(({ code }) => code)]).toEqual([seed, scenario.standing]);
  }
  scenario.and?.(world);
  keepsPromises(world);
  return world;
}

/** Hours of virtual time take seconds, more of them on a busy machine. */
export const patienceMs = 120_000;

/** A test per row. */
export function playAll(scenarios: readonly Scenario[]): void {
  test.each(scenarios)(
    '$name',
    async (scenario) => {
      for (let seed = 1; seed <= (scenario.seeds ?? 2); seed++) await play(scenario, seed);
    },
    patienceMs,
  );
}
