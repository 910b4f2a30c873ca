import { markerName, normalName } from '../../src/domain/records';
import type { Answer, Api, Refused, Row, Zone } from './api';
import type { Lock } from './lock';
import { type Snapshot, snapshot } from './snapshot';

/** The managed name in its zone, which is looked up once. */
export interface ManagedName {
  readonly record: string;
  locate(signal: AbortSignal): Promise<Answer<Zone>>;
  look(signal: AbortSignal): Promise<Answer<Look>>;
}

export interface Look {
  readonly zone: Zone;
  readonly seen: Snapshot;
}

/** Names deeper than this below their zone need FAILOVERD_ZONE. */
const depthLimit = 8;

/** Opens the name; makes no request. */
export function openName(api: Api, lock: Lock, record: string, wantedZone: string | null): ManagedName {
  let known: Zone | null = null;

  async function locate(signal: AbortSignal): Promise<Answer<Zone>> {
    if (known !== null) return { ok: true, value: known };
    const found = await find(api, record, wantedZone, signal);
    if (found.ok) known = found.value;
    return found;
  }

  async function list(zone: Zone, name: string, signal: AbortSignal): Promise<Answer<readonly Row[]>> {
    const listed = await api.list(zone, name, signal);
    // The zone may have been removed and added again, under another id.
    if (!listed.ok && listed.code === 'no-zone') known = null;
    return listed;
  }

  /**
   * The name first, its marker after it: a switch writes the marker first, so a switch that runs through the two listings shows as
   * its own beginning (old values, new marker), and never as a human's edit (new values, old marker).
   */
  async function look(signal: AbortSignal): Promise<Answer<Look>> {
    const located = await locate(signal);
    if (!located.ok) return located;
    const zone = located.value;
    const at = await list(zone, record, signal);
    if (!at.ok) return at;
    const aside = await list(zone, markerName(record), signal);
    if (!aside.ok) return aside;
    const seen = snapshot(record, record === zone.name, at.value, aside.value);
    lock.seen(seen.locks);
    return { ok: true, value: { zone, seen } };
  }

  return { record, locate, look };
}

/** The zone configured, else the longest suffix of the record that is a zone of this account. */
async function find(api: Api, record: string, wanted: string | null, signal: AbortSignal): Promise<Answer<Zone>> {
  const names = wanted === null ? suffixes(record) : [normalName(wanted)];
  let refusal: Refused | null = null;
  for (const name of names) {
    const answer = await api.zone(name, signal);
    if (answer.ok) return belongs(record, answer.value);
    // An identity for one zone may be refused under any other name, so the answer on the right name counts.
    if (answer.code === 'denied') refusal ??= answer;
    else if (answer.code !== 'no-zone') return answer;
  }
  if (refusal !== null) return refusal;
  return denied(
    `this account has no zone ${names.join(' or ')}; check which account the credentials belong to, or set FAILOVERD_ZONE`,
  );
}

function belongs(record: string, zone: Zone): Answer<Zone> {
  if (record === zone.name || record.endsWith(`.${zone.name}`)) return { ok: true, value: zone };
  return denied(`${record} is not in zone ${zone.name}; correct FAILOVERD_ZONE`);
}

function suffixes(record: string): readonly string[] {
  const labels = record.replace(/^\*\./, '').split('.');
  return labels
    .slice(0, -1)
    .map((_, index) => labels.slice(index).join('.'))
    .slice(-depthLimit);
}

function denied(why: string): Refused {
  return { ok: false, code: 'denied', why: `find zone: ${why}` };
}
