import { raise } from './alerts';
import { begin, type Next, objections, onSending, withChange, withdraw } from './change';
import { type Decision, decide } from './decide';
import type { Effect, Event, Moment } from './events';
import { onClaimed } from './holds';
import { darkened, onObserved } from './observed';
import { expire, onOrdered, ranOut, released } from './orders';
import { onVerified, onWrote } from './outcome';
import { withVote } from './quorum';
import { bringIntoLine, onReading } from './reading';
import { awaited, onTested } from './selftest';
import type { Change, Durable, State } from './state';
import type { Policy } from './types';
import { onReadFailed, onWaits } from './untried';
import { standings, type View } from './view';

/**
 * The one function that decides: state, event and policy in; state and effects out. No clock, no chance, no I/O. Every event takes
 * the same path: learn from it, count the votes, drop what is no longer justified, decide, say what changed.
 */
export function step(state: State, event: Event, policy: Policy, moment: Moment): Next {
  const learnt = learn({ state, policy, moment }, event);
  const counted = recount({ state: learnt.state, policy, moment }, state.durable);
  const decided = reconsider({ state: counted.state, policy, moment });
  const view = { state: decided.state, policy, moment };
  const raised = raise(view, decided.decision ?? decide(view));
  return {
    state: { ...decided.state, alerts: raised.alerts },
    effects: [...learnt.effects, ...counted.effects, ...decided.effects, ...raised.effects],
  };
}

function learn(view: View, event: Event): Next {
  const { state, moment } = view;
  switch (event.type) {
    case 'observed':
      return just(onObserved(view, event));
    case 'voted': {
      const votes = withVote(state.peers[event.site] ?? [], event.vote, moment.nowMs);
      return just({ ...state, peers: { ...state.peers, [event.site]: votes } });
    }
    case 'canary': {
      const before = darkened(view);
      const silent = event.ok ? 0 : (state.canaries[event.name]?.silent ?? 0) + 1;
      return just({ ...before, canaries: { ...state.canaries, [event.name]: { silent, newestMs: moment.nowMs } } });
    }
    case 'sick':
      return just(event.why === state.sick ? state : { ...state, sick: event.why });
    case 'gated': {
      const others = (state.gates[event.site] ?? []).filter((gate) => gate.name !== event.gate.name);
      return just({ ...state, gates: { ...state.gates, [event.site]: [...others, event.gate] } });
    }
    case 'ordered':
      return onOrdered(view, event);
    case 'found':
      return onReading(view, event.found);
    case 'claimed':
      return just(onClaimed(view, event.claims));
    case 'read-failed':
      return onReadFailed(view, event);
    case 'sending':
      return just(onSending(view, event.generation));
    case 'waits':
      return onWaits(view, event);
    case 'wrote':
      return onWrote(view, event);
    case 'verified':
      return onVerified(view, event);
    case 'stored':
      return just(event.why === state.unsaved ? state : { ...state, unsaved: event.why });
    case 'tested':
      return just(onTested(view, event));
    case 'ticked':
      return just(awaited(state, view.policy, moment.nowMs));
  }
}

function just(state: State): Next {
  return { state, effects: [] };
}

function recount(view: View, before: Durable): Next {
  const { nowMs } = view.moment;
  const unexpired = expire(view.state.durable, nowMs);
  const durable = released(before, unexpired, nowMs);
  const next = { ...view.state, durable };
  const state = { ...next, standings: standings({ ...view, state: next }) };
  return { state, effects: ranOut(view.state.durable, unexpired) };
}

/** Drops or fences a change that nothing justifies any more, then decides. The decision is null where the state has moved on since. */
function reconsider(view: View): Next & { readonly decision: Decision | null } {
  const dropped = review(view);
  const decision = decide({ ...view, state: dropped.state });
  if (decision.move === null) {
    const { state, effects } = bringIntoLine({ ...view, state: dropped.state });
    return { state, effects: [...dropped.effects, ...effects], decision: state === dropped.state ? decision : null };
  }
  const { kind, to } = decision.move;
  const begun = begin({ ...view, state: withdrawIntended(dropped.state) }, kind, to, decision);
  return { state: begun.state, effects: [...dropped.effects, ...begun.effects], decision: null };
}

/** An order replaces an intent that is not in the zone yet; one that may be is shut out by the newer generation. */
function withdrawIntended(state: State): State {
  return state.durable.change?.phase === 'intended' ? withdraw(state) : state;
}

function review(view: View): Next {
  const { state } = view;
  const { change } = state.durable;
  if (change === null || change.phase === 'applied' || !state.read) return just(state);
  if (change.phase === 'sending') return just(state);
  const objection = objections(view, change)[0];
  if (objection === undefined) return just(state);
  const tell: Effect = {
    type: 'tell',
    tell: {
      code: 'dropped',
      level: 'warn',
      page: false,
      text: `${change.kind} to ${change.to} is not justified any more: ${objection.why}`,
      fields: { generation: change.generation, guard: objection.guard, phase: change.phase },
    },
  };
  if (change.phase === 'intended') return { state: withdraw(state), effects: [tell] };
  return fence(view, change, tell);
}

/** The outcome of the last attempt is unknown: a newer generation with the present value makes sure it never takes effect. */
function fence(view: View, change: Change, tell: Effect): Next {
  const { state, policy } = view;
  const { active, obstacle } = state.durable;
  if (active === null || obstacle !== null || policy.dryRun) return { state: withChange(state, null), effects: [tell] };
  if (change.kind === 'fence') return { state: withChange(state, null), effects: [tell] };
  const begun = begin(view, 'fence', active, { options: [], move: null });
  return { state: begun.state, effects: [tell, ...begun.effects] };
}

const nothingYet: Durable = {
  generation: 0,
  issued: 0,
  active: null,
  change: null,
  hold: null,
  obstacle: null,
  pin: null,
  claims: [],
  adopted: [],
  switches: [],
  penalty: { value: 0, atMs: 0 },
};

/** The state of a service at start: votes unknown, the zone unread, and what survived the last run. */
export function initial(durable: Durable | null): State {
  return {
    durable: durable ?? nothingYet,
    read: false,
    health: {},
    peers: {},
    standings: {},
    gates: {},
    canaries: {},
    sick: null,
    commonCause: null,
    laggards: [],
    hinted: [],
    unreadable: null,
    behind: null,
    selftest: null,
    pressed: null,
    strangers: [],
    darkMs: null,
    unsaved: null,
    alerts: {},
  };
}
