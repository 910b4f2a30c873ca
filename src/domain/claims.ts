import { begin, type Next } from './change';
import { markerName } from './records';
import type { Durable, State } from './state';
import type { Claim, Found, Policy } from './types';
import type { View } from './view';

/** Whose the record is: what others say of it in the zone, and what a human took over from them with `failoverd adopt`. */

/** Somebody else's word on the record. `key` is what an adoption accepts: exactly this, nothing that comes later. */
export interface Stranger {
  readonly key: string;
  readonly why: string;
  /** False: it stands where our marker must, and adapters write over nobody's TXT. */
  readonly adoptable: boolean;
}

/** Everybody else who claims the record now, adopted or not. */
export function strangers(policy: Policy, found: Found, claims: readonly Claim[]): readonly Stranger[] {
  const record = found.at === undefined ? policy.record : `${policy.record} at ${found.at}`;
  const { marker, foreignMarker } = found;
  const all: Stranger[] = [];
  if (foreignMarker !== null) {
    const name = markerName(policy.record);
    const why = `the marker of ${record} is not ours: "${foreignMarker}"; remove that TXT at ${name}`;
    all.push({ key: `txt ${foreignMarker}`, why, adoptable: false });
  }
  if (marker !== null && marker.owner !== policy.owner) {
    const why = `${record} belongs to failoverd owner "${marker.owner}", this one is "${policy.owner}"`;
    all.push({ key: `owner ${marker.owner}`, why, adoptable: true });
  }
  return [...all, ...claimants(policy, claims)];
}

/** The tools among them. */
export function claimants(policy: Policy, claims: readonly Claim[]): readonly Stranger[] {
  return claims.map(({ tool, owner, name, text }) => {
    const by = owner === null ? tool : `${tool} (owner ${owner})`;
    const why = `${policy.record} is managed by ${by}, which says so at ${name}: "${text}"`;
    return { key: `${tool} ${name} ${text}`, why, adoptable: true };
  });
}

/** The first who was not adopted, or null. */
export function unadopted(all: readonly Stranger[], durable: Durable): Stranger | null {
  return all.find(({ key }) => !durable.adopted.includes(key)) ?? null;
}

/** Takes over from everybody who claims the record now; a text says why not. */
export function takeOver(view: View): Durable | string {
  const { state, policy } = view;
  const { durable } = state;
  const open = state.strangers.filter(({ key }) => !durable.adopted.includes(key));
  const fixed = open.find(({ adoptable }) => !adoptable);
  if (fixed !== undefined) return fixed.why;
  if (open.length === 0) {
    const { obstacle } = durable;
    return obstacle === null
      ? `nobody else claims ${policy.record}`
      : `nobody else claims ${policy.record}; it is held because ${obstacle.why}`;
  }
  const adopted = [...durable.adopted, ...open.map(({ key }) => key)];
  return { ...durable, adopted, obstacle: durable.obstacle?.by === 'foreign' ? null : durable.obstacle };
}

/** Our marker stands there again: whoever takes the record from us later is a stranger anew. */
export function ours(state: State): State {
  const adopted = state.durable.adopted.filter((key) => !key.startsWith('owner '));
  return adopted.length === state.durable.adopted.length ? state : { ...state, durable: { ...state.durable, adopted } };
}

/** An adopted owner's marker is written over at once, by a fence to where the record points: that owner sees itself displaced, and holds. */
export function displace(view: View, found: Found): Next {
  const { state, policy } = view;
  const { active, change, hold } = state.durable;
  const theirs = found.marker !== null && found.marker.owner !== policy.owner;
  if (!theirs || active === null || change !== null || hold !== null || policy.dryRun) return { state, effects: [] };
  return begin(view, 'fence', active, { options: [], move: null });
}
