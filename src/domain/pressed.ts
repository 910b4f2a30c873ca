import type { ChangeKind, OutcomeCode, State } from './state';
import type { View } from './view';

/** Why a change is not in the zone yet, and since when. */
export interface WriteTrouble {
  readonly code: Exclude<OutcomeCode, 'applied'> | 'read-failed' | 'unverified' | 'waits';
  readonly why: string;
  readonly sinceMs: number;
}

/**
 * One backoff for the provider, whatever is tried with it (L2): a change that is dropped and decided anew, or whose rest is caught up with,
 * waits as long as the attempts before it have earned. A verified change ends that, and two minutes without a failure do; a human's order
 * waits for nothing.
 */
export interface Pressed {
  readonly attempts: number;
  readonly trouble: WriteTrouble | null;
  readonly atMs: number;
  /** Not before that, as the provider said. */
  readonly againMs: number;
}

/** Twice the longest pause between two attempts. */
const keptMs = 120_000;
/** No provider may ask for more. */
export const longestMs = 300_000;

export function press(
  state: State,
  attempts: number,
  trouble: WriteTrouble | null,
  atMs: number,
  retryAfterMs: number | null,
): State {
  return { ...state, pressed: { attempts, trouble, atMs, againMs: atMs + Math.min(retryAfterMs ?? 0, longestMs) } };
}

export function pressedNow({ state: { pressed }, moment: { nowMs } }: View): Pressed | null {
  if (pressed === null || nowMs < pressed.againMs) return pressed;
  return nowMs - pressed.atMs >= keptMs ? null : pressed;
}

/** What a new change starts with; no more of its pause is left than the last failure asks for. */
export function startOf(
  view: View,
  kind: ChangeKind,
): Pick<Pressed, 'attempts' | 'trouble'> & { readonly atLeastMs: number; readonly restedMs: number } {
  const pressed = kind === 'order' || kind === 'drill' ? null : pressedNow(view);
  if (pressed === null) return { attempts: 0, trouble: null, atLeastMs: 0, restedMs: 0 };
  const { attempts, trouble, atMs, againMs } = pressed;
  const { nowMs } = view.moment;
  return { attempts, trouble, atLeastMs: Math.max(0, againMs - nowMs), restedMs: nowMs - atMs };
}
