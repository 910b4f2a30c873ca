import { isAutomatic, penaltyNow } from './budget';
import { type Decision, evidenceOf } from './decide';
import { duration } from './duration';
import { refusals, sendGuards } from './guards';
import type { Change, ChangeKind, Durable, Effect, Event, Refusal, State, Switch } from './types';
import { eligible, healthOf, siteNamed, type View } from './view';

/** The life of one change: intended → sending → applied → settled; unsure or dropped on the way. */

export interface Next {
  readonly state: State;
  readonly effects: readonly Effect[];
}

const keptSwitches = 200;

/** Makes the intent durable-to-be: a new generation, counted against the budget from now on. */
export function begin(view: View, kind: ChangeKind, to: string, decision: Decision): Next {
  const { state, moment } = view;
  const { durable } = state;
  const from = durable.active;
  const pin = kind === 'order' || kind === 'drill' ? durable.pin : null;
  const why = pin?.why ?? reason(view, kind, to);
  const change: Change = {
    generation: durable.issued + 1,
    from,
    to,
    kind,
    decidedMs: moment.nowMs,
    causeMs: kind === 'failover' && from !== null ? healthOf(state, from).sinceMs : null,
    phase: 'intended',
    attempts: 0,
    appliedMs: null,
    laggards: [],
    trouble: null,
    why,
    evidence: evidenceOf(view, decision.options, pin?.actor ?? null),
  };
  const entry: Switch = { atMs: moment.nowMs, generation: change.generation, from, to, kind, verifiedMs: null, why };
  const switches = kind === 'fence' ? durable.switches : [...durable.switches, entry].slice(-keptSwitches);
  return {
    state: { ...state, durable: { ...durable, issued: change.generation, change, switches } },
    effects: [
      {
        type: 'tell',
        tell: {
          code: 'decided',
          level: 'warn',
          page: false,
          text: `decided: ${kind} from ${from ?? 'nothing'} to ${to}`,
          fields: { kind, from, to, generation: change.generation, why },
        },
      },
      { type: 'point', generation: change.generation, attempt: 0, atLeastMs: 0 },
    ],
  };
}

function reason(view: View, kind: ChangeKind, to: string): string {
  const { active } = view.state.durable;
  if (kind === 'failover' && active !== null) {
    const health = healthOf(view.state, active);
    const failing = health.sinceMs === null ? 0 : view.moment.nowMs - health.sinceMs;
    return `${active} is down: ${health.fails} fails over ${duration(failing)}, last ${health.lastFail?.class ?? 'seen by peers'}`;
  }
  if (kind === 'failback') return `${to} is up again and calm`;
  if (kind === 'create') return 'the zone has no record';
  return kind === 'fence' ? 'an earlier write may still be under way; a newer generation shuts it out' : 'an order';
}

/** Why the change must not be sent now; empty: send it. Asked right before every attempt, and whenever anything was learnt. */
export function objections(view: View, change: Change): readonly Refusal[] {
  const { durable } = view.state;
  const drop = (why: string): readonly Refusal[] => [
    { guard: 'superseded', why, numbers: {}, clears: '', page: false },
  ];
  if (siteNamed(view.policy, change.to) === null) return drop(`${change.to} is not configured any more`);
  if (durable.obstacle !== null) return drop(durable.obstacle.why);
  switch (change.kind) {
    case 'fence':
      return change.to === durable.active ? [] : drop('the earlier write has landed');
    case 'create':
      return durable.hold !== null ? drop('held') : durable.active === null ? [] : drop('the record exists now');
    case 'order':
    case 'drill':
      return durable.pin?.site === change.to ? [] : drop('the order was withdrawn, ran out, or another took its place');
    case 'failover':
    case 'failback': {
      const target = eligible(view, change.to);
      const able = target === 'up' || (target === 'recovering' && change.kind === 'failover');
      if (change.from !== durable.active) return drop('the record was moved meanwhile');
      return able ? refusals(sendGuards[change.kind], view) : drop(`${change.to} cannot serve any more`);
    }
  }
}

/** Takes back a change that is surely not in the zone, and its place in the budget. */
export function withdraw(state: State): State {
  const { change, switches } = state.durable;
  const kept = change === null ? switches : switches.filter((one) => one.generation !== change.generation);
  return { ...state, durable: { ...state.durable, change: null, switches: kept } };
}

/** What became of an attempt. Everything but `applied` leads to another attempt, which reads first. */
export function onWrote(view: View, event: Extract<Event, { type: 'wrote' }>): Next {
  const { state, moment } = view;
  const { change } = state.durable;
  if (change === null || change.generation !== event.generation || change.phase === 'applied')
    return { state, effects: [] };
  if (event.outcome === 'applied') return applied(view, event.requestId);
  const sinceMs = change.trouble?.sinceMs ?? moment.nowMs;
  const next: Change = {
    ...change,
    phase: event.outcome === 'unknown' || change.phase === 'unsure' ? 'unsure' : 'intended',
    trouble: { code: event.outcome, why: event.why, sinceMs },
  };
  const atLeastMs = event.retryAfterMs ?? 0;
  return {
    state: withChange(state, next),
    effects: [
      {
        type: 'tell',
        tell: {
          code: 'write-failed',
          level: 'warn',
          page: false,
          text: `write not confirmed: ${event.outcome}`,
          fields: { generation: change.generation, to: change.to, attempt: change.attempts, why: event.why },
        },
      },
      { type: 'point', generation: change.generation, attempt: change.attempts, atLeastMs },
    ],
  };
}

/** The zone could not be read. An attempt that wanted to know is tried again; what it knew of its own outcome stays as it is. */
export function onReadFailed(view: View, event: Extract<Event, { type: 'read-failed' }>): Next {
  const { moment } = view;
  const why = `${event.code}: ${event.why}`;
  const unreadable = { why, sinceMs: view.state.unreadable?.sinceMs ?? moment.nowMs };
  const state: State = { ...view.state, unreadable };
  const { change } = state.durable;
  if (change === null || change.generation !== event.generation || change.phase === 'applied')
    return { state, effects: [] };
  const attempts = change.attempts + 1;
  const code = event.code === 'denied' ? ('denied' as const) : ('read-failed' as const);
  const trouble = { code, why, sinceMs: change.trouble?.sinceMs ?? moment.nowMs };
  const effect: Effect = {
    type: 'point',
    generation: change.generation,
    attempt: attempts,
    atLeastMs: event.retryAfterMs ?? 0,
  };
  return { state: withChange(state, { ...change, attempts, trouble }), effects: [effect] };
}

/** The zone holds the change: what remains is to see it on every server. */
export function applied(view: View, requestId: string | null): Next {
  const { state, moment } = view;
  const { change } = state.durable;
  if (change === null) return { state, effects: [] };
  const next: Change = { ...change, phase: 'applied', appliedMs: moment.nowMs, trouble: null };
  const durable: Durable = { ...state.durable, change: next, generation: change.generation, active: change.to };
  return {
    state: { ...state, durable },
    effects: [
      {
        type: 'tell',
        tell: {
          code: 'applied',
          level: 'info',
          page: false,
          text: `the provider took generation ${change.generation}: ${change.to}`,
          fields: { generation: change.generation, from: change.from, to: change.to, requestId },
        },
      },
      { type: 'verify', generation: change.generation, attempt: 0 },
    ],
  };
}

/** Committed only when every authoritative server answers the new set (S9). */
export function onVerified(view: View, event: Extract<Event, { type: 'verified' }>): Next {
  const { state, moment } = view;
  const { change } = state.durable;
  if (change === null) return { state: { ...state, laggards: event.laggards }, effects: [] };
  if (change.generation !== event.generation || change.phase !== 'applied') return { state, effects: [] };
  if (event.laggards.length === 0) return settle(view, change);
  const trouble = change.trouble ?? {
    code: 'unverified' as const,
    why: `${event.laggards.length} servers do not answer the new set`,
    sinceMs: moment.nowMs,
  };
  const attempts = change.attempts + 1;
  return {
    state: withChange(state, { ...change, laggards: event.laggards, trouble, attempts }),
    effects: [{ type: 'verify', generation: change.generation, attempt: attempts }],
  };
}

function settle(view: View, change: Change): Next {
  const { state, policy, moment } = view;
  const { durable } = state;
  const value = penaltyNow(durable, policy, moment.nowMs) + (change.kind === 'failover' ? 1 : 0);
  const switches = durable.switches.map((one) =>
    one.generation === change.generation ? { ...one, verifiedMs: moment.nowMs } : one,
  );
  const startMs = change.causeMs ?? change.decidedMs;
  const tookMs = moment.nowMs - startMs;
  return {
    state: {
      ...state,
      laggards: [],
      durable: { ...durable, change: null, switches, penalty: { value, atMs: moment.nowMs } },
    },
    effects: [
      {
        type: 'tell',
        tell: {
          code: change.kind === 'fence' ? 'fenced' : 'switched',
          level: isAutomatic(change.kind) ? 'warn' : 'info',
          page: false,
          text: `${change.kind} verified: ${durable.active} answers on every server after ${duration(tookMs)}`,
          fields: {
            kind: change.kind,
            from: change.from,
            to: change.to,
            generation: change.generation,
            why: change.why,
            tookMs,
            detectMs: change.causeMs === null ? null : change.decidedMs - change.causeMs,
            writeMs: change.appliedMs === null ? null : change.appliedMs - change.decidedMs,
            verifyMs: change.appliedMs === null ? null : moment.nowMs - change.appliedMs,
          },
        },
      },
    ],
  };
}

/**
 * An attempt leaves: from here on its outcome is unknown until somebody says otherwise. After an attempt whose outcome stayed unknown the
 * change remains `unsure`, whatever later attempts bring: the old request may still be on its way.
 */
export function onSending(view: View, generation: number): State {
  const { change } = view.state.durable;
  if (change === null || change.generation !== generation || change.phase === 'applied') return view.state;
  const phase = change.phase === 'unsure' ? 'unsure' : 'sending';
  return withChange(view.state, { ...change, phase, attempts: change.attempts + 1 });
}

export function withChange(state: State, change: Change | null): State {
  return { ...state, durable: { ...state.durable, change } };
}
