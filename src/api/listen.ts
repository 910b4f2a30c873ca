import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';

export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

export type Listening =
  | { readonly ok: true; readonly port: number | null; close(): Promise<void> }
  | { readonly ok: false; readonly why: string };

/** What the kernel takes as a Unix socket's path (unix(7): 108 bytes with the closing zero); Node cuts a longer one short in silence. */
const maxPathBytes = 107;

/** Room for everybody who may watch (src/api/live.ts), and as much again for those who ask and those who only take up room. */
const maxConnections = 640;

/** Serves the API at a TCP address or on a Unix socket (mode 0600), with bounds on connections, headers and time. */
export async function listen(api: Pick<Hono, 'fetch'>, address: Address): Promise<Listening> {
  const what = 'path' in address ? address.path : `${address.host}:${address.port}`;
  if ('path' in address) {
    const bytes = Buffer.byteLength(address.path);
    if (bytes > maxPathBytes) {
      return {
        ok: false,
        why: `${what} has ${bytes} bytes, at most ${maxPathBytes} are allowed: shorten FAILOVERD_STATE_DIR`,
      };
    }
    rmSync(address.path, { force: true });
  }
  const limits = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000 };
  const server = createServer({ ...limits, connectionsCheckingInterval: 1_000 }, getRequestListener(api.fetch));
  server.maxConnections = maxConnections;
  const failure = await new Promise<string | null>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    server.listen(address, () => resolve(null));
  });
  if (failure !== null) {
    const remedy =
      'path' in address
        ? 'make the state directory writable'
        : 'free it, or set FAILOVERD_LISTEN to another address, or off';
    return { ok: false, why: `the API cannot listen on ${what} (${failure}): ${remedy}` };
  }
  if ('path' in address) chmodSync(address.path, 0o600);
  const bound = server.address();
  return {
    ok: true,
    port: bound === null || typeof bound === 'string' ? null : bound.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
