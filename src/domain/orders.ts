import type { Next } from './change';
import { takeOver } from './claims';
import { duration } from './duration';
import type { Event, Tell } from './events';
import { guards, refusals } from './guards';
import { type Override, wayOut } from './overrides';
import type { Durable, Hold, Pin, State } from './state';
import { better, eligible, siteNamed, standingOf, type View } from './view';

type Ordered = Extract<Event, { type: 'ordered' }>;

/** A human's order takes effect at once, or is refused with the guard's name; automation never undoes it (S13). */
export function onOrdered(view: View, event: Ordered): Next {
  const { order, actor, why } = event;
  const { state, moment } = view;
  const { durable } = state;
  const untilMs = event.forMs === null ? null : moment.nowMs + event.forMs;
  const stamp = { actor, why, sinceMs: moment.nowMs, untilMs };
  switch (order.order) {
    case 'hold': {
      const hold: Hold = { by: 'order', ...stamp };
      return told({ ...state, durable: { ...durable, hold } }, event, `held by ${actor}: ${why}`);
    }
    case 'adopt': {
      const taken = takeOver(view);
      if (typeof taken === 'string') return refused(state, event, 'nothing-to-adopt', taken);
      // What stands there is first contact anew: nothing is decided before it was read.
      const next = told({ ...state, read: false, durable: taken }, event, `adopted by ${actor}: ${why}`);
      return { ...next, effects: [...next.effects, { type: 'read' }] };
    }
    case 'resume':
      return told({ ...state, durable: { ...durable, hold: null, pin: null } }, event, `resumed by ${actor}: ${why}`);
    case 'failback': {
      const objection = refusals(guards.order, view)[0];
      if (objection !== undefined) return refused(state, event, objection.guard, objection.why);
      const to = better(view);
      if (to !== null)
        return pinned(view, event, { site: to, by: 'failback', ...stamp }, `failback to ${to} ordered by`);
      const first = view.policy.sites[0]?.name ?? '';
      if (durable.active === first) return refused(state, event, 'at-home', `${first} is active and first in order`);
      const overruled = order.override?.includes('not-up') === true;
      if (!overruled) return refused(state, event, 'not-up', 'no site before the active one is up');
      // A site that our evidence calls down would be left again at once: the record stays there until it is resumed.
      return pinned(view, event, { site: first, by: 'order', ...stamp }, `failback to ${first} ordered by`);
    }
    case 'switch':
    case 'drill': {
      if (siteNamed(view.policy, order.site) === null) {
        const names = view.policy.sites.map((site) => site.name).join(', ');
        return refused(state, event, 'unconfigured', `no site "${order.site}"; there are ${names}`);
      }
      const objection = refusals(guards.order, view)[0];
      if (objection !== undefined) return refused(state, event, objection.guard, objection.why);
      const able = durable.active === order.site || eligible(view, order.site) !== null;
      if (!able && order.override?.includes('no-standby') !== true)
        return refused(state, event, 'no-standby', `${order.site} is not up`);
      const by = order.order === 'drill' ? 'drill' : 'order';
      return pinned(view, event, { site: order.site, by, ...stamp }, `${order.order} to ${order.site} by`);
    }
  }
}

/** The pin carries what was overruled, so that it lasts as long, over restarts too, and is seen wherever the pin is. */
function pinned(view: View, event: Ordered, pin: Pin, what: string): Next {
  const { state } = view;
  const override: readonly Override[] = 'override' in event.order ? (event.order.override ?? []) : [];
  const against = eligible(view, pin.site) === null && pin.site !== state.durable.active;
  const verdict = standingOf(state, pin.site).verdict;
  const stays = event.forMs === null ? 'until resume' : `for ${duration(event.forMs)}, or until resume`;
  const note = against ? ` (overrides ${override.join(', ')}: ${pin.site} is ${verdict}, and stays ${stays})` : '';
  const next: Pin = override.length === 0 ? pin : { ...pin, override };
  const durable: Durable = { ...state.durable, pin: next };
  return told({ ...state, durable }, event, `${what} ${event.actor}: ${event.why}${note}`);
}

function told(state: State, event: Ordered, text: string): Next {
  return { state, effects: [{ type: 'tell', tell: tellOf('ordered', event, text) }] };
}

function refused(state: State, event: Ordered, guard: string, why: string): Next {
  // What is wrong with an adoption says itself what to do.
  const whole = event.order.order === 'adopt' ? why : `${why}; ${wayOut(guard)}`;
  const tell = tellOf('order-refused', event, `order ${event.order.order} refused (${guard}): ${whole}`);
  return { state, effects: [{ type: 'tell', tell: { ...tell, fields: { ...tell.fields, guard } } }] };
}

function tellOf(code: string, event: Ordered, text: string): Tell {
  return { code, level: 'warn', page: false, text, fields: { ...event.order, actor: event.actor, reason: event.why } };
}

/** Ends holds and pins whose time is over. A failback asked for a move, not for a stay: its pin is over when the move is. */
export function expire(durable: Durable, nowMs: number): Durable {
  const { hold, pin, change, active } = durable;
  const over = (one: Hold | Pin | null): boolean => one !== null && one.untilMs !== null && one.untilMs <= nowMs;
  const arrived = pin?.by === 'failback' && pin.site === active && change === null;
  if (!over(hold) && !over(pin) && !arrived) return durable;
  return { ...durable, hold: over(hold) ? null : hold, pin: over(pin) || arrived ? null : pin };
}
