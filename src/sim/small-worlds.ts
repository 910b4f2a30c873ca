import { step } from '../domain/step';
import type { Policy } from '../domain/types';
import { foundIn, type Left, nothingSeen, type Setup, smallPolicy, started, type World } from './small';
import { observed, post } from './small-daemon';

const calm: Left = { hands: 0, orders: 0, crashes: 0, faults: 0 };
/** Failing alike holds nobody back here: less to walk, and switches follow upon each other sooner. */
const quick: Policy = { ...smallPolicy, commonCauseMs: 0 };
const other: Policy = { ...quick, owner: 'ops' };
const patient: Policy = { ...quick, fall: 3, sustainMs: 30_000, intervalMs: 15_000 };

/** The small worlds that are walked: who is there, how often something may go wrong, and how many events deep. */
export const setups: Readonly<Record<string, Setup>> = {
  'one daemon, from the first reading': setupOf('cold', [smallPolicy], calm, 40),
  'one daemon': setupOf('warm', [quick], calm, 40),
  'one daemon, a hand': setupOf('warm', [quick], { ...calm, hands: 1 }, 40),
  'one daemon, two orders': setupOf('warm', [quick], { ...calm, orders: 2 }, 14),
  'one daemon, a crash': setupOf('warm', [quick], { ...calm, crashes: 1 }, 40),
  'one daemon, a fault': setupOf('warm', [quick], { ...calm, faults: 1 }, 14),
  'one daemon, two faults': setupOf('warm', [quick], { ...calm, faults: 2 }, 10),
  'one daemon, a crash and a fault': setupOf('warm', [quick], { ...calm, crashes: 1, faults: 1 }, 10),
  'one daemon, everything': setupOf('warm', [quick], { hands: 1, orders: 1, crashes: 1, faults: 2 }, 6),
  'one patient daemon, a crash and a fault': setupOf('warm', [patient], { ...calm, crashes: 1, faults: 1 }, 10),
  'two of one owner': setupOf('warm', [quick, quick], calm, 11),
  'two of one owner, a crash': setupOf('warm', [quick, quick], { ...calm, crashes: 1 }, 9),
  'two of one owner, a fault': setupOf('warm', [quick, quick], { ...calm, faults: 1 }, 8),
  'two of one owner, a crash and a fault': setupOf('warm', [quick, quick], { ...calm, crashes: 1, faults: 1 }, 7),
  'two owners, a hand': setupOf('warm', [quick, other], { ...calm, hands: 1 }, 10),
  'two owners, an order and a crash': setupOf('warm', [quick, other], { ...calm, orders: 1, crashes: 1 }, 7),
  'two owners, none in the zone yet, a fault': setupOf('unmarked', [quick, other], { ...calm, faults: 1 }, 7),
  'two owners, none in the zone yet, everything': setupOf(
    'unmarked',
    [quick, other],
    { hands: 1, orders: 1, crashes: 1, faults: 1 },
    4,
  ),
};

function setupOf(start: Setup['start'], policies: readonly Policy[], left: Left, depth: number): Setup {
  return { policies, swaps: true, left, step, start, depth };
}

export function firstWorld(setup: Setup): World {
  const known = { seen: nothingSeen, held: false, pin: null, ordered: null, adopted: false, automatic: [] };
  const owner = setup.policies[0]?.owner ?? '';
  const marker = setup.start === 'warm' ? { owner, generation: 1, site: 'a' } : null;
  const cold: World = {
    nowMs: 1_000_000,
    daemons: setup.policies.map(() => started(null, known)),
    zone: { values: 'a', marker, foreign: false },
    strays: [],
    left: setup.left,
    newest: marker?.generation ?? 0,
    history: { switches: 0, generation: marker?.generation ?? 0, owners: marker === null ? [] : [owner] },
  };
  if (setup.start === 'cold') return cold;
  return setup.policies.reduce((world, _, index) => {
    const read = post(setup, world, index, { type: 'found', found: foundIn(world.zone) }).world;
    const seen = observed(setup, read, index, 'a', true).world;
    return observed(setup, seen, index, 'b', true).world;
  }, cold);
}
