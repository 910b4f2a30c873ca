import { hintsOf } from '../src/domain/svcb';

/** Whether a value of that type sends clients straight to addresses (RFC 9460), so that it must move with them. */
export function isHinting(type: string, values: readonly string[]): boolean {
  return (type === 'HTTPS' || type === 'SVCB') && values.some((value) => hintsOf(value).length > 0);
}

/** The obstacle of an adapter that cannot write such values: clients that follow the hints would stay where they are. */
export function hintObstacle(record: string, type: string): string {
  return `${type} of ${record} hints at addresses, which clients would follow to the old site after a switch, and this provider's adapter cannot move it: remove ipv4hint and ipv6hint`;
}
