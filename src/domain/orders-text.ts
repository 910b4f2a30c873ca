import { duration } from './duration';
import type { Hold, Pin } from './state';

/** A human's hold or pin for people: the same words in the order's answer, the alert, readiness and the status. */

export function heldText({ actor, why }: Pick<Hold, 'actor' | 'why'>, lasts = ''): string {
  return `held by ${actor ?? 'an order'}${lasts}: ${why}`;
}

export function pinnedText({ site, actor, why }: Pick<Pin, 'site' | 'actor' | 'why'>, lasts = ''): string {
  return `pinned to ${site}${actor === null ? '' : ` by ${actor}`}${lasts}: ${why}`;
}

/** How long an order lasts, when it is given. */
export function lasting(forMs: number | null): string {
  return forMs === null ? ' until someone resumes' : ` for ${duration(forMs)}`;
}

/** How long it lasts yet. */
export function lastingYet({ by, untilMs }: Pick<Hold | Pin, 'by' | 'untilMs'>, nowMs: number): string {
  if (untilMs === null) return by === 'failback' ? ' until the record is there' : lasting(null);
  return ` for another ${duration(Math.ceil((untilMs - nowMs) / 1_000) * 1_000)}`;
}
