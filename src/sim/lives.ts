import { failbackWaitMs } from '../domain/budget';
import { rto } from '../domain/rto';
import { siteOf } from './moves';
import type { World } from './world';
import { activeOf, isReady, isReported, isRestored, outlivesOutage, readyWithinMs, seldom } from './write-path';

/** How long the last failover took, from the first failure until verified on every server, and the bound it is held to. */
export interface Failover {
  readonly tookMs: number;
  readonly boundMs: number;
}

const settleMs = 0;

/** Heals everything, then asks for what must come to pass: readiness, a failover within the bound (L1, L2), and the way home. */
export async function lives(world: World): Promise<Failover | null> {
  const { policy, watch, judge } = world;
  const [first] = policy.sites;
  if (first === undefined) return null;
  await recover(world);
  const service = world.hosts[0]?.service() ?? null;
  if (service === null || policy.dryRun) return null;
  const readyMs = readyWithinMs(policy);
  const everyone = seldom(world, () => isReady(world));
  if ((await world.until(everyone, readyMs)) === null) {
    const why = world.places.map((place) => place.hosts[0]?.service()?.status());
    const words = why.map((one) => `${one?.record}: ${one?.readyWhy.join('; ')}; write ${one?.write}`);
    judge.check('L2', false, () => `not ready ${readyMs} ms after everything healed: ${words.join(', ')}`);
    return null;
  }
  judge.check('L2', true, () => '');
  // The others would be counted as a common cause (S20); they have shown that they are well.
  for (const place of world.places.slice(1)) place.retire(0);
  await world.run(policy.commonCauseMs);
  await isReported(world);
  if (watch.violations.length > 0) return null;
  const active = service.status().active;
  const boundMs = rto(policy, settleMs).verifiedMs + policy.intervalMs;
  world.strike({ kind: 'site', site: active ?? '', what: { how: 'wrong', class: 'status' } });
  const moved = (): boolean => activeOf(service) !== active && service.status().write === 'settled';
  const tookMs = await world.until(moved, boundMs);
  const options = (): string => JSON.stringify(service.status().options);
  judge.check(
    'L1',
    tookMs !== null,
    () => `${active} failed, and no other site was verified within ${boundMs} ms: ${options()}`,
  );
  if (tookMs === null || watch.violations.length > 0) return null;
  world.heal();
  if (policy.failback === 'auto' && active === first.name) await comesHome(world, first.name);
  if (watch.violations.length === 0) await staysQuiet(world);
  if (watch.violations.length === 0) await outlivesOutage(world, boundMs);
  if (watch.violations.length === 0) await isRestored(world);
  return { tookMs, boundMs };
}

/** Everything ends, and what people did, people undo: the record is whole and ours again, and nobody holds. */
async function recover(world: World): Promise<void> {
  const { policy } = world;
  world.heal();
  for (const host of world.hosts.slice(1)) world.retire(host.index);
  for (const place of world.places) {
    const isOurs = place.zones.every((zone) => {
      const { sets, marker, foreignMarker, obstacles } = zone.now();
      const site = place.policy.sites.find(({ name }) => name === siteOf(place.policy, sets));
      const whole = zone.atomic ? JSON.stringify(site?.sets) === JSON.stringify(sets) : sets.length > 0;
      const free = foreignMarker === null && obstacles.length === 0;
      return whole && free && (marker?.owner ?? policy.owner) === policy.owner;
    });
    if (!isOurs) handsBack(place);
  }
  await world.run(2 * 60_000 + 90_000);
  // Other tools' marks are asked for now and then only; until they are known to be gone they hold.
  await world.until(() => !world.places.some(isClaimed), claimsMs);
  // The remedy that the alert names: nobody else writes any more, so this one may start anew.
  const isTwin = world.places.some((place) => obstacleOf(place)?.by === 'twin');
  if (isTwin) {
    world.kill(0, 0);
    await world.run(90_000);
  }
  // A zone that went back to an older copy, or two that differ, are put right by hand, as the alert asks.
  const held = world.places.filter((place) => obstacleOf(place) != null);
  for (const place of held) handsBack(place);
  if (held.length > 0) await world.run(90_000);
  for (const place of world.places) place.order(0, { order: 'resume' }, null);
  world.time.leap(policy.maxSwitches.windowMs);
}

type Place = World['places'][number];

const claimsMs = 12 * 60_000;

function isClaimed({ hosts }: Place): boolean {
  return (hosts[0]?.service()?.view().state.durable.claims.length ?? 0) > 0;
}

function obstacleOf(place: Place) {
  return place.hosts[0]?.service()?.view().state.durable.obstacle;
}

function handsBack({ policy, zones }: Place): void {
  const [first] = policy.sites;
  for (const zone of zones) zone.hand({ sets: first?.sets ?? [], marker: null, foreignMarker: null, obstacles: [] });
}

async function comesHome(world: World, home: string): Promise<void> {
  const { policy, judge } = world;
  const service = world.hosts[0]?.service() ?? null;
  if (service === null) return;
  const { state, moment } = service.view();
  const waitMs = failbackWaitMs(state.durable, policy, moment.nowMs);
  const calmMs = 2 * policy.window * policy.intervalMs + 2 * policy.rise * policy.intervalMs;
  const homeMs = waitMs + calmMs + 60_000 + rto(policy, settleMs).verifiedMs;
  const isHome = (): boolean => activeOf(service) === home && service.status().write === 'settled';
  const spent = (): boolean =>
    service.status().options.some((one) => one.refusals.some(({ guard }) => guard === 'reserve' || guard === 'budget'));
  const came = await world.until(
    seldom(world, () => isHome() || spent()),
    homeMs,
  );
  const options = (): string => JSON.stringify(service.status().options);
  judge.check('L2', came !== null, () => `not home ${homeMs} ms after ${home} healed: ${options()}`);
}

const quietMs = 5 * 60_000;

/** Converged and unchanged, nothing is written to the record's own sets (S10). */
async function staysQuiet(world: World): Promise<void> {
  const { policy, judge, watch } = world;
  const status = world.hosts[0]?.service()?.status();
  const isHome = status?.active === policy.sites[0]?.name || policy.failback === 'manual';
  if (!isHome || status?.write !== 'settled') return;
  const before = watch.writes();
  await world.run(quietMs);
  const after = watch.writes();
  judge.check('S10', after.sets === before.sets, () => `${after.sets - before.sets} writes in calm`);
  judge.check('S10', after.all === before.all, () => `${after.all - before.all} markers written in calm`);
}
