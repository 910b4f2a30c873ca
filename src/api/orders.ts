import { createHash, timingSafeEqual } from 'node:crypto';
import type { Hono } from 'hono';
import { noService } from '../config/nearest';
import type { Event } from '../control/ports';
import type { Answer, Service } from '../control/service';
import { parseDuration } from '../domain/duration';
import type { Order } from '../domain/events';
import { type Override, overrideNamed, overrides } from '../domain/overrides';
import { printable } from '../domain/printable';
import { isForeign } from './origin';

export type Ordered = Extract<Event, { type: 'ordered' }>;
export type { Answer };

/** Who may give orders: over the socket whoever can open it, as this actor; over TCP who shows the token; nobody. */
export type MayOrder =
  | { readonly by: 'socket' }
  | { readonly by: 'token'; readonly token: string }
  | { readonly by: 'nobody' };

const maxBody = 4_096;
const maxText = 300;
/** Escapes make a text longer, at most so much. It is never cut: half a secret would not be known for one. */
const maxPrinted = 10 * maxText;
/** Wrong tokens per minute that are told what is wrong. They do not count against the right one: guessing must not lock a human out. */
const maxWrong = 20;
/** Orders per minute with the right token: more than a script gives that orders something for each of a thousand services. */
const maxOrders = 1_200;

/** `POST /api/v1/services/{record}/orders`: a human takes over, or hands back. */
export function addOrders(
  api: Hono,
  give: (record: string, ordered: Ordered) => Answer | null,
  records: () => readonly string[],
  mayOrder: MayOrder,
): void {
  const wrong = perMinute(maxWrong);
  const right = perMinute(maxOrders);

  function refusal(header: string | undefined): Refusal | null {
    if (mayOrder.by === 'socket') return null;
    if (mayOrder.by === 'nobody')
      return { status: 403, error: 'this API is read-only: set FAILOVERD_API_TOKEN, or use the command line' };
    if (same(header ?? '', `Bearer ${mayOrder.token}`)) {
      const waitS = right();
      const error = `more than ${maxOrders} orders in a minute: wait ${waitS} s, or use the command line, which has no limit`;
      return waitS === 0 ? null : { status: 429, error, waitS };
    }
    const waitS = wrong();
    if (waitS > 0) return { status: 429, error: `too many wrong tokens: wait ${waitS} s`, waitS };
    return { status: 401, error: 'give the token of FAILOVERD_API_TOKEN: Authorization: Bearer …' };
  }

  api.post('/api/v1/services/:record/orders', async (context) => {
    if (isForeign(context.req)) return context.json({ error: 'not from another site' }, 403);
    const refused = refusal(context.req.header('authorization'));
    if (refused?.waitS !== undefined) context.header('Retry-After', String(refused.waitS));
    if (refused !== null) return context.json({ error: refused.error }, refused.status);
    if (!/^application\/json[ \t]*(;|$)/i.test(context.req.header('content-type') ?? '')) {
      return context.json({ error: 'send application/json' }, 415);
    }
    if (Number(context.req.header('content-length') ?? maxBody + 1) > maxBody) {
      return context.json({ error: `send a Content-Length of at most ${maxBody}` }, 413);
    }
    const body: unknown = await context.req.json().catch(() => null);
    const ordered = orderOf(body, mayOrder.by);
    if (typeof ordered === 'string') return context.json({ error: ordered }, 400);
    const record = context.req.param('record');
    const answer = give(record, ordered);
    if (answer === null) return context.json({ error: noService(record, records()) }, 404);
    return context.json(answer, answer.accepted ? 200 : 409);
  });
}

interface Refusal {
  readonly status: 401 | 403 | 429;
  readonly error: string;
  /** Seconds after which to try again. */
  readonly waitS?: number;
}

/** Counts what is asked; 0 while there are at most so many in a minute, else the seconds until the next one begins. */
function perMinute(most: number): () => number {
  let minute = 0;
  let count = 0;
  return () => {
    const nowMs = performance.now();
    const this_ = Math.floor(nowMs / 60_000);
    if (this_ !== minute) count = 0;
    minute = this_;
    count += 1;
    return count <= most ? 0 : Math.ceil(((minute + 1) * 60_000 - nowMs) / 1_000);
  };
}

/** Hashes are of one length whatever is compared, so that the time tells nothing of the token, nor of its length. */
function same(left: string, right: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(left), hash(right));
}

/** The order in a request body, or what is wrong with it. */
function orderOf(body: unknown, by: string): Ordered | string {
  if (typeof body !== 'object' || body === null) return 'send a JSON object: {"order":"hold","reason":"…"}';
  const { order, site, reason, for: time, actor, override } = body as Readonly<Record<string, unknown>>;
  const overruled = overridesOf(override);
  if (typeof overruled === 'string') return overruled;
  if (typeof site === 'string' && site.length > maxText) return `"site" is a name of at most ${maxText} characters`;
  const named = orderNamed(order, site, overruled);
  if (named === 'not-overridable') return '"override" goes with switch, drill or failback';
  if (named === null) return '"order" is hold, resume, failback or adopt; or switch or drill with a "site"';
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > maxText)
    return `"reason" says why, in at most ${maxText} characters`;
  if (actor !== undefined && (typeof actor !== 'string' || actor.length > maxText)) return '"actor" is who orders it';
  const forMs =
    time === undefined || time === null ? null : typeof time === 'string' ? parseDuration(time) : Number.NaN;
  if (forMs !== null && !(forMs > 0)) return '"for" is a duration, such as 30m';
  if (typeof time === 'string' && forMs === null) return '"for" is a duration, such as 30m';
  if (forMs !== null && (order === 'resume' || order === 'adopt'))
    return '"for" goes with what can end by itself: hold, switch, drill or failback';
  return {
    type: 'ordered',
    order: named,
    actor: printable(actor ?? by, maxPrinted),
    why: printable(reason.trim(), maxPrinted),
    forMs,
  };
}

/**
 * What people wrote into an order is kept and shown for long: a secret that they pasted is not, wherever they put it. The name of a site
 * that there is says nothing new.
 */
export function withoutSecrets(ordered: Ordered, sites: readonly string[], redact: (text: string) => string): Ordered {
  const { order, actor, why } = ordered;
  const given = { ...ordered, actor: redact(actor), why: redact(why) };
  return 'site' in order && !sites.includes(order.site)
    ? { ...given, order: { ...order, site: redact(order.site) } }
    : given;
}

/** Gives an order to the service of that name, without secrets; null: there is none. */
export function orderTo(
  serviceOf: (record: string) => Pick<Service, 'order' | 'policy'> | null,
  redact: (text: string) => string,
): (record: string, ordered: Ordered) => Answer | null {
  return (record, ordered) => {
    const service = serviceOf(record);
    if (service === null) return null;
    const sites = service.policy.sites.map(({ name }) => name);
    return service.order(withoutSecrets(ordered, sites, redact));
  };
}

function orderNamed(order: unknown, site: unknown, overruled: readonly Override[]): Order | null | 'not-overridable' {
  const override = overruled.length === 0 ? {} : { override: overruled };
  if (order === 'hold' || order === 'resume' || order === 'adopt')
    return overruled.length === 0 ? { order } : 'not-overridable';
  if (order === 'failback') return { order, ...override };
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
