import { staleAfterMs } from '../domain/health';
import type { Change, State } from '../domain/state';
import type { Policy } from '../domain/types';
import type { Sent, Small, SmallZone, World } from './small';

/** The promises that can be said of the small world, judged by what the world itself saw. */

export interface Check {
  readonly promise: string;
  /** How it was broken; null: it held. */
  readonly broken: string | null;
}

function unless(holds: boolean, broken: string): readonly Check[] {
  const promise = broken.slice(0, broken.indexOf(':'));
  return [{ promise, broken: holds ? null : broken }];
}

export function whenSent(world: World, daemon: Small, sent: Sent, change: Change, policy: Policy): readonly Check[] {
  const { from, to, marker } = sent;
  const { disk, known } = daemon;
  const saved = disk?.change ?? null;
  return [
    ...unless(to === 'a' || to === 'b', `S1: ${to} was sent`),
    ...unless(to === marker.site, `S4: ${to} was sent with a marker of ${marker.site}`),
    ...unless(disk !== null && disk.issued >= marker.generation, `S19: generation ${marker.generation} left unsaved`),
    ...unless(
      saved?.generation === marker.generation && (saved.phase === 'sending' || saved.phase === 'unsure'),
      `S19: generation ${marker.generation} left, and its saved state (${saved?.phase ?? 'none'}) does not say so`,
    ),
    ...unless(!from.foreign, 'S11: sent over a foreign marker'),
    ...unless(isOurs(from, sent), 'S11: sent over another owner'),
    ...unless(from.values === 'a' || from.values === 'b', `S22: sent over ${from.values}`),
    ...(from.values === to ? [] : moves(world, known, sent, change, policy)),
  ];
}

function isOurs({ marker }: SmallZone, sent: Sent): boolean {
  return marker === null || marker.owner === sent.marker.owner || sent.adopted;
}

function moves(
  { nowMs }: World,
  known: Small['known'],
  { from, to }: Sent,
  { kind }: Change,
  policy: Policy,
): readonly Check[] {
  if (kind === 'order') return unless(known.pin === to, `S13: moved to ${to} by an order that does not stand`);
  if (kind !== 'failover' && kind !== 'failback') return unless(false, `S5: a ${kind} moved the record`);
  if ((to !== 'a' && to !== 'b') || (from.values !== 'a' && from.values !== 'b')) return [];
  const [target, home] = [known.seen[to], known.seen[from.values]];
  const isSeen = nowMs - home.atMs <= staleAfterMs(policy);
  const isDown = isSeen && home.fails >= policy.fall && home.atMs - home.sinceMs >= policy.sustainMs;
  return [
    ...unless(target.passed && nowMs - target.atMs <= staleAfterMs(policy), `S4: moved to ${to}, which did not pass`),
    ...unless(
      kind === 'failback' ? to === 'a' : isDown,
      `S5: ${kind} from ${from.values}, which is not down, to ${to}`,
    ),
    ...unless(!known.held, 'S13: moved although held'),
    ...unless(known.pin === null, `S13: moved away from the pin ${known.pin}`),
  ];
}

export function whenLanded(before: SmallZone, sent: Sent, newest: number): readonly Check[] {
  const { generation } = sent.marker;
  return [
    ...unless(generation > newest, `S2: generation ${generation} took effect after ${newest}`),
    ...unless(!before.foreign, 'S11: a foreign marker was written over'),
    ...unless(isOurs(before, sent), 'S11: another owner was written over'),
    ...unless(before.values === 'a' || before.values === 'b', `S22: ${before.values} was written over`),
    ...unless(sent.to === 'a' || sent.to === 'b', `S1: the zone holds ${sent.to}`),
  ];
}

/** A switch counts from when it left: what was surely refused, or shut out by a newer one, was none. */
export function whenSwitched({ automatic }: Small['known'], { maxSwitches }: Policy): readonly Check[] {
  const landed = automatic.filter((one) => one.landed);
  const newestMs = Math.max(...landed.map(({ atMs }) => atMs));
  if (landed.length < maxSwitches.count) return [];
  const spent = landed.filter(({ atMs }) => newestMs - atMs < maxSwitches.windowMs).length;
  return unless(spent <= maxSwitches.count, `S3: ${spent} automatic switches in a window of ${maxSwitches.count}`);
}

export function whenStepped({ alerts, durable: { hold, obstacle } }: State): readonly Check[] {
  return [
    ...(obstacle === null ? [] : unless(obstacle.by in alerts, `L3: held by ${obstacle.by} without an alert`)),
    ...(hold === null ? [] : unless('held' in alerts, 'L3: held by an order without an alert')),
  ];
}
