import { createHash } from 'node:crypto';
import { counted, excursion } from '../domain/budget';
import { isFresh } from '../domain/health';
import type { Durable, State } from '../domain/state';
import type { Policy } from '../domain/types';
import { type Known, type Sent, type Small, type SmallZone, siteNames, stepMs, type World } from './small';

/**
 * One short text for all worlds from which the same follows. Times are ages in steps, and all those beyond every rule are one; generations
 * are places in the order of all that matter; texts for people and the alerts, which decide nothing, are left out. Two worlds that
 * differ only there are walked once, as are two whose daemons of one owner have changed places: that can hide a state, never invent one.
 */
export function keyOf(world: World, policy: Policy, alike: boolean): string {
  const generations = generationsIn(world);
  const key = { nowMs: world.nowMs, generations, policy };
  const { hands, orders, crashes, faults } = world.left;
  const daemons = world.daemons.map((daemon) => smallKey(key, daemon, crashes > 0));
  const parts = [
    hands,
    orders,
    crashes,
    faults,
    rank(key, world.newest),
    zoneKey(key, world.zone),
    ...world.strays.map((sent) => sentKey(key, sent)).sort(),
    ...(alike ? daemons.sort() : daemons),
  ];
  return createHash('sha1').update(parts.join('/')).digest('base64url').slice(0, 16);
}

interface From {
  readonly nowMs: number;
  readonly generations: readonly number[];
  readonly policy: Policy;
}

function age({ nowMs }: From, atMs: number | null | undefined, oldest: number): string {
  return atMs === null || atMs === undefined ? '-' : String(Math.min(oldest, Math.floor((nowMs - atMs) / stepMs)));
}

function generationsIn({ zone, daemons, strays, newest, left }: World): readonly number[] {
  const sent = [...strays, ...daemons.flatMap(({ flight }) => flight ?? [])];
  const saved = daemons.flatMap(({ state, before }) => (left.crashes > 0 ? [state.durable, before] : [state.durable]));
  const all = [
    newest,
    zone.marker?.generation,
    ...sent.flatMap(({ marker, from }) => [marker.generation, from.marker?.generation]),
    ...saved.flatMap((one) => [one?.generation, one?.issued, one?.change?.generation]),
    ...daemons.flatMap(({ due, verify, reading }) => [
      due,
      verify,
      reading?.generation,
      reading?.zone.marker?.generation,
    ]),
  ];
  return [...new Set(all.flatMap((one) => one ?? []))].sort((left, right) => left - right);
}

/** Its place among all generations that still matter. */
function rank({ generations }: From, generation: number | null | undefined): string {
  return generation === null || generation === undefined ? '' : String(generations.indexOf(generation));
}

function zoneKey(from: From, { values, marker, foreign }: SmallZone): string {
  const mark = marker === null ? '' : `${marker.owner}${rank(from, marker.generation)}${marker.site}`;
  return `${values}${foreign ? '!' : ''}${mark}`;
}

function sentKey(from: From, sent: Sent): string {
  const { to, marker, isOrder } = sent;
  return `${marker.owner}${zoneKey(from, sent.from)}>${to}${rank(from, marker.generation)}${isOrder}`;
}

function smallKey(from: From, one: Small, mayCrash: boolean): string {
  const { state, due, flight, reading, verify, known } = one;
  const { automatic, held, pin, ordered } = known;
  return [
    stateKey(from, state),
    durableKey(from, state.durable),
    mayCrash && one.before !== null ? durableKey(from, one.before) : '',
    rank(from, due),
    flight === null ? '' : sentKey(from, flight),
    reading === null
      ? ''
      : `${reading.generation === null ? 'beat' : rank(from, reading.generation)}${zoneKey(from, reading.zone)}`,
    rank(from, verify),
    held,
    pin,
    ordered,
    automatic
      .filter(({ atMs }) => from.nowMs - atMs < from.policy.maxSwitches.windowMs)
      .map(({ generation, atMs, landed }) => `${rank(from, generation)}${landed}@${age(from, atMs, 2)}`)
      .join(),
    siteNames.map((name) => seenKey(from, known.seen[name])).join(),
  ].join('|');
}

function seenKey(from: From, { passed, fails, atMs }: Known['seen']['a']): string {
  return isFresh(atMs, from.nowMs, from.policy) ? `${passed}${Math.min(2, fails)}` : '';
}

function stateKey(from: From, { read, health, standings, commonCause }: State): string {
  const sites = siteNames.map((name) => {
    const one = health[name];
    // What is stale starts over with the next observation.
    if (one === undefined || !isFresh(one.newestMs, from.nowMs, from.policy)) return `${standings[name]?.verdict[0]}`;
    const since = from.policy.sustainMs > 0 ? age(from, one.sinceMs, 2) : '';
    const { vote, passes, fails } = one;
    return `${vote[0]}${Math.min(passes, 1)}${Math.min(fails, 2)}${since}${age(from, one.newestMs, 2)}${standings[name]?.verdict[0]}`;
  });
  return `${read}${sites.join()}${age(from, commonCause?.atMs, 1)}`;
}

function durableKey(from: From, durable: Durable): string {
  const { generation, issued, active, change, hold, obstacle, pin, switches, adopted } = durable;
  const moving =
    change === null
      ? ''
      : `${rank(from, change.generation)}${change.from}${change.to}${change.kind}${change.phase}${age(from, change.appliedMs, 1)}`;
  const windowMs = from.policy.maxSwitches.windowMs;
  const kept = switches.filter(({ atMs }) => from.nowMs - atMs < windowMs);
  const spent = counted(durable, from.policy, from.nowMs).map(({ generation }) => rank(from, generation));
  const isOut = excursion(switches.at(-1), active) !== null;
  const past = kept.map(
    (one) =>
      `${rank(from, one.generation)}${one.kind}${one.to}${age(from, one.atMs, 2)}${age(from, one.verifiedMs, 1)}`,
  );
  return `${rank(from, generation)},${rank(from, issued)},${active},${moving},${hold !== null},${obstacle?.by},${pin?.site}${pin?.by},${past.join()},${spent.join()},${isOut},${adopted.length}`;
}
