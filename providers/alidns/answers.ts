import { isObject } from '../json';
import type { Answer, Refused } from '../per-record/api';
import type { Called } from '../per-record/call';
import { clean } from '../per-record/settings';

/**
 * Codes with a meaning of their own. Those of records: UpdateDomainRecord and DeleteDomainRecord; of domains: DescribeDomainInfo; the rest:
 * "Error codes" (alibabacloud.com/help/en/dns, help.aliyun.com/en/dns/error-code, 2026-11).
 */
const codes: Readonly<Record<string, Refused['code']>> = {
  DomainRecordDuplicate: 'exists',
  // Also what a record is said to be that does not exist any more.
  DomainRecordNotBelongToUser: 'gone',
  'InvalidDomainName.NoExist': 'no-zone',
  IncorrectDomainUser: 'no-zone',
  // A request that was delivered twice: the first may have been carried out.
  SignatureNonceUsed: 'unknown',
  UnKnownError: 'unknown',
  UnknownError: 'unknown',
};

/** Otherwise the part before the dot decides, for codes that leave room for doubt or time. The rest are refusals. */
const kinds: Readonly<Record<string, Refused['code']>> = {
  Throttling: 'throttled',
  InternalError: 'unknown',
  ServiceUnavailable: 'unknown',
};

const credentials =
  'check ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN';
const policy = 'grant the actions listed in providers/alidns/README.md to this identity';
const clock = "this machine's clock is off by more than 15 minutes: set it right";
const remedies: Readonly<Record<string, string>> = {
  'InvalidTimeStamp.Expired': clock,
  'InvalidTimeStamp.Format': clock,
  IllegalTimestamp: clock,
  'InvalidAccessKeyId.NotFound': credentials,
  'InvalidAccessKeyId.Inactive': 'the access key is switched off: switch it on, or make another',
  InvalidAccessKeyId: credentials,
  SignatureDoesNotMatch: credentials,
  IncompleteSignature: credentials,
  'InvalidSecurityToken.Expired': 'the security token has run out: renew it',
  'InvalidSecurityToken.Malformed': credentials,
  'InvalidSecurityToken.MismatchWithAccessKey': credentials,
  Forbidden: policy,
  'Forbidden.RAM': policy,
  NoPermission: policy,
  DomainRecordConflict: 'a record of another type or line at the name does not tolerate this one: remove it',
  DomainRecordLocked: 'the record is locked: unlock it',
  'QuotaExceeded.TTL': "raise FAILOVERD_TTL to the least of the zone's plan",
  'QuotaExceeded.ARecord': 'the plan takes no more values of one name: give sites fewer, or take a larger plan',
};

/** What one call means, by the vendor's code and HTTP status, never by text. */
export function judge<T>(action: string, called: Called<T>, secrets: readonly string[]): Answer<T> {
  if (called.ok) return called;
  const what = `Alibaba Cloud DNS ${action}`;
  const { error } = called;
  const { data, entry } = isObject(error) ? error : {};
  const { Code: code, Message: message, RequestId: requestId } = isObject(data) ? data : {};
  if (typeof code !== 'string' || !/^[A-Za-z]\w*(\.\w+)*$/.test(code) || code.length > 100) {
    return { ok: false, code: called.reached ? 'unknown' : 'unavailable', why: `${what}: ${called.why}` };
  }
  const response = isObject(entry) ? entry['response'] : null;
  const status = isObject(response) ? response['statusCode'] : null;
  const known = codes[code] ?? kinds[code.split('.')[0] ?? ''] ?? 'denied';
  const failedThere = typeof status === 'number' && status >= 500 && known !== 'throttled';
  const id = typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) ? ` (request ${requestId})` : '';
  const told = remedies[code] === undefined ? ` "${clean(String(message), secrets)}"${id}` : `${id}; ${remedies[code]}`;
  return { ok: false, code: failedThere ? 'unknown' : known, why: `${what}: ${code}${told}` };
}
