import { staleAfterMs } from '../domain/health';
import type { Change, State } from '../domain/state';
import type { Policy } from '../domain/types';
import type { Sent, Small, SmallZone, World } from './small';

/** The promises that can be said of the small world, judged by what the world itself saw. A text is a promise broken. */

type Broken = readonly string[];

function unless(holds: boolean, promise: string): Broken {
  return holds ? [] : [promise];
}

export function whenSent(world: World, daemon: Small, sent: Sent, change: Change, policy: Policy): Broken {
  const { from, to, marker } = sent;
  const { disk, known } = daemon;
  const saved = disk?.change ?? null;
  return [
    ...unless(to === 'a' || to === 'b', `S1, S4: ${to} was sent`),
    ...unless(to === marker.site, `S4: ${to} was sent with a marker of ${marker.site}`),
    ...unless(disk !== null && disk.issued >= marker.generation, `S19: generation ${marker.generation} left unsaved`),
    ...unless(
      saved?.generation === marker.generation && (saved.phase === 'sending' || saved.phase === 'unsure'),
      `S19: generation ${marker.generation} left, and its saved state (${saved?.phase ?? 'none'}) does not say so`,
    ),
    ...unless(!from.foreign, 'S11: sent over a foreign marker'),
    ...unless(from.marker === null || from.marker.owner === policy.owner, 'S11: sent over another owner'),
    ...unless(from.values === 'a' || from.values === 'b', `S22: sent over ${from.values}`),
    ...(from.values === to ? [] : moves(world, known, sent, change, policy)),
  ];
}

function moves({ nowMs }: World, known: Small['known'], { from, to }: Sent, { kind }: Change, policy: Policy): Broken {
  if (kind === 'order') return unless(known.pin === to, `S13: moved to ${to} by an order that does not stand`);
  if (kind !== 'failover' && kind !== 'failback') return [`S5: a ${kind} moved the record`];
  if ((to !== 'a' && to !== 'b') || (from.values !== 'a' && from.values !== 'b')) return [];
  const [target, home] = [known.seen[to], known.seen[from.values]];
  return [
    ...unless(target.passed && nowMs - target.atMs <= staleAfterMs(policy), `S4: moved to ${to}, which did not pass`),
    ...unless(kind === 'failback' ? to === 'a' : home.fails >= policy.fall, `S5: ${kind} from ${from.values} to ${to}`),
    ...unless(!known.held, 'S13: moved although held'),
    ...unless(known.pin === null, `S13: moved away from the pin ${known.pin}`),
  ];
}

export function whenLanded(before: SmallZone, sent: Sent, newest: number): Broken {
  const { generation, owner } = sent.marker;
  return [
    ...unless(generation > newest, `S2: generation ${generation} took effect after ${newest}`),
    ...unless(!before.foreign, 'S11: a foreign marker was written over'),
    ...unless(before.marker === null || before.marker.owner === owner, 'S11: another owner was written over'),
    ...unless(before.values === 'a' || before.values === 'b', `S22: ${before.values} was written over`),
    ...unless(sent.to === 'a' || sent.to === 'b', `S1: the zone holds ${sent.to}`),
  ];
}

/** A switch counts from when it left: what was surely refused, or shut out by a newer one, was none. */
export function whenSwitched({ automatic }: Small['known'], { maxSwitches }: Policy): Broken {
  const landed = automatic.filter((one) => one.landed);
  const newestMs = Math.max(...landed.map(({ atMs }) => atMs));
  const spent = landed.filter(({ atMs }) => newestMs - atMs < maxSwitches.windowMs).length;
  return unless(spent <= maxSwitches.count, `S3: ${spent} automatic switches in a window of ${maxSwitches.count}`);
}

export function whenStepped({ alerts, durable: { hold, obstacle } }: State): Broken {
  return [
    ...unless(obstacle === null || obstacle.by in alerts, `L3: held by ${obstacle?.by} without an alert`),
    ...unless(hold === null || 'held' in alerts, 'L3: held by an order without an alert'),
  ];
}
