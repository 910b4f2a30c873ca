import { createHash } from 'node:crypto';
import { counted, excursion } from '../domain/budget';
import { isFresh } from '../domain/health';
import type { Durable, State } from '../domain/state';
import type { Policy } from '../domain/types';
import { type Known, type Sent, type Setup, type Small, type SmallZone, siteNames, stepMs, type World } from './small';
import { isPursued, isVerified, policyOf } from './small-daemon';

/**
 * One short text for all worlds from which the same follows. Times are ages in steps, and all those beyond every rule are one; generations are
 * told by how far they stand above the next lower one that matters; texts for people, alerts and what nothing will ask for again are left
 * out. Two worlds that differ only there are walked once, as are two whose daemons of one owner have changed places. Gaps between
 * generations of two above the next and more are one (with one daemon, all gaps): that can hide a state, never invent one.
 */
export function keyOf(setup: Setup, world: World): string {
  const places = placesOf(world);
  const { hands, orders, crashes, faults } = world.left;
  const from = { nowMs: world.nowMs, places, mayCrash: crashes > 0 };
  const daemons = world.daemons.map((daemon, index) => smallKey({ ...from, policy: policyOf(setup, index) }, daemon));
  const shared = [hands, orders, crashes, faults, place(from, world.newest), zoneKey(from, world.zone)].join('/');
  const [one = '', two] = daemons;
  const straysIn = (names: string): string =>
    world.strays
      .map((sent) => `${names[sent.daemon]}${sentKey(from, sent)}`)
      .sort()
      .join();
  const key = `${one}/${two ?? ''}/${straysIn('01')}`;
  const alike = two !== undefined && policyOf(setup, 0).owner === policyOf(setup, 1).owner;
  const turned = alike ? `${two}/${one}/${straysIn('10')}` : key;
  const text = `${shared}/${turned < key ? turned : key}`;
  return createHash('sha1').update(text).digest('base64url').slice(0, 16);
}

interface Places {
  readonly nowMs: number;
  readonly places: ReadonlyMap<number, number>;
  readonly mayCrash: boolean;
}

interface From extends Places {
  readonly policy: Policy;
}

function age({ nowMs }: Places, atMs: number | null | undefined, oldest: number): string {
  return atMs === null || atMs === undefined ? '-' : String(Math.min(oldest, Math.floor((nowMs - atMs) / stepMs)));
}

/** Every generation that still matters, and its place among them. */
function placesOf({ zone, daemons, strays, newest, left }: World): ReadonlyMap<number, number> {
  const sent = [...strays, ...daemons.flatMap(({ flight }) => flight ?? [])];
  const saved = daemons.flatMap(({ state, before }) => (left.crashes > 0 ? [state.durable, before] : [state.durable]));
  const all = [
    newest,
    zone.marker?.generation,
    ...sent.flatMap(({ marker, from }) => [marker.generation, from.marker?.generation]),
    ...saved.flatMap((one) => [one?.generation, one?.issued, one?.change?.generation]),
    ...daemons.flatMap(({ reading }) => [reading?.generation, reading?.zone.marker?.generation]),
  ];
  const sorted = [...new Set(all.flatMap((one) => one ?? []))].sort((left, right) => left - right);
  const places = new Map<number, number>();
  const widest = daemons.length > 1 ? 2 : 1;
  let at = 0;
  sorted.forEach((one, index) => {
    at += Math.min(widest, one - (sorted[index - 1] ?? one));
    places.set(one, at);
  });
  return places;
}

function place({ places }: Places, generation: number | null | undefined): string {
  return generation === null || generation === undefined ? '' : String(places.get(generation) ?? '');
}

function zoneKey(from: Places, { values, marker, foreign }: SmallZone): string {
  const mark = marker === null ? '' : `${marker.owner}${place(from, marker.generation)}${marker.site}`;
  return `${values}${foreign ? '!' : ''}${mark}`;
}

function sentKey(from: Places, sent: Sent): string {
  const { to, marker, adopted, isOrder } = sent;
  return `${zoneKey(from, sent.from)}>${to}${place(from, marker.generation)}${adopted ? '!' : ''}${sent.automaticMs === null}${isOrder}`;
}

function smallKey(from: From, one: Small): string {
  const { state, due, flight, reading, known } = one;
  const { automatic, held, pin, ordered, adopted } = known;
  const pursued = isPursued(one, due) ? 'due' : flight === null || due === null ? '' : due > flight.marker.generation;
  return [
    stateKey(from, state),
    durableKey(from, state.durable),
    from.mayCrash && one.before !== null && one.before !== one.disk ? durableKey(from, one.before) : '',
    pursued,
    flight === null ? '' : sentKey(from, flight),
    reading === null
      ? ''
      : `${reading.generation === null ? 'beat' : place(from, reading.generation)}${zoneKey(from, reading.zone)}`,
    isVerified(one),
    held,
    pin,
    ordered,
    adopted,
    automatic.map((sent) => `${place(from, sent.generation)}${sent.landed}@${age(from, sent.atMs, 4)}`).join(),
    siteNames.map((name) => seenKey(from, known.seen[name])).join(),
  ].join('|');
}

function fails({ policy }: From, count: number): number {
  return Math.min(count, policy.commonCauseMs > 0 ? Math.max(2, policy.fall) : policy.fall);
}

function since(from: From, sinceMs: number | null): string {
  const { sustainMs } = from.policy;
  return sustainMs > 0 ? age(from, sinceMs, Math.ceil(sustainMs / stepMs)) : '';
}

function seenKey(from: From, { passed, fails: count, atMs, sinceMs }: Known['seen']['a']): string {
  if (!isFresh(atMs, from.nowMs, from.policy)) return '';
  return passed ? 'p' : `${fails(from, count)}${since(from, sinceMs)}`;
}

function stateKey(from: From, { read, health, commonCause, strangers }: State): string {
  const { policy, nowMs } = from;
  const sites = siteNames.map((name) => {
    const one = health[name];
    // What is stale starts over with the next observation.
    if (one === undefined || !isFresh(one.newestMs, nowMs, policy)) return '';
    const streak = one.passes > 0 ? 'p' : `${fails(from, one.fails)}${since(from, one.sinceMs)}`;
    return `${one.vote[0]}${streak}${age(from, one.newestMs, 2)}`;
  });
  const common = policy.commonCauseMs > 0 ? age(from, commonCause?.atMs, 1) : '';
  return `${read}${sites.join()}${common}${strangers.length}`;
}

function durableKey(from: From, durable: Durable): string {
  const { generation, issued, active, change, hold, obstacle, pin, switches, adopted } = durable;
  const moving =
    change === null
      ? ''
      : `${place(from, change.generation)}${change.from}${change.to}${change.kind}${change.phase}${age(from, change.appliedMs, 1)}`;
  const spent = counted(durable, from.policy, from.nowMs);
  const isOut = excursion(switches.at(-1), active) !== null;
  const past = switches.map((one) => {
    const spends = spent.includes(one) ? age(from, one.atMs, 2) : '';
    // Readings from before the newest write are known by it for a while (lag.ts).
    const young = one.generation === generation && one.verifiedMs !== null && age(from, one.verifiedMs, 1) === '0';
    return `${place(from, one.generation)}@${spends}${young ? one.from : ''}`;
  });
  const kept = past.filter((text) => text !== '@').join();
  return `${place(from, generation)},${place(from, issued)},${active},${moving},${hold !== null},${obstacle?.by},${pin?.site}${pin?.by},${kept},${isOut},${adopted.length}`;
}
