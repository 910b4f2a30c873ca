import type { Span } from './operator-scenarios';

/** What one name server answered from a moment on. */
export interface Shown {
  readonly atMs: number;
  readonly site: string;
}

/**
 * How long one user was led to a site that did not serve. The user's resolver asks at `phaseMs` and every TTL from there, and keeps each answer
 * until it asks again: it may have asked a moment before the switch.
 */
export function withoutServiceMs(
  shown: readonly Shown[],
  failing: { readonly site: string; readonly spans: readonly Span[] },
  { ttlMs, phaseMs, untilMs }: { readonly ttlMs: number; readonly phaseMs: number; readonly untilMs: number },
): number {
  // The first question after a change is when this user hears of it; of several changes in between only the last is heard.
  const heard = shown.map(({ atMs, site }) => ({ atMs: phaseMs + Math.ceil((atMs - phaseMs) / ttlMs) * ttlMs, site }));
  return heard.reduce((sum, { atMs, site }, index) => {
    if (site !== failing.site) return sum;
    const toMs = Math.min(heard[index + 1]?.atMs ?? untilMs, untilMs);
    return sum + failing.spans.reduce((ms, span) => ms + overlapMs(span, { fromMs: atMs, toMs }), 0);
  }, 0);
}

function overlapMs(left: Span, right: Span): number {
  return Math.max(0, Math.min(left.toMs, right.toMs) - Math.max(left.fromMs, right.fromMs));
}
