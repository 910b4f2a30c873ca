import { type Marker, markerText, sameValues, valuesKey } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type { Outcome, Replacement } from '../provider';
import { type Failed, plain } from './answers';
import type { Api } from './client';
import type { Looked, ManagedName } from './managed-name';
import { planChanges } from './plan';

/**
 * List, compare with `from`, send one batch, read back.
 *
 * The residual race: Cloudflare has no compare-and-swap, so a value that a human edits in place between our listing and our batch (one
 * round trip) is patched over unseen. A rival writer in that window is shut out by the marker's id (see `planChanges`), a record
 * deleted in it fails the batch, and one added or edited beside the patched ones is found by the reading back, as `unknown`.
 */
export async function replace(api: Api, name: ManagedName, wanted: Replacement, signal: AbortSignal): Promise<Outcome> {
  const { from, to, marker } = wanted;
  if (to.length === 0 || to.some((set) => set.values.length === 0)) {
    return { code: 'denied', why: `refused: ${name.record} would be left without values; give at least one` };
  }
  const before = await name.look(signal);
  if (!before.ok) return unsent(before);
  const objection = objectionTo(name.record, from, before.snapshot.found);
  if (objection !== null) return objection;
  const sent = await api.batch(before.zone.id, planChanges(name.record, before.snapshot, to, marker), signal);
  if (!sent.ok) return outcome(sent.code, sent.why, sent);
  const id = sent.requestId === null ? {} : { requestId: sent.requestId };
  return settled(await name.look(signal), wanted, id);
}

/** Why the batch must not be sent, or null. */
function objectionTo(record: string, from: Found, now: Found): Outcome | null {
  if (now.obstacles.length > 0) return { code: 'denied', why: `${record}: ${now.obstacles.join('; ')}` };
  if (
    !sameValues(from.sets, now.sets) ||
    !sameMarker(from.marker, now.marker) ||
    from.foreignMarker !== now.foreignMarker
  ) {
    return { code: 'conflict', why: `${record} holds ${told(now)}, no longer ${told(from)}; nothing was sent` };
  }
  if (now.foreignMarker === null) return null;
  return { code: 'denied', why: `${record} is claimed by somebody else's TXT: ${now.foreignMarker}; remove it first` };
}

/** After an accepted batch: `applied` only when the name holds exactly what was sent. */
function settled(after: Looked, wanted: Replacement, id: { readonly requestId?: string }): Outcome {
  if (!after.ok)
    return { code: 'unknown', why: `the batch was accepted, but reading back failed: ${after.why}`, ...id };
  const { found } = after.snapshot;
  if (sameValues(found.sets, wanted.to) && sameMarker(found.marker, wanted.marker)) {
    return { code: 'applied', why: `the batch was accepted and reads back as ${told(found)}`, ...id };
  }
  const why = `the batch was accepted, but reads back as ${told(found)}: changed meanwhile, or an old listing; read again`;
  return { code: 'unknown', why, ...id };
}

/** A failure before the batch: whatever it was, nothing was changed. */
function unsent(failed: Failed): Outcome {
  const sure = failed.code === 'throttled' || failed.code === 'denied';
  return outcome(sure ? failed.code : 'unavailable', `nothing was sent: ${failed.why}`, failed);
}

function outcome(code: Failed['code'], why: string, { retryAfterMs, requestId }: Failed): Outcome {
  return {
    code,
    why,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function sameMarker(left: Marker | null, right: Marker | null): boolean {
  if (left === null || right === null) return left === right;
  return markerText(left) === markerText(right);
}

function told(found: Found): string {
  const values = valuesKey(found.sets);
  const marker = found.marker === null ? 'no marker' : `generation ${found.marker.generation} of ${found.marker.owner}`;
  return `${values === '' ? 'nothing' : plain(values)} with ${marker}`;
}
