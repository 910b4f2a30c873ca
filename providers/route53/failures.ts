import type { FailureCode } from '../provider';

/** Why a call to Route 53 gave no answer. */
export interface Failure {
  /** `rejected`: Route 53 looked at a change batch and refused it whole. */
  readonly code: FailureCode | 'rejected';
  /** Whether a write may have taken effect all the same. */
  readonly applied: 'no' | 'maybe';
  readonly why: string;
  readonly retryAfterMs?: number;
  /** With `denied`: the credentials are not permitted to do this. */
  readonly forbidden?: true;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function failed(
  code: Failure['code'],
  applied: Failure['applied'],
  why: string,
): { ok: false; failure: Failure } {
  return { ok: false, failure: { code, applied, why } };
}

/** A `Retry-After` beyond this is not believed. */
const maxRetryAfterMs = 300_000;

/**
 * Names of errors that mean "later", all with HTTP 400: API reference, "Common errors" and ChangeResourceRecordSets, 2026-11.
 * PriorRequestNotComplete: an earlier change of the same zone is still being taken in.
 */
const throttlings = [
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'PriorRequestNotComplete',
];

const clock = "check the secret key, and this machine's clock";
const remedies: Readonly<Record<string, string>> = {
  AccessDenied: 'grant the actions listed in deploy/iam to this identity',
  AccessDeniedException: 'grant the actions listed in deploy/iam to this identity',
  InvalidClientTokenId: 'the access key is unknown or switched off',
  UnrecognizedClientException: 'the access key is unknown or switched off',
  ExpiredToken: 'renew the session token',
  ExpiredTokenException: 'renew the session token',
  SignatureDoesNotMatch: clock,
  InvalidSignatureException: clock,
  RequestExpired: clock,
  RequestTimeTooSkewed: clock,
  NoSuchHostedZone: 'check FAILOVERD_ZONE, and which account the credentials belong to',
  CredentialsProviderError: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine a role',
  TokenProviderError: 'sign in again, or use another source of credentials',
};

/**
 * What an exception of the SDK means. Decided by its name, HTTP status and system call, never by its message.
 *
 * | seen                                            | code        | applied |
 * |-------------------------------------------------|-------------|---------|
 * | no credentials                                  | denied      | no      |
 * | name not resolved, connection not made          | unavailable | no      |
 * | throttling names, 429                           | throttled   | no      |
 * | InvalidChangeBatch, or a nameless 400 (its older shape parses to no name) | rejected | no |
 * | any other 4xx but 408                           | denied      | no      |
 * | 5xx                                             | unavailable | maybe   |
 * | anything else: timeout, abort, reset, not XML   | unknown     | maybe   |
 */
export function failureOf(operation: string, error: unknown, secrets: readonly string[]): Failure {
  const name = text(field(error, 'name')) ?? 'Error';
  const response = field(error, '$response');
  const status = Number(field(field(error, '$metadata'), 'httpStatusCode') ?? 0);
  const code = text(field(error, 'code'));
  const message = clean(text(field(error, 'message'))?.split('\n  Deserialization error')[0] ?? '', secrets);
  const what = [name === 'Error' ? code : name, status > 0 ? `HTTP ${status}` : undefined].filter(Boolean).join(', ');
  const remedy = remedies[name];
  const why = `Route 53 ${operation}: ${what === '' ? '' : `${what}: `}${message}${remedy === undefined ? '' : `; ${remedy}`}`;
  const kind = {
    ...kindOf(name, status, error),
    ...(name.startsWith('AccessDenied') ? { forbidden: true as const } : {}),
  };
  const retryAfterMs = retryAfter(field(field(response, 'headers'), 'retry-after'));
  return retryAfterMs === null ? { ...kind, why } : { ...kind, why, retryAfterMs };
}

function kindOf(name: string, status: number, error: unknown): Pick<Failure, 'code' | 'applied'> {
  if (throttlings.includes(name) || status === 429) return { code: 'throttled', applied: 'no' };
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') return { code: 'denied', applied: 'no' };
  if (name === 'InvalidChangeBatch' || (name === 'Unknown' && status === 400))
    return { code: 'rejected', applied: 'no' };
  if (status >= 400 && status < 500 && status !== 408) return { code: 'denied', applied: 'no' };
  if (status >= 500) return { code: 'unavailable', applied: 'maybe' };
  if (status === 0 && neverSent(error)) return { code: 'unavailable', applied: 'no' };
  return { code: 'unknown', applied: 'maybe' };
}

/** The connection was never made. Several addresses tried: an AggregateError of the same. */
function neverSent(error: unknown): boolean {
  const several = field(error, 'errors');
  if (Array.isArray(several) && several.length > 0) return several.every(neverSent);
  return ['connect', 'getaddrinfo'].includes(text(field(error, 'syscall')) ?? '');
}

/** Whole seconds only: a date would need the wall clock to be right. */
function retryAfter(value: unknown): number | null {
  const seconds = text(value);
  if (seconds === undefined || !/^\d{1,15}$/.test(seconds)) return null;
  return Math.min(Number(seconds) * 1_000, maxRetryAfterMs);
}

/** Remote text made safe to show: secrets gone, control characters escaped, at most 200 characters. */
export function clean(remote: string, secrets: readonly string[]): string {
  let shown = remote;
  for (const secret of secrets) shown = shown.replaceAll(secret, '[redacted]');
  return shown
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '[redacted]')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .slice(0, 200);
}

/** One property of anything at all. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
