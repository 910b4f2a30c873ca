import { printable } from '../src/domain/printable';
import { hintsOf, parseSvcb } from '../src/domain/svcb';

/** Whether a value of that type sends clients straight to addresses (RFC 9460), so that it must move with them. */
export function isHinting(type: string, values: readonly string[]): boolean {
  return (type === 'HTTPS' || type === 'SVCB') && values.some((value) => hintsOf(value).length > 0);
}

/** The same, or that it may: written so that it cannot be read (`obscureHint`), it must not pass for one without hints. */
export function mayHint(type: string, values: readonly string[]): boolean {
  return isHinting(type, values) || values.some((value) => obscureHint('', type, value) !== null);
}

/** The obstacle of an adapter that cannot write such values: clients that follow the hints would stay where they are. */
export function hintObstacle(record: string, type: string): string {
  return `${type} of ${record} hints at addresses, which clients would follow to the old site after a switch, and this provider's adapter cannot move it: remove ipv4hint and ipv6hint`;
}

/** A value in three parts, the last with quotes around every parameter: a form that parsers of every age take. */
export interface SvcbParts {
  readonly priority: number;
  /** With a trailing dot, so that nobody completes it. */
  readonly target: string;
  readonly value: string;
}

/** The parts of a value in normal form; null when it is none. */
export function svcbParts(text: string): SvcbParts | null {
  const parsed = parseSvcb(text);
  if (parsed === null) return null;
  const { priority, target, params } = parsed;
  const value = params.map(([key, words]) => (words === null ? key : `${key}="${words}"`)).join(' ');
  return { priority, target: target.endsWith('.') ? target : `${target}.`, value };
}

/**
 * Why a value may hint at addresses that cannot be moved, or null: it names hints but does not parse, or gives them by number (`key4`,
 * RFC 9460 section 2.1). It must not pass for a value without hints.
 */
export function obscureHint(record: string, type: string, value: string): string | null {
  if (type !== 'HTTPS' && type !== 'SVCB') return null;
  const unread = /ipv[46]hint/i.test(value) && hintsOf(value).length === 0;
  if (!unread && !/\bkey0*[46]=/i.test(value)) return null;
  return `${type} of ${record} hints at addresses in a form that is not understood (${printable(value).slice(0, 200)}): write them as ipv4hint and ipv6hint, or remove them`;
}
