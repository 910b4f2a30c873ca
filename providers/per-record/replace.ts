import { markerName, sameValues } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type { Outcome, Replacement } from '../provider';
import { emptyTarget, sameMarker, settled, told } from '../reread';
import type { Answer, Api, Refused, Zone } from './api';
import type { Lock } from './lock';
import type { ManagedName } from './managed-name';
import { plan, type Step } from './plan';

export interface Writing {
  readonly api: Api;
  readonly name: ManagedName;
  readonly lock: Lock;
  /** The TTL that will be taken for what was asked. */
  readonly ttlIn: (zone: Zone, ttl: number) => number;
}

/**
 * Takes the lock, looks, compares with `from`, makes the calls of the plan one by one, reads back, and gives the lock back.
 *
 * The residual races: what a human writes between our look and our call (two round trips) is overwritten, or, beside it, found by
 * the reading back; and a call that the network delivers late, after its sender gave up, takes effect late.
 */
export async function replace(writing: Writing, wanted: Replacement, signal: AbortSignal): Promise<Outcome> {
  const { name, lock, ttlIn } = writing;
  const refusal = emptyTarget(name.record, wanted) ?? claimed(name.record, wanted.from);
  if (refusal !== null) return refusal;
  const located = await name.locate(signal);
  if (!located.ok) return untouched(located);
  const zone = located.value;
  const taken = await lock.take(zone, ttlIn(zone, wanted.to[0]?.ttl ?? 0), signal);
  if (!taken.ok) return untouched(taken);
  const outcome = await underLock(writing, wanted, signal);
  await lock.release(zone, signal);
  return outcome;
}

async function underLock(writing: Writing, wanted: Replacement, signal: AbortSignal): Promise<Outcome> {
  const { api, name, ttlIn } = writing;
  const { from, to, marker } = wanted;
  const before = await name.look(signal);
  if (!before.ok) return untouched(before);
  const { zone, seen } = before.value;
  const objection = claimed(name.record, seen.found) ?? differing(name.record, from, seen.found);
  if (objection !== null) return objection;
  const steps = plan(seen, to, marker, (ttl) => ttlIn(zone, ttl));
  for (const [done, step] of steps.entries()) {
    const answer = await make(api, zone, name.record, step, signal);
    if (answer.ok || (step.call === 'retime' && answer.code === 'exists')) continue;
    if (done === 0) return outcomeOf(answer.code, answer.why);
    const why = `${done} of ${steps.length} calls were made, then ${answer.why}; read again, the rest is made by the next attempt`;
    return { code: 'unknown', why };
  }
  const after = await name.look(signal);
  const sent = { ok: true, why: `${steps.length} calls were accepted` } as const;
  return settled(sent, after.ok ? { ok: true, seen: after.value.seen } : after, wanted);
}

function make(api: Api, zone: Zone, record: string, step: Step, signal: AbortSignal): Promise<Answer<unknown>> {
  if (step.call === 'create') {
    return api.create(zone, step.at === 'name' ? record : markerName(record), step.content, signal);
  }
  if (step.call === 'remove') return api.remove(zone, step.row.id, signal);
  return api.update(zone, step.row, step.content, signal);
}

/** Why this name must not be written, or null. */
function claimed(record: string, { obstacles, foreignMarker }: Found): Outcome | null {
  if (obstacles.length > 0) return { code: 'denied', why: `${record}: ${obstacles.join('; ')}` };
  if (foreignMarker === null) return null;
  return { code: 'denied', why: `${record} is claimed by somebody else's TXT: ${foreignMarker}; remove it first` };
}

function differing(record: string, from: Found, now: Found): Outcome | null {
  if (sameValues(from.sets, now.sets) && sameMarker(from.marker, now.marker)) return null;
  return { code: 'conflict', why: `${record} holds ${told(now)}, no longer ${told(from)}; nothing was changed` };
}

/** A failure before the first call that changes the record or its marker; at most a lock was left. */
function untouched({ code, why }: Refused): Outcome {
  const sure = code === 'unknown' ? 'unavailable' : code;
  return outcomeOf(sure, `nothing was changed: ${why}`);
}

function outcomeOf(code: Refused['code'], why: string): Outcome {
  if (code === 'exists' || code === 'gone') return { code: 'conflict', why };
  return { code: code === 'no-zone' ? 'denied' : code, why };
}
