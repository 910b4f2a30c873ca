import type { OutcomeCode } from '../domain/state';
import { type Left, type Sent, type Setup, type SmallZone, sameZone, siteNames, type World } from './small';
import { type After, daemonOf, policyOf, post, then, withDaemon } from './small-daemon';
import { whenLanded, whenSwitched } from './small-watch';

/** Something that may happen next. */
export interface Act {
  readonly name: string;
  readonly happens: () => After;
}

export function calm(world: World): After {
  return { world, broken: [] };
}

export function spend(world: World, what: keyof Left): World {
  return { ...world, left: { ...world.left, [what]: world.left[what] - 1 } };
}

export function wrote(setup: Setup, world: World, index: number, sent: Sent, outcome: OutcomeCode): After {
  const { generation } = sent.marker;
  return post(setup, world, index, {
    type: 'wrote',
    generation,
    outcome,
    why: 'injected',
    requestId: null,
    retryAfterMs: null,
  });
}

function land(setup: Setup, world: World, sent: Sent): After & { readonly took: boolean } {
  const { zone, newest } = world;
  if (setup.swaps && !sameZone(zone, sent.from)) return { world, broken: [], took: false };
  const after = { values: sent.to, marker: sent.marker, foreign: false };
  const { known } = daemonOf(world, sent.daemon);
  const { generation } = sent.marker;
  const automatic = known.automatic.map((one) => (one.generation === generation ? { ...one, landed: true } : one));
  const moved = sent.from.values === sent.to ? known.ordered : null;
  const now = { ...known, automatic, ordered: sent.isOrder ? sent.to : moved };
  const landed = { ...world, zone: after, newest: Math.max(newest, generation) };
  const switched = sent.automaticMs === null ? [] : whenSwitched(now, policyOf(setup, sent.daemon));
  return {
    world: withDaemon(landed, sent.daemon, { known: now }),
    broken: [...whenLanded(zone, sent, newest), ...switched],
    took: true,
  };
}

/** What may become of a request on its way. */
export function flightActs(setup: Setup, world: World, sent: Sent, index: number): readonly Act[] {
  const home = withDaemon(world, index, { flight: null });
  const lands = (from: World, heard: boolean): After => {
    const landed = land(setup, from, sent);
    const outcome = !heard ? 'unknown' : landed.took ? 'applied' : 'conflict';
    return then(landed, (next) => wrote(setup, next, index, sent, outcome));
  };
  const acts: Act[] = [{ name: 'its request lands', happens: () => lands(home, true) }];
  if (world.left.faults === 0) return acts;
  const fault = spend(home, 'faults');
  const stray = { ...fault, strays: [...fault.strays, sent] };
  for (const outcome of ['throttled', 'denied', 'unavailable'] as const) {
    acts.push({ name: `its request is ${outcome}`, happens: () => wrote(setup, fault, index, sent, outcome) });
  }
  acts.push(
    { name: 'its request lands, and the answer is lost', happens: () => lands(fault, false) },
    { name: 'its request has no answer', happens: () => wrote(setup, stray, index, sent, 'unknown') },
    { name: 'its request never lands, and has no answer', happens: () => wrote(setup, fault, index, sent, 'unknown') },
    { name: 'its request lands, and a copy is on its way', happens: () => lands(stray, true) },
    { name: 'its request is said to have landed', happens: () => wrote(setup, fault, index, sent, 'applied') },
  );
  return acts;
}

/** Late landings, and what a hand may do in the zone. */
export function zoneActs(setup: Setup, world: World): readonly Act[] {
  const { zone, strays, left } = world;
  const landings = strays.map((sent, at): Act => {
    const rest = { ...world, strays: strays.filter((_, index) => index !== at) };
    return {
      name: `a stray request lands: ${sent.to}, generation ${sent.marker.generation}`,
      happens: () => land(setup, rest, sent),
    };
  });
  if (left.hands === 0) return landings;
  const hand = (name: string, change: Partial<SmallZone>): Act => ({
    name: `a hand ${name}`,
    happens: () => {
      const after = { ...zone, ...change };
      // Who takes the marker away takes the fence away: generations are counted anew from what is there.
      const newest = after.marker === zone.marker ? world.newest : 0;
      return calm({ ...spend(world, 'hands'), zone: after, newest });
    },
  });
  const values = [...siteNames, 'x', 'nothing'] as const;
  return [
    ...landings,
    ...values.filter((one) => one !== zone.values).map((one) => hand(`writes ${one}`, { values: one })),
    ...(zone.marker === null ? [] : [hand('removes the marker', { marker: null })]),
    zone.foreign
      ? hand('removes the foreign marker', { foreign: false })
      : hand('puts a foreign marker', { marker: null, foreign: true }),
  ];
}
