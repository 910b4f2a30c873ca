import type { Event } from './events';
import { inDoubt, isFresh } from './health';
import { behindMs } from './lag';
import { heldText } from './orders-text';
import type { State } from './state';
import type { Found, Policy } from './types';
import { healthOf, siteWith, type View } from './view';

/** The self-test of the write path, as far as it is a decision: when it may be made, and what its result means. */

/** In the order in which they are made; what a later one needs, an earlier one has shown. */
export const testSteps = ['preflight', 'read', 'write', 'servers'] as const;
export type TestStep = (typeof testSteps)[number];

export interface Selftest {
  /** `untested`: none has come to an end since this process started. */
  readonly result: 'untested' | 'ok' | 'failed';
  /** Where it failed, and in whose words. */
  readonly step: TestStep | null;
  readonly why: string;
  /** End of the last one, or when the wait for the first began. */
  readonly atMs: number;
  readonly tookMs: number | null;
  /** End of the last good one; before the first, when the wait for it began. */
  readonly okMs: number;
  /** Failures in a row, and since when. */
  readonly fails: number;
  readonly sinceMs: number;
  /** Nothing but the provider's own word is needed to believe it; otherwise it is believed when it happens twice. */
  readonly certain: boolean;
  /** What ends by itself unless somebody renews it, as the last preflight told. */
  readonly credentials: readonly { readonly text: string; readonly endsMs: number }[];
  /** The zone shows an older marker of ours beside the newest values: a test that landed late. The next one puts it right. */
  readonly stale: boolean;
}

type Tested = Extract<Event, { type: 'tested' }>;

/** Failed tests are tried again in this time at the most, so that recovery shows soon. */
export const retestCapMs = 60_000;

/** What all requests of one test may take together, and how long the servers may take to show it. */
export const requestsMs = 20_000;
export function showsWithinMs(settleMs: number): number {
  return Math.max(20_000, 2 * settleMs);
}

/** The shortest period that still lets a failure be told within one: a test may take two thirds of it. */
export function leastPeriodMs(settleMs: number): number {
  return 1.5 * (requestsMs + showsWithinMs(settleMs));
}

/** From the end of a good test to the next, so that it ends within one period even at its slowest; `share` in [0, 1) spreads services. */
export function pauseMs({ everyMs, settleMs }: NonNullable<Policy['selftest']>, share: number): number {
  const longestMs = requestsMs + showsWithinMs(settleMs);
  return Math.max(everyMs / 3, everyMs - longestMs) * (0.8 + 0.15 * share);
}

/** Why the write path must not be tested now, for people; null: it may. A change, or the first doubt of the active site, comes before it. */
export function untestable({ state, policy, moment }: View): string | null {
  const { durable } = state;
  const { change, active, hold, obstacle } = durable;
  if (policy.dryRun) return 'FAILOVERD_DRY_RUN';
  if (!state.read) return 'the zone was not read yet';
  if (change !== null) return 'a change is under way';
  if (obstacle !== null) return obstacle.why;
  if (hold !== null) return heldText(hold);
  if (active === null) return 'there is no record';
  if (state.unreadable !== null) return `the zone cannot be read: ${state.unreadable.why}`;
  if (state.behind !== null) return 'a provider is behind the other';
  if (state.sick !== null) return `this node does not trust itself: ${state.sick}`;
  const { selftest } = state;
  const isNew = selftest?.result === 'untested' && moment.nowMs - selftest.atMs < behindMs;
  if (isNew && durable.issued > durable.generation) return 'what the process before this one wrote may not show yet';
  const health = healthOf(state, active);
  if (!isFresh(health.newestMs, moment.nowMs, policy)) return `nothing is known of ${active}`;
  if (health.last?.result === 'unknown') return `nothing is known of ${active}: ${health.last.why}`;
  if (inDoubt(health, policy)) return `${active} is in doubt`;
  return null;
}

/** The wait for the first test begins with the first tick. */
export function awaited(state: State, policy: Policy, nowMs: number): State {
  if (policy.selftest === null || state.selftest !== null) return state;
  const selftest: Selftest = {
    result: 'untested',
    step: null,
    why: '',
    atMs: nowMs,
    tookMs: null,
    okMs: nowMs,
    fails: 0,
    sinceMs: nowMs,
    certain: false,
    credentials: [],
    stale: false,
  };
  return { ...state, selftest };
}

export function onTested({ state, policy, moment }: View, event: Tested): State {
  const before = awaited(state, policy, moment.nowMs).selftest;
  if (before === null) return state;
  const { nowMs } = moment;
  const failed = event.result === 'failed';
  const again = before.result === event.result;
  const selftest: Selftest = {
    ...before,
    result: event.result,
    step: event.step,
    why: event.why,
    atMs: nowMs,
    tookMs: event.tookMs,
    okMs: failed ? before.okMs : nowMs,
    fails: failed ? before.fails + 1 : 0,
    sinceMs: again ? before.sinceMs : nowMs,
    certain: failed && (event.certain || (again && before.certain)),
    credentials: event.credentials?.map(({ text, leftMs }) => ({ text, endsMs: nowMs + leftMs })) ?? before.credentials,
    stale: failed && before.stale,
  };
  return { ...state, selftest };
}

/** Whether a reading shows what only a test that landed late leaves behind: an older marker of ours, and the values we know to be newest. */
export function noticed({ state: before, policy }: View, state: State, found: Found): State {
  const { selftest, durable } = state;
  const { marker } = found;
  if (selftest === null || marker === null || durable.change !== null || before.durable.change !== null) return state;
  const older = marker.owner === policy.owner && marker.generation < durable.generation;
  const stale = older && siteWith(policy, found.sets)?.name === durable.active && durable.obstacle === null;
  return stale === selftest.stale ? state : { ...state, selftest: { ...selftest, stale } };
}

/** A failure that is believed. */
export function isBroken(selftest: Selftest | null): selftest is Selftest {
  return selftest?.result === 'failed' && (selftest.certain || selftest.fails > 1);
}
