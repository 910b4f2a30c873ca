import type { OutcomeCode } from '../domain/state';
import { type Left, type Sent, type Setup, type SmallZone, sameZone, siteNames, type World } from './small';
import { type After, calm, daemonOf, policyOf, post, then, withDaemon } from './small-daemon';
import { whenLanded, whenSwitched } from './small-watch';

/** Something that may happen next. */
export interface Act {
  readonly name: string;
  readonly happens: () => After;
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
  const { zone, newest, history } = world;
  const landing = (how: string): readonly string[] => (sent.fate === null ? [] : [`${sent.fate}, ${how}`]);
  if (setup.swaps && !sameZone(zone, sent.from)) return { ...calm(world), landings: landing('shut out'), took: false };
  const after = { values: sent.to, marker: sent.marker, foreign: false };
  const { known } = daemonOf(world, sent.daemon);
  const { generation, owner } = sent.marker;
  const automatic = known.automatic.map((one) => (one.generation === generation ? { ...one, landed: true } : one));
  const stays = sent.from.values === sent.to ? known.ordered : null;
  const now = { ...known, automatic, adopted: false, ordered: sent.isOrder ? sent.to : stays };
  const moved = zone.values === sent.to ? 0 : 1;
  const owners = history.owners.includes(owner) ? history.owners : [...history.owners, owner];
  const told = {
    switches: history.switches + moved,
    generation: Math.max(history.generation, generation),
    owners,
  };
  const landed = { ...world, zone: after, newest: Math.max(newest, generation), history: told };
  const switched = sent.automaticMs === null ? [] : whenSwitched(now, policyOf(setup, sent.daemon));
  return {
    world: withDaemon(landed, sent.daemon, { known: now }),
    checks: [...whenLanded(zone, sent, newest), ...switched],
    landings: [
      ...landing('took effect'),
      ...(owners.length > 1 && history.owners.length === 1 ? ['the second owner'] : []),
    ],
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
  const stray = (fate: 'late' | 'copy'): World => ({ ...fault, strays: [...fault.strays, { ...sent, fate }] });
  // Throttled, denied or unavailable: the decision makes no difference. One that never lands is among those that have not landed yet.
  acts.push(
    { name: 'its request is refused', happens: () => wrote(setup, fault, index, sent, 'unavailable') },
    { name: 'its request lands, and the answer is lost', happens: () => lands(fault, false) },
    { name: 'its request has no answer', happens: () => wrote(setup, stray('late'), index, sent, 'unknown') },
    { name: 'its request lands, and a copy is on its way', happens: () => lands(stray('copy'), true) },
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
