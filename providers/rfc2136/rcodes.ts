import type { OutcomeCode } from '../../src/domain/state';

/**
 * What a signed reply code says of an UPDATE (RFC 2136 section 2.2, RFC 8945 section 5), and of a question.
 *
 *   | code                               | an UPDATE     | why so sure                                                             |
 *   |------------------------------------|---------------|-------------------------------------------------------------------------|
 *   | NOERROR                            | applied       | it is applied whole or not at all (section 3.7)                         |
 *   | NXRRSET YXRRSET NXDOMAIN YXDOMAIN  | conflict      | a prerequisite did not hold (section 3.2)                               |
 *   | REFUSED NOTAUTH NOTZONE FORMERR    | denied        | turned away before anything was changed (sections 3.1 to 3.4.1)         |
 *   | NOTIMP                             | unavailable   | the server knows no UPDATE                                              |
 *   | SERVFAIL, anything else            | unknown       | a server that forwards updates answers so after silence of the primary  |
 */
export function meaning(rcode: string, zone: string): { readonly code: OutcomeCode; readonly why: string } {
  switch (rcode) {
    case 'NOERROR':
      return { code: 'applied', why: `NOERROR: applied to zone ${zone}` };
    case 'NXRRSET':
    case 'YXRRSET':
    case 'NXDOMAIN':
    case 'YXDOMAIN':
      return { code: 'conflict', why: `${rcode}: the records are no longer what was read, nothing was changed` };
    case 'REFUSED':
      return {
        code: 'denied',
        why: `REFUSED: the key may not do this in zone ${zone}, or the zone is frozen; look at its update-policy or acl`,
      };
    case 'NOTAUTH':
      return {
        code: 'denied',
        why: `NOTAUTH: the server has no zone ${zone} to update; RFC2136_SERVER must be its primary, FAILOVERD_ZONE its name`,
      };
    case 'NOTZONE':
      return { code: 'denied', why: `NOTZONE: the record does not lie in zone ${zone}; correct FAILOVERD_ZONE` };
    case 'FORMERR':
      return { code: 'denied', why: 'FORMERR: the server could not read the message; it may know no TSIG or UPDATE' };
    case 'NOTIMP':
      return { code: 'unavailable', why: 'NOTIMP: the server takes no updates; RFC2136_SERVER must be the primary' };
    case 'SERVFAIL':
      return { code: 'unknown', why: `SERVFAIL: the server failed at it; its log tells why` };
    default:
      return { code: 'unknown', why: `${rcode}: not an answer to an update` };
  }
}
