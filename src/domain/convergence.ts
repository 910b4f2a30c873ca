import { duration } from './duration';

/** How far a switch has come into the caches of resolvers, as numbers. Measured beside the decision, which never looks at it. */

/** What one resolver showed when it was asked last. */
export interface ResolverAnswer {
  readonly resolver: string;
  /** `old`: anything but the new set, no record included. `unreachable`: it told nothing about the record. */
  readonly state: 'new' | 'old' | 'unreachable';
  readonly why: string;
  /** How long it may go on showing that, by its own word; null unless `old`. */
  readonly ttlLeftMs: number | null;
}

/** One resolver over the whole run. */
export interface ResolverCourse extends ResolverAnswer {
  /** Since when it has shown the new set; null: it never did, or went back. Being unreachable in between changes nothing. */
  readonly newAfterMs: number | null;
}

/** One run of the meter; times are since the switch was verified. */
export interface Course {
  readonly to: string;
  readonly generation: number;
  /** `converged`: every resolver that answered shows the new set. `unconverged`: the time is over, and one does not, or none answered. */
  readonly state: 'measuring' | 'converged' | 'unconverged';
  readonly rounds: number;
  /** When the newest round was asked. */
  readonly elapsedMs: number;
  /** Share with the new set of the resolvers that answered in the newest round; null: none did. */
  readonly ratio: number | null;
  readonly new: number;
  readonly old: number;
  readonly unreachable: number;
  /** Since when the share has been at least that; null: it is not. */
  readonly halfMs: number | null;
  readonly fullMs: number | null;
  /** The longest time that an old answer may stay now, and the longest that was seen in any round. */
  readonly ttlLeftMs: number | null;
  readonly maxTtlLeftMs: number | null;
  /** The resolver that came last, or has not come yet although it answers; null: none has come. */
  readonly slowest: string | null;
  /** Time and share, a point for every change of the share. */
  readonly curve: readonly (readonly [ms: number, ratio: number])[];
  readonly resolvers: readonly ResolverCourse[];
}

/** What `status` shows. `servers`: authoritative ones, while a change is being verified. `resolvers`: since the newest switch. */
export interface Convergence {
  readonly servers: { readonly new: number; readonly asked: number } | null;
  readonly resolvers: Course | null;
}

/** A run in which nobody was asked yet. */
export function courseOf(to: string, generation: number): Course {
  return {
    to,
    generation,
    state: 'measuring',
    rounds: 0,
    elapsedMs: 0,
    ratio: null,
    new: 0,
    old: 0,
    unreachable: 0,
    halfMs: null,
    fullMs: null,
    ttlLeftMs: null,
    maxTtlLeftMs: null,
    slowest: null,
    curve: [],
    resolvers: [],
  };
}

/** One more round, asked so long after the switch was verified. */
export function heard(course: Course, answers: readonly ResolverAnswer[], elapsedMs: number): Course {
  const resolvers = answers.map((answer): ResolverCourse => {
    const before = course.resolvers.find((one) => one.resolver === answer.resolver)?.newAfterMs ?? null;
    const newAfterMs = answer.state === 'old' ? null : answer.state === 'new' ? (before ?? elapsedMs) : before;
    return { ...answer, newAfterMs };
  });
  const count = (state: ResolverAnswer['state']) => answers.filter((answer) => answer.state === state).length;
  const [fresh, old, unreachable] = [count('new'), count('old'), count('unreachable')];
  const ratio = fresh + old === 0 ? null : fresh / (fresh + old);
  const reached = (share: number, beforeMs: number | null) =>
    ratio === null ? beforeMs : ratio >= share ? (beforeMs ?? elapsedMs) : null;
  const ttlLeftMs = longest(answers.map((answer) => answer.ttlLeftMs));
  const isPoint = ratio !== null && ratio !== course.curve.at(-1)?.[1];
  return {
    ...course,
    rounds: course.rounds + 1,
    elapsedMs,
    ratio,
    new: fresh,
    old,
    unreachable,
    halfMs: reached(0.5, course.halfMs),
    fullMs: reached(1, course.fullMs),
    ttlLeftMs,
    maxTtlLeftMs: longest([course.maxTtlLeftMs, ttlLeftMs]),
    slowest: slowestOf(resolvers),
    curve: isPoint ? [...course.curve, [elapsedMs, ratio]] : course.curve,
    resolvers,
  };
}

/** The run is over, at its end or because every resolver has come. */
export function ended(course: Course): Course {
  return { ...course, state: course.ratio === 1 ? 'converged' : 'unconverged' };
}

/** Whether nothing is left to wait for: all were asked, and all show the new set. */
export function isComplete(course: Course): boolean {
  return course.new > 0 && course.new === course.resolvers.length;
}

/** The run in one sentence, for people. */
export function courseText(course: Course): string {
  const { to, old, unreachable, halfMs, fullMs, elapsedMs, ttlLeftMs, resolvers } = course;
  if (course.rounds === 0) return `no resolver was asked yet for ${to}`;
  const named = (state: ResolverAnswer['state']) =>
    resolvers.flatMap((one) => (one.state === state ? [one.resolver] : [])).join(', ');
  const parts = [
    `${course.new} of ${course.new + old} resolvers that answered show ${to} after ${duration(elapsedMs)}`,
    ...(halfMs === null ? [] : [`half after ${duration(halfMs)}`]),
    ...(fullMs === null ? [] : [`all after ${duration(fullMs)}`]),
    ...(old === 0 ? [] : [`old: ${named('old')}, for at most ${duration(ttlLeftMs ?? 0)} more by their TTL`]),
    ...(unreachable === 0 ? [] : [`unreachable: ${named('unreachable')}`]),
  ];
  return parts.join('; ');
}

function longest(times: readonly (number | null)[]): number | null {
  const known = times.flatMap((time) => (time === null ? [] : [time]));
  return known.length === 0 ? null : Math.max(...known);
}

function slowestOf(resolvers: readonly ResolverCourse[]): string | null {
  const old = resolvers.filter(({ state }) => state === 'old');
  const late = old.length > 0 ? old : resolvers;
  const rank = (one: ResolverCourse) => (one.state === 'old' ? (one.ttlLeftMs ?? 0) : (one.newAfterMs ?? -1));
  const last = late.reduce<ResolverCourse | null>(
    (most, one) => (most === null || rank(one) > rank(most) ? one : most),
    null,
  );
  return last === null || rank(last) < 0 ? null : last.resolver;
}
