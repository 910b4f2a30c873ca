import type { Service } from '../control/service';
import type { Policy } from '../domain/types';
import { siteOf } from './moves';
import type { World } from './world';

/** What must come to pass when the write path breaks, when it comes back, and when all memory is lost. */

/** In this time everybody is ready after the last fault is over: the longest pauses, full evidence, a ring without failures. */
export function readyWithinMs({ rise, window, intervalMs }: Policy): number {
  return 10 * 60_000 + (2 * rise + 3 * window) * intervalMs;
}

export function isReady(world: World): boolean {
  return world.places.every((place) => {
    const status = place.hosts[0]?.service()?.status();
    return status?.ready === true && status.write === 'settled';
  });
}

export function activeOf(service: Service): string | null {
  return service.view().state.durable.active;
}

/** Asked once a second: a status takes much longer to make than an event. */
export function seldom({ time }: World, holds: () => boolean): () => boolean {
  let nextMs = time.nowMs();
  return () => {
    if (time.nowMs() < nextMs) return false;
    nextMs = time.nowMs() + 1_000;
    return holds();
  };
}

const codes = ['denied', 'unavailable', 'throttled'] as const;
const tellsOfWrites = ['write-path', 'unreadable', 'behind', 'write-stuck'];

/** A write path that breaks while all is well is reported within one period of the self-test (L4). */
export async function isReported(world: World): Promise<void> {
  const { policy, judge, watch, time } = world;
  const { selftest } = policy;
  const service = world.hosts[0]?.service() ?? null;
  if (selftest === null || service === null || watch.violations.length > 0) return;
  const code = codes[Math.floor(time.nowMs()) % codes.length] ?? 'denied';
  world.strike({ kind: 'provider', what: { how: 'read-only', code } });
  const reported = (): boolean => tellsOfWrites.some((alert) => service.view().state.alerts[alert]?.page === true);
  const tookMs = await world.until(reported, selftest.everyMs);
  const alerts = (): string => Object.keys(service.view().state.alerts).join(', ');
  judge.check(
    'L4',
    tookMs !== null,
    () => `every write was refused (${code}) for ${selftest.everyMs} ms, and all that was told is: ${alerts()}`,
  );
  world.heal();
  const well = (): boolean => !reported() && service.status().ready;
  const againMs = 2 * 60_000 + selftest.everyMs;
  const over = await world.until(seldom(world, well), againMs);
  judge.check('L4', over !== null, () => `${againMs} ms after writes were taken again: ${alerts()}`);
}

const outageMs = 2 * 60_000;
/** The longest pause between two attempts, and the reading with which the next one begins. */
const pauseMs = 60_000 + 5_000;

/** The active site fails in an outage of the provider: verified within the bound from the moment that the provider is back (L2). */
export async function outlivesOutage(world: World, boundMs: number): Promise<void> {
  const { policy, judge, watch, time } = world;
  const service = world.hosts[0]?.service() ?? null;
  if (service === null) return;
  time.leap(policy.maxSwitches.windowMs);
  const isAgain = (): boolean => service.status().ready && service.status().write === 'settled';
  const again = seldom(world, isAgain);
  const readyMs = await world.until(again, readyWithinMs(policy));
  const lacks = (): string => service.status().readyWhy.join('; ');
  judge.check(
    'L2',
    readyMs !== null,
    () => `not ready ${readyWithinMs(policy)} ms after the way home: ${service.status().write}, ${lacks()}`,
  );
  if (watch.violations.length > 0) return;
  const active = activeOf(service);
  const fails = { kind: 'site', site: active ?? '', what: { how: 'wrong', class: 'status' } } as const;
  world.strike({ kind: 'provider', what: { how: 'refuses', code: 'unavailable', retryAfterMs: null } });
  world.strike(fails);
  await world.run(outageMs);
  world.heal();
  world.strike(fails);
  const moved = (): boolean => activeOf(service) !== active && service.status().write === 'settled';
  const tookMs = await world.until(moved, boundMs + pauseMs);
  const options = (): string => JSON.stringify(service.status().options);
  judge.check('L2', tookMs !== null, () => `${boundMs + pauseMs} ms after the provider was back: ${options()}`);
  world.heal();
}

/**
 * The daemon's memory is lost, and the record with a hand's move; other vantages are silent, and in every second world the new disk is full:
 * one order brings the last verified set back (L7).
 */
export async function isRestored(world: World): Promise<void> {
  const { policy, judge, places } = world;
  const [place] = places;
  const active = world.hosts[0]?.service()?.status().active ?? null;
  const other = policy.sites.find(({ name }) => name !== active);
  if (place === undefined || active === null || other === undefined) return;
  world.kill(0, 1_000);
  place.wipe(0);
  world.strike({ kind: 'votes', how: 'silent' });
  const isFull = Math.floor(world.time.nowMs()) % 2 === 0;
  if (isFull) world.strike({ kind: 'disk', daemon: 0, how: 'full' });
  for (const zone of world.zones) zone.hand({ sets: other.sets });
  // An order, too, leads only to a site that is known to serve; without other vantages nothing is, and the human says so.
  await world.run(2_000 + 1.2 * (policy.rise + 2) * policy.intervalMs);
  const wanted = policy.sites.find(({ name }) => name === active)?.sets;
  const override = policy.quorum > 1 ? (['no-standby'] as const) : [];
  place.order(0, { order: 'switch', site: active, override }, null);
  const shows = (): boolean => world.zones.every((zone) => siteOf(policy, zone.now().sets) === active);
  const boundMs = 30_000;
  const tookMs = await world.until(shows, boundMs);
  const now = (): string => JSON.stringify(world.zones.map((zone) => zone.now().sets));
  const how = isFull ? ', with the disk full' : '';
  judge.check(
    'L7',
    tookMs !== null,
    () => `${JSON.stringify(wanted)} was ordered${how}, ${boundMs} ms later: ${now()}`,
  );
}
