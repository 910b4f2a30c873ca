import { markerName } from '../../src/domain/records';
import type { Answered, Failed, Looked } from '../reread';
import { type Snapshot, snapshot } from './snapshot';
import type { Api, Zone } from './zone';

/** The managed name in its zone, which is looked up once. */
export interface Location {
  look(signal: AbortSignal): Promise<Looked<Snapshot>>;
}

/** Names deeper than this below their zone's apex need FAILOVERD_ZONE. */
const depthLimit = 10;

/**
 * Looks at the whole zone at once: one consistent picture of records and marker, disabled records included. PowerDNS 4.6 to 4.9 leave
 * those out when asked for one name (issue 11473), and a REPLACE would drop them in silence.
 *
 * A zone that is too large for that is asked for the two names. Then the marker is read again after the records, as a switch between
 * two readings would look like somebody's edit.
 */
export function openLocation(api: Api, record: string, wanted: string | null): Location {
  let known: string | null = null;
  let large = false;

  async function locate(signal: AbortSignal): Promise<Answered<string>> {
    if (known !== null) return { ok: true, value: known };
    const names = wanted === null ? suffixes(record) : [wanted];
    for (const name of names) {
      const answer = await api.zoneId(name, signal);
      if (!answer.ok) return answer;
      if (answer.value === null) continue;
      known = answer.value;
      return { ok: true, value: known };
    }
    const why = `PowerDNS has no zone ${names.join(' or ')}; create it, or set FAILOVERD_ZONE to the zone that holds ${record}`;
    return { ok: false, code: 'denied', why };
  }

  async function whole(id: string, signal: AbortSignal): Promise<Looked<Snapshot>> {
    const answer = await api.zone(id, null, signal);
    if (answer !== 'oversize') return answer.ok ? snapshot(record, [answer.value], true) : answer;
    const looked = await parts(id, signal);
    large = looked.ok;
    return looked;
  }

  async function parts(id: string, signal: AbortSignal): Promise<Looked<Snapshot>> {
    const names = [markerName(record), record, markerName(record)];
    const zones: Zone[] = [];
    for (const name of names) {
      const answer = await api.zone(id, name, signal);
      if (answer === 'oversize') return tooLarge(id);
      if (!answer.ok) return answer;
      zones.push(answer.value);
    }
    const [before, at, after] = zones;
    if (before === undefined || at === undefined || JSON.stringify(before.rows) !== JSON.stringify(after?.rows)) {
      const why = `${record}: its marker changed while the records were being read; read again`;
      return { ok: false, code: 'unavailable', why };
    }
    return snapshot(record, [at, before], false);
  }

  return {
    async look(signal) {
      const located = await locate(signal);
      if (!located.ok) return located;
      const looked = await (large ? parts(located.value, signal) : whole(located.value, signal));
      // The zone may be gone: next time it is looked for again.
      if (!looked.ok && looked.code === 'denied') known = null;
      return looked;
    },
  };
}

function tooLarge(id: string): Failed {
  const why = `zone ${id} is too large to be read whole, and PowerDNS before 4.6 cannot list one name of it; update it, or put the name in a zone of its own`;
  return { ok: false, code: 'unknown', why };
}

function suffixes(record: string): readonly string[] {
  const labels = record.replace(/^\*\./, '').split('.');
  return labels.map((_, index) => labels.slice(index).join('.')).slice(-depthLimit);
}
