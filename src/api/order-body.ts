import { nearest } from '../config/nearest';
import { orderTime, orderTimeWords } from '../config/order-time';
import type { Event } from '../control/ports';
import type { Order } from '../domain/events';
import { type Override, overrideNamed, overrides } from '../domain/overrides';
import { printable } from '../domain/printable';

/** An order and how it came. The journal keeps all of it; the decision does not look at `via`. */
export type Ordered = Extract<Event, { type: 'ordered' }> & { readonly via: Via };
/** Over the socket, from whoever can open it; or over HTTP, from who has the token. Whatever the order says of who gives it. */
export type Via = 'socket' | 'token';

/** All that an order may say; a slip in one of them must not change what is meant. */
export const orderFields = ['order', 'site', 'reason', 'for', 'actor', 'override'] as const;
export type OrderField = (typeof orderFields)[number];

/** The longest text that somebody may write into one. */
export const maxText = 300;
/** Escapes make a text longer, at most so much. It is never cut: half a secret would not be known for one. */
const maxPrinted = 10 * maxText;

/** The order in a request body, or what is wrong with it. */
export function orderOf(body: unknown, via: Via): Ordered | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'send a JSON object: {"order":"hold","reason":"…"}';
  const unknown = Object.keys(body).find((key) => !orderFields.some((field) => field === key));
  if (unknown !== undefined) return noField(unknown);
  const given: { readonly [Field in OrderField]?: unknown } = body;
  const { order, site, reason, for: time, actor, override } = given;
  const overruled = overridesOf(override);
  if (typeof overruled === 'string') return overruled;
  if (typeof site === 'string' && site.length > maxText) return `"site" is a name of at most ${maxText} characters`;
  const named = orderNamed(order, site, overruled);
  if (named === 'not-overridable') return '"override" goes with switch, drill or failback';
  if (named === 'no-site') return `"site" goes with switch or drill: ${order} takes none`;
  if (named === null) return '"order" is hold, resume, failback or adopt; or switch or drill with a "site"';
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > maxText)
    return `"reason" says why, in at most ${maxText} characters`;
  if (actor !== undefined && (typeof actor !== 'string' || actor.length > maxText)) return '"actor" is who orders it';
  const forMs = typeof time === 'string' ? orderTime(time) : null;
  if (forMs === null && time !== undefined && time !== null) return `"for" is ${orderTimeWords}`;
  if (forMs !== null && (order === 'resume' || order === 'adopt'))
    return '"for" goes with what can end by itself: hold, switch, drill or failback';
  return {
    type: 'ordered',
    order: named,
    actor: printable(actor ?? via, maxPrinted),
    why: printable(reason.trim(), maxPrinted),
    forMs,
    via,
  };
}

function orderNamed(
  order: unknown,
  site: unknown,
  overruled: readonly Override[],
): Order | null | 'not-overridable' | 'no-site' {
  const override = overruled.length === 0 ? {} : { override: overruled };
  const isSited = site !== undefined && site !== null;
  if (order === 'hold' || order === 'resume' || order === 'adopt') {
    if (isSited) return 'no-site';
    return overruled.length === 0 ? { order } : 'not-overridable';
  }
  if (order === 'failback') return isSited ? 'no-site' : { order, ...override };
  if ((order === 'switch' || order === 'drill') && typeof site === 'string' && site !== '')
    return { order, site: printable(site, maxPrinted), ...override };
  return null;
}

/** The guards a human overrules, each once, or what is wrong with them. */
function overridesOf(value: unknown): readonly Override[] | string {
  if (value === undefined || value === null) return [];
  const which = `"override" is a list of ${overrides.join(', ')}`;
  if (!Array.isArray(value)) return which;
  const named = new Set<Override>();
  for (const one of value) {
    const override = overrideNamed(one);
    if (override === null) return `${which}; there is none for ${printable(JSON.stringify(one), 60)}`;
    named.add(override);
  }
  return [...named];
}

function noField(name: string): string {
  const near = nearest(name, orderFields);
  const meant = near === null ? '' : `, did you mean "${near}"?`;
  return `an order has no "${printable(name, 60)}"${meant} (it has ${orderFields.join(', ')})`;
}
