import { landedLate } from './budget';
import { type Next, withdraw } from './change';
import { displace, ours, strangers, unadopted } from './claims';
import type { Tell } from './events';
import { addressesOf, hintedTypes, hintObstacles, strayHints } from './hints';
import { hold, type Problem } from './holds';
import { again, forgetLost, isBehind, isLost, remembers } from './lag';
import { applied } from './outcome';
import { type Marker, valuesKey } from './records';
import type { Durable, Pin, State } from './state';
import type { Found } from './types';
import { complete, isUnfinished } from './unfinished';
import { siteWith, type View } from './view';

/**
 * A reading of the zone, against what we last knew of it.
 *
 *   | the zone holds                                            | meaning                    | what follows                      |
 *   |-----------------------------------------------------------|----------------------------|-----------------------------------|
 *   | records we must not write (alias, weighted)               | obstacle                   | hold, page                        |
 *   | a marker of another owner or tool                         | foreign                    | hold, page                        |
 *   | nothing, and we may not create                            | absent                     | hold, page                        |
 *   | our newest marker, values of several sites mixed          | our change, half made      | it is completed (unfinished.ts)   |
 *   | values of no configured site                              | drift                      | hold, page, never overwritten     |
 *   | our marker with a generation that was not written here    | twin (another failoverd)   | hold, page                        |
 *   | our marker with an older generation, another site         | drift (a restored zone)    | hold, page                        |
 *   | our change in flight                                      | it was applied             | verify                            |
 *   | an older write of ours that was given up                  | it landed late             | active is that site               |
 *   | at the first reading: a newer generation than was saved   | the saved state is old     | active is that site; a pin that   |
 *   |                                                           |                            | was saved for another gives way   |
 *   | a configured site by a hand that left the marker alone    | a human's choice           | active is that site, pinned       |
 *   | likewise, the marker of our change, where both are        | it landed, and a hand      | likewise                          |
 *   | written as one                                            | moved the record since     |                                   |
 *   | the state before our newest write, taken or just verified | the provider lags          | nothing (lag.ts)                  |
 *   | the state before our change, half a minute after it was taken | it was not taken       | it is written again               |
 *   | likewise, and a newer change was decided meanwhile        | it never landed            | active is where it led from       |
 *   | what we knew                                              | converged                  | nothing; a hold of ours ends      |
 *
 * The first reading of a process adopts what is there (S8), drops an intent that never reached the zone, and takes up one that did.
 */
export function onFound(before: View, found: Found): Next {
  const late = isBehind(before, found);
  const known = late ? before : { ...before, state: forgetLost(before, found) };
  const view = { ...known, state: remembers(known, found) };
  const { state } = view;
  const first = !state.read;
  const others = strangers(view.policy, found, state.durable.claims);
  const read: State = { ...state, read: true, unreadable: null, hinted: hintedTypes(found), strangers: others };
  const seen = found.marker?.owner === view.policy.owner ? ours(read) : read;
  const { change } = state.durable;
  if (late && isLost(view)) return again(seen);
  if (late) return { state: first ? dropUnsent(seen) : seen, effects: [] };
  const problem = obstacleIn(view, found, first);
  if (problem?.by === 'drift' && isUnfinished(view, found)) {
    const clear = withoutObstacle(seen);
    return complete({ ...view, state: first ? dropUnsent(clear) : clear });
  }
  if (problem !== null)
    return { state: hold(first ? dropUnsent(seen) : seen, problem, view.moment.nowMs), effects: [] };
  const clear = withoutObstacle(seen);
  const site = siteWith(view.policy, found.sets);
  if (change !== null && found.marker?.generation === change.generation && site?.name === change.to) {
    return change.phase === 'applied' ? { state: clear, effects: [] } : applied({ ...view, state: clear }, null);
  }
  const landed = first ? dropUnsent(clear) : clear;
  if (site === null) return vanished(landed, found.marker);
  const adopted = adopt({ ...view, state: landed }, site.name, found);
  const displaced = displace({ ...view, state: adopted.state }, found);
  return { state: displaced.state, effects: [...adopted.effects, ...displaced.effects] };
}

function withoutObstacle(state: State): State {
  return state.durable.obstacle === null ? state : { ...state, durable: { ...state.durable, obstacle: null } };
}

/** The record is gone, and with it what a change had brought there. A marker that was left beside it still says which generations are taken. */
function vanished(state: State, marker: Marker | null): Next {
  const { durable } = state;
  const generation = Math.max(durable.generation, marker?.generation ?? 0);
  const issued = Math.max(durable.issued, generation);
  if (durable.active === null && issued === durable.issued) return { state, effects: [] };
  const change = durable.change?.phase === 'applied' ? null : durable.change;
  return { state: { ...state, durable: { ...durable, active: null, generation, issued, change } }, effects: [] };
}

/** After a restart an intent that the zone does not show never happened: fresh evidence decides again. */
export function dropUnsent(state: State): State {
  return state.durable.change !== null && state.durable.change.phase !== 'applied' ? withdraw(state) : state;
}

function adopt(view: View, site: string, found: Found): Next {
  const { state, moment } = view;
  const { durable } = state;
  const elsewhere =
    durable.change !== null && durable.change.generation === found.marker?.generation && durable.change.to !== site;
  // A marker that went ahead of its values is not yet a generation that was seen; where it cannot, a hand moved the record since.
  const ahead = elsewhere && found.atomic !== true;
  const undone = elsewhere && !ahead && (durable.pin?.by !== 'zone' || durable.pin.site !== site);
  const generation = ahead ? durable.generation : (found.marker?.generation ?? durable.generation);
  const next: Durable = {
    ...durable,
    active: site,
    generation: Math.max(generation, durable.generation),
    issued: Math.max(generation, durable.issued),
    change: durable.change?.phase === 'applied' && durable.change.to !== site ? null : durable.change,
  };
  const outdated = generation > durable.issued;
  const overtaken = outdated && durable.pin !== null && durable.pin.site !== site;
  if (!overtaken && !undone && (durable.active === site || (durable.active === null && agrees(found, site)))) {
    return { state: isSame(durable, next) ? state : { ...state, durable: next }, effects: [] };
  }
  const late = found.marker !== null && found.marker.site === site && found.marker.generation > durable.generation;
  const why = overtaken
    ? `generation ${generation} in the zone is newer than the saved state (${durable.issued}): what was ordered since is not known`
    : `moved from ${(undone ? null : durable.active) ?? found.marker?.site ?? 'elsewhere'} in the zone itself`;
  const zonePin: Pin = { site, by: 'zone', actor: null, why, sinceMs: moment.nowMs, untilMs: null };
  const pin = late && !overtaken ? durable.pin : zonePin;
  const tell: Tell = {
    code: late ? 'landed-late' : 'moved-by-hand',
    level: 'warn',
    page: false,
    text: adoptedText(site, late, overtaken ? durable.pin : null, why),
    fields: { site, was: durable.active, generation },
  };
  const switches = late ? landedLate(durable, site, generation, moment.nowMs) : durable.switches;
  return { state: { ...state, durable: { ...next, pin, switches } }, effects: [{ type: 'tell', tell }] };
}

function adoptedText(site: string, late: boolean, overtaken: Pin | null, why: string): string {
  if (overtaken !== null)
    return `${why}; kept at ${site} and pinned, not moved to ${overtaken.site} (${overtaken.why})`;
  if (late) return `an earlier write landed late: the record is at ${site}`;
  return `somebody moved the record to ${site} in the zone: kept, and pinned until an order`;
}

/** Whether a reading taught nothing: then nothing is saved either (S10). */
function isSame(before: Durable, after: Durable): boolean {
  const { active, generation, issued, change } = before;
  return (
    after.active === active && after.generation === generation && after.issued === issued && after.change === change
  );
}

/** Without memory of our own, the marker says whether the values are the ones written with it. */
function agrees(found: Found, site: string): boolean {
  return found.marker === null || found.marker.site === site;
}

function obstacleIn(view: View, found: Found, first: boolean): Problem | null {
  const { policy, state } = view;
  const { durable } = state;
  const { marker } = found;
  const obstacles = [...found.obstacles, ...hintObstacles(policy.record, found.sets, policy.sites)];
  if (obstacles.length > 0) return { by: 'obstacle', why: obstacles.join('; ') };
  const stranger = unadopted(strangers(policy, found, durable.claims), durable);
  if (stranger !== null) return { by: 'foreign', why: stranger.why };
  const twin = twinOf(view, marker, first);
  if (found.sets.length === 0) {
    if (twin !== null) return twin;
    return policy.create
      ? null
      : { by: 'absent', why: `${policy.record} has no record, and FAILOVERD_CREATE is false` };
  }
  const site = siteWith(policy, found.sets);
  if (site === null) {
    const elsewhere = siteWith(policy, addressesOf(found.sets)) === null;
    const what = elsewhere
      ? `holds values of no configured site: ${valuesKey(found.sets)}`
      : `holds the addresses of one site, but its ${strayHints(found.sets).join('; ')}`;
    return { by: 'drift', why: `${policy.record} ${what}` };
  }
  if (marker === null) return null;
  if (twin !== null) return twin;
  if (marker.generation < durable.generation && site.name !== durable.active) {
    return {
      by: 'drift',
      why: `the zone went back to generation ${marker.generation} (${site.name}) from ${durable.generation} (${durable.active})`,
    };
  }
  return null;
}

function twinOf({ state: { durable } }: View, marker: Marker | null, first: boolean): Problem | null {
  if (marker === null) return null;
  const { generation, site, owner } = marker;
  const taken = durable.change?.generation === generation && durable.change?.to !== site;
  if (!taken && (first || generation <= durable.issued)) return null;
  const why = `generation ${generation} in the zone, to ${site}, was not written here (newest ${durable.issued}): another failoverd uses owner "${owner}"`;
  return { by: 'twin', why };
}
