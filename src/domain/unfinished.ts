import { begin, type Next } from './change';
import { isConfigured } from './hints';
import type { Found } from './types';
import { eligible, siteWith, type View } from './view';

/**
 * Where a provider changes one record per call, a change may break off in the middle. Its marker is written first, so what is left is
 * our own marker, of a generation we issued and never saw whole, beside values of several sites. Every value must be a configured
 * one: whatever else a hand put there is drift.
 */
export function isUnfinished({ state: { durable }, policy }: View, { marker, sets }: Found): boolean {
  if (marker === null || marker.owner !== policy.owner || sets.length === 0) return false;
  if (marker.generation <= durable.generation || marker.generation > durable.issued) return false;
  return siteWith(policy, sets) === null && isConfigured(policy.sites, sets);
}

/**
 * A change under way is tried again, and completes it; or it is dropped, and its fence puts the active site back. When nothing is under
 * way (the change was forgotten with a restart), a fence to the active site completes it as soon as that site is up; while it
 * is not, the failover that this calls for does.
 */
export function complete(view: View): Next {
  const { state, policy } = view;
  const { change, active } = state.durable;
  if (policy.dryRun || change !== null || active === null || eligible(view, active) === null)
    return { state, effects: [] };
  return begin(view, 'fence', active, { options: [], move: null });
}
