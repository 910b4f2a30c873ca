import { againFor, restWaits } from './behind';
import { type Next, withChange } from './change';
import type { Effect, Event } from './events';
import { press } from './pressed';
import type { State } from './state';
import type { View } from './view';

/** An attempt from which no request left: the zone could not be read, or shows what the change must wait for. */

/** Only the zone is read again meanwhile, and what it shows is believed within half a minute. */
const mostPauses = 4;

/** An attempt was not made. The provider refused nothing, so that only this change waits longer each time, up to four seconds. */
export function onWaits(view: View, { generation, why }: Extract<Event, { type: 'waits' }>): Next {
  const { state, moment } = view;
  const { change } = state.durable;
  if (change === null || change.generation !== generation) return { state, effects: [] };
  if (change.phase === 'applied') return restWaits(view, why, null);
  const attempts = change.attempts + 1;
  const trouble = { code: 'waits' as const, why, sinceMs: change.trouble?.sinceMs ?? moment.nowMs };
  return {
    state: withChange(state, { ...change, attempts, trouble }),
    effects: [{ type: 'point', generation, attempt: Math.min(attempts, mostPauses), atLeastMs: 0 }],
  };
}

/** The zone could not be read. An attempt that wanted to know is tried again; what it knew of its own outcome stays as it is. */
export function onReadFailed(view: View, event: Extract<Event, { type: 'read-failed' }>): Next {
  const { moment } = view;
  const why = `${event.code}: ${event.why}`;
  const unreadable = { why, sinceMs: view.state.unreadable?.sinceMs ?? moment.nowMs };
  const state: State = { ...view.state, unreadable };
  const { change } = state.durable;
  if (change === null || change.generation !== event.generation) return { state, effects: [] };
  if (change.phase === 'applied') return againFor(view, { state, effects: [] }, event.retryAfterMs);
  const attempts = change.attempts + 1;
  const code = event.code === 'denied' ? ('denied' as const) : ('read-failed' as const);
  const trouble = { code, why, sinceMs: change.trouble?.sinceMs ?? moment.nowMs };
  const effect: Effect = {
    type: 'point',
    generation: change.generation,
    attempt: attempts,
    atLeastMs: event.retryAfterMs ?? 0,
  };
  const pressed = press(state, attempts, trouble, moment.nowMs, event.retryAfterMs);
  return { state: withChange(pressed, { ...change, attempts, trouble }), effects: [effect] };
}
