import { claimants, unadopted } from './claims';
import type { Hold, State } from './state';
import type { Claim } from './types';
import type { View } from './view';

/** Holds of our own: what forbids writing, until a reading shows that it is gone. */

export interface Problem {
  readonly by: Hold['by'];
  readonly why: string;
}

export function hold(state: State, problem: Problem, nowMs: number): State {
  const { obstacle } = state.durable;
  if (obstacle !== null && obstacle.by === problem.by && obstacle.why === problem.why) return state;
  return {
    ...state,
    durable: {
      ...state.durable,
      obstacle: { by: problem.by, actor: null, why: problem.why, sinceMs: nowMs, untilMs: null },
    },
  };
}

/** Another tool's mark holds at once; once it is gone, the next reading ends the hold. */
export function onClaimed(view: View, claims: readonly Claim[]): State {
  const { state, policy, moment } = view;
  const { durable } = state;
  const marks = claimants(policy, claims);
  const before = claimants(policy, durable.claims).map(({ key }) => key);
  if (marks.map(({ key }) => key).join('\n') === before.join('\n')) return state;
  const others = state.strangers.filter(({ key }) => !before.includes(key));
  const next: State = { ...state, durable: { ...durable, claims }, strangers: [...others, ...marks] };
  const stranger = unadopted(marks, durable);
  if (stranger === null || durable.obstacle !== null) return next;
  return hold(next, { by: 'foreign', why: stranger.why }, moment.nowMs);
}
