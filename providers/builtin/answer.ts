import { encode, type Line, parse, type Query, questionOwner, type Rcode, type Response, rcodes } from './wire';
import { lookUp, type Rrset, type Served } from './zone';

/** The zones being served, by name; null: its data could not be read, so nothing can truthfully be said about it. */
export type Zones = ReadonlyMap<string, Served | null>;

/**
 * One message in, at most one message out; pure.
 *
 *   shorter than a header, or an answer       nothing (never answer an answer)
 *   opcode other than QUERY                   NOTIMP
 *   not exactly one question, broken body     FORMERR
 *   EDNS version other than 0                 BADVERS (RFC 6891 section 6.1.3)
 *   class other than IN, zone not ours        REFUSED
 *   AXFR, IXFR, ANY, other question types     REFUSED. RFC 8482 section 4 prefers a small answer to ANY, lest a resolver ask
 *                                             the next server; here there is no next one, and nothing to amplify
 *   zone whose data was lost                  SERVFAIL
 *   otherwise                                 data, or NODATA/NXDOMAIN with the SOA (RFC 2308)
 */
export function answer(message: Buffer, zones: Zones, over: 'udp' | 'tcp'): Buffer | null {
  const parsed = parse(message);
  if (parsed.kind === 'ignored') return null;
  if (parsed.kind === 'malformed') return parsed.reply;
  return encode(parsed.query, respond(parsed.query, zones), over);
}

function respond(query: Query, zones: Zones): Response {
  if (query.edns !== null && query.edns.version !== 0) return refusal(rcodes.badVers);
  // RFC 6895 section 3.1: types 128 to 255 are questions and meta data, never data.
  if (query.class !== 1 || (query.type >= 128 && query.type <= 255)) return refusal(rcodes.refused);
  const served = zoneOf(query.name, zones);
  if (served === undefined) return refusal(rcodes.refused);
  if (served === null) return refusal(rcodes.servFail);
  const found = lookUp(served, query.name, query.type);
  if (found.kind === 'data')
    return { rcode: rcodes.noError, authoritative: true, answer: lines(questionOwner, found.set), authority: [] };
  const rcode = found.kind === 'no-name' ? rcodes.nxDomain : rcodes.noError;
  // The zone's name ends the question's name: a name of n characters takes n + 2 bytes.
  const apexOwner = questionOwner + query.nameLength - (served.apex.length + 2);
  return { rcode, authoritative: true, answer: [], authority: lines(apexOwner, served.soa) };
}

/** The zone with the longest name that the name asked for is in. */
function zoneOf(name: string, zones: Zones): Served | null | undefined {
  for (let at = name; ; at = at.slice(at.indexOf('.') + 1)) {
    const served = zones.get(at);
    if (served !== undefined || !at.includes('.')) return served;
  }
}

function lines(owner: number, set: Rrset): readonly Line[] {
  return set.data.map((data) => ({ owner, type: set.type, ttl: set.ttl, data }));
}

function refusal(rcode: Rcode): Response {
  return { rcode, authoritative: false, answer: [], authority: [] };
}
