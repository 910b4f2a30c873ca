import type { Next } from './change';
import { takeOver } from './claims';
import { duration } from './duration';
import type { Effect, Event, Tell } from './events';
import { guards, refusals } from './guards';
import { obstacleRemedies } from './obstacles';
import { heldText, lasting, lastingYet, pinnedText } from './orders-text';
import { type Override, wayOut } from './overrides';
import type { Durable, Hold, Pin, State } from './state';
import { better, eligible, servesNot, siteNamed, standingOf, type View } from './view';

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
      const before = durable.hold === null ? '' : heldText(durable.hold, lastingYet(durable.hold, moment.nowMs));
      const text = `${heldText(hold, lasting(event.forMs))}${replacing(before)}`;
      return told({ ...state, durable: { ...durable, hold } }, event, text);
    }
    case 'adopt': {
      const taken = takeOver(view);
      if (typeof taken === 'string') return refused(state, event, 'nothing-to-adopt', taken);
      // What stands there is first contact anew: nothing is decided before it was read.
      const next = told({ ...state, read: false, durable: taken }, event, `adopted by ${actor}: ${why}`);
      return { ...next, effects: [...next.effects, { type: 'read' }] };
    }
    case 'resume':
      return told({ ...state, durable: { ...durable, hold: null, pin: null } }, event, resumeText(durable, event));
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
        return refused(state, event, 'no-standby', `${order.site} is not up: ${servesNot(view, order.site)}`);
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
  const note = against ? ` (overrides ${override.join(', ')}: ${pin.site} is ${verdict})` : '';
  const next: Pin = override.length === 0 ? pin : { ...pin, override };
  const durable: Durable = { ...state.durable, pin: next };
  const known = state.durable.pin;
  const before = known === null ? '' : pinnedText(known, lastingYet(known, view.moment.nowMs));
  const text = `${what} ${event.actor}${stays(event, pin)}: ${event.why}${note}${replacing(before)}`;
  return told({ ...state, durable }, event, text);
}

/** An order to fail back asks for a move, so its time is how long that may take. */
function stays({ forMs }: Ordered, { by }: Pin): string {
  if (by !== 'failback') return lasting(forMs);
  return forMs === null ? '' : ` within ${duration(forMs)}`;
}

function replacing(before: string): string {
  return before === '' ? '' : ` (replaces: ${before})`;
}

function resumeText({ hold, pin, obstacle }: Durable, { actor, why }: Ordered): string {
  if (hold !== null || pin !== null) return `resumed by ${actor}: ${why}`;
  const rest = obstacle === null ? '' : `; ${obstacle.by} ends with its cause: ${obstacleRemedies[obstacle.by]}`;
  return `nothing was held or pinned (resume by ${actor}: ${why})${rest}`;
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
  const { order, actor, why, forMs } = event;
  const ends = order.order === 'resume' || order.order === 'adopt' ? {} : { forMs };
  return { code, level: 'warn', page: false, text, fields: { ...order, actor, reason: why, ...ends } };
}

/** Ends holds and pins whose time is over. A failback asked for a move, not for a stay: its pin is over when the move is. */
export function expire(durable: Durable, nowMs: number): Durable {
  const { hold, pin, change, active } = durable;
  const over = (one: Hold | Pin | null): boolean => one !== null && one.untilMs !== null && one.untilMs <= nowMs;
  const arrived = pin?.by === 'failback' && pin.site === active && change === null;
  if (!over(hold) && !over(pin) && !arrived) return durable;
  return { ...durable, hold: over(hold) ? null : hold, pin: over(pin) || arrived ? null : pin };
}

/** Tells of the holds and pins whose time is over: nobody's order says so. */
export function ranOut(before: Durable, after: Durable): readonly Effect[] {
  const gone = (was: Hold | Pin | null, is: Hold | Pin | null): boolean =>
    was !== null && is === null && was.untilMs !== null;
  const { hold, pin } = before;
  const texts = [
    ...(hold !== null && gone(hold, after.hold) ? [['hold', hold, heldText(hold)] as const] : []),
    ...(pin !== null && gone(pin, after.pin) ? [['pin', pin, pinnedText(pin)] as const] : []),
  ];
  return texts.map(([what, { actor, why, sinceMs, untilMs }, text]) => {
    const forMs = untilMs === null ? null : untilMs - sinceMs;
    const lasted = forMs === null ? '' : ` after ${duration(forMs)}`;
    const fields = { what, actor, reason: why, forMs };
    const tell = {
      code: 'order-expired',
      level: 'warn',
      page: false,
      text: `ran out${lasted}: ${text}`,
      fields,
    } as const;
    return { type: 'tell', tell };
  });
}

/** Notes when the last thing ended that forbade automation to act: what was failing by then is no slowness of its own. */
export function released(before: Durable, after: Durable, nowMs: number): Durable {
  const free = ({ hold, obstacle, pin }: Durable): boolean => hold === null && obstacle === null && pin === null;
  return free(after) && !free(before) ? { ...after, releasedMs: nowMs } : after;
}
