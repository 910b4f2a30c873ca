import { markerName } from '../../src/domain/records';
import type { Failed } from './answers';
import type { Api } from './client';
import { listRecords } from './listing';
import { type Snapshot, snapshot } from './snapshot';
import { type FoundZone, findZone, type Zone } from './zone';

/** The managed name in its zone, which is looked up once. */
export interface ManagedName {
  readonly record: string;
  locate(signal: AbortSignal): Promise<FoundZone>;
  look(signal: AbortSignal): Promise<Looked>;
}

export type Looked = { readonly ok: true; readonly zone: Zone; readonly snapshot: Snapshot } | Failed;

/** Listings that may be thrown away because a switch ran through them. */
const rounds = 3;

/** Opens the name; makes no request. */
export function openName(api: Api, record: string, wantedZone: string | null): ManagedName {
  let known: Zone | null = null;
  let lastSeen: string | null = null;

  async function locate(signal: AbortSignal): Promise<FoundZone> {
    if (known !== null) return { ok: true, zone: known };
    const found = await findZone(api, record, wantedZone, signal);
    if (found.ok) known = found.zone;
    return found;
  }

  async function list(zone: Zone, name: string, signal: AbortSignal) {
    const listing = await listRecords(api, zone.id, name, signal);
    // The zone may have been removed and added again, under another id.
    if (!listing.ok && listing.code === 'denied') known = null;
    return listing;
  }

  /**
   * Marker and records come from two listings, and a rival's switch between them would look like a human's edit. So when anything
   * differs from what was seen last, the marker is listed once more: unchanged (every switch gives it a new id), the two belong
   * together. At rest a look costs two requests.
   */
  async function look(signal: AbortSignal): Promise<Looked> {
    const located = await locate(signal);
    if (!located.ok) return located;
    const { zone } = located;
    let beside = await list(zone, markerName(record), signal);
    for (let round = 0; round < rounds; round++) {
      if (!beside.ok) return beside;
      const at = await list(zone, record, signal);
      if (!at.ok) return at;
      const read = snapshot(at.records, beside.records, record === zone.name);
      if (!read.ok) return read;
      const seen = JSON.stringify([read.snapshot.found, read.snapshot.markerIds]);
      const again = seen === lastSeen ? beside : await list(zone, markerName(record), signal);
      if (!again.ok) return again;
      if (JSON.stringify(again.records) === JSON.stringify(beside.records)) {
        lastSeen = seen;
        return { ok: true, zone, snapshot: read.snapshot };
      }
      beside = again;
    }
    const why = `${record}: its marker changed ${rounds} times while the records were being read; read again`;
    return { ok: false, code: 'unavailable', why };
  }

  return { record, locate, look };
}
