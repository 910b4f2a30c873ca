import { parseDuration } from '../domain/duration';

/** Nobody means an order to hold for longer: it would outlast those who remember it. */
const mostMs = 366 * 86_400_000;

/** What `orderTime` reads, for people. */
export const orderTimeWords = 'a duration of at most 366d, such as 30m';

/** How long an order is to hold, in milliseconds; null: the text is no such time. */
export function orderTime(text: string): number | null {
  const ms = parseDuration(text);
  return ms !== null && ms > 0 && ms <= mostMs ? ms : null;
}
