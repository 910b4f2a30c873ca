import { printable } from '../src/domain/printable';
import { type Marker, markerText, sameValues, valuesKey } from '../src/domain/records';
import type { OutcomeCode } from '../src/domain/state';
import type { Found } from '../src/domain/types';
import type { Outcome, Replacement } from './provider';

/** Why something asked of a provider did not happen. */
export interface Failed {
  readonly ok: false;
  readonly code: Exclude<OutcomeCode, 'applied'>;
  readonly why: string;
  readonly retryAfterMs?: number;
}

/** The answer to one question of an adapter's API. */
export type Answered<T> = { readonly ok: true; readonly value: T } | Failed;

/** What an adapter saw in one look: the records, and whatever it needs to write over them. */
export interface Seen {
  readonly found: Found;
}
export type Looked<S extends Seen> = { readonly ok: true; readonly seen: S } | Failed;
export type Written = { readonly ok: true; readonly why: string; readonly requestId?: string } | Failed;

/** The two steps that differ from provider to provider. Neither rejects. */
export interface Name<S extends Seen> {
  readonly record: string;
  look(signal: AbortSignal): Promise<Looked<S>>;
  /** Sends the change. `ok`: the provider says that it was taken. `denied`: it says that nothing was changed. */
  write(seen: S, wanted: Replacement, signal: AbortSignal): Promise<Written>;
}

/**
 * `replace` for a provider that cannot compare and swap: read, compare with `from`, write, read back. `applied` means that the name
 * was seen to hold exactly what was sent.
 *
 * What remains: a value written by somebody else between the comparison and the write is overwritten, and a write that the network
 * delivers late takes effect late.
 */
export async function replaceReread<S extends Seen>(
  name: Name<S>,
  wanted: Replacement,
  signal: AbortSignal,
): Promise<Outcome> {
  const { record } = name;
  const refusal = emptyTarget(record, wanted);
  if (refusal !== null) return refusal;
  const before = await name.look(signal);
  if (!before.ok) return unsent(before);
  const objection = objectionTo(record, wanted.from, before.seen.found);
  if (objection !== null) return objection;
  const sent = await name.write(before.seen, wanted, signal);
  if (!sent.ok && sent.code !== 'denied') return outcomeOf(sent);
  const after = await name.look(signal);
  return sent.ok ? settled(sent, after, wanted) : refused(sent, after, wanted.from);
}

/** The refusal of a target that would leave the name empty, or null. */
export function emptyTarget(record: string, { to }: Replacement): Outcome | null {
  if (to.length > 0 && to.every((set) => set.values.length > 0)) return null;
  return { code: 'denied', why: `refused: ${record} would be left without values; give at least one` };
}

/** Whether two looks saw the same records and the same claim. TTLs may differ. */
export function sameFound(left: Found, right: Found): boolean {
  return (
    sameValues(left.sets, right.sets) &&
    sameMarker(left.marker, right.marker) &&
    left.foreignMarker === right.foreignMarker
  );
}

export function sameMarker(left: Marker | null, right: Marker | null): boolean {
  if (left === null || right === null) return left === right;
  return markerText(left) === markerText(right);
}

/** Why nothing may be sent, or null. */
function objectionTo(record: string, from: Found, now: Found): Outcome | null {
  if (now.obstacles.length > 0) return { code: 'denied', why: `${record}: ${now.obstacles.join('; ')}` };
  if (!sameFound(from, now)) {
    return { code: 'conflict', why: `${record} holds ${told(now)}, no longer ${told(from)}; nothing was sent` };
  }
  if (now.foreignMarker === null) return null;
  return { code: 'denied', why: `${record} is claimed by somebody else's TXT: ${now.foreignMarker}; remove it first` };
}

/** After a change that was taken: `applied` only when the name was seen to hold exactly what was sent. */
export function settled(
  sent: Written & { readonly ok: true },
  after: { readonly ok: true; readonly seen: Seen } | { readonly ok: false; readonly why: string },
  wanted: Replacement,
): Outcome {
  const id = sent.requestId === undefined ? {} : { requestId: sent.requestId };
  if (!after.ok) return { code: 'unknown', why: `${sent.why}, but reading back failed: ${after.why}`, ...id };
  const { found } = after.seen;
  const done = sameValues(found.sets, wanted.to) && sameMarker(found.marker, wanted.marker);
  if (done) return { code: 'applied', why: `${sent.why}, and reads back as ${told(found)}`, ...id };
  const why = `${sent.why}, but reads back as ${told(found)}: changed meanwhile, or an old listing; read again`;
  return { code: 'unknown', why, ...id };
}

/** The provider refused. Should the name look different all the same, nobody can say by whose hand. */
function refused(sent: Failed, after: Looked<Seen>, from: Found): Outcome {
  if (!after.ok || sameFound(after.seen.found, from)) return outcomeOf(sent);
  return { code: 'unknown', why: `${sent.why}; yet ${told(after.seen.found)} stands there now; read again` };
}

/** A failure before anything was sent: whatever it was, nothing was changed. */
function unsent(failed: Failed): Outcome {
  const sure = failed.code === 'throttled' || failed.code === 'denied';
  return outcomeOf({
    ...failed,
    code: sure ? failed.code : 'unavailable',
    why: `nothing was sent: ${failed.why}`,
  });
}

function outcomeOf({ code, why, retryAfterMs }: Failed): Outcome {
  return { code, why, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** What was found, in words. */
export function told(found: Found): string {
  const values = valuesKey(found.sets);
  const marker = found.marker === null ? 'no marker' : `generation ${found.marker.generation} of ${found.marker.owner}`;
  return `${values === '' ? 'nothing' : printable(values)} with ${marker}`;
}
