import { parseDuration } from '../domain/duration';

/** A length that can be played, from a second to a day; null for anything else. */
export function lengthOf(text: string): number | null {
  const ms = parseDuration(text);
  return ms === null || ms < 1_000 || ms > 86_400_000 ? null : ms;
}

/** A share as it is written: `5%`, `0.5%`; above 0 and up to 100. Null for anything else. */
export function shareOf(text: string): number | null {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text) ?? [];
  const share = Number(digits) / 100;
  return share > 0 && share <= 1 ? share : null;
}
