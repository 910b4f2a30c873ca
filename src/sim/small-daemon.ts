import { notYet } from '../domain/behind';
import { objections } from '../domain/change';
import type { Event, Tell } from '../domain/events';
import { isFresh } from '../domain/health';
import type { Change } from '../domain/state';
import type { Policy } from '../domain/types';
import {
  foundIn,
  nothingSeen,
  type Sent,
  type Setup,
  type Small,
  type SmallZone,
  siteNames,
  started,
  type World,
} from './small';
import { type Check, whenSent, whenStepped } from './small-watch';

/** A world after something happened, the promises that were judged on the way, and what landed. */
export interface After {
  readonly world: World;
  readonly checks: readonly Check[];
  readonly landings: readonly string[];
}

export function calm(world: World): After {
  return { world, checks: [], landings: [] };
}

export function withDaemon(world: World, index: number, change: Partial<Small>): World {
  return { ...world, daemons: world.daemons.map((one, at) => (at === index ? { ...one, ...change } : one)) };
}

export function policyOf(setup: Setup, index: number): Policy {
  const policy = setup.policies[index];
  if (policy === undefined) throw new Error('every daemon has a policy');
  return policy;
}

export function daemonOf(world: World, index: number): Small {
  const daemon = world.daemons[index];
  if (daemon === undefined) throw new Error('no such daemon');
  return daemon;
}

/** One event handled as `control` does it: step, save, then the effects. */
export function post(setup: Setup, world: World, index: number, event: Event): After {
  const one = daemonOf(world, index);
  const moment = { nowMs: world.nowMs, failbackOpen: true, elsewhere: 0 };
  const { state, effects } = setup.step(one.state, event, policyOf(setup, index), moment);
  const moved = state.durable !== one.state.durable;
  let { due, verify, known } = one;
  for (const effect of effects) {
    if (effect.type === 'point') due = effect.generation;
    if (effect.type === 'verify') verify = effect.generation;
    if (effect.type === 'tell') known = told(known, effect.tell, event);
  }
  const saved = moved ? { disk: state.durable, before: one.disk } : {};
  const next = withDaemon(world, index, { state, due, verify, known, ...saved });
  return { world: next, checks: whenStepped(state), landings: [] };
}

/** What a human asked for stands from when it was accepted. */
function told(known: Small['known'], tell: Tell, event: Event): Small['known'] {
  if (tell.code === 'moved-by-hand') return { ...known, pin: String(tell.fields['site']) };
  if (tell.code !== 'ordered' || event.type !== 'ordered') return known;
  const { order } = event;
  if (order.order === 'hold') return { ...known, held: true };
  if (order.order === 'adopt') return { ...known, adopted: true };
  if (order.order === 'resume') return { ...known, held: false, pin: null };
  return order.order === 'switch' ? { ...known, pin: order.site } : known;
}

/** Whether an attempt with this generation would still be for something. */
export function isPursued({ state }: Small, generation: number | null): boolean {
  const { change } = state.durable;
  return change !== null && change.generation === generation && change.phase !== 'applied';
}

/** Whether the answers of the servers would still be for something. */
export function isVerified({ state, verify }: Small): boolean {
  const { change } = state.durable;
  return change !== null && change.generation === verify && change.phase === 'applied';
}

export function then(first: After, next: (world: World) => After): After {
  const second = next(first.world);
  return {
    world: second.world,
    checks: [...first.checks, ...second.checks],
    landings: [...first.landings, ...second.landings],
  };
}

export function observed(setup: Setup, world: World, index: number, site: 'a' | 'b', passed: boolean): After {
  const { known } = daemonOf(world, index);
  const { nowMs } = world;
  const before = known.seen[site];
  // Time in which nothing was seen is not time of failing.
  const goesOn = before.fails > 0 && isFresh(before.atMs, nowMs, policyOf(setup, index));
  const fails = passed ? 0 : goesOn ? before.fails + 1 : 1;
  const sinceMs = goesOn ? before.sinceMs : nowMs;
  const seen = { ...known.seen, [site]: { passed, fails, sinceMs, atMs: nowMs } };
  const observation = passed
    ? ({ result: 'pass', latencyMs: 10 } as const)
    : ({ result: 'fail', class: 'status', why: 'injected', latencyMs: 10 } as const);
  const event = { type: 'observed', site, startedMs: nowMs, paced: true, observation } as const;
  return post(setup, withDaemon(world, index, { known: { ...known, seen } }), index, event);
}

/** `control` pursues the change with this reading in hand: judged once more, then sent in the same breath. */
export function pursue(setup: Setup, world: World, index: number, generation: number, zone: SmallZone): After {
  return then(post(setup, world, index, { type: 'found', found: foundIn(zone) }), (next) => {
    const { state } = daemonOf(next, index);
    const { change } = state.durable;
    if (change === null || !isPursued(daemonOf(next, index), generation)) return calm(next);
    const policy = policyOf(setup, index);
    const moment = { nowMs: next.nowMs, failbackOpen: true, elsewhere: 0 };
    if (objections({ state, policy, moment }, change).length > 0) return calm(next);
    const early = notYet({ state, policy, moment }, change, foundIn(zone));
    if (early !== null) return post(setup, next, index, { type: 'waits', generation, why: early });
    return then(post(setup, next, index, { type: 'sending', generation }), (leaving) =>
      leave(leaving, index, change, zone, policy),
    );
  });
}

function leave(world: World, index: number, change: Change, zone: SmallZone, policy: Policy): After {
  const one = daemonOf(world, index);
  const { generation, kind } = change;
  const site = siteNames.find((name) => name === change.to);
  const isReturn = kind === 'failback' && one.known.ordered === zone.values;
  const isAutomatic = kind === 'failover' || (kind === 'failback' && !isReturn);
  const left = one.known.automatic.find((past) => past.generation === generation);
  const automaticMs = isAutomatic ? (left?.atMs ?? world.nowMs) : null;
  const marker = { owner: policy.owner, generation, site: change.to };
  const { adopted, automatic } = one.known;
  const isOrder = kind === 'order';
  const to = site ?? 'x';
  const sent: Sent = { daemon: index, automaticMs, isOrder, from: zone, to, marker, adopted, fate: null };
  const entry = { generation, atMs: world.nowMs, landed: false };
  const known = { ...one.known, automatic: isAutomatic && left === undefined ? [...automatic, entry] : automatic };
  const flying = { ...one, flight: sent, known };
  return {
    world: withDaemon(world, index, flying),
    checks: whenSent(world, flying, sent, change, policy),
    landings: [],
  };
}

/** The process ends at once and starts again from its disk; what had left is on its way. `lost`: the disk kept only the save before. */
export function restarted(world: World, index: number, lost: boolean): World {
  const { disk, before, flight, known } = daemonOf(world, index);
  const memory = lost ? before : disk;
  // What the disk forgot a daemon cannot know.
  const remembered = {
    held: (memory?.hold ?? null) !== null,
    pin: memory?.pin?.site ?? null,
    adopted: (memory?.adopted ?? []).length > 0,
    ordered: known.ordered,
    automatic: [],
  };
  const rest = lost ? remembered : known;
  const next = withDaemon(world, index, started(memory, { ...rest, seen: nothingSeen }));
  const fate = lost ? 'crash without its last save' : 'crash';
  return flight === null ? next : { ...next, strays: [...next.strays, { ...flight, fate }] };
}
