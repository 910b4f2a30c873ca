import { counted, failbackWaitMs } from './budget';
import { inDoubt, observe } from './health';
import type { Health, Observation, Policy } from './types';
import { better, eligible, healthOf, standingOf, type View } from './view';

/**
 * The earliest time from now at which a guard that refuses could let a move pass without anybody doing anything; null: only an event
 * ends it that nobody can date (an order, an answer, a reading). A bound from below: it may always take longer.
 */
export function earliestMs(guard: string, view: View): number | null {
  const { state, policy, moment } = view;
  const { durable, commonCause } = state;
  switch (guard) {
    case 'not-down': {
      const health = durable.active === null ? null : healthOf(state, durable.active);
      // What is missing is the votes of others.
      return health === null || health.vote === 'down' ? null : downInMs(health, policy, moment.nowMs);
    }
    case 'no-standby':
      return least(
        policy.sites.flatMap(({ name }) => (name === durable.active ? [] : servesInMs(view, name, isGoodEnough))),
      );
    case 'not-up': {
      const up = least(sitesBefore(view).flatMap((name) => servesInMs(view, name, isUp)));
      return up === null ? null : settlesInMs(view, -up);
    }
    case 'settling': {
      const to = better(view);
      return to === null ? null : settlesInMs(view, moment.nowMs - standingOf(state, to).sinceMs);
    }
    case 'held':
      return left(durable.hold?.untilMs, moment.nowMs);
    case 'pinned':
      return left(durable.pin?.untilMs, moment.nowMs);
    case 'common-cause':
      return commonCause === null ? null : commonCause.atMs + policy.commonCauseMs - moment.nowMs;
    case 'budget':
      return freeInMs(view, 1);
    case 'reserve':
      return freeInMs(view, 2);
    default:
      return null;
  }
}

/** When the last of several guards lets a move pass; null: one of them nobody can date. */
export function latestMs(asked: readonly string[], view: View): number | null {
  const times = asked.map((guard) => earliestMs(guard, view)).filter((ms) => ms !== null);
  return times.length < asked.length ? null : Math.max(0, ...times);
}

function left(untilMs: number | null | undefined, nowMs: number): number | null {
  return untilMs === null || untilMs === undefined ? null : untilMs - nowMs;
}

function least(times: readonly (number | null)[]): number | null {
  const known = times.filter((ms) => ms !== null);
  return known.length === 0 ? null : Math.min(...known);
}

const fail: Observation = { result: 'fail', class: 'connect', why: '', latencyMs: 0 };
const pass: Observation = { result: 'pass', latencyMs: 0 };
const mostSteps = 5_000;

/** When this vantage calls the site down if every probe from now on fails at once: the counters themselves are asked. */
export function downInMs(health: Health, policy: Policy, nowMs: number): number | null {
  return playedMs(health, policy, nowMs, fail, (one) => one.vote === 'down');
}

function playedMs(
  health: Health,
  policy: Policy,
  nowMs: number,
  observation: Observation,
  reached: (health: Health) => boolean,
): number | null {
  let one = health;
  let atMs = nowMs;
  let pacedMs = Number.NEGATIVE_INFINITY;
  for (let step = 0; step < mostSteps; step++) {
    if (reached(one)) return atMs - nowMs;
    if (step > 0) atMs += inDoubt(one, policy) ? policy.confirmIntervalMs : policy.intervalMs;
    const paced = atMs - pacedMs >= policy.intervalMs;
    if (paced) pacedMs = atMs;
    one = observe(one, { startedMs: atMs, nowMs: atMs, paced, observation }, policy);
  }
  return null;
}

const isUp = (health: Health): boolean => health.vote === 'up' && health.fails === 0;
const isGoodEnough = (health: Health): boolean =>
  (health.vote === 'up' || health.vote === 'recovering') && health.fails === 0;

/** When a site could serve if every probe from now on passes; nothing while a gate of it is closed. */
function servesInMs(view: View, name: string, reached: (health: Health) => boolean): readonly (number | null)[] {
  const { state, policy, moment } = view;
  if ((state.gates[name] ?? []).some((gate) => !gate.open)) return [];
  if (reached === isUp ? eligible(view, name) === 'up' : eligible(view, name) !== null) return [0];
  const ms = playedMs(healthOf(state, name), policy, moment.nowMs, pass, reached);
  // Its own probes are good already: what is missing is the votes of others.
  return [ms === 0 ? null : ms];
}

function sitesBefore({ state, policy }: View): readonly string[] {
  const rank = policy.sites.findIndex((site) => site.name === state.durable.active);
  return policy.sites.slice(0, Math.max(rank, 0)).map((site) => site.name);
}

/** When a site that has been up for `upMs` has been so for long enough; the wait itself shrinks while the penalty decays. */
function settlesInMs({ state, policy, moment }: View, upMs: number): number {
  const enough = (ms: number): boolean => upMs + ms >= failbackWaitMs(state.durable, policy, moment.nowMs + ms);
  let [low, high] = [0, Math.max(0, failbackWaitMs(state.durable, policy, moment.nowMs) - upMs)];
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return Math.ceil(high);
}

/** When so many places of the switch budget are free again. */
function freeInMs({ state, policy, moment }: View, places: number): number | null {
  const { count, windowMs } = policy.maxSwitches;
  const ends = counted(state.durable, policy, moment.nowMs).map((one) => one.atMs + windowMs - moment.nowMs);
  if (count < places) return null;
  return ends.length + places <= count ? 0 : (ends[ends.length + places - count - 1] ?? null);
}
