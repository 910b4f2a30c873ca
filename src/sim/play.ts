import { failbackWaitMs } from '../domain/budget';
import { rto } from '../domain/rto';
import type { Fault } from './faults';
import type { Plan } from './plan';
import type { Violation } from './watch';
import { createWorld, type World } from './world';

/** What one seed came to. */
export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly story: World['story'];
  /** Virtual time, the calms included. */
  readonly simulatedMs: number;
  /** Of that, played event by event. */
  readonly awakeMs: number;
  readonly evaluations: number;
  readonly switches: number;
  readonly faults: Readonly<Record<string, number>>;
  /** The last failover: from the first failure until verified on every server, and the bound it is held to. */
  readonly failover: { readonly tookMs: number; readonly boundMs: number } | null;
}

/** How long after the last fault of an act everything must have come to rest. */
const restMs = 90_000;
const settleMs = 0;

/** Plays a plan: warm-up, the acts, then everything heals and the promises of liveness are asked for. */
export async function play(plan: Plan): Promise<Outcome> {
  const world = createWorld(plan);
  const { watch, time, policy } = world;
  const beganMs = time.nowMs();
  const faults: Record<string, number> = {};
  let asleepMs = 0;
  let failover: Outcome['failover'] = null;
  const warmMs = 2_000 + (policy.rise + 1) * policy.intervalMs * 1.2;
  world.start();
  await world.run(warmMs);
  for (const act of plan.acts) {
    if (watch.violations.length > 0) break;
    asleepMs += act.calmMs;
    for (const { fault } of act.episodes) {
      const name = nameOf(fault);
      faults[name] = (faults[name] ?? 0) + 1;
    }
    await world.play(act, restMs);
  }
  if (watch.violations.length === 0) failover = await lives(world);
  return {
    seed: plan.seed,
    violations: watch.violations,
    story: world.story,
    simulatedMs: time.nowMs() - beganMs,
    awakeMs: time.nowMs() - beganMs - asleepMs,
    evaluations: watch.evaluations(),
    switches: world.switches(),
    faults,
    failover,
  };
}

function nameOf(fault: Fault): string {
  if (fault.kind === 'site' || fault.kind === 'provider' || fault.kind === 'server')
    return `${fault.kind} ${fault.what.how}`;
  if (fault.kind === 'hand') return `hand ${fault.does}`;
  if (fault.kind === 'order') return `order ${fault.order}`;
  return fault.kind === 'disk' ? `disk ${fault.how}` : fault.kind;
}

/** Heals everything, then asks for what must come to pass: readiness, a failover within the bound (L1, L2), and the way home. */
async function lives(world: World): Promise<Outcome['failover']> {
  const { policy, watch, time } = world;
  const [first] = policy.sites;
  if (first === undefined) return null;
  world.heal();
  // What people did, people undo: the record is whole and ours again, and nobody holds.
  const { sets } = world.zone.now();
  const whole = policy.sites.some((site) => JSON.stringify(site.sets) === JSON.stringify(sets));
  const owned = (world.zone.now().marker?.owner ?? policy.owner) === policy.owner;
  if (!whole || !owned) world.zone.hand({ sets: first.sets, marker: null, foreignMarker: null });
  for (const host of world.hosts.slice(1)) world.retire(host.index);
  await world.run(2 * 60_000 + 90_000);
  // The remedy that the alert names: nobody else writes any more, so this one may start anew.
  if (world.hosts[0]?.service()?.view().state.durable.obstacle?.by === 'twin') {
    world.hosts[0].crash();
    world.heal();
    await world.run(90_000);
  }
  // A zone that went back to an older copy is put right by hand, as its alert asks.
  if (world.hosts[0]?.service()?.view().state.durable.obstacle != null) {
    world.zone.hand({ sets: first.sets, marker: null, foreignMarker: null });
    await world.run(90_000);
  }
  world.order(0, { order: 'resume' }, null);
  time.leap(policy.maxSwitches.windowMs);
  const service = world.hosts[0]?.service() ?? null;
  if (service === null) return null;
  const ready = (): boolean => service.status().ready && service.status().write === 'settled';
  const readyMs = 10 * 60_000 + 2 * policy.rise * policy.intervalMs + 3 * policy.window * policy.intervalMs;
  if (policy.dryRun) return null;
  if ((await world.until(ready, readyMs)) === null) {
    watch.fail(
      'L2',
      `not ready ${readyMs} ms after everything healed: ${service.status().readyWhy.join('; ')}; write ${service.status().write}`,
    );
    return null;
  }
  if (watch.violations.length > 0) return null;
  const active = service.status().active;
  const bound = rto(policy, settleMs).verifiedMs + policy.intervalMs;
  world.strike({ kind: 'site', site: active ?? '', what: { how: 'wrong', class: 'status' } });
  const moved = (): boolean => service.status().active !== active && service.status().write === 'settled';
  const tookMs = await world.until(moved, bound);
  if (tookMs === null) {
    watch.fail(
      'L1',
      `${active} failed, and no other site was verified within ${bound} ms: ${JSON.stringify(service.status().options)}`,
    );
    return null;
  }
  if (watch.violations.length > 0) return null;
  world.heal();
  if (policy.failback === 'auto' && active === first.name) {
    const { state, moment } = service.view();
    const waitMs = failbackWaitMs(state.durable, policy, moment.nowMs);
    const calmMs = 2 * policy.window * policy.intervalMs + 2 * policy.rise * policy.intervalMs;
    const homeMs = waitMs + calmMs + 60_000 + rto(policy, settleMs).verifiedMs;
    const home = (): boolean => service.status().active === first.name && service.status().write === 'settled';
    const budget = (): boolean =>
      service
        .status()
        .options.some((one) => one.refusals.some(({ guard }) => guard === 'reserve' || guard === 'budget'));
    if ((await world.until(() => home() || budget(), homeMs)) === null) {
      watch.fail('L2', `not home ${homeMs} ms after ${first.name} healed: ${JSON.stringify(service.status().options)}`);
    }
  }
  return { tookMs, boundMs: bound };
}
