import type { JournalLine } from '../control/ports';
import type { Fault } from './faults';
import type { Violation } from './judge';
import { type Failover, lives } from './lives';
import type { Plan } from './plan';
import { createWorld, type World } from './world';

/** What one seed came to. */
export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly story: World['story'];
  /** Where a promise broke: what stands in the journals, the newest lines of every record on every host. */
  readonly journal: readonly (JournalLine & { readonly host: number; readonly record: string })[];
  /** Virtual time, the calms included. */
  readonly simulatedMs: number;
  /** Of that, played event by event. */
  readonly awakeMs: number;
  /** How often each promise was looked at. */
  readonly checks: Readonly<Record<string, number>>;
  readonly switches: number;
  readonly faults: Readonly<Record<string, number>>;
  /** The last failover: from the first failure until verified on every server, and the bound it is held to. */
  readonly failover: Failover | null;
}

/** Is told who hears what is thrown where nobody waits for it (null: nobody plays); only the program that plays can listen for that. */
export type Listen = (threw: ((error: unknown) => void) | null) => void;

const unheard: Listen = () => undefined;
/** Of each journal. */
const keptJournal = 100;

/** How long after the last fault of an act everything must have come to rest. */
const restMs = 90_000;
/** One of so many seeds in which the wall clock jumps is played again without the jumps. */
const twinsAmong = 6;

/** Plays a plan: warm-up, the acts, then everything heals and the promises of liveness are asked for; some are played twice (S14). */
export async function play(plan: Plan, listen = unheard): Promise<Outcome> {
  const { outcome, requests } = await playOnce(plan, listen);
  if (plan.seed % twinsAmong !== 0 || outcome.violations.length > 0 || !plan.acts.some(isJumpy)) return outcome;
  const twin = await playOnce({ ...plan, acts: plan.acts.map(steady) }, listen);
  const checks = { ...outcome.checks, S14: (outcome.checks['S14'] ?? 0) + 1 };
  if (requests.join('\n') === twin.requests.join('\n')) return { ...outcome, checks };
  const at = requests.findIndex((line, index) => line !== twin.requests[index]);
  const why = `with jumps of the wall clock ${requests[at]}, without them ${twin.requests[at]}`;
  return { ...outcome, checks, violations: [{ promise: 'S14', atMs: 0, why }] };
}

function isJumpy({ episodes }: Plan['acts'][number]): boolean {
  return episodes.some(({ fault }) => fault.kind === 'wall' && fault.byMs !== 0);
}

function steady(act: Plan['acts'][number]): Plan['acts'][number] {
  const episodes = act.episodes.map((one) =>
    one.fault.kind === 'wall' ? { ...one, fault: { kind: 'wall' as const, byMs: 0 } } : one,
  );
  return { ...act, episodes };
}

interface Played {
  readonly outcome: Outcome;
  /** Every request that left a daemon, and when. */
  readonly requests: readonly string[];
}

async function playOnce(plan: Plan, listen: Listen): Promise<Played> {
  const world = createWorld(plan);
  const { judge, time } = world;
  const beganMs = time.nowMs();
  const threw = (error: unknown): void => judge.fail('threw', textOf(error));
  listen(threw);
  const course = await courseOf(plan, world).catch((error: unknown) => {
    threw(error);
    return { asleepMs: 0, faults: {}, failover: null };
  });
  listen(null);
  const outcome: Outcome = {
    seed: plan.seed,
    violations: judge.violations,
    story: world.story,
    journal: judge.violations.length === 0 ? [] : journalOf(world),
    simulatedMs: (time.nowMs() - beganMs) * world.places.length,
    awakeMs: (time.nowMs() - beganMs - course.asleepMs) * world.places.length,
    checks: judge.counts,
    switches: world.switches(),
    faults: course.faults,
    failover: course.failover,
  };
  return { outcome, requests: world.places.flatMap((place) => place.watch.requests()) };
}

interface Course extends Pick<Outcome, 'faults' | 'failover'> {
  readonly asleepMs: number;
}

async function courseOf(plan: Plan, world: World): Promise<Course> {
  const { judge, policy } = world;
  const faults: Record<string, number> =
    plan.second === undefined ? {} : { [`second host, another ${plan.second}`]: 1 };
  let asleepMs = 0;
  let failover: Failover | null = null;
  const warmMs = 2_000 + (policy.rise + 1) * policy.intervalMs * 1.2;
  world.start();
  await world.run(warmMs);
  for (const act of plan.acts) {
    if (judge.violations.length > 0) break;
    asleepMs += act.calmMs;
    for (const { fault } of act.episodes) {
      const name = nameOf(fault, plan);
      faults[name] = (faults[name] ?? 0) + 1;
    }
    await world.play(act, restMs);
  }
  if (judge.violations.length === 0) judgeQuiet(plan, world);
  if (judge.violations.length === 0) failover = await lives(world);
  return { asleepMs, faults, failover };
}

function journalOf({ places }: World): Outcome['journal'] {
  const lines = places.flatMap(({ policy, hosts }) =>
    hosts.flatMap((host) =>
      host
        .journal()
        .slice(-keptJournal)
        .map((line) => ({ ...line, host: host.index, record: policy.record })),
    ),
  );
  return lines.sort((left, right) => left.atMs - right.atMs);
}

/** An error for people: what it says, and the first places it came from. */
export function textOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.split('\n').slice(0, 4).join(' ').replace(/\s+/g, ' ');
}

/** Where nothing went wrong but processes that ended and started, nothing was written to the record's own sets (S8, S10). */
function judgeQuiet({ quiet, policy }: Plan, world: World): void {
  if (quiet === undefined) return;
  const { sets, all } = world.watch.writes();
  const promise = quiet === 'restarts' ? 'S8' : 'S10';
  world.judge.check(promise, sets === 0, () => `${sets} writes to the record, and nothing was wrong`);
  world.judge.check(promise, all === 0, () => `${all} writes beside self-tests, and nothing was wrong`);
  const active = world.hosts[0]?.service()?.status().active ?? null;
  const first = policy.sites[0]?.name;
  world.judge.check(promise, active === null || active === first, () => `${active} is active, it was ${first}`);
}

function nameOf(fault: Fault, { hosts }: Plan): string {
  if (fault.kind === 'site' || fault.kind === 'provider' || fault.kind === 'server')
    return `${fault.kind} ${fault.what.how}`;
  if (fault.kind === 'hand') return `hand ${fault.does}`;
  if (fault.kind === 'order') return `order ${fault.order}`;
  if (fault.kind === 'path') {
    const whose = fault.daemon < hosts ? '' : ' of a peer';
    return `path${whose} ${fault.to.includes('-') ? 'to a site' : fault.to}${fault.what === undefined ? '' : ` ${fault.what.how}`}`;
  }
  if (fault.kind === 'isolated' && fault.daemon >= hosts) return 'isolated peer';
  if (fault.kind === 'crash' && fault.amid === true) return 'crash amid a change';
  if (fault.kind === 'claims') return fault.claims === null ? 'claims untold' : 'claims';
  if (fault.kind === 'reload') return `reload ${fault.edit.how}`;
  if (fault.kind === 'votes') return `votes ${fault.how}`;
  return fault.kind === 'disk' ? `disk ${fault.how}` : fault.kind;
}
