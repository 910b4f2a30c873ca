import type { Policy } from '../domain/types';
import type { Played } from './operator-play';
import type { Scenario } from './operator-scenarios';
import type { Move } from './operator-witness';

/** One scenario with all its repetitions together. */
export interface Summary {
  readonly scenario: Scenario;
  readonly repetitions: number;
  /** Of all repetitions together. */
  readonly playedMs: number;
  /** How long the first site served nobody in one repetition: what users see where nothing fails over. */
  readonly failingMs: number;
  /** Switches in one repetition. */
  readonly failovers: Range;
  readonly failbacks: Range;
  /** Repetitions with a failover. */
  readonly moved: number;
  /** Failovers away from a site that served, of all repetitions together, and by the rule that made them. */
  readonly falseMoves: number;
  readonly falseBy: { readonly streak: number; readonly ratio: number };
  /** From the first failure until the first failover was verified; null: there was none. */
  readonly verified: Spread | null;
  /** How long a user was led to a site that did not serve, over all users of all repetitions. */
  readonly users: Spread;
  /** Most automatic switches in any window of the budget. */
  readonly mostInWindow: number;
  /** In how many repetitions the zone showed which site at the end. */
  readonly ends: Readonly<Record<string, number>>;
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface Spread {
  readonly medianMs: number;
  readonly worstMs: number;
}

export function summaryOf(scenario: Scenario, policy: Policy, all: readonly Played[]): Summary {
  const wrong = all.flatMap((one) => one.moves.filter((move) => move.isFalse));
  const streak = wrong.filter((move) => move.by === 'streak').length;
  const failovers = all.map((one) => one.moves.filter((move) => move.kind === 'failover'));
  const failbacks = all.map((one) => one.moves.filter((move) => move.kind === 'failback'));
  const ends: Record<string, number> = {};
  for (const { end } of all) ends[end] = (ends[end] ?? 0) + 1;
  return {
    scenario,
    repetitions: all.length,
    playedMs: Math.round(sum(all.map((one) => one.playedMs))),
    failingMs: Math.round(Math.max(...all.map((one) => sum(one.failing.map((span) => span.toMs - span.fromMs))))),
    failovers: rangeOf(failovers.map((moves) => moves.length)),
    failbacks: rangeOf(failbacks.map((moves) => moves.length)),
    moved: failovers.filter((moves) => moves.length > 0).length,
    falseMoves: wrong.length,
    falseBy: { streak, ratio: wrong.length - streak },
    verified: spreadOf(all.flatMap(verifiedMs)),
    users: spreadOf(all.flatMap((one) => one.usersMs)) ?? { medianMs: 0, worstMs: 0 },
    mostInWindow: Math.max(...all.map((one) => mostWithin(one.moves, policy.maxSwitches.windowMs))),
    ends,
  };
}

function verifiedMs({ moves, failing }: Played): readonly number[] {
  const beganMs = failing[0]?.fromMs;
  const move = moves.find((one) => one.kind === 'failover' && beganMs !== undefined && one.atMs >= beganMs);
  return beganMs === undefined || move === undefined || move.verifiedMs === null ? [] : [move.verifiedMs - beganMs];
}

function mostWithin(moves: readonly Move[], windowMs: number): number {
  const counts = moves.map(({ atMs }) => moves.filter((one) => one.atMs >= atMs && one.atMs < atMs + windowMs).length);
  return Math.max(0, ...counts);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rangeOf(values: readonly number[]): Range {
  return { least: Math.min(...values), most: Math.max(...values) };
}

function spreadOf(values: readonly number[]): Spread | null {
  const sorted = [...values].sort((left, right) => left - right);
  const [medianMs, worstMs] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return medianMs === undefined || worstMs === undefined
    ? null
    : { medianMs: Math.round(medianMs), worstMs: Math.round(worstMs) };
}
