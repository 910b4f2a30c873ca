import { createHash, timingSafeEqual } from 'node:crypto';
import type { Hono } from 'hono';
import { noService } from '../config/nearest';
import type { Answer, Service } from '../control/service';
import { normalName } from '../domain/records';
import { type Ordered, orderOf } from './order-body';
import { isForeign } from './origin';

export type { Answer, Ordered };

/** Who may give orders: over the socket whoever can open it, as this actor; over TCP who shows the token; nobody. */
export type MayOrder =
  | { readonly by: 'socket' }
  | { readonly by: 'token'; readonly token: string }
  | { readonly by: 'nobody' };

const maxBody = 4_096;
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
    const via = mayOrder.by === 'socket' ? 'socket' : 'token';
    const ordered = orderOf(body, via);
    if (typeof ordered === 'string') return context.json({ error: ordered }, 400);
    const record = normalName(context.req.param('record'));
    const answer = give(record, ordered);
    if (answer === null) return context.json({ error: noService(record, records()) }, 404);
    return context.json({ ...answer, via }, answer.accepted ? 200 : 409);
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
