import type { Event } from '../domain/events';
import { foundIn, type Setup, type Small, siteNames, stepMs, type World } from './small';
import {
  type After,
  calm,
  daemonOf,
  isPursued,
  isVerified,
  observed,
  policyOf,
  post,
  pursue,
  restarted,
  then,
  withDaemon,
} from './small-daemon';
import { type Act, flightActs, spend, wrote, zoneActs } from './small-zone';

/** Everything that may happen next in this world. */
export function actsOf(setup: Setup, world: World): readonly Act[] {
  const own = world.daemons.flatMap((daemon, index) =>
    daemonActs(setup, world, daemon, index).map(({ name, happens }) => ({ name: `${index + 1}: ${name}`, happens })),
  );
  return [...own, ...zoneActs(setup, world), { name: 'half a minute', happens: () => later(setup, world) }];
}

function later(setup: Setup, world: World): After {
  const nowMs = world.nowMs + stepMs;
  // Two windows are kept, and what may still land or leave again.
  const daemons = world.daemons.map((daemon, index) => {
    const keptMs = 2 * policyOf(setup, index).maxSwitches.windowMs;
    const automatic = daemon.known.automatic.filter(
      ({ atMs, generation, landed }) => nowMs - atMs < keptMs || (!landed && isOpen(world, index, generation)),
    );
    return { ...daemon, known: { ...daemon.known, automatic } };
  });
  const first = calm({ ...world, nowMs, daemons });
  return world.daemons.reduce(
    (after, _, index) => then(after, (next) => post(setup, next, index, { type: 'ticked' })),
    first,
  );
}

function isOpen({ daemons, strays }: World, index: number, generation: number): boolean {
  const sent = [...strays, ...daemons.flatMap(({ flight }) => flight ?? [])];
  const { change } = daemons[index]?.state.durable ?? {};
  return change?.generation === generation || sent.some((one) => one.marker.generation === generation);
}

function daemonActs(setup: Setup, world: World, daemon: Small, index: number): readonly Act[] {
  const acts: Act[] = [];
  const act = (name: string, happens: () => After): void => void acts.push({ name, happens });
  const { left, zone } = world;
  const { due, flight, reading, verify } = daemon;
  for (const passed of [true, false]) {
    if (setup.start === 'cold') {
      for (const site of siteNames) act(`${site} ${word(passed)}`, () => observed(setup, world, index, site, passed));
    } else {
      for (const other of [true, false])
        act(`a ${word(passed)}, b ${word(other)}`, () =>
          then(observed(setup, world, index, 'a', passed), (next) => observed(setup, next, index, 'b', other)),
        );
    }
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
  // An attempt waits for one of its own generation, ends one of an older, and is none when its change is over.
  const begins = flight === null ? isPursued(daemon, due) : flight.marker.generation !== due;
  if (due !== null && reading?.generation == null && begins) {
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
  if (verify !== null && isVerified(daemon)) acts.push(...verifyActs(setup, world, verify, index));
  if (left.orders > 0) {
    for (const order of [
      { order: 'hold' },
      { order: 'resume' },
      ...siteNames.map((site) => ({ order: 'switch', site }) as const),
      ...(new Set(setup.policies.map(({ owner }) => owner)).size > 1 ? [{ order: 'adopt' } as const] : []),
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

function word(passed: boolean): string {
  return passed ? 'passes' : 'fails';
}

/** A newer attempt gives up the one in flight: nobody will hear of it, and it may land yet. */
function given(setup: Setup, world: World, index: number): After {
  const { flight } = daemonOf(world, index);
  if (flight === null) return calm(world);
  const strays = [...world.strays, { ...flight, fate: 'late' } as const];
  const strayed = withDaemon({ ...world, strays }, index, { flight: null });
  return wrote(setup, strayed, index, flight, 'unknown');
}

function verifyActs(setup: Setup, world: World, generation: number, index: number): readonly Act[] {
  const { active } = daemonOf(world, index).state.durable;
  const asked = withDaemon(world, index, { verify: null });
  const laggards = world.zone.values === active ? [] : ['ns1'];
  return [
    { name: 'asks the servers', happens: () => post(setup, asked, index, { type: 'verified', generation, laggards }) },
  ];
}
