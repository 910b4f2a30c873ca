import { expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { addPage, type Page, readPage } from '../../src/api/page';

const page = readPage();

function apiOf(shown: Page = page) {
  const api = new Hono();
  addPage(api, shown);
  return (path: string, headers: Readonly<Record<string, string>> = {}) => api.request(path, { headers });
}

/** The addresses that the page and its scripts and styles name. */
async function named(): Promise<readonly string[]> {
  const get = apiOf();
  const text = await (await get('/')).text();
  const first = [...text.matchAll(/"(assets\/[^"]+)"/g)].map(([, path]) => `/${path}`);
  const found = new Set<string>();
  for (const queue = [...first]; queue.length > 0; ) {
    const path = queue.pop() ?? '';
    if (found.has(path)) continue;
    found.add(path);
    const body = await (await get(path)).text();
    const folder = path.replace(/[^/]+$/, '');
    for (const [, name] of body.matchAll(/(?:from |import\()'\.\/([^']+)'/g)) queue.push(`${folder}${name}`);
  }
  return [...found];
}

test('everything the page names is there, may be kept for ever, and nothing is there that it does not name', async () => {
  const paths = await named();
  const get = apiOf();
  for (const path of paths) {
    const answer = await get(path);
    expect([path, answer.status]).toEqual([path, 200]);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/);
  }
  expect(page.ok && [...page.assets.keys()].toSorted()).toEqual(paths.map((path) => path.split('/').at(-1)).toSorted());
});

test('the page is asked for anew each time, and known by its tag', async () => {
  const get = apiOf();
  const answer = await get('/');
  expect(answer.headers.get('cache-control')).toBe('no-cache');
  expect(answer.headers.get('content-encoding')).toBeNull();
  const etag = answer.headers.get('etag') ?? '';
  expect((await get('/', { 'if-none-match': etag })).status).toBe(304);
  expect((await get('/', { 'if-none-match': '"other"' })).status).toBe(200);
  const packed = await get('/', { 'accept-encoding': 'br, gzip' });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(packed.headers.get('vary')).toBe('Accept-Encoding');
});

test('nothing inline, nothing from elsewhere, no frame, no form that goes anywhere', async () => {
  const answer = await apiOf()('/');
  const policy = answer.headers.get('content-security-policy')?.split('; ').toSorted();
  expect(policy).toEqual([
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "script-src 'self'",
    "style-src 'self'",
  ]);
  const text = await answer.text();
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\bstyle=|https?:/);
});

const version = page.ok ? page.version : '';
test.each([
  '/assets/other/app.mjs',
  `/assets/${version}/`,
  `/assets/${version}/none.mjs`,
  `/assets/${version}/../index.html`,
  `/assets/${version}/%2e%2e%2findex.html`,
  `/assets/${version}/..%2f..%2f..%2fpackage.json`,
  `/assets/${version}/constructor`,
  '/index.html',
  '/app.mjs',
])('%s is nowhere', async (path) => {
  expect((await apiOf()(path)).status).toBe(404);
});

test('without its files the daemon says so, and goes on', async () => {
  const answer = await apiOf({ ok: false, why: 'the files are gone' })('/');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ error: 'the files are gone' });
});
