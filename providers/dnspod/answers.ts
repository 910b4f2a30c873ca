import { isObject } from '../json';
import type { Answer, Refused } from '../per-record/api';
import type { Called } from '../per-record/call';
import { clean } from '../per-record/settings';

/** Codes with a meaning of their own (error codes of DNSPod, cloud.tencent.com/document/api/1427/56192, 2026-11). */
const codes: Readonly<Record<string, Refused['code']>> = {
  'InvalidParameter.DomainRecordExist': 'exists',
  'InvalidParameter.RecordIdInvalid': 'gone',
  'InvalidParameterValue.DomainNotExists': 'no-zone',
  'InvalidParameter.DomainInvalid': 'no-zone',
  'InvalidParameter.DomainIdInvalid': 'no-zone',
  'ResourceNotFound.NoDataOfDomain': 'no-zone',
  // "The operation failed, try again later": nothing is said of what was done.
  'InvalidParameter.OperateFailed': 'unknown',
  'FailedOperation.DomainIsLocked': 'denied',
  'FailedOperation.DomainIsSpam': 'denied',
  'FailedOperation.DomainIsVip': 'denied',
  'FailedOperation.LoginAreaNotAllowed': 'denied',
  'FailedOperation.NotDomainOwner': 'denied',
  'FailedOperation.NotRealNamedUser': 'denied',
};

/** Otherwise the part before the dot decides; these come before anything is done, whatever else a code of theirs may say. */
const kinds: Readonly<Record<string, Refused['code']>> = {
  RequestLimitExceeded: 'throttled',
  AuthFailure: 'denied',
  UnauthorizedOperation: 'denied',
  OperationDenied: 'denied',
  InvalidParameter: 'denied',
  InvalidParameterValue: 'denied',
  MissingParameter: 'denied',
  UnknownParameter: 'denied',
  UnsupportedOperation: 'denied',
  UnsupportedProtocol: 'denied',
  UnsupportedRegion: 'denied',
  LimitExceeded: 'denied',
  ResourceNotFound: 'denied',
  InvalidAction: 'denied',
  InvalidRequest: 'denied',
  NoSuchProduct: 'denied',
  NoSuchVersion: 'denied',
  ActionOffline: 'denied',
  RequestSizeLimitExceeded: 'denied',
  IpInBlacklist: 'denied',
  IpNotInWhitelist: 'denied',
};

const credentials = 'check TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_TOKEN';
const policy = 'grant the actions listed in providers/dnspod/README.md to this identity';
const remedies: Readonly<Record<string, string>> = {
  'AuthFailure.SignatureExpire': "this machine's clock is off by more than five minutes: set it right",
  'AuthFailure.SignatureFailure': credentials,
  'AuthFailure.SecretIdNotFound': credentials,
  'AuthFailure.InvalidSecretId': credentials,
  'AuthFailure.TokenFailure': 'the session token is wrong or has run out: renew it',
  'AuthFailure.UnauthorizedOperation': policy,
  UnauthorizedOperation: policy,
  'OperationDenied.AccessDenied': policy,
  'LimitExceeded.RecordTtlLimit': "raise FAILOVERD_TTL to the least of the zone's plan",
  'LimitExceeded.SubdomainRollLimit':
    'the plan takes no more values of one name: give sites fewer, or take a larger plan',
};

/** `ResourceNotFound.NoDataOfRecord`: the list is empty. That is an answer, not a failure. */
export function isEmptyList(called: Called<unknown>): boolean {
  return !called.ok && codeOf(called.error) === 'ResourceNotFound.NoDataOfRecord';
}

/** What one call means, by the vendor's code, never by text. An answer without a code of the API may have done anything. */
export function judge<T>(action: string, called: Called<T>, secrets: readonly string[]): Answer<T> {
  if (called.ok) return called;
  const what = `DNSPod ${action}`;
  const code = codeOf(called.error);
  if (code !== null) {
    const known = codes[code] ?? kinds[code.split('.')[0] ?? ''] ?? 'unknown';
    return { ok: false, code: known, why: `${what}: ${code}${told(code, called.error, secrets)}` };
  }
  const status = isObject(called.error) ? called.error['httpCode'] : undefined;
  if (typeof status === 'number') {
    return {
      ok: false,
      code: status === 429 ? 'throttled' : 'unknown',
      why: `${what}: HTTP ${status} without an error of the API`,
    };
  }
  return { ok: false, code: called.reached ? 'unknown' : 'unavailable', why: `${what}: ${called.why}` };
}

/** The code of an error that the API sent. System codes (`ECONNRESET`, `ERR_…`) look different. */
function codeOf(error: unknown): string | null {
  const code = isObject(error) ? error['code'] : null;
  return typeof code === 'string' && /^[A-Z][a-z]\w*(\.\w+)*$/.test(code) && code.length <= 100 ? code : null;
}

/** What to do, where that is known; the words of the service otherwise, except on credentials, which they might echo. */
function told(code: string, error: unknown, secrets: readonly string[]): string {
  const { message, requestId } = isObject(error) ? error : {};
  const id = typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) ? ` (request ${requestId})` : '';
  const remedy = remedies[code];
  if (remedy !== undefined) return `${id}; ${remedy}`;
  return code.startsWith('AuthFailure') || typeof message !== 'string' ? id : ` "${clean(message, secrets)}"${id}`;
}
