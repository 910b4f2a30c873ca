import { type Marker, markerText, sameValues } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type { Finding, Outcome, Reading, Replacement } from '../provider';
import type { Zones } from './answer';
import { loadZone } from './keep';
import type { Attachment } from './protocol';
import { saveZone } from './save';
import { findRecord, isNeighbour, replaceRecord, type Served, serveZone, type Zone } from './zone';

/** The zones of one name server: the truth in memory, on disk before it is served. */
export interface OpenZones {
  /** What to answer from; replaced zone by zone, each in one step. */
  readonly served: Zones;
  attach(attachment: Attachment): Promise<void>;
  read(zone: string, record: string): Promise<{ readonly reading: Reading; readonly notes: readonly Finding[] }>;
  replace(zone: string, record: string, replacement: Replacement, signal: AbortSignal): Promise<Outcome>;
  /** Writes what could not be written before. */
  close(): Promise<void>;
}

interface Open {
  readonly directory: string;
  /** Null: lost; `why` tells. */
  zone: Zone | null;
  why: string;
  notes: readonly string[];
  /** Why the zone in memory is not on disk; null when it is. */
  unsaved: string | null;
  /** The end of the queue of changes: one at a time. */
  last: Promise<unknown>;
}

/**
 * A replacement is compared, written to disk, then swapped in, one at a time per zone; questions are answered from the old zone until
 * the swap. If the disk refuses, the change is made all the same (users need it now) and says so; writing is tried again with every
 * reading, every change, and at the end.
 */
export function openZones(host: string): OpenZones {
  const served = new Map<string, Served | null>();
  const opened = new Map<string, Open>();

  async function load(name: string, open: Open): Promise<void> {
    const loaded = await loadZone(open.directory, name);
    if (loaded.kind === 'lost') {
      open.why = loaded.why;
      served.set(name, null);
      return;
    }
    open.zone = loaded.kind === 'zone' ? loaded.zone : { name, serial: 1, records: [] };
    open.notes = loaded.kind === 'zone' ? loaded.notes : [];
    served.set(name, serveZone(open.zone, host));
    if (open.notes.length > 0) await save(open, open.zone);
  }

  async function save(open: Open, zone: Zone): Promise<void> {
    const saved = await saveZone(open.directory, zone);
    open.unsaved = saved.ok ? null : saved.why;
  }

  function queued<T>(open: Open, run: () => Promise<T>): Promise<T> {
    const result = open.last.then(run);
    open.last = result.catch(() => undefined);
    return result;
  }

  async function replaceNow(open: Open, record: string, { from, to, marker }: Replacement): Promise<Outcome> {
    const { zone } = open;
    if (zone === null) return { code: 'unavailable', why: open.why };
    const now = findRecord(zone, record);
    if (!sameFound(now, from)) return { code: 'conflict', why: `${record} is not what was read: ${told(now)}` };
    if (now.foreignMarker !== null)
      return { code: 'denied', why: `the marker's place beside ${record} holds another's text: ${now.foreignMarker}` };
    const alone = to.some((set) => set.type === 'CNAME');
    const beside = alone ? zone.records.find((entry) => entry.name === record && isNeighbour(entry)) : undefined;
    if (beside !== undefined)
      return {
        code: 'denied',
        why: `${record} has a ${beside.type} record, and a CNAME must stand alone (RFC 1034 section 3.6.2)`,
      };
    const next = replaceRecord(zone, record, to, marker);
    await save(open, next);
    open.zone = next;
    served.set(next.name, serveZone(next, host));
    const why =
      open.unsaved === null
        ? `serial ${next.serial}`
        : `serial ${next.serial} is served but NOT on disk, a restart would undo it: ${open.unsaved}; free space or permissions in ${open.directory}`;
    return { code: 'applied', why };
  }

  return {
    served,
    async attach({ zone, directory }) {
      if (opened.has(zone)) return;
      const open: Open = { directory, zone: null, why: '', notes: [], unsaved: null, last: Promise.resolve() };
      opened.set(zone, open);
      await queued(open, () => load(zone, open));
    },
    async read(name, record) {
      const open = opened.get(name);
      if (open === undefined) return { reading: unavailable(`zone ${name} is not served here`), notes: [] };
      // A lost zone may have been put back by a person; a full disk may have space again.
      if (open.zone === null) await queued(open, async () => (open.zone === null ? load(name, open) : undefined));
      else if (open.unsaved !== null)
        void queued(open, async () => {
          if (open.zone !== null && open.unsaved !== null) await save(open, open.zone);
        });
      const notes: Finding[] = open.notes.map((text) => ({ level: 'warn', text }));
      if (open.unsaved !== null) {
        const text = `zone ${name} is served but NOT on disk, a restart would undo it: ${open.unsaved}; free space or permissions in ${open.directory}`;
        notes.push({ level: 'error', text });
      }
      if (open.zone === null) return { reading: unavailable(open.why), notes };
      return { reading: { ok: true, found: findRecord(open.zone, record), proof: 'dns' }, notes };
    },
    async replace(name, record, replacement, signal) {
      const open = opened.get(name);
      if (open === undefined) return { code: 'unavailable', why: `zone ${name} is not served here` };
      return queued(open, async () =>
        signal.aborted
          ? { code: 'unavailable', why: 'given up before it was begun' }
          : replaceNow(open, record, replacement),
      );
    },
    async close() {
      for (const open of opened.values())
        await queued(open, async () => {
          if (open.zone !== null && open.unsaved !== null) await save(open, open.zone);
        });
    },
  };
}

function unavailable(why: string): Reading {
  return { ok: false, code: 'unavailable', why };
}

function sameFound(left: Found, right: Found): boolean {
  return (
    sameValues(left.sets, right.sets) &&
    text(left.marker) === text(right.marker) &&
    left.foreignMarker === right.foreignMarker
  );
}

function text(marker: Marker | null): string | null {
  return marker === null ? null : markerText(marker);
}

function told({ sets, marker }: Found): string {
  const values = sets.map((set) => `${set.type} ${set.values.join(' ')}`).join(', ') || 'no record';
  return `${values}, ${text(marker) ?? 'no marker'}`.slice(0, 200);
}
