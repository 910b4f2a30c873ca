import { normalName } from '../../src/domain/records';
import type { Failed, Session } from './session';
import { types } from './wire';

export type FoundZone = { readonly ok: true; readonly zone: string; readonly serial: number } | Failed;

/** Names deeper than this below their zone's top need FAILOVERD_ZONE. */
const maxDepth = 10;

/** The zone that holds the record: the one configured, else the deepest one above it that the server has the SOA of. */
export async function findZone(session: Session, record: string, configured: string | null): Promise<FoundZone> {
  const labels = record.replace(/^\*\./, '').split('.');
  const above = labels.slice(0, maxDepth).map((_, index) => labels.slice(index).join('.'));
  const tried: string[] = [];
  for (const name of configured === null ? above : [configured]) {
    const heard = await session.ask({ opcode: 'query', name, type: types.SOA });
    if (!heard.ok) return heard;
    if (heard.rcode === 'SERVFAIL') {
      // It may well be the zone, and broken; a zone above it would be the wrong one to write in.
      return {
        ok: false,
        code: 'unavailable',
        why: `SERVFAIL to the SOA of ${name}: a zone that did not load, or expired`,
      };
    }
    const own = (heard.packet?.answers ?? []).find((one) => one.type === 'SOA' && normalName(one.name) === name);
    if (heard.aa && own?.type === 'SOA') return { ok: true, zone: name, serial: own.data.serial ?? 0 };
    tried.push(`${name} ${heard.rcode}`);
  }
  const why = `the server has no zone for ${record} (SOA: ${tried.join(', ')}); RFC2136_SERVER must be the zone's primary`;
  return { ok: false, code: 'denied', why: `${why}, FAILOVERD_ZONE its name` };
}
