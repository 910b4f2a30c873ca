import { againFor, learnBehind, onRest } from './behind';
import { isAutomatic, penaltyNow } from './budget';
import { moveBy, type Next, withChange } from './change';
import { ours } from './claims';
import { duration } from './duration';
import type { Event } from './events';
import { press } from './pressed';
import type { Change, Durable } from './state';
import type { View } from './view';

/** What became of a change that was sent: taken, refused or unknown, then seen on every server. */

/** What became of an attempt. Everything but `applied` leads to another attempt, which reads first. */
export function onWrote(view: View, event: Extract<Event, { type: 'wrote' }>): Next {
  const { state, moment } = view;
  const { change } = state.durable;
  if (change === null || change.generation !== event.generation) return { state, effects: [] };
  if (change.phase === 'applied') return onRest(view, event);
  if (event.outcome === 'applied') {
    const behind = learnBehind(state.behind, event.behind ?? [], moment.nowMs);
    const next = applied({ ...view, state: { ...state, behind } }, event.requestId, event.why);
    return behind === null ? next : againFor(view, next, event.retryAfterMs);
  }
  const sinceMs = change.trouble?.sinceMs ?? moment.nowMs;
  const next: Change = {
    ...change,
    phase: event.outcome === 'unknown' || change.phase === 'unsure' ? 'unsure' : 'intended',
    trouble: { code: event.outcome, why: event.why, sinceMs },
  };
  // Who lost a race was not refused by the provider.
  const { attempts, trouble } = next;
  const pressed =
    event.outcome === 'conflict' ? state : press(state, attempts, trouble, moment.nowMs, event.retryAfterMs);
  const atLeastMs = event.retryAfterMs ?? 0;
  return {
    state: withChange(pressed, next),
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

/** The zone holds the change: what remains is to see it on every server. */
export function applied(view: View, requestId: string | null, note = ''): Next {
  const { moment } = view;
  const state = ours(view.state);
  const { change } = state.durable;
  if (change === null) return { state, effects: [] };
  // What the servers did not show the last time stays an open question until they do.
  const trouble = change.trouble?.code === 'unverified' ? change.trouble : null;
  const next: Change = { ...change, phase: 'applied', appliedMs: moment.nowMs, requestId, trouble };
  // However long it was on its way: the budget counts it from now on (S3).
  const switches = state.durable.switches.map((one) =>
    one.generation === change.generation ? { ...one, atMs: moment.nowMs } : one,
  );
  const { generation, to: active } = change;
  const durable: Durable = { ...state.durable, change: next, generation, active, switches };
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
          fields: { generation: change.generation, from: change.from, to: change.to, requestId, note },
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
  const laggards = [...event.laggards, ...(state.behind?.parts ?? [])];
  if (laggards.length === 0) return settle(view, change);
  const trouble = change.trouble ?? {
    code: 'unverified' as const,
    why: `${laggards.length} servers do not answer the new set`,
    sinceMs: moment.nowMs,
  };
  const attempts = change.attempts + 1;
  return {
    state: withChange(state, { ...change, laggards, trouble, attempts }),
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
  const tookMs = moment.nowMs - (detectionMs(change) ?? change.decidedMs);
  const cause = change.causeMs === null ? 'the decision' : 'the first failed probe';
  const since = change.releasedMs == null ? cause : 'the hold or pin ended';
  const what = moveBy(change.kind, change.evidence.actor);
  return {
    state: {
      ...state,
      laggards: [],
      pressed: null,
      durable: { ...durable, change: null, switches, penalty: { value, atMs: moment.nowMs } },
    },
    effects: [
      {
        type: 'tell',
        tell: {
          code: change.kind === 'fence' ? 'fenced' : 'switched',
          level: isAutomatic(change.kind) ? 'warn' : 'info',
          page: false,
          text: `${what} verified: ${durable.active} answers on every server ${duration(tookMs)} after ${since}`,
          fields: {
            kind: change.kind,
            from: change.from,
            to: change.to,
            generation: change.generation,
            why: change.why,
            tookMs,
            ...stagesOf(change, moment.nowMs),
            requestId: change.requestId ?? null,
          },
        },
      },
    ],
  };
}

/** How long each stage of a settled change took; null: it had none, or when it began is not known. */
function stagesOf(change: Change, nowMs: number): Stages {
  const { decidedMs, sentMs = null, appliedMs } = change;
  const between = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : to - from;
  return {
    detectMs: between(detectionMs(change), decidedMs),
    decideMs: between(decidedMs, sentMs),
    writeMs: between(sentMs, appliedMs),
    verifyMs: between(appliedMs, nowMs),
  };
}

/** From when on its detection counts: the failure's beginning, or the end of the hold or pin that outlasted it. */
export function detectionMs({ causeMs, releasedMs = null }: Change): number | null {
  return releasedMs ?? causeMs;
}

/** First failed probe (or the end of a later hold or pin) → decision → first request leaves → the provider has it → every server shows it. */
export interface Stages {
  readonly detectMs: number | null;
  readonly decideMs: number | null;
  readonly writeMs: number | null;
  readonly verifyMs: number | null;
}
