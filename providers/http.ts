import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { isAxiosError } from 'axios';
import { printable } from '../src/domain/printable';
import { isObject, parseJson } from './json';
import type { Failed } from './reread';

/** A REST service that speaks JSON. `ask` resolves within its deadline, never rejects, and tells no secret. */
export interface Rest {
  ask(question: Question, signal: AbortSignal): Promise<Answer>;
}

export interface Question {
  /** What is asked for, in a word or two, for people. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  /** Below the service's URL, with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** A 2xx answer; any other is a failure. */
export type Answer =
  | {
      readonly ok: true;
      /** Parsed; undefined when there was none, or it was not JSON. */
      readonly body: unknown;
      readonly mediaType: string;
    }
  | HttpFailed;

export interface HttpFailed extends Failed {
  /** Null: there was no answer. `oversize`: it was longer than the limit. */
  readonly status: number | 'oversize' | null;
}

export interface RestInput {
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Blotted out of everything the service says. */
  readonly secrets: readonly string[];
  readonly bodyLimitBytes: number;
}

const deadlineMs = 10_000;
/** The longest wait a Retry-After can ask of us. */
const retryAfterCapMs = 300_000;

/** Nothing is followed, inflated, diverted by a proxy variable, retried, or read past the limit; no connection is used twice. */
export function openRest({ url, headers, secrets, bodyLimitBytes }: RestInput): Rest {
  // Node's global agents keep connections: a request on one that died meanwhile would be neither sent nor surely unsent.
  const httpAgent = new HttpAgent({ keepAlive: false });
  const httpsAgent = new HttpsAgent({ keepAlive: false });
  const clean = (text: string): string =>
    printable(secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text));

  async function ask({ what, method, path, body }: Question, signal: AbortSignal): Promise<Answer> {
    if (signal.aborted) return unanswered('unavailable', `${what}: stopped before it was sent`);
    const stop = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    try {
      const response = await axios.request<unknown>({
        ...settings,
        httpAgent,
        httpsAgent,
        url: url + path,
        method,
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json',
          ...headers,
          'Accept-Encoding': false,
          'User-Agent': 'failoverd',
        },
        ...(body === undefined ? {} : { data: JSON.stringify(body) }),
        maxContentLength: bodyLimitBytes,
        signal: stop,
      });
      const text = typeof response.data === 'string' ? response.data : '';
      const header = (name: string): string => String(response.headers[name] ?? '');
      if (response.status < 200 || response.status > 299) {
        return refusal(what, response.status, header('retry-after'), clean(text));
      }
      return { ok: true, body: parseJson(text), mediaType: header('content-type') };
    } catch (error) {
      if (signal.aborted) return unanswered('unknown', `${what}: stopped before an answer came`);
      if (stop.aborted) return unanswered('unknown', `${what}: no answer within ${deadlineMs} ms`);
      return broken(what, error, bodyLimitBytes);
    }
  }
  return { ask };
}

const settings = {
  adapter: 'http',
  responseType: 'text',
  maxRedirects: 0,
  maxBodyLength: 1024 * 1024,
  proxy: false,
  decompress: false,
  transformRequest: (data: unknown): unknown => data,
  transformResponse: (data: unknown): unknown => data,
  validateStatus: () => true,
} as const;

/**
 * | seen                                       | code        |
 * |--------------------------------------------|-------------|
 * | not connected, no such name, certificate   | unavailable |
 * | no answer, broken off, too long            | unknown     |
 * | 429                                        | throttled   |
 * | any other 4xx but 408                      | denied      |
 * | 1xx, 3xx, 408, 5xx                         | unknown     |
 */
function refusal(what: string, status: number, retryAfter: string, text: string): HttpFailed {
  const code = status === 429 ? 'throttled' : status >= 400 && status < 500 && status !== 408 ? 'denied' : 'unknown';
  const waitMs = retryAfterMs(retryAfter);
  const why = `${what}: HTTP ${status}${text.trim() === '' ? '' : `, "${text.trim()}"`}`;
  return { ok: false, status, code, why, ...(waitMs === null ? {} : { retryAfterMs: waitMs }) };
}

/** Whole seconds only: a date would need both clocks to be right. */
function retryAfterMs(text: string): number | null {
  return /^\d{1,15}$/.test(text.trim()) ? Math.min(Number(text) * 1_000, retryAfterCapMs) : null;
}

function unanswered(code: HttpFailed['code'], why: string): HttpFailed {
  return { ok: false, status: null, code, why };
}

/** Failures of the certificate: the request waits for the handshake, so it was not sent. */
const certificate = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function broken(what: string, error: unknown, limitBytes: number): HttpFailed {
  const cause = isAxiosError(error) ? (error.cause ?? error) : error;
  const code = String(field(cause, 'code') ?? field(error, 'code') ?? 'no code');
  if (isAxiosError(error) && code === 'ERR_BAD_RESPONSE' && error.response === undefined) {
    const why = `${what}: an answer longer than ${limitBytes} bytes`;
    return { ok: false, status: 'oversize', code: 'unknown', why };
  }
  if (neverConnected(cause) || certificate.has(code)) {
    return unanswered('unavailable', `${what}: could not connect (${printable(code)})`);
  }
  return unanswered('unknown', `${what}: broken off (${printable(code)})`);
}

/** Several addresses tried: an AggregateError of the same. */
function neverConnected(error: unknown): boolean {
  const several = field(error, 'errors');
  if (Array.isArray(several) && several.length > 0) return several.every(neverConnected);
  return ['connect', 'getaddrinfo'].includes(String(field(error, 'syscall')));
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

/** Whether a URL is one that requests may be made below: http or https, without user, query or fragment. */
export function isServiceUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === '';
}

/** Whether what is sent to a URL could be read on its way. */
export function isExposed(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && hostname !== 'localhost' && hostname !== '[::1]' && !/^127(\.\d+){3}$/.test(hostname);
}
