import { isIP } from 'node:net';
import { Hono, type MiddlewareHandler } from 'hono';
import type { DaySource } from '../control/day-answers';
import type { ChannelStatus, HistoryFilter, JournalRow, RefusedReload } from '../control/ports';
import type { ServiceStatus } from '../domain/explain';
import { addEvents } from './events';
import { addHistory } from './history';
import type { Live } from './live';
import { addMethods } from './methods';
import type { Metrics } from './metrics';
import { addOpenapi } from './openapi';
import { type Answer, addOrders, type MayOrder, type Ordered } from './orders';
import { isForeign } from './origin';
import { addPage, type Page } from './page';
import type { StripOf } from './strip';
import { addStrips } from './strips';
import { createTurns } from './turns';
import { addWhy, type WhySource } from './why';

/** What the API shows and passes on; it talks to control only. */
export interface ApiInput {
  /** Gives an order; null: no such service. */
  readonly order: (record: string, ordered: Ordered) => Answer | null;
  readonly statuses: () => readonly ServiceStatus[];
  readonly why: WhySource;
  readonly history: (filter: HistoryFilter) => readonly JournalRow[];
  /** Absent: nothing is added up by day. */
  readonly days?: DaySource;
  readonly live: Live;
  readonly strip: StripOf;
  readonly wallMs: () => number;
  /** Of the lasting clock, on which the moments in a status are. */
  readonly nowMs: () => number;
  readonly page: Page;
  /** Absent: nobody is told. */
  readonly notifications?: () => readonly ChannelStatus[];
  /** Absent: nothing is reloaded. */
  readonly refused?: () => RefusedReload | null;
  readonly metrics: Metrics;
  /** Null: everything that should move, moves. */
  readonly stuck: () => string | null;
  readonly about: { readonly version: string; readonly startedAt: string };
  /** Host names, beside addresses and localhost, that a request may name (a foreign one is a rebound DNS name). */
  readonly hosts: readonly string[];
}

/** The HTTP API, the same over TCP and over the Unix socket, but for who may give orders. */
export function createApi(input: ApiInput, mayOrder: MayOrder): Hono {
  const api = new Hono();

  api.use(async (context, next) => {
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Referrer-Policy', 'no-referrer');
    context.header('Cross-Origin-Resource-Policy', 'same-origin');
    context.header('Content-Security-Policy', "default-src 'none'");
    const host = hostOf(context.req.header('host') ?? '');
    const known = host === '' || host === 'localhost' || isIP(host) !== 0 || input.hosts.includes(host);
    if (!known)
      return context.json({ error: 'this API does not answer for that Host: name it in FAILOVERD_API_HOSTS' }, 421);
    return next();
  });

  const turns = createTurns();
  const asked: MiddlewareHandler = async (context, next) => {
    const { method } = context.req;
    // An order never waits for those who only look.
    if (method !== 'GET' && method !== 'HEAD') return next();
    // A page elsewhere could read nothing of it, but its tabs could keep us busy; a link that somebody follows is none.
    if (isForeign(context.req) && context.req.header('sec-fetch-dest') !== 'document')
      return context.json({ error: 'not from another site' }, 403);
    const turn = turns.take(async () => {
      // Nobody waits for this answer any more.
      if (context.req.raw.signal.aborted) return context.body(null, 503);
      await next();
      return undefined;
    });
    if (turn !== null) return turn;
    context.header('Retry-After', '5');
    return context.json({ error: 'too many ask at once: try again' }, 503);
  };
  api.use('/api/*', asked);
  api.use('/metrics', asked);

  api.get('/healthz', (context) => {
    const why = input.stuck();
    return context.json({ alive: why === null, why }, why === null ? 200 : 503);
  });

  api.get('/readyz', (context) => {
    const services = input.statuses().map(({ record, ready, readyWhy }) => ({ record, ready, why: readyWhy }));
    const ready = services.length > 0 && services.every((service) => service.ready);
    return context.json({ ready, services }, ready ? 200 : 503);
  });

  api.get('/api/v1/status', (context) =>
    context.json({
      ...input.about,
      at: input.wallMs(),
      nowMs: input.nowMs(),
      orders: mayOrder.by,
      services: input.statuses(),
      notifications: input.notifications?.() ?? [],
      reloadRefused: input.refused?.() ?? null,
    }),
  );

  addHistory(api, input);
  addOpenapi(api, input.about.version);
  const records = () => input.statuses().map(({ record }) => record);
  addOrders(api, input.order, records, mayOrder);
  addWhy(api, input.why, records);
  addEvents(api, input.live);
  addStrips(api, input);
  addPage(api, input.page);

  api.get('/metrics', async (context) => {
    const text = await input.metrics.text(
      input.statuses(),
      input.notifications?.() ?? [],
      (input.refused?.() ?? null) !== null,
    );
    return context.body(text, 200, { 'Content-Type': input.metrics.contentType });
  });

  addMethods(api);

  api.notFound((context) => context.json({ error: `nothing at ${context.req.path}` }, 404));
  api.onError((_error, context) => context.json({ error: 'internal error' }, 500));
  return api;
}

function hostOf(header: string): string {
  return header
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}
