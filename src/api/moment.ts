import { parseDuration } from '../domain/duration';

/** What `momentOf` reads, for people. */
export const momentWords = 'a time such as 2026-11-23T09:50:00Z, its milliseconds, or a duration ago such as 2h';

/** A moment in wall milliseconds; null for what is none. */
export function momentOf(text: string, nowMs: number): number | null {
  const agoMs = parseDuration(text);
  if (agoMs !== null) return nowMs - agoMs;
  if (/^\d{11,15}$/.test(text)) return Number(text);
  // Without its zone a time would be that of whoever's machine this is; a day alone begins in UTC (ECMA-262 §21.4.1.32, 2026 edition).
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const atMs = isTime ? Date.parse(text) : Number.NaN;
  return Number.isFinite(atMs) ? atMs : null;
}
