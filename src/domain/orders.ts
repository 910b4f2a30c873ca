import type { Next } from './change';
import { takeOver } from './claims';
import type { Event, Tell } from './events';
import { guards, refusals } from './guards';
import type { Durable, Hold, Pin, State } from './state';
import { better, eligible, siteNamed, type View } from './view';

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
      const to = better(view);
      const objection = refusals(guards.order, view)[0];
      if (objection !== undefined) return refused(state, event, objection.guard, objection.why);
      if (to === null) return refused(state, event, 'not-up', 'no site before the active one is up');
      const pin: Pin = { site: to, by: 'failback', ...stamp };
      return told({ ...state, durable: { ...durable, pin } }, event, `failback to ${to} ordered by ${actor}: ${why}`);
    }
    case 'switch':
    case 'drill': {
      if (siteNamed(view.policy, order.site) === null) {
        const names = view.policy.sites.map((site) => site.name).join(', ');
        return refused(state, event, 'unconfigured', `no site "${order.site}"; there are ${names}`);
      }
      const objection = refusals(guards.order, view)[0];
      if (objection !== undefined) return refused(state, event, objection.guard, objection.why);
      if (durable.active !== order.site && eligible(view, order.site) === null) {
        return refused(state, event, 'no-standby', `${order.site} is not up`);
      }
      const pin: Pin = { site: order.site, by: order.order === 'drill' ? 'drill' : 'order', ...stamp };
      return told(
        { ...state, durable: { ...durable, pin } },
        event,
        `${order.order} to ${order.site} by ${actor}: ${why}`,
      );
    }
  }
}

function told(state: State, event: Ordered, text: string): Next {
  return { state, effects: [{ type: 'tell', tell: tellOf('ordered', event, text) }] };
}

function refused(state: State, event: Ordered, guard: string, why: string): Next {
  const tell = tellOf('order-refused', event, `order ${event.order.order} refused (${guard}): ${why}`);
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
