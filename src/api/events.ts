import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Live } from './live';
import { isForeign } from './origin';

/**
 * `GET /api/v1/events`, server-sent events (HTML Living Standard §9.2, November 2026): `status` with every service, then with those that
 * changed; `journal`, a row each, from after `Last-Event-ID` or `?after=` on; `beat` every 15 s, so that silence means a lost connection.
 */
export function addEvents(api: Hono, live: Live): void {
  api.get('/api/v1/events', (context) => {
    // A page elsewhere cannot read it, but its tabs could take every place.
    if (isForeign(context.req)) return context.json({ error: 'not from another site' }, 403);
    // Hono answers HEAD by GET without its body: nobody would ever read that stream, nor end it.
    if (context.req.method === 'HEAD') return context.body(null, 405, { Allow: 'GET' });
    const after = context.req.header('last-event-id') ?? context.req.query('after');
    if (after !== undefined && !/^\d{1,15}$/.test(after)) {
      return context.json({ error: 'Last-Event-ID and after are ids of rows of the history' }, 400);
    }
    // Only so is a connection ended whose buffers are full; an error in the stream would also be printed.
    const { outgoing }: Partial<HttpBindings> = context.env ?? {};
    const stream = live.watch(after === undefined ? null : Number(after), () => outgoing?.destroy());
    if (stream === null) {
      context.header('Retry-After', '30');
      return context.json({ error: 'too many watch already: ask /api/v1/status instead' }, 503);
    }
    // Proxies that collect an answer before they pass it on are asked not to (nginx, ngx_http_proxy_module, November 2026).
    context.header('X-Accel-Buffering', 'no');
    context.header('Content-Type', 'text/event-stream; charset=utf-8');
    return context.body(stream);
  });
}
