import { types } from 'node:util';
import { printable } from '../domain/printable';
import type { FailClass } from '../domain/types';

/**
 * What an error says about the target, decided on its code alone. `ours`: it says nothing about the target, the fault is in this
 * machine or its network; `exhausted` then means that this process has run out of something every probe needs.
 */
export type Blame =
  | { readonly side: 'theirs'; readonly class: FailClass; readonly code: string; readonly why: string }
  | { readonly side: 'ours'; readonly exhausted: boolean; readonly code: string; readonly why: string };

type Row = readonly [FailClass | 'ours' | 'exhausted', string];

/** Codes of connect(2), getaddrinfo(3), spawn, Node's HTTP parser and OpenSSL's X509_verify_cert, with what they mean in words. */
const table: ReadonlyMap<string, Row> = new Map<string, Row>([
  ['ECONNREFUSED', ['connect', 'connection refused']],
  ['EHOSTUNREACH', ['connect', 'host unreachable']],
  ['EHOSTDOWN', ['connect', 'host down']],
  ['ETIMEDOUT', ['timeout', 'connection timed out']],
  ['ECONNRESET', ['reset', 'connection closed or reset before the answer was complete']],
  ['ECONNABORTED', ['reset', 'connection aborted']],
  ['EPIPE', ['reset', 'connection closed while sending']],
  ['ERR_STREAM_PREMATURE_CLOSE', ['reset', 'connection closed before the answer was complete']],
  ['ENOTFOUND', ['dns', 'no such host name, or it has no address']],
  ['ENODATA', ['dns', 'the host name has no address']],
  ['HPE_HEADER_OVERFLOW', ['oversize', 'headers larger than 16 kB']],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', ['oversize', 'chunk extensions larger than 16 kB']],
  ['EPROTO', ['tls', 'TLS handshake failed']],
  ['CERT_HAS_EXPIRED', ['tls', 'certificate expired']],
  ['CERT_NOT_YET_VALID', ['tls', 'certificate not yet valid']],
  ['CERT_REVOKED', ['tls', 'certificate revoked']],
  ['ERR_TLS_CERT_ALTNAME_INVALID', ['tls', 'certificate is for another host']],
  ['HOSTNAME_MISMATCH', ['tls', 'certificate is for another host']],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', ['tls', 'unknown CA: self-signed certificate']],
  ['SELF_SIGNED_CERT_IN_CHAIN', ['tls', 'unknown CA: self-signed certificate in the chain']],
  ['UNABLE_TO_GET_ISSUER_CERT', ['tls', 'unknown CA']],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', ['tls', 'unknown CA']],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', ['tls', 'unknown CA, or an intermediate certificate is missing']],
  ['CERT_SIGNATURE_FAILURE', ['tls', 'certificate signature is wrong']],
  ['CERT_UNTRUSTED', ['tls', 'certificate not trusted']],
  ['CERT_REJECTED', ['tls', 'certificate rejected']],
  ['CERT_CHAIN_TOO_LONG', ['tls', 'certificate chain too long']],
  ['INVALID_CA', ['tls', 'issuer is not a CA']],
  ['INVALID_PURPOSE', ['tls', 'certificate is not for servers']],
  ['PATH_LENGTH_EXCEEDED', ['tls', 'certificate chain too long']],
  ['ERR_SSL_WRONG_VERSION_NUMBER', ['tls', 'protocol: no TLS on this port, or a version we refuse']],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', ['tls', 'protocol: TLS older than 1.2']],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', ['tls', 'protocol: no TLS version in common']],
  ['ERR_SSL_MALLOC_FAILURE', ['exhausted', 'out of memory']],
  ['EMFILE', ['exhausted', 'this process has no file descriptors left']],
  ['ENFILE', ['exhausted', 'this machine has no file descriptors left']],
  ['ENOMEM', ['exhausted', 'out of memory']],
  ['ENOBUFS', ['exhausted', 'out of socket buffers']],
  ['EADDRNOTAVAIL', ['ours', 'no local address or port to connect from']],
  ['ENETUNREACH', ['ours', 'no route from here']],
  ['ENETDOWN', ['ours', 'our network is down']],
  ['EAFNOSUPPORT', ['ours', 'this machine does not have this address family']],
  ['EACCES', ['ours', 'not permitted here']],
  ['EPERM', ['ours', 'not permitted here, or refused by a local firewall']],
  ['EAI_AGAIN', ['ours', 'our resolver failed']],
  ['EAI_FAIL', ['ours', 'our resolver failed']],
  ['EAI_MEMORY', ['exhausted', 'out of memory']],
  ['EAI_SYSTEM', ['ours', 'our resolver failed']],
  ['EAGAIN', ['ours', 'no process could be started']],
  ['ENOENT', ['ours', 'program not found']],
]);

const prefixes: readonly (readonly [string, Row])[] = [
  ['HPE_', ['protocol', 'not a valid HTTP answer']],
  ['ERR_SSL_', ['tls', 'TLS handshake failed']],
  ['ERR_TLS_', ['tls', 'TLS failed']],
  ['CERT_', ['tls', 'certificate not valid']],
  ['UNABLE_TO_', ['tls', 'certificate could not be verified']],
];

/** Blames an error, looking down at most eight causes for a code the table knows; an unheard-of error is never the target's fault. */
export function classify(error: unknown): Blame {
  let current = error;
  for (let depth = 0; depth < 8 && types.isNativeError(current); depth++) {
    const code = errorCode(current);
    const row =
      code === null ? undefined : (table.get(code) ?? prefixes.find(([prefix]) => code.startsWith(prefix))?.[1]);
    if (code !== null && row !== undefined) return blame(row, code, current.message);
    current = current.cause;
  }
  const text = types.isNativeError(error) ? error.message : String(error);
  return { side: 'ours', exhausted: false, code: '', why: `unexpected error: ${printable(text)}` };
}

/** The code of an error, as Node, OpenSSL and axios set it; null without one. */
export function errorCode(error: unknown): string | null {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

function blame([verdict, words]: Row, code: string, message: string): Blame {
  if (verdict === 'ours' || verdict === 'exhausted') {
    return { side: 'ours', exhausted: verdict === 'exhausted', code, why: `${words} (${code})` };
  }
  const detail = verdict === 'tls' || verdict === 'protocol' ? `: ${printable(message)}` : '';
  return { side: 'theirs', class: verdict, code, why: `${words} (${code})${detail}` };
}
