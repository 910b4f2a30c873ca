import type { RecordSet } from '../domain/records';
import type { Signature } from './wire';

/**
 * What is wrong with the signatures of some record sets of a signed zone, or null: a set needs one RRSIG that covers its type and
 * whose window is open. The cryptography is left to resolvers; a zone that is signed too late shows here already.
 * `wallMs` null: the clock cannot be believed, and only the presence is looked at.
 */
export function signatureTrouble(
  sets: readonly RecordSet[],
  signatures: readonly Signature[],
  wallMs: number | null,
): string | null {
  for (const { type } of sets) {
    const covering = signatures.filter(({ covers }) => covers === type);
    if (covering.length === 0) return `the zone is signed, but ${type} has no signature (RRSIG)`;
    if (wallMs === null || covering.some((signature) => isOpen(signature, wallMs))) continue;
    const windows = covering
      .slice(0, 3)
      .map(({ inception, expiration }) => `${date(inception)} to ${date(expiration)}`);
    return `the signature (RRSIG) of ${type} is valid ${windows.join(', ')} only; it is ${new Date(wallMs).toISOString()}`;
  }
  return null;
}

function isOpen({ inception, expiration }: Signature, wallMs: number): boolean {
  const now = Math.floor(wallMs / 1000);
  return notAfter(inception, now) && notAfter(now, expiration);
}

/** Order of 32-bit serial numbers: it wraps (RFC 1982; 2106 is not far for a signature). */
function notAfter(earlier: number, later: number): boolean {
  return (later - earlier) << 0 >= 0;
}

function date(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
