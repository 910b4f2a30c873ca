import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context, Hono } from 'hono';

/** A file of the dashboard as it is sent. */
interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

/** The dashboard: the page itself, and what it loads, by name. Their address has `version` in it and may be kept for ever. */
export type Page =
  | { readonly ok: true; readonly version: string; readonly index: Asset; readonly assets: ReadonlyMap<string, Asset> }
  | { readonly ok: false; readonly why: string };

const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';
const own = [
  'app.mjs',
  'asked.mjs',
  'chain.mjs',
  'connection.mjs',
  'evidence.mjs',
  'format.mjs',
  'glyph.mjs',
  'history.mjs',
  'html.mjs',
  'journal.mjs',
  'level.mjs',
  'names-zh.mjs',
  'order.mjs',
  'orders.mjs',
  'own-history.mjs',
  'service.mjs',
  'sites.mjs',
  'strip.mjs',
  'strip-paint.mjs',
  'summary.mjs',
  'why.mjs',
  'words.mjs',
  'words-en.mjs',
  'words-zh.mjs',
] as const;
const maxBytes = 1_000_000;

/** Reads everything once; what is asked for later is looked up in this table and nowhere else. */
export function readPage(): Page {
  const folder = join(__dirname, '..', 'dashboard');
  const { resolve } = createRequire(__filename);
  try {
    const files: readonly (readonly [name: string, type: string, path: string])[] = [
      ...own.map((name) => [name, script, join(folder, name)] as const),
      ['style.css', style, join(folder, 'style.css')],
      ['preact.js', script, join(dirname(resolve('htm')), '..', 'preact', 'standalone.module.js')],
      ['uplot.js', script, resolve('uplot/dist/uPlot.esm.js')],
      ['uplot.css', style, resolve('uplot/dist/uPlot.min.css')],
    ];
    const assets = new Map(files.map(([name, type, path]) => [name, assetOf(bounded(path), type)]));
    const version = digest([...assets.values()].map(({ etag }) => etag).join());
    const text = bounded(join(folder, 'index.html')).toString('utf8').replaceAll('"assets/', `"assets/${version}/`);
    return { ok: true, version, index: assetOf(Buffer.from(text), 'text/html; charset=utf-8'), assets };
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unreadable';
    return { ok: false, why: `the dashboard's files cannot be read (${code}): install and build the package again` };
  }
}

function bounded(path: string): Buffer {
  const { size } = statSync(path);
  if (size > maxBytes) throw Object.assign(new Error(path), { code: `${size} bytes` });
  return readFileSync(path);
}

function assetOf(bytes: Buffer, type: string): Asset {
  return { type, etag: digest(bytes), plain: Uint8Array.from(bytes), gzip: Uint8Array.from(gzipSync(bytes)) };
}

function digest(what: string | Buffer): string {
  return createHash('sha256').update(what).digest('base64url').slice(0, 20);
}

/** Scripts and styles of ours alone, nothing inline, no frame around it, no form that goes anywhere. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** `GET /` and what the page loads. */
export function addPage(api: Hono, page: Page): void {
  api.get('/', (context) => {
    if (!page.ok) return context.json({ error: page.why }, 503);
    context.header('Content-Security-Policy', policy);
    context.header('Cross-Origin-Opener-Policy', 'same-origin');
    return send(context, page.index, 'no-cache');
  });
  api.get('/assets/:version/:name', (context) => {
    const { version, name } = context.req.param();
    const asset = page.ok && version === page.version ? page.assets.get(name) : undefined;
    if (asset === undefined) return context.notFound();
    return send(context, asset, 'public, max-age=31536000, immutable');
  });
}

function send(context: Context, asset: Asset, caching: string): Response {
  const etag = `"${asset.etag}"`;
  context.header('Cache-Control', caching);
  context.header('ETag', etag);
  context.header('Vary', 'Accept-Encoding');
  if (context.req.header('if-none-match') === etag) return context.body(null, 304);
  context.header('Content-Type', asset.type);
  if (!/\bgzip\b/.test(context.req.header('accept-encoding') ?? '')) return context.body(asset.plain);
  context.header('Content-Encoding', 'gzip');
  return context.body(asset.gzip);
}
