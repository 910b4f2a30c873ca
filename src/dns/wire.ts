import {
  type Answer as Decoded,
  DNSSEC_OK,
  decode,
  encode,
  type OptAnswer,
  RECURSION_DESIRED,
  type RecordType,
} from 'dns-packet';
import { normalName, normalValue } from '../domain/records';
import { svcbFromWire } from '../domain/svcb-wire';

/** One question and its reply as bytes. Everything that arrives is hostile until it has been matched with its question. */

export type QuestionType = 'A' | 'AAAA' | 'CNAME' | 'HTTPS' | 'SVCB' | 'TXT' | 'DNSKEY';

/** Types that the codec knows by number only. */
const numbered = { HTTPS: 'UNKNOWN_65', SVCB: 'UNKNOWN_64' } as const;

export interface DnsRecord {
  readonly type: QuestionType;
  /** Seconds. */
  readonly ttl: number;
  /** Normal form for A, AAAA, CNAME, HTTPS and SVCB; the joined strings of a TXT; flags and algorithm of a DNSKEY. */
  readonly value: string;
}

/** An RRSIG: what it covers and its window, as the wire's 32-bit seconds (serial numbers, RFC 4034 section 3.1.5). */
export interface Signature {
  readonly covers: string;
  readonly inception: number;
  readonly expiration: number;
}

export interface Query {
  readonly bytes: Buffer;
  readonly name: string;
  /** The question section as sent; a reply must repeat it. */
  readonly question: Buffer;
  /** Whether the letters' case was mixed and must come back as it was. */
  readonly mixedCase: boolean;
}

export interface QueryInput {
  readonly name: string;
  readonly type: QuestionType;
  readonly edns: boolean;
  readonly dnssec: boolean;
  readonly mixedCase: boolean;
  readonly recursion?: boolean;
  /** Uniform integer in [0, below). */
  readonly random: (below: number) => number;
}

/** What some bytes are to a query. `stranger`: not its reply at all. `other-case`: its reply, but for the case of the name. */
export type Reply =
  | {
      readonly kind: 'reply';
      readonly rcode: string;
      readonly aa: boolean;
      /** The answer section's records at the asked name itself; the rest of a CNAME chain is left out. */
      readonly records: readonly DnsRecord[];
      readonly signatures: readonly Signature[];
    }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'other-case' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'malformed'; readonly why: string };

const headerBytes = 12;
/**
 * More records than this in one message are nobody's honest answer; the limit also bounds the
 * work of following compressed names (15 ms at worst; 60 ms with 512). */
const maxRecords = 128;
/** Fragments are dropped by many networks; this size never fragments (DNS flag day 2020). */
const udpPayloadSize = 1232;
const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET'];

/** A question, without recursion unless told, with a random id. The name must be valid: the codec encodes anything. */
export function encodeQuery(input: QueryInput): Query {
  const name = input.mixedCase ? mixCase(input.name, input.random) : input.name;
  const edns: OptAnswer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: input.dnssec ? DNSSEC_OK : 0,
    flag_do: input.dnssec,
    options: [],
  };
  const bytes = encode({
    type: 'query',
    id: input.random(65_536),
    flags: input.recursion === true ? RECURSION_DESIRED : 0,
    questions: [{ type: codecType(input.type), name }],
    additionals: input.edns ? [edns] : [],
  });
  // A name takes its text plus two bytes; type and class take four.
  const question = bytes.subarray(headerBytes, headerBytes + name.length + 6);
  return { bytes, name: input.name, question, mixedCase: input.mixedCase };
}

function codecType(type: QuestionType): RecordType {
  // The codec takes such a name for its number, which its types do not say.
  return (type === 'HTTPS' || type === 'SVCB' ? numbered[type] : type) as RecordType;
}

/** The codec's name of a type as everybody else writes it. */
function typeNamed(named: string): string {
  return named === numbered.HTTPS ? 'HTTPS' : named === numbered.SVCB ? 'SVCB' : named;
}

/** Case is up to the sender and comes back in the reply: more for a forger to guess (draft-vixie-dnsext-dns0x20). */
function mixCase(name: string, random: (below: number) => number): string {
  return name.replace(/[a-z]/g, (letter) => (random(2) === 0 ? letter : letter.toUpperCase()));
}

/** Matches bytes with their query, then reads them. Never throws. */
export function readReply(bytes: Buffer, query: Query): Reply {
  if (bytes.length < headerBytes || bytes.readUInt16BE(0) !== query.bytes.readUInt16BE(0)) return { kind: 'stranger' };
  const flags = bytes.readUInt16BE(2);
  const isResponse = flags >> 15 === 1;
  const opcode = (flags >> 11) & 0xf;
  if (!isResponse || opcode !== 0) return { kind: 'stranger' };
  const lowRcode = flags & 0xf;
  const questions = bytes.readUInt16BE(4);
  // A server too old for EDNS may refuse with the bare header (RFC 6891 section 7).
  if (questions === 0 && (lowRcode === 1 || lowRcode === 4)) {
    return { kind: 'reply', rcode: rcodeName(lowRcode), aa: false, records: [], signatures: [] };
  }
  const question = bytes.subarray(headerBytes, headerBytes + query.question.length);
  if (questions !== 1 || !sameFolded(question, query.question)) return { kind: 'stranger' };
  if (query.mixedCase && !question.equals(query.question)) return { kind: 'other-case' };
  if (((flags >> 9) & 1) === 1) return { kind: 'truncated' };
  const count = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  if (count > maxRecords) return { kind: 'malformed', why: `${count} records in one message` };
  try {
    return readSections(bytes, query.name, lowRcode);
  } catch {
    return { kind: 'malformed', why: 'a message that cannot be decoded' };
  }
}

function readSections(bytes: Buffer, name: string, lowRcode: number): Reply {
  const packet = decode(bytes);
  // The codec trusts the type's usual length over the stated one; a wrong length shows as bytes left over or missing.
  if (decode.bytes !== bytes.length) return { kind: 'malformed', why: 'a message whose lengths do not add up' };
  const records: DnsRecord[] = [];
  const signatures: Signature[] = [];
  for (const answer of packet.answers ?? []) {
    if (answer.type === 'OPT' || answer.class !== 'IN' || normalName(answer.name) !== name) continue;
    if (answer.type === 'RRSIG') {
      const { typeCovered, inception, expiration } = answer.data;
      signatures.push({ covers: typeNamed(typeCovered), inception, expiration });
    }
    const read = readRecord(answer);
    if (read === 'bad') return { kind: 'malformed', why: `a ${answer.type} record with an impossible value` };
    if (read !== null) records.push(read);
  }
  const opt = (packet.additionals ?? []).find((additional) => additional.type === 'OPT');
  const rcode = opt?.type === 'OPT' ? opt.extendedRcode * 16 + lowRcode : lowRcode;
  const aa = packet.flag_aa;
  return { kind: 'reply', rcode: rcodeName(rcode), aa, records, signatures };
}

function readRecord(answer: Exclude<Decoded, { type: 'OPT' }>): DnsRecord | 'bad' | null {
  const ttl = answer.ttl ?? 0;
  const type = typeNamed(answer.type);
  if (type === 'HTTPS' || type === 'SVCB') {
    const data: unknown = answer.data;
    const value = data instanceof Uint8Array ? svcbFromWire(data) : null;
    return value === null ? 'bad' : { type, ttl, value };
  }
  switch (answer.type) {
    case 'A':
    case 'AAAA':
    case 'CNAME': {
      const value = normalValue(answer.type, answer.data);
      return value === null ? 'bad' : { type: answer.type, ttl, value };
    }
    case 'TXT':
      return { type: 'TXT', ttl, value: [answer.data].flat().map(String).join('') };
    case 'DNSKEY':
      return { type: 'DNSKEY', ttl, value: `${answer.data.flags} ${answer.data.algorithm}` };
    default:
      return null;
  }
}

function sameFolded(left: Buffer, right: Buffer): boolean {
  return left.toString('latin1').toLowerCase() === right.toString('latin1').toLowerCase();
}

function rcodeName(code: number): string {
  return code === 16 ? 'BADVERS' : (rcodes[code] ?? `RCODE${code}`);
}
