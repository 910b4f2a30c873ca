import { markerText, parseMarker, type RecordSet, recordSet, valuesKey } from '../../src/domain/records';
import type { Outcome, Replacement } from '../provider';
import { holds } from './look';
import { meaning } from './rcodes';
import type { Session } from './session';
import { notInUse, prerequisites, replacement, textsOf } from './update';

const maxValues = 200;
const maxTtl = 2 ** 31 - 1;

/** One UPDATE: what was read as its prerequisites, what is wanted as its changes. The server does both in one step, or nothing. */
export async function replace(
  session: Session,
  zone: string,
  record: string,
  wanted: Replacement,
  datagrams: boolean,
): Promise<Outcome> {
  const { from, to, marker } = wanted;
  const standing = { sets: from.sets, texts: textsOf(from.marker), alias: null };
  // A CNAME beside other data is ignored without a word (RFC 2136 section 3.4.2.2), so a first one needs a name with no data at all.
  const isFirstAlias = to.some(({ type }) => type === 'CNAME') && from.sets.length === 0;
  const required = [...prerequisites(record, standing), ...(isFirstAlias ? [notInUse(record)] : [])];
  const heard = await session.ask(replacement(zone, record, from.sets, to, marker, required));
  if (!heard.ok) return { code: heard.code, why: heard.why };
  if (isFirstAlias && heard.rcode === 'YXDOMAIN' && (await holds(session, zone, record, standing)) === true) {
    const why = `YXDOMAIN: other records stand at ${record}, beside which there can be no CNAME; remove them`;
    return { code: 'denied', why };
  }
  const outcome = meaning(heard.rcode, zone);
  if (outcome.code !== 'conflict' || !datagrams) return outcome;
  // A datagram that the network doubles is refused the second time, and that reply may come first.
  const done = await holds(session, zone, record, { sets: to, texts: textsOf(marker), alias: null });
  return done === true ? { code: 'applied', why: 'the zone holds it: the same datagram came twice' } : outcome;
}

/** Why this can never be written, whatever the zone holds; null: it can. */
export function objection(record: string, { from, to, marker }: Replacement): string | null {
  if (to.length === 0 || to.some(({ values }) => values.length === 0)) return 'an empty record set is never written';
  if (from.obstacles.length > 0) return `${record}: ${from.obstacles.join('; ')}`;
  if (from.foreignMarker !== null)
    return `${record} is claimed by somebody else's TXT: ${from.foreignMarker}; remove it first`;
  const bad = to.find((set) => !isWritable(set));
  if (bad !== undefined)
    return `${bad.type} ${bad.values.join(' ').slice(0, 200)} with TTL ${bad.ttl} s cannot be written: at most ${maxValues} values in normal form, TTL 0 to ${maxTtl} s`;
  if (new Set(to.map(({ type }) => type)).size < to.length) return 'one type is given twice';
  const alias = to.find(({ type }) => type === 'CNAME');
  if (alias !== undefined && (to.length > 1 || alias.values.length > 1))
    return 'a CNAME is one value and stands alone (RFC 1034 section 3.6.2)';
  if (alias !== undefined && from.sets.some(({ type }) => type !== 'CNAME'))
    return `${record} holds addresses: a CNAME put in their place would be ignored without a word if any other record stood there (RFC 2136 section 3.4.2.2), leaving nothing; put it there by hand`;
  const read = parseMarker(markerText(marker));
  if (read === null || markerText(read) !== markerText(marker) || Buffer.byteLength(markerText(marker)) > 255)
    return `a marker cannot hold ${markerText(marker).slice(0, 200)}`;
  return null;
}

function isWritable({ type, ttl, values }: RecordSet): boolean {
  const normal = recordSet(type, ttl, values);
  const isSame = normal !== null && valuesKey([normal]) === valuesKey([{ type, ttl, values }]);
  return isSame && Number.isInteger(ttl) && ttl >= 0 && ttl <= maxTtl && values.length <= maxValues;
}
