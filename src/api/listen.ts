import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';

export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

export type Listening =
  | { readonly ok: true; readonly port: number | null; close(): Promise<void> }
  | { readonly ok: false; readonly why: string };

/** Serves the API at a TCP address or on a Unix socket (mode 0600), with bounds on connections, headers and time. */
export async function listen(api: Hono, address: Address): Promise<Listening> {
  const server = createServer(getRequestListener(api.fetch));
  server.maxConnections = 256;
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 5_000;
  const what = 'path' in address ? address.path : `${address.host}:${address.port}`;
  if ('path' in address) rmSync(address.path, { force: true });
  const failure = await new Promise<string | null>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    server.listen(address, () => resolve(null));
  });
  if (failure !== null)
    return {
      ok: false,
      why: `the API cannot listen on ${what} (${failure}): free it, or set FAILOVERD_LISTEN to another address, or off`,
    };
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
