import { learnBehind } from './behind';
import { landedApart } from './budget';
import { begin, type Next, objectionsToRest } from './change';
import { dropUnsent, onFound } from './found';
import { hold } from './holds';
import { behindMs } from './lag';
import { forbids, type Judged, judge } from './parts';
import { startOf } from './pressed';
import { noticed } from './selftest';
import type { State, Switch } from './state';
import type { Found, Part } from './types';
import { siteNamed, siteWith, type View } from './view';

/**
 * A reading of one provider is the zone (found.ts). Of two, it is judged first (parts.ts):
 *
 *   | the parts                                            | what follows                                                    |
 *   |------------------------------------------------------|-----------------------------------------------------------------|
 *   | one forbids writing                                  | hold, page, naming it                                           |
 *   | one is unread, and nothing is known from before      | as if none had been read: a newer one may hide behind it        |
 *   | they differ, and we do not know why                  | hold (diverged), page; never overwritten                        |
 *   | the newest is unread                                 | nothing is learnt of where the record points                    |
 *   | otherwise                                            | the newest is the zone                                          |
 *   | one is behind, a change is applied                   | the change is pointed again, with its own generation            |
 *   | one is behind, nothing is under way                  | a fence to the active site, as soon as that may be written      |
 */
export function onReading(view: View, found: Found): Next {
  const next = takenUp(view, learnt(view, found));
  return { ...next, state: noticed(view, next.state, found) };
}

/** The first reading of a process takes up the proof of what was taken before it, whatever else it shows. */
function takenUp({ state: before }: View, { state, effects }: Next): Next {
  const { change } = state.durable;
  const isDue = !before.read && state.read && change?.phase === 'applied';
  if (!isDue || effects.some(({ type }) => type === 'verify')) return { state, effects };
  return { state, effects: [...effects, { type: 'verify', generation: change.generation, attempt: 0 }] };
}

function learnt(view: View, found: Found): Next {
  const { state, policy, moment } = view;
  if (found.parts === undefined) return onFound(view, found);
  const lost = found.parts.filter((part) => part.found === null).map(({ provider, why }) => `${provider}: ${why}`);
  const sinceMs = state.unreadable?.sinceMs ?? moment.nowMs;
  const unreadable = lost.length === 0 ? null : { why: lost.join('; '), sinceMs, partly: true };
  if (forbids(found, policy.owner, state.durable.adopted)) return withState(onFound(view, found), { unreadable });
  if (unreadable !== null && siteNamed(policy, state.durable.active) === null) {
    const why = `${unreadable.why}; what it holds may be newer than what the other does`;
    return { state: { ...state, unreadable: { why, sinceMs } }, effects: [] };
  }
  const judged = judge(view, found, found.parts);
  if (judged.diverged !== null) {
    const seen = state.read ? state : dropUnsent({ ...state, read: true });
    const problem = { by: 'diverged' as const, why: judged.diverged };
    return { state: { ...hold(seen, problem, moment.nowMs), unreadable }, effects: [] };
  }
  const next = spends(view, found.parts, judged.lagging ? onLagging(state) : remembered(view, onFound(view, found)));
  return catchUp(view, withState(next, { unreadable }), judged);
}

/** Every move of ours that a part shows is one that users saw. */
function spends({ policy, moment }: View, parts: readonly Part[], next: Next): Next {
  const { durable } = next.state;
  const switches = parts.reduce((counted, { found }) => {
    const site = siteWith(policy, found?.sets ?? [])?.name;
    const { owner, generation = 0, site: marked } = found?.marker ?? {};
    if (site === undefined || owner !== policy.owner || marked !== site) return counted;
    return landedApart({ ...durable, switches: counted }, site, generation, moment.nowMs);
  }, durable.switches);
  return switches === durable.switches ? next : withState(next, { durable: { ...durable, switches } });
}

/** What landed late at one may not have landed at the other: where it led from is kept, or the other would be taken for a stranger. */
function remembered({ state: { durable: before }, moment }: View, next: Next): Next {
  const { durable } = next.state;
  const { generation, active, switches } = durable;
  const landed =
    generation > before.generation && active !== before.active && durable.change?.generation !== generation;
  if (!landed || active === null || switches.some((one) => one.generation === generation)) return next;
  const entry: Switch = {
    atMs: moment.nowMs,
    generation,
    from: before.active,
    to: active,
    kind: 'fence',
    verifiedMs: null,
    seen: true,
    why: 'an earlier write landed late',
  };
  return withState(next, { durable: { ...durable, switches: [...switches, entry] } });
}

function withState(next: Next, change: Partial<State>): Next {
  return { ...next, state: { ...next.state, ...change } };
}

function onLagging(state: State): Next {
  return { state: state.read ? state : dropUnsent({ ...state, read: true }), effects: [] };
}

/** Remembers who is behind; a change that is applied is pointed again. */
function catchUp(view: View, next: Next, judged: Judged): Next {
  const { behind: before } = view.state;
  const { nowMs } = view.moment;
  const { change, obstacle } = next.state.durable;
  const applied = change?.phase === 'applied';
  const fresh = applied && (!view.state.read || view.state.durable.change?.phase !== 'applied');
  // What an attempt said stands until another says otherwise, or both are seen where it leads: the readings of some providers lag behind
  // their own writes, and a hand that puts the record there leaves no marker of ours.
  if (!fresh && ((applied && before !== null && !judged.inPlace) || isYoung(next.state, nowMs))) return next;
  const behind = learnBehind(before, judged.behind, nowMs);
  const state: State = { ...next.state, behind };
  if (behind === null || obstacle !== null || !applied) return { ...next, state };
  const { attempts, atLeastMs, restedMs } = startOf(view, 'fence');
  const point = { type: 'point', generation: change.generation, attempt: attempts, atLeastMs, restedMs } as const;
  return { state, effects: [...next.effects, point] };
}

/** Nothing is under way and a provider is behind: a fence to the active site, as soon as that may be written. */
export function bringIntoLine(view: View): Next {
  const { state } = view;
  const { active, pin, change } = state.durable;
  const free = change === null && (pin === null || pin.site === active);
  if (state.behind === null || active === null || !free || objectionsToRest(view).length > 0)
    return { state, effects: [] };
  return begin(view, 'fence', active, { options: [], move: null });
}

/** Whether our newest write is so young that readings may still show what was before it. */
function isYoung({ durable }: State, nowMs: number): boolean {
  const { change, switches } = durable;
  const last = switches.at(-1)?.verifiedMs ?? null;
  const writtenMs = change?.phase === 'applied' ? change.appliedMs : change === null ? last : null;
  return writtenMs !== null && nowMs - writtenMs < behindMs;
}
