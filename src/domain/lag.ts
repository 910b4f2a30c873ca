import { type Next, withChange } from './change';
import { addressesOf } from './hints';
import { forbids } from './parts';
import { valuesKey } from './records';
import type { Durable, State, Switch } from './state';
import type { Found } from './types';
import { siteNamed, siteWith, type View } from './view';

/** Readings that show the zone as it was before our own newest write. */

/** How long after a write was verified the provider's own answers may still show what was before it. */
export const behindMs = 30_000;

/** An answer from before our own newest write: some providers show it for a while. Verification, not this, says whether the write stays. */
export function isBehind({ state: { durable }, policy, moment }: View, found: Found): boolean {
  const ours = newestWrite(durable, moment.nowMs);
  // Whoever took the record since has generations of his own, and nothing may be written over him.
  if (ours === null || forbids(found, policy.owner, durable.adopted)) return false;
  const before = siteNamed(policy, ours.from);
  const older = (found.marker?.generation ?? 0) < ours.generation;
  return older && valuesKey(addressesOf(found.sets)) === valuesKey(before?.sets ?? []);
}

/** Whether a reading is from before a write of ours that every server was seen to have. */
export function isOutdated(view: View, found: Found): boolean {
  const { change, generation, switches } = view.state.durable;
  const verified = switches.some((one) => one.generation === generation && one.verifiedMs !== null);
  return change?.phase !== 'applied' && verified && isBehind(view, found);
}

/** A reading that shows a write of ours is remembered until that is verified. */
export function remembers({ state, policy }: View, { marker, sets }: Found): State {
  const { durable } = state;
  const site = siteWith(policy, sets)?.name ?? null;
  const isNews = ({ generation, to, verifiedMs, seen }: Switch): boolean =>
    generation === marker?.generation && to === site && verifiedMs === null && seen !== true;
  if (marker?.owner !== policy.owner || !durable.switches.some(isNews)) return state;
  const switches = durable.switches.map((one): Switch => (isNews(one) ? { ...one, seen: true } : one));
  return { ...state, durable: { ...durable, switches } };
}

/**
 * A write that was said to be taken, was overtaken by a newer decision before every server had it and before any reading showed it,
 * and half a minute later the zone still shows what was before: it never landed, and nobody's hand did that, who would have left its marker. Should it land yet, it is late.
 * A zone that we serve ourselves goes back when its disk did not keep what was served: fresh evidence decides from there.
 */
export function forgetLost({ state, policy }: View, found: Found): State {
  const { durable } = state;
  const { generation, switches } = durable;
  const lost = switches.findLast((one) => one.generation === generation);
  const before = found.marker?.generation ?? 0;
  if (lost === undefined || before >= generation || durable.change?.generation === generation) return state;
  const site = siteWith(policy, addressesOf(found.sets))?.name ?? null;
  const wentBack = { ...durable, active: site, generation: before };
  if (policy.owned) return site === null ? state : { ...state, durable: wentBack };
  const isThere = site === lost.from && (site !== null || found.sets.length === 0);
  if (lost.verifiedMs !== null || lost.seen === true || !isThere) return state;
  return { ...state, durable: { ...wentBack, switches: switches.filter((one) => one !== lost) } };
}

function newestWrite(durable: Durable, nowMs: number): Pick<Switch, 'generation' | 'from'> | null {
  const { change, generation, switches } = durable;
  if (change !== null && change.phase === 'applied') return change;
  const last = switches.findLast((one) => one.generation === generation);
  // Taken, and a newer one decided before it was seen on every server: its time is when it was taken.
  return last !== undefined && nowMs - (last.verifiedMs ?? last.atMs) < behindMs ? last : null;
}

/** The provider said that it took the change, and goes on showing what was before: it did not. */
export function isLost({ state: { durable }, moment }: View): boolean {
  const { change } = durable;
  return change?.phase === 'applied' && change.appliedMs !== null && moment.nowMs - change.appliedMs >= behindMs;
}

/** Writes the same change once more, under the same generation: should the first still land, one of the two is refused. */
export function again(state: State): Next {
  const { change } = state.durable;
  if (change === null) return { state, effects: [] };
  const unsure = withChange(state, { ...change, phase: 'unsure', appliedMs: null });
  const back: State = { ...unsure, durable: { ...unsure.durable, active: change.from } };
  const { generation, attempts } = change;
  return { state: back, effects: [{ type: 'point', generation, attempt: attempts, atLeastMs: 0 }] };
}
