import { type RecordSet, sameValues } from '../domain/records';
import { jitter } from '../domain/rto';
import type { Policy } from '../domain/types';
import { calmFor, type Evidence, failStreak, mayBeDown, mayVoteFor, type Probe, servesBy } from './evidence';
import type { Judge } from './judge';
import type { Request } from './zone';

/** What is known of one host when it moves the record by itself. */
export interface Mover {
  readonly evidence: Evidence;
  /** First departure of each automatic generation; `isReturn`: it ends what a human ordered, and counts for nothing. */
  readonly automatic: { readonly generation: number; readonly atMs: number; readonly isReturn?: boolean }[];
  /** Where an order of a human put the record, until it moves by itself; null: it stands where it does by itself. */
  ordered: string | null;
  /** Generations of its own that took effect somewhere. */
  readonly landed: Set<number>;
  held: number | null;
  /** When the newest order came: what control had handed over before is on its way, and is finished. */
  orderedMs: number;
  /** `asks`: a failback asks for a move, not for a stay. */
  pinned: { readonly site: string; readonly untilMs: number; readonly asks: boolean } | null;
  startedMs: number;
  /** When last every site had failed in the same way, answering, so that no isolation explains it. */
  commonMs: number;
}

/** What the world knows of the moment in which a request left. */
export interface Surroundings {
  readonly policy: Policy;
  /** The other vantages, by what they were answered. */
  readonly peers: readonly Evidence[];
  /** Since when the host is cut off from everything that could answer it; null: it is not. */
  readonly darkSinceMs: number | null;
  /** Since when it knows that it is sick. */
  readonly sickSinceMs: number | null;
  /** Another provider of the record shows the target already, or where the record is while this one is behind: this is the rest of a move. */
  readonly isRest: boolean;
}

/**
 * A request that moves the record without a human's word, from one site to another (S3 to S8, S13, S17, S20). `home` null: what stands there
 * is no whole site, as after a change that broke off.
 */
export function judgeMove(
  judge: Judge,
  self: Mover,
  request: Request,
  home: string | null,
  target: string,
  { policy, peers, darkSinceMs, sickSinceMs, isRest }: Surroundings,
): void {
  const now = request.justifiedMs;
  // What comes in at this very moment has not been heard yet.
  const heard = (site: string) => [self.evidence, ...peers].map((one) => one.of(site).filter(isBefore(now)));
  const [own = [], ...others] = heard(target);
  const objection = servesBy(own, policy, now, peers.length > 0 ? 0 : policy.rise);
  judge.check('S4', objection === null, () => `moved to ${target}, but ${objection}`);
  const votesUp = [own, ...others].filter((probes) => mayVoteFor(probes, policy, now)).length;
  if (peers.length > 0) {
    judge.check('S17', votesUp >= policy.quorum, () => `moved to ${target}, which ${votesUp} vantages see serving`);
  }
  const someoneServes = policy.sites.some(({ name }) =>
    heard(name).some((one) => servesBy(one, policy, now, 0) === null),
  );
  judge.check('S6', someoneServes, () => 'moved although nothing is known to serve');
  const blindForMs = darkSinceMs === null ? 0 : now - darkSinceMs;
  judge.check(
    'S7',
    blindForMs <= noticesMs(policy),
    () => `moved ${blindForMs} ms after it was cut off from everything`,
  );
  judge.check('S7', sickSinceMs === null || now <= sickSinceMs, () => 'moved although it knew that it was sick');
  const isLater = self.orderedMs > now;
  judge.check('S13', isLater || self.held === null || self.held <= now, () => 'moved although a human holds');
  if (isRest || home === null) return;
  judge.check(
    'S13',
    isLater || self.pinned === null || self.pinned.untilMs <= now,
    () => `moved away from the pin ${self.pinned?.site}`,
  );
  const aliveMs = now - self.startedMs;
  const rankOf = (site: string): number => policy.sites.findIndex((one) => one.name === site);
  // A way home waits for the site to have been up for so long, in this process; for the rest SUSTAIN. The ratio rule counts intervals, and those have their jitter; other vantages have seen it all the while.
  const homeward =
    rankOf(target) < rankOf(home) ? Math.max(policy.failbackAfterMs, 2 * policy.ttlMs) : policy.sustainMs;
  const sawEnough = peers.length > 0 || aliveMs >= Math.min(homeward, policy.sustainMs) * (1 - jitter);
  judge.check('S8', sawEnough, () => `moved ${aliveMs} ms after the process started`);
  const at = heard(home);
  const down = at.filter((probes) => mayBeDown(probes, policy, now)).length;
  const calm = calmFor(heard(target), policy, now, policy.failbackAfterMs);
  const mayComeHome = rankOf(target) < rankOf(home) && policy.failback === 'auto' && aliveMs >= policy.failbackAfterMs;
  const isFailback = mayComeHome && calm;
  judge.check('S5', down >= policy.quorum || isFailback, () => {
    const streak = failStreak(at[0] ?? []);
    const seen = `${streak.length} fails over ${now - (streak[0]?.startedMs ?? now)} ms`;
    return `moved from ${home} to ${target} after ${seen}, seen by ${down} vantages, and it is no failback`;
  });
  if (!isFailback)
    judge.check(
      'S20',
      self.commonMs > now || now - self.commonMs >= policy.commonCauseMs,
      () => `moved ${now - self.commonMs} ms after every site had failed in the same way`,
    );
  if (!self.automatic.some((one) => one.generation === request.marker.generation)) {
    const isReturn = self.ordered === home && rankOf(target) < rankOf(home);
    self.automatic.push({ generation: request.marker.generation, atMs: now, isReturn });
  }
  const { count, windowMs } = policy.maxSwitches;
  // One that was surely refused was no switch.
  const isSwitch = (generation: number): boolean =>
    generation === request.marker.generation || self.landed.has(generation);
  const spent = self.automatic.filter(
    (one) => one.isReturn !== true && now - one.atMs < windowMs && isSwitch(one.generation),
  ).length;
  judge.check('S3', spent <= count, () => `${spent} automatic switches within ${windowMs} ms, ${count} are allowed`);
}

function isBefore(nowMs: number): (probe: Probe) => boolean {
  return (probe) => probe.endedMs < nowMs;
}

/** In this time the silence of everything has shown: two rounds of every site, or of every canary. */
export function noticesMs({ intervalMs, timeoutMs }: Policy): number {
  return 2 * (1.1 * intervalMs + Math.max(timeoutMs, 3_000)) + 1_000;
}

/** Whether the last two words of every site are fails of one class that a server gave, and recent. */
export function commonCause(evidence: Evidence, { sites, intervalMs, timeoutMs }: Policy, nowMs: number): boolean {
  // Most probes pass: looked at first, because this is asked after each of them.
  if (!sites.every((site) => evidence.of(site.name).at(-1)?.result === 'fail')) return false;
  const classes = sites.map((site) => {
    const [before, last] = failStreak(evidence.of(site.name)).slice(-2);
    const isRecent = before !== undefined && nowMs - before.endedMs <= 2.5 * intervalMs + timeoutMs;
    return isRecent && (last?.class === 'status' || last?.class === 'tls') ? last.class : null;
  });
  return classes[0] !== null && new Set(classes).size === 1;
}

/** The configured site whose values these are. */
export function siteOf(policy: Pick<Policy, 'sites'>, sets: readonly RecordSet[]): string | null {
  return policy.sites.find((site) => sameValues(site.sets, sets))?.name ?? null;
}
