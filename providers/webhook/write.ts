import { markerText, sameValues } from '../../src/domain/records';
import type { Replacement } from '../provider';
import type { Failed, Looked, Written } from '../reread';
import type { Api, Changes } from './api';
import { adjusted, markerStep, objection, valueSteps, wantedEndpoints } from './plan';
import type { Snapshot } from './snapshot';

interface Place {
  readonly api: Api;
  readonly record: string;
  look(signal: AbortSignal): Promise<Looked<Snapshot>>;
}

/**
 * Marker first, values when the marker is seen. A provider may carry out a part of a request and fail, in whatever order: a marker
 * without its values is a change that has not happened yet, while values without their marker would look like somebody's edit. And a
 * provider that cannot keep the TXT is found out before the values move.
 */
export async function write(place: Place, seen: Snapshot, wanted: Replacement, signal: AbortSignal): Promise<Written> {
  const { api, record } = place;
  const { from, to, marker } = wanted;
  const why = objection(record, seen, to);
  if (why !== null) return { ok: false, code: 'denied', why };
  // What the provider would make of it, so that a floor of its own never causes a second write. Changes nothing.
  const answer = await api.adjust(wantedEndpoints(record, seen, to, marker), signal);
  if (!answer.ok) return { ...answer, code: answer.code === 'unknown' ? 'unavailable' : answer.code };
  const endpoints = adjusted(record, to, marker, answer.value);
  if (endpoints === null) {
    const text = 'adjust endpoints: the provider would write other names, types or values than were wanted';
    return { ok: false, code: 'denied', why: text };
  }
  const step = markerStep(seen, marker, endpoints);
  if (step === null) return writeValues(place, valueSteps(seen, to, endpoints), wanted, signal);
  const marked = await api.apply(step, signal);
  if (!marked.ok) return marked;
  const after = await place.look(signal);
  if (!after.ok) return unsure(`the marker was sent, but cannot be read: ${after.why}`);
  const { found } = after.seen;
  if (found.marker === null || markerText(found.marker) !== markerText(marker) || !sameValues(found.sets, from.sets)) {
    return unsure('the marker was sent, but is not seen beside unchanged values, which are left alone');
  }
  return writeValues(place, valueSteps(after.seen, to, endpoints), wanted, signal);
}

async function writeValues(
  { api, look }: Place,
  steps: readonly Changes[],
  { to }: Replacement,
  signal: AbortSignal,
): Promise<Written> {
  for (const [index, step] of steps.entries()) {
    if (index > 0) {
      const now = await look(signal);
      const stands = now.ok && to.every((set) => now.seen.found.sets.some((one) => sameValues([one], [set])));
      if (!stands) return unsure('the new family was sent, but is not seen; the old one is left');
    }
    const applied = await api.apply(step, signal);
    if (!applied.ok)
      return { ...applied, code: 'unknown', why: `the marker stands, the values may not: ${applied.why}` };
  }
  return { ok: true, why: 'the provider took the change' };
}

/** The marker may be there and the values not, or not all: only another reading tells. */
function unsure(why: string): Failed {
  return { ok: false, code: 'unknown', why };
}
