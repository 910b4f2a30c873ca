import { type Next, withChange, withdraw } from './change';
import type { Effect, Tell } from './events';
import { applied } from './outcome';
import { valuesKey } from './records';
import type { Durable, Hold, State, Switch } from './state';
import type { Found } from './types';
import { complete, isUnfinished } from './unfinished';
import { siteNamed, siteWith, type View } from './view';

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
 *   | our marker with a generation we never issued              | twin (another failoverd)   | hold, page                        |
 *   | our marker with an older generation, another site         | drift (a restored zone)    | hold, page                        |
 *   | our change in flight                                      | it was applied             | verify                            |
 *   | an older write of ours that was given up                  | it landed late             | active is that site               |
 *   | a configured site by a hand that left the marker alone    | a human's choice           | active is that site, pinned       |
 *   | the state before our newest write, taken or just verified | the provider lags          | nothing                           |
 *   | what we knew                                              | converged                  | nothing; a hold of ours ends      |
 *
 * The first reading of a process adopts what is there (S8), drops an intent that never reached the zone, and takes up one that did.
 */
export function onFound(view: View, found: Found): Next {
  const { state } = view;
  const first = !state.read;
  const seen: State = { ...state, read: true, unreadable: null };
  const { change } = state.durable;
  const verify: readonly Effect[] =
    first && change !== null ? [{ type: 'verify', generation: change.generation, attempt: 0 }] : [];
  if (isBehind(view, found)) return isLost(view) ? again(seen) : { state: seen, effects: verify };
  const problem = obstacleIn(view, found, first);
  if (problem?.by === 'drift' && isUnfinished(view, found)) {
    const clear = withoutObstacle(seen);
    return complete({ ...view, state: first ? dropUnsent(clear) : clear });
  }
  if (problem !== null)
    return { state: hold(first ? dropUnsent(seen) : seen, problem, view.moment.nowMs), effects: [] };
  const clear = withoutObstacle(seen);
  const site = siteWith(view.policy, found.sets);
  const marker = found.marker;
  if (change !== null && marker?.generation === change.generation && site?.name === change.to) {
    return change.phase === 'applied' ? { state: clear, effects: verify } : applied({ ...view, state: clear }, null);
  }
  const landed = first ? dropUnsent(clear) : clear;
  return site === null ? vanished(landed) : adopt({ ...view, state: landed }, site.name, found);
}

function withoutObstacle(state: State): State {
  return state.durable.obstacle === null ? state : { ...state, durable: { ...state.durable, obstacle: null } };
}

/** How long after a write was verified the provider's own answers may still show what was before it. */
const behindMs = 30_000;

/** An answer from before our own newest write: some providers show it for a while. Verification, not this, says whether the write stays. */
function isBehind({ state: { durable }, policy, moment }: View, found: Found): boolean {
  const ours = newestWrite(durable, moment.nowMs);
  if (ours === null) return false;
  const before = siteNamed(policy, ours.from);
  const older = (found.marker?.generation ?? 0) < ours.generation;
  return older && found.obstacles.length === 0 && valuesKey(found.sets) === valuesKey(before?.sets ?? []);
}

/** The provider said that it took the change, and goes on showing what was before: it did not. */
function isLost({ state: { durable }, moment }: View): boolean {
  const { change } = durable;
  return change?.phase === 'applied' && change.appliedMs !== null && moment.nowMs - change.appliedMs >= behindMs;
}

/** Writes the same change once more, under the same generation: should the first still land, one of the two is refused. */
function again(state: State): Next {
  const { change } = state.durable;
  if (change === null) return { state, effects: [] };
  const unsure = withChange(state, { ...change, phase: 'unsure', appliedMs: null });
  const active = { ...unsure, durable: { ...unsure.durable, active: change.from } };
  const { generation, attempts } = change;
  return { state: active, effects: [{ type: 'point', generation, attempt: attempts, atLeastMs: 0 }] };
}

function newestWrite(durable: Durable, nowMs: number): Pick<Switch, 'generation' | 'from'> | null {
  const { change, generation, switches } = durable;
  if (change !== null && change.phase === 'applied') return change;
  const last = switches.findLast((one) => one.generation === generation);
  return last !== undefined && last.verifiedMs !== null && nowMs - last.verifiedMs < behindMs ? last : null;
}

function vanished(state: State): Next {
  if (state.durable.active === null) return { state, effects: [] };
  return { state: { ...state, durable: { ...state.durable, active: null } }, effects: [] };
}

/** After a restart an intent that the zone does not show never happened: fresh evidence decides again. */
function dropUnsent(state: State): State {
  return state.durable.change !== null && state.durable.change.phase !== 'applied' ? withdraw(state) : state;
}

function adopt(view: View, site: string, found: Found): Next {
  const { state, moment } = view;
  const { durable } = state;
  // A marker that went ahead of its values is not yet a generation that was seen.
  const ahead =
    durable.change !== null && durable.change.generation === found.marker?.generation && durable.change.to !== site;
  const generation = ahead ? durable.generation : (found.marker?.generation ?? durable.generation);
  const next: Durable = {
    ...durable,
    active: site,
    generation: Math.max(generation, durable.generation),
    issued: Math.max(generation, durable.issued),
    change: durable.change?.phase === 'applied' && durable.change.to !== site ? null : durable.change,
  };
  if (durable.active === site || (durable.active === null && agrees(found, site))) {
    return { state: isSame(durable, next) ? state : { ...state, durable: next }, effects: [] };
  }
  const late = found.marker !== null && found.marker.site === site && found.marker.generation > durable.generation;
  const text = late
    ? `an earlier write landed late: the record is at ${site}`
    : `somebody moved the record to ${site} in the zone: kept, and pinned until an order`;
  const pin = late
    ? durable.pin
    : {
        site,
        by: 'zone' as const,
        actor: null,
        why: `moved from ${durable.active ?? found.marker?.site ?? 'elsewhere'} in the zone itself`,
        sinceMs: moment.nowMs,
        untilMs: null,
      };
  const tell: Tell = {
    code: late ? 'landed-late' : 'moved-by-hand',
    level: 'warn',
    page: false,
    text,
    fields: { site, was: durable.active, generation },
  };
  const effects: readonly Effect[] = [{ type: 'tell', tell }];
  return { state: { ...state, durable: { ...next, pin } }, effects };
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

interface Problem {
  readonly by: Hold['by'];
  readonly why: string;
}

function obstacleIn(view: View, found: Found, first: boolean): Problem | null {
  const { policy, state } = view;
  const { durable } = state;
  const { marker } = found;
  if (found.obstacles.length > 0) return { by: 'obstacle', why: found.obstacles.join('; ') };
  if (found.foreignMarker !== null) {
    return { by: 'foreign', why: `the marker of ${policy.record} is not ours: "${found.foreignMarker}"` };
  }
  if (marker !== null && marker.owner !== policy.owner) {
    return {
      by: 'foreign',
      why: `${policy.record} belongs to failoverd owner "${marker.owner}", this one is "${policy.owner}"`,
    };
  }
  if (found.sets.length === 0) {
    return policy.create
      ? null
      : { by: 'absent', why: `${policy.record} has no record, and FAILOVERD_CREATE is false` };
  }
  const site = siteWith(policy, found.sets);
  if (site === null) {
    return { by: 'drift', why: `${policy.record} holds values of no configured site: ${valuesKey(found.sets)}` };
  }
  if (first || marker === null) return null;
  if (marker.generation > durable.issued) {
    return {
      by: 'twin',
      why: `generation ${marker.generation} in the zone was not written here (newest ${durable.issued}): another failoverd uses owner "${marker.owner}"`,
    };
  }
  if (marker.generation < durable.generation && site.name !== durable.active) {
    return {
      by: 'drift',
      why: `the zone went back to generation ${marker.generation} (${site.name}) from ${durable.generation} (${durable.active})`,
    };
  }
  return null;
}

function hold(state: State, problem: Problem, nowMs: number): State {
  const { obstacle } = state.durable;
  if (obstacle !== null && obstacle.by === problem.by && obstacle.why === problem.why) return state;
  return {
    ...state,
    durable: {
      ...state.durable,
      obstacle: { by: problem.by, actor: null, why: problem.why, sinceMs: nowMs, untilMs: null },
    },
  };
}
