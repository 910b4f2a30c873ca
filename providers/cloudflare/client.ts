import Cloudflare, { APIError } from 'cloudflare';
import { type Answer, isObject, type Judged, judge } from './answers';
import type { Changes } from './plan';

/** The requests this adapter makes. Each resolves within the deadline, never rejects, and holds no token in its `why`. */
export interface Api {
  /** Zones of that name, or (null) the first few zones the token can see. */
  zones(name: string | null, signal: AbortSignal): Promise<Judged>;
  zone(id: string, signal: AbortSignal): Promise<Judged>;
  records(zoneId: string, name: string, page: number, signal: AbortSignal): Promise<Judged>;
  batch(zoneId: string, changes: Changes, signal: AbortSignal): Promise<Judged>;
  /** `account`: the account that owns the token; null: it is a user's. */
  verifyToken(account: string | null, signal: AbortSignal): Promise<Judged>;
}

export const recordsPerPage = 100;
/** A page of 100 records is about 50 KiB. */
const bodyLimitBytes = 4 * 1024 * 1024;
const deadlineMs = 15_000;

/**
 * The vendor's client, tamed. It gets no retries (its retry sleep obeys any Retry-After and ignores the signal), no credential, log
 * level or header from the environment (it would take CLOUDFLARE_API_KEY, CLOUDFLARE_LOG, CLOUDFLARE_CUSTOM_HEADERS and others), and a
 * `fetch` with a limit. Its answers are taken raw: it resolves `success:false` to null.
 */
export function openClient(token: string, baseUrl: string | null): Api {
  const client = new Cloudflare({
    apiToken: token,
    apiKey: null,
    apiEmail: null,
    userServiceKey: null,
    baseURL: baseUrl ?? 'https://api.cloudflare.com/client/v4',
    logLevel: 'off',
    maxRetries: 0,
    timeout: deadlineMs,
    fetch: (url, init) => boundedFetch(url, init, token),
  });
  const ask = async (what: string, send: Send, signal: AbortSignal) => judge(what, await call(send, signal), token);
  return {
    zones: (name, signal) =>
      ask('list zones', (one) => client.zones.list({ ...(name === null ? {} : { name }), per_page: 5 }, one), signal),
    zone: (id, signal) => ask('get zone', (one) => client.zones.get({ zone_id: id }, one), signal),
    records: (zoneId, name, page, signal) =>
      ask(
        'list records',
        (one) =>
          client.dns.records.list({ zone_id: zoneId, name: { exact: name }, page, per_page: recordsPerPage }, one),
        signal,
      ),
    batch: (zoneId, changes, signal) =>
      ask(
        'batch',
        (one) =>
          client.dns.records.batch(
            {
              zone_id: zoneId,
              deletes: [...changes.deletes],
              patches: [...changes.patches],
              posts: [...changes.posts],
            },
            one,
          ),
        signal,
      ),
    verifyToken: (account, signal) =>
      ask(
        'verify token',
        (one) =>
          account === null
            ? client.user.tokens.verify(one)
            : client.accounts.tokens.verify({ account_id: account }, one),
        signal,
      ),
  };
}

type Send = (options: { readonly signal: AbortSignal }) => { asResponse(): Promise<Response> };

/** One request, raced against the caller's signal and our own deadline. */
async function call(send: Send, signal: AbortSignal): Promise<Answer> {
  if (signal.aborted) return { kind: 'unreached', why: 'stopped before it was sent' };
  const stop = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  try {
    const response = await Promise.race([send({ signal: stop }).asResponse(), rejectOn(stop)]);
    return answered(response.status, response.headers, parse(await response.text()));
  } catch (error) {
    if (error instanceof APIError && typeof error.status === 'number' && error.headers instanceof Headers) {
      return answered(error.status, error.headers, error.error);
    }
    if (signal.aborted) return { kind: 'lost', why: 'stopped before an answer came' };
    if (stop.aborted) return { kind: 'lost', why: `no answer within ${deadlineMs} ms` };
    return broken(error);
  }
}

function answered(status: number, headers: Headers, body: unknown): Answer {
  return { kind: 'answered', status, body, header: (name) => headers.get(name) };
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch` with our headers only, that follows no redirect and reads no more than the limit, after decompression. */
async function boundedFetch(url: string | URL | Request, init: RequestInit = {}, token: string): Promise<Response> {
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'user-agent': 'failoverd',
    // The client would put today's date here; this is the release it was tested with.
    'api-version': '2026-10-02',
  };
  const response = await fetch(url, { ...init, headers, redirect: 'manual' });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bodyLimitBytes) throw Object.assign(new Error('answer too long'), { code: 'OVERSIZE' });
    chunks.push(chunk);
  }
  return new Response(bytes === 0 ? null : Buffer.concat(chunks), {
    status: response.status,
    headers: response.headers,
  });
}

/** Failures that come before a request leaves: of the name, the connection, or the certificate. */
const before = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EMFILE',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** The system's code stands two causes down: client error, `fetch failed`, then the socket's error. */
function broken(error: unknown): Answer {
  let code: string | null = null;
  let current = error;
  for (let depth = 0; depth < 5 && isObject(current); depth++) {
    const { code: own, cause } = current;
    if (typeof own === 'string') code = own;
    current = cause;
  }
  if (code === 'OVERSIZE') return { kind: 'lost', why: `an answer longer than ${bodyLimitBytes} bytes` };
  if (code !== null && before.has(code)) return { kind: 'unreached', why: `could not connect (${code})` };
  return { kind: 'lost', why: `broken off (${code ?? 'no code'})` };
}
