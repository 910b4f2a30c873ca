import { markerText, parseMarker, type RecordSet, recordSet, sameValues, valuesKey } from '../../src/domain/records';
import { svcbToWire } from '../../src/domain/svcb-wire';
import type { Outcome, Replacement } from '../provider';
import { askBindings } from './answers';
import { holds } from './look';
import { meaning } from './rcodes';
import type { Session } from './session';
import { bindingsOf, notInUse, prerequisites, replacement, type Standing, textsOf } from './update';

const maxValues = 200;
const maxTtl = 2 ** 31 - 1;

/**
 * One UPDATE: what was read as its prerequisites, what is wanted as its changes. The server does both in one step, or nothing.
 *
 * HTTPS and SVCB are stated to the byte, and what was read has no bytes. So where such values move they are asked for first. Elsewhere it is
 * stated that there are none; only where the server says that something more stands there they are asked for, and stated.
 */
export async function replace(
  session: Session,
  zone: string,
  record: string,
  wanted: Replacement,
  datagrams: boolean,
): Promise<Outcome> {
  const { from } = wanted;
  const standing = { sets: from.sets, texts: textsOf(from.marker), alias: null, bindings: [] };
  const tried = from.sets.some(isBinding) ? null : await swap(session, zone, record, wanted, standing, datagrams);
  if (tried !== null && tried.rcode !== 'YXRRSET') return tried.outcome;
  const now = await askBindings(session, zone, record);
  if ('ok' in now) return tried?.outcome ?? { code: now.code === 'denied' ? 'denied' : 'unavailable', why: now.why };
  if (!sameValues(now.sets, from.sets.filter(isBinding))) {
    const why = `HTTPS or SVCB of ${record} hint at other addresses than were read, nothing was changed`;
    return { code: 'conflict', why };
  }
  return (await swap(session, zone, record, wanted, { ...standing, bindings: now.bindings }, datagrams)).outcome;
}

interface Swapped {
  /** Null: no reply that says. */
  readonly rcode: string | null;
  readonly outcome: Outcome;
}

async function swap(
  session: Session,
  zone: string,
  record: string,
  { from, to, marker }: Replacement,
  standing: Standing,
  datagrams: boolean,
): Promise<Swapped> {
  // A CNAME beside other data is ignored without a word (RFC 2136 section 3.4.2.2), so a first one needs a name with no data at all.
  const isFirstAlias = to.some(({ type }) => type === 'CNAME') && from.sets.length === 0;
  const required = [...prerequisites(record, standing), ...(isFirstAlias ? [notInUse(record)] : [])];
  const heard = await session.ask(replacement(zone, record, from.sets, to, marker, required));
  if (!heard.ok) return { rcode: null, outcome: { code: heard.code, why: heard.why } };
  const { rcode } = heard;
  if (isFirstAlias && rcode === 'YXDOMAIN' && (await holds(session, zone, record, standing)) === true) {
    const why = `YXDOMAIN: other records stand at ${record}, beside which there can be no CNAME; remove them`;
    return { rcode, outcome: { code: 'denied', why } };
  }
  const outcome = meaning(rcode, zone);
  if (outcome.code !== 'conflict' || !datagrams) return { rcode, outcome };
  // A datagram that the network doubles is refused the second time, and that reply may come first.
  const neighbours = standing.bindings.filter(({ type }) => !from.sets.some((set) => set.type === type));
  const after = { sets: to, texts: textsOf(marker), alias: null, bindings: [...neighbours, ...bindingsOf(to)] };
  if ((await holds(session, zone, record, after)) !== true) return { rcode, outcome };
  return { rcode: 'NOERROR', outcome: { code: 'applied', why: 'the zone holds it: the same datagram came twice' } };
}

function isBinding({ type }: RecordSet): boolean {
  return type === 'HTTPS' || type === 'SVCB';
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
  if (isBinding({ type, ttl, values }) && values.some((value) => svcbToWire(value) === null)) return false;
  return isSame && Number.isInteger(ttl) && ttl >= 0 && ttl <= maxTtl && values.length <= maxValues;
}
