import { type Next, objectionsToRest, withChange } from './change';
import type { Effect, Event } from './events';
import { isOutdated } from './lag';
import { press, pressedNow } from './pressed';
import type { Alert, Behind, Change } from './state';
import type { Found, Policy } from './types';
import { siteWith, standingOf, type View } from './view';

/**
 * The rest of a change: one of two providers took it, the other did not yet. The change stays `applied`, so its users have moved and the
 * next failover may be made from it, and it is pointed again with the same generation until the other has it too.
 *
 *   an attempt at the rest says        what follows
 *   applied                            nobody is behind any more; the servers are asked at once
 *   applied, another is behind         again, after a pause
 *   anything else, or not justified    again, after a pause; why stands in `waits`
 *   (none shows what one took)         likewise, until the change counts as lost (lag.ts) and is justified anew
 */

type Wrote = Extract<Event, { type: 'wrote' }>;

/** Who is behind now; since when it has been so is kept. */
export function learnBehind(before: Behind | null, parts: readonly string[], nowMs: number): Behind | null {
  if (parts.length === 0) return null;
  return { parts, sinceMs: before?.sinceMs ?? nowMs, attempts: before?.attempts ?? 0, waits: null };
}

/** Another attempt at the rest, after a pause that grows. What has become of this one is told when it is news. */
export function againFor(view: View, next: Next, retryAfterMs: number | null): Next {
  const { behind, durable } = next.state;
  if (behind === null || durable.change === null) return next;
  const { generation, to } = durable.change;
  const before = view.state.behind;
  const pressed = pressedNow(view);
  const attempts = Math.max(behind.attempts, pressed?.attempts ?? 0) + 1;
  const state = press(next.state, attempts, pressed?.trouble ?? null, view.moment.nowMs, retryAfterMs);
  const why = textOf(behind);
  const news: Effect = {
    type: 'tell',
    tell: {
      code: 'write-failed',
      level: 'warn',
      page: false,
      text: 'not every provider took the write',
      fields: { generation, to, attempt: attempts, why },
    },
  };
  return {
    state: { ...state, behind: { ...behind, attempts } },
    effects: [
      ...next.effects,
      ...(before !== null && textOf(before) === why ? [] : [news]),
      { type: 'point', generation, attempt: attempts, atLeastMs: retryAfterMs ?? 0 },
    ],
  };
}

/**
 * Why a change that is justified must wait all the same, now that the zone was read for it; null: send it. What all providers can be seen
 * not to hold has no rest. What was taken, as a provider said, may never have landed, so that the record stands at a site that nothing
 * speaks against: a fence moves nobody, and no automatic move leads away from there (S5). It ends when that reading is believed (lag.ts).
 * Where the users of one of two providers would be moved, a fence is the rest of what the other took, and asks for as much.
 */
export function notYet(view: View, change: Change, found: Found): string | null {
  const { kind, from, generation, phase, to } = change;
  if (phase === 'applied') return mayHold(found, generation) ? null : 'none shows what one of them took';
  // Who compares nothing would be told to leave everything as it is, under our newest marker.
  if (from !== to && isOutdated(view, found) && siteWith(view.policy, found.sets)?.name === to)
    return `the zone was seen to have left ${to}, and this reading is from before`;
  if (kind !== 'fence' && kind !== 'failover' && kind !== 'failback') return null;
  const isStray = (site: string | null): boolean =>
    site !== null && site !== to && (kind === 'fence' || (site !== from && !isDown(view, site)));
  const at = whereabouts(view.policy, found, kind === 'fence');
  if (kind === 'fence' && at.some(isStray) && !at.every(isStray)) return objectionsToRest(view)[0]?.why ?? null;
  if (at.length === 0 || !at.every(isStray)) return null;
  return `the zone shows ${[...new Set(at)].join(', ')}, and not ${from ?? to}`;
}

function mayHold({ parts = [] }: Found, generation: number): boolean {
  return parts.some(({ found }) => found === null || found.marker?.generation === generation);
}

/** The site that each provider's record points at whole; null: at none. What cannot be read cannot be moved, but may be fenced. */
function whereabouts(policy: Policy, { sets, parts }: Found, isFence: boolean): readonly (string | null)[] {
  const read = parts?.filter(({ found }) => found !== null || isFence);
  const each = read === undefined ? [sets] : read.map(({ found }) => found?.sets ?? []);
  return each.map((one) => siteWith(policy, one)?.name ?? null);
}

function isDown({ state }: View, site: string): boolean {
  const { verdict, disputed } = standingOf(state, site);
  return verdict === 'down' && !disputed;
}

/** Who is behind and why, for people. */
export function textOf({ parts, waits }: Behind): string {
  return waits === null ? parts.join('; ') : `${parts.join('; ')} (not written now: ${waits})`;
}

/** The rest was not taken, or not tried: why stands in `waits`. */
export function restWaits(view: View, why: string, retryAfterMs: number | null): Next {
  const { state } = view;
  if (state.behind === null) return { state, effects: [] };
  return againFor(view, { state: { ...state, behind: { ...state.behind, waits: why } }, effects: [] }, retryAfterMs);
}

/** What became of an attempt at the rest. */
export function onRest(view: View, event: Wrote): Next {
  const { state, moment } = view;
  const { change } = state.durable;
  if (change === null || state.behind === null) return { state, effects: [] };
  if (event.outcome !== 'applied') return restWaits(view, event.why, event.retryAfterMs);
  const behind = learnBehind(state.behind, event.behind ?? [], moment.nowMs);
  if (behind !== null) return againFor(view, { state: { ...state, behind }, effects: [] }, event.retryAfterMs);
  const tell: Effect = {
    type: 'tell',
    tell: {
      code: 'caught-up',
      level: 'info',
      page: false,
      text: `every provider holds generation ${change.generation} now: ${change.to}`,
      fields: { generation: change.generation, to: change.to, requestId: event.requestId },
    },
  };
  // Its servers have had no time yet: from now on they are waited for like any others.
  const fresh = { ...change, laggards: [], trouble: null };
  return {
    state: withChange({ ...state, behind }, fresh),
    effects: [tell, { type: 'verify', generation: change.generation, attempt: 0 }],
  };
}

const pagedAfterMs = 60_000;

/** A provider that stays behind is paged once, with the servers that answer otherwise because of it. */
export function behindAlert({ state, moment }: View): readonly Pick<Alert, 'code' | 'page' | 'why' | 'remedy'>[] {
  const { behind, laggards, durable } = state;
  // A hold is paged itself, and says what to do.
  if (behind === null || durable.obstacle !== null) return [];
  if (moment.nowMs - behind.sinceMs < pagedAfterMs) return [];
  const servers = (durable.change?.laggards ?? laggards).filter((one) => !behind.parts.includes(one));
  const also = servers.length === 0 ? '' : `; name servers that answer otherwise: ${servers.join('; ')}`;
  const why = `a provider is behind: ${textOf(behind)}${also}`;
  const remedy =
    'failoverd check shows what it refuses; it follows by itself once it can be written and the active site serves';
  return [{ code: 'behind', page: true, why, remedy }];
}
