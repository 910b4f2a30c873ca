import type { Event } from '../domain/events';
import type { OutcomeCode } from '../domain/state';
import {
  foundIn,
  type Left,
  type Sent,
  type Setup,
  type Small,
  type SmallZone,
  sameZone,
  siteNames,
  stepMs,
  type World,
} from './small';
import { type After, daemonOf, observed, post, pursue, restarted, then, withDaemon } from './small-daemon';
import { whenLanded } from './small-watch';

/** Something that may happen next. */
export interface Act {
  readonly name: string;
  readonly happens: () => After;
}

function calm(world: World): After {
  return { world, broken: [] };
}

function spend(world: World, what: keyof Left): World {
  return { ...world, left: { ...world.left, [what]: world.left[what] - 1 } };
}

/** Everything that may happen next in this world. */
export function actsOf(setup: Setup, world: World): readonly Act[] {
  const own = world.daemons.flatMap((daemon, index) =>
    daemonActs(setup, world, daemon, index).map(({ name, happens }) => ({ name: `${index + 1}: ${name}`, happens })),
  );
  return [...own, ...zoneActs(setup, world), { name: 'half a minute', happens: () => later(setup, world) }];
}

function later(setup: Setup, world: World): After {
  const first = calm({ ...world, nowMs: world.nowMs + stepMs });
  return world.daemons.reduce(
    (after, _, index) => then(after, (next) => post(setup, next, index, { type: 'ticked' })),
    first,
  );
}

function daemonActs(setup: Setup, world: World, daemon: Small, index: number): readonly Act[] {
  const acts: Act[] = [];
  const act = (name: string, happens: () => After): void => void acts.push({ name, happens });
  const { left, zone } = world;
  const { due, flight, reading, verify } = daemon;
  for (const site of siteNames) {
    act(`${site} passes`, () => observed(setup, world, index, site, true));
    act(`${site} fails`, () => observed(setup, world, index, site, false));
  }
  const busy = flight !== null || (reading !== null && reading.generation !== null);
  if (!busy) act('reads the zone', () => post(setup, world, index, { type: 'found', found: foundIn(zone) }));
  if (left.faults > 0 && reading === null && flight === null) {
    act('asks for a reading that takes its time', () =>
      calm(withDaemon(spend(world, 'faults'), index, { due: null, reading: { generation: due, zone } })),
    );
  }
  if (reading !== null) {
    act('has its late reading', () => {
      const heard = withDaemon(world, index, { reading: null });
      if (reading.generation !== null) return pursue(setup, heard, index, reading.generation, reading.zone);
      return flight === null ? post(setup, heard, index, { type: 'found', found: foundIn(reading.zone) }) : calm(heard);
    });
  }
  // An attempt waits for one of its own generation, and ends one of an older.
  if (due !== null && reading?.generation == null && flight?.marker.generation !== due) {
    const begin = (): After => given(setup, withDaemon(world, index, { due: null }), index);
    act('attempts', () => then(begin(), (next) => pursue(setup, next, index, due, next.zone)));
    if (left.faults > 0) {
      const event = {
        type: 'read-failed',
        code: 'unavailable',
        why: 'injected',
        generation: due,
        retryAfterMs: null,
      } as const;
      act('cannot read', () =>
        then(given(setup, spend(withDaemon(world, index, { due: null }), 'faults'), index), (next) =>
          post(setup, next, index, event),
        ),
      );
    }
  }
  if (flight !== null) acts.push(...flightActs(setup, world, flight, index));
  if (verify !== null) acts.push(...verifyActs(setup, world, verify, index));
  if (left.orders > 0) {
    for (const order of [
      { order: 'hold' },
      { order: 'resume' },
      ...siteNames.map((site) => ({ order: 'switch', site }) as const),
    ] as const) {
      const event: Event = { type: 'ordered', order, actor: 'ops', why: 'asked', forMs: null };
      act(`${Object.values(order).join(' ')} is ordered`, () => post(setup, spend(world, 'orders'), index, event));
    }
  }
  if (left.crashes > 0) {
    act('crashes and restarts', () => calm(restarted(spend(world, 'crashes'), index, false)));
    if (daemon.before !== daemon.disk)
      act('crashes and restarts without its last save', () => calm(restarted(spend(world, 'crashes'), index, true)));
  }
  return acts;
}

/** A newer attempt gives up the one in flight: nobody will hear of it, and it may land yet. */
function given(setup: Setup, world: World, index: number): After {
  const { flight } = daemonOf(world, index);
  if (flight === null) return calm(world);
  const strayed = withDaemon({ ...world, strays: [...world.strays, flight] }, index, { flight: null });
  return wrote(setup, strayed, index, flight, 'unknown');
}

function wrote(setup: Setup, world: World, index: number, sent: Sent, outcome: OutcomeCode): After {
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
  return {
    world: { ...world, zone: after, newest: Math.max(newest, sent.marker.generation) },
    broken: whenLanded(zone, sent, newest),
    took: true,
  };
}

function flightActs(setup: Setup, world: World, sent: Sent, index: number): readonly Act[] {
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

function verifyActs(setup: Setup, world: World, generation: number, index: number): readonly Act[] {
  const { active } = daemonOf(world, index).state.durable;
  const asked = withDaemon(world, index, { verify: null });
  const laggards = world.zone.values === active ? [] : ['ns1'];
  return [
    { name: 'asks the servers', happens: () => post(setup, asked, index, { type: 'verified', generation, laggards }) },
  ];
}

function zoneActs(setup: Setup, world: World): readonly Act[] {
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
