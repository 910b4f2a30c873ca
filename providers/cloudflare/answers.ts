import type { OutcomeCode } from '../../src/domain/state';

/** What came back from one request, before anything is concluded from it. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Parsed JSON; undefined when it was not JSON. */
      readonly body: unknown;
      readonly header: (name: string) => string | null;
    }
  /** The request surely never reached the API. */
  | { readonly kind: 'unreached'; readonly why: string }
  /** The request may have reached the API; there is no usable answer. */
  | { readonly kind: 'lost'; readonly why: string };

export type Judged =
  | {
      readonly ok: true;
      readonly result: unknown;
      readonly perPage: number | null;
      readonly requestId: string | null;
      readonly quota: Quota | null;
    }
  | Failed;

/** How many requests the credential has left in the window that is running. */
export interface Quota {
  readonly left: number;
  readonly of: number;
  readonly resetMs: number;
}

export interface Failed {
  readonly ok: false;
  readonly code: Exclude<OutcomeCode, 'applied'>;
  readonly why: string;
  readonly retryAfterMs?: number;
  readonly requestId?: string;
  /** With `denied`: it is the token that was refused, not what was asked. */
  readonly token?: true;
}

/** The longest wait a Retry-After header can ask of us; Cloudflare itself blocks for five minutes (docs, API rate limits, 2026-11). */
const retryAfterCapMs = 300_000;

/** Error codes that mean throttled whatever the HTTP status: 971 and 10100 both carry "more than 1200 requests per 300 seconds". */
const throttleCodes = new Set([971, 10100]);
/** Token missing, malformed, invalid, expired, filtered by address, or without the permission. */
const tokenCodes = new Set([6003, 6111, 9103, 9106, 9107, 9109, 10000, 10001]);
/**
 * The zone is not what we listed a moment ago: 81044 record does not exist; 81053 to 81056 an A, AAAA, CNAME or NS record with that
 * host exists; 81057 and 81058 the (identical) record exists. In a batch any of them undoes the whole batch (docs, batch record
 * changes, 2026-11).
 */
const conflictCodes = new Set([81044, 81053, 81054, 81055, 81056, 81057, 81058]);

/**
 * What one answer means, by HTTP status and numeric code, never by text. A write that got `conflict`, `throttled` or `denied` was
 * surely not applied; whatever could have been applied is `unknown`.
 *
 * | answer                                                   | code        |
 * |----------------------------------------------------------|-------------|
 * | not sent: refused, name not found, certificate           | unavailable |
 * | no answer, broken off, too long                          | unknown     |
 * | 429, or a throttle code                                  | throttled   |
 * | 401, 403, or a token code                                | denied      |
 * | 409, or a conflict code                                  | conflict    |
 * | `success:false`: 4xx with any code, 200 with a DNS code  | denied      |
 * | 200 with `success:true` and a result                     | ok          |
 * | anything else: 5xx, 3xx, 408, HTML, nothing, wrong types | unknown     |
 */
export function judge(what: string, answer: Answer, token: string): Judged {
  if (answer.kind !== 'answered') {
    return { ok: false, code: answer.kind === 'unreached' ? 'unavailable' : 'unknown', why: `${what}: ${answer.why}` };
  }
  const { status, header } = answer;
  const body = isObject(answer.body) ? answer.body : {};
  const ray = header('cf-ray');
  const requestId = ray === null ? null : plain(ray, token);
  const { success, result, errors: listed, result_info: info } = body;
  const errors = errorsIn(listed);
  if (status >= 200 && status < 300 && success === true && result !== undefined && result !== null) {
    const quota = quotaOf(header('ratelimit'), header('ratelimit-policy'));
    return { ok: true, result, perPage: perPage(info), requestId, quota };
  }
  const code = codeOf(status, success === false, errors);
  const refused = code === 'denied' && refusesToken(status, errors);
  const waitMs = code === 'throttled' ? retryAfterMs(header('retry-after'), header('date')) : undefined;
  return {
    ok: false,
    code,
    why: `${what}: HTTP ${status}${errors.map((error) => `, code ${error.code} "${plain(error.message, token)}"`).join('')}${remedy(code, refused, errors)}`,
    ...(refused ? { token: true as const } : {}),
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    ...(requestId === null ? {} : { requestId }),
  };
}

interface ApiError {
  readonly code: number;
  readonly message: string;
}

function has(errors: readonly ApiError[], codes: ReadonlySet<number>): boolean {
  return errors.some((error) => codes.has(error.code));
}

/** The DNS API's own complaints about a record: 1004, 9xxx, 81xxx. Another code with a status of 200 may be any trouble of theirs. */
function isValidation(code: number): boolean {
  return code === 1004 || (code >= 9000 && code <= 9999) || (code >= 81000 && code <= 81999);
}

function refusesToken(status: number, errors: readonly ApiError[]): boolean {
  return status === 401 || status === 403 || has(errors, tokenCodes);
}

function codeOf(status: number, refused: boolean, errors: readonly ApiError[]): Failed['code'] {
  if (status >= 500) return 'unknown';
  if (status === 429 || has(errors, throttleCodes)) return 'throttled';
  if (refusesToken(status, errors)) return 'denied';
  if (status === 409 || has(errors, conflictCodes)) return 'conflict';
  if (!refused || errors.length === 0 || status === 408) return 'unknown';
  if (status >= 400) return 'denied';
  return status < 300 && errors.every(({ code }) => isValidation(code)) ? 'denied' : 'unknown';
}

function remedy(code: Failed['code'], tokenRefused: boolean, errors: readonly ApiError[]): string {
  if (tokenRefused)
    return '; check that the token is active, not expired, allowed from this address, and has DNS Write on the zone';
  if (code === 'denied') return '; correct what it names';
  return errors.length === 0 ? ', without an error in the form of the API' : '';
}

function errorsIn(value: unknown): readonly ApiError[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, 3).flatMap((error: unknown) => {
    if (!isObject(error)) return [];
    const { code, message } = error;
    return typeof code === 'number' ? [{ code, message: typeof message === 'string' ? message : '' }] : [];
  });
}

function perPage(info: unknown): number | null {
  const { per_page: size } = isObject(info) ? info : {};
  return typeof size === 'number' && size >= 1 ? size : null;
}

/** `Ratelimit: "default";r=50;t=30` and `Ratelimit-Policy: "default";q=1200;w=300` (docs, API rate limits, rate limiting headers, 2026-11). */
function quotaOf(state: string | null, policy: string | null): Quota | null {
  const [, left, seconds] = /;\s*r=(\d{1,9})\s*;\s*t=(\d{1,6})/.exec(state ?? '') ?? [];
  const [, of] = /;\s*q=(\d{1,9})/.exec(policy ?? '') ?? [];
  if (left === undefined || of === undefined) return null;
  return { left: Number(left), of: Number(of), resetMs: Number(seconds) * 1_000 };
}

/**
 * Retry-After (RFC 9110 section 10.2.3) in milliseconds, at most five minutes. A date is compared with the answer's own Date, so that
 * our clock does not matter; one in the past asks for no wait.
 */
export function retryAfterMs(retryAfter: string | null, date: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  const text = retryAfter.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, retryAfterCapMs);
  if (!/^[A-Za-z]{3}, .* GMT$/.test(text) || date === null) return undefined;
  const waitMs = Date.parse(text) - Date.parse(date);
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), retryAfterCapMs);
}

/** Remote text made safe to show: the token blotted out, control and format characters escaped, at most 200 characters. */
export function plain(text: string, token = ''): string {
  const blotted = token === '' ? text : text.replaceAll(token, '[token]');
  const shown = blotted
    .slice(0, 200)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
  return shown.length > 200 || blotted.length > 200 ? `${shown.slice(0, 199)}…` : shown;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
