/**
 * The bytes of a DNS message (RFC 1035 section 4): one question in, one answer out.
 *
 * A question is decoded here by hand because it comes from anybody. The header's counts are looked at before anything is allocated
 * or walked, a name in the question may not be compressed (there is nothing before it to point to), and its labels are kept as
 * bytes: a label with a dot or with invalid UTF-8 in it can never be mistaken for one of our names. The question is echoed
 * as it was sent, so the case of its letters survives.
 */

export const rcodes = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5, badVers: 16 } as const;
export type Rcode = (typeof rcodes)[keyof typeof rcodes];
export const types = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  TXT: 16,
  AAAA: 28,
  SVCB: 64,
  HTTPS: 65,
  OPT: 41,
  IXFR: 251,
} as const;

/** The largest UDP answer, whatever the client offers: fits one packet nearly everywhere (RFC 9715). */
export const maxUdp = 1232;
const plainUdp = 512;
const headerLength = 12;
const opcodeMask = 0x7800;
const recursionDesired = 0x0100;

export interface Query {
  readonly id: number;
  /** The second word of the header as it was sent. */
  readonly flags: number;
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question section as it was sent, and how much of it is the name. */
  readonly question: Buffer;
  readonly nameLength: number;
  readonly edns: Edns | null;
}

export interface Edns {
  readonly size: number;
  readonly version: number;
  readonly dnssecOk: boolean;
}

export type Parsed =
  /** No answer at all: too short to have an id, or itself an answer (two servers answering each other would never stop). */
  | { readonly kind: 'ignored' }
  /** Answered with its header only. */
  | { readonly kind: 'malformed'; readonly reply: Buffer }
  | { readonly kind: 'query'; readonly query: Query };

/** Reads one message; work and memory are bounded by the 255 bytes a name may have, whatever the header claims. */
export function parse(message: Buffer): Parsed {
  if (message.length < headerLength) return { kind: 'ignored' };
  const id = message.readUInt16BE(0);
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return { kind: 'ignored' };
  const malformed = (rcode: Rcode): Parsed => ({ kind: 'malformed', reply: header(id, flags, rcode, 0, [0, 0, 0, 0]) });
  if ((flags & opcodeMask) !== 0) return malformed(rcodes.notImp);
  if (message.readUInt16BE(4) !== 1) return malformed(rcodes.formErr);
  const name = readName(message, headerLength);
  if (name === null || name.end + 4 > message.length) return malformed(rcodes.formErr);
  const end = name.end + 4;
  const type = message.readUInt16BE(name.end);
  const query = {
    id,
    flags,
    name: name.text,
    type,
    class: message.readUInt16BE(name.end + 2),
    question: message.subarray(headerLength, end),
    nameLength: name.end - headerLength,
  };
  // An IXFR question carries a SOA; it is refused whatever follows, so nothing more is read.
  if (type === types.IXFR) return { kind: 'query', query: { ...query, edns: null } };
  const additional = message.readUInt16BE(10);
  if (message.readUInt32BE(6) !== 0 || additional > 1) return malformed(rcodes.formErr);
  if (additional === 0)
    return end === message.length ? { kind: 'query', query: { ...query, edns: null } } : malformed(rcodes.formErr);
  const edns = readOpt(message, end);
  return edns === null ? malformed(rcodes.formErr) : { kind: 'query', query: { ...query, edns } };
}

/**
 * A name as text: ASCII letters in lower case, labels joined by dots, every byte that is not a letter, digit, `-`, `_` or `*`
 * written `\ddd`, so that a dot in the text is always the end of a label. The root is the empty text.
 */
function readName(message: Buffer, start: number): { readonly text: string; readonly end: number } | null {
  const labels: string[] = [];
  for (let at = start; at < message.length && at - start < 255; ) {
    const length = message[at] ?? 0;
    if (length === 0) return { text: labels.join('.'), end: at + 1 };
    if (length > 63 || at + 1 + length > message.length) return null;
    const label = message.toString('latin1', at + 1, at + 1 + length);
    labels.push(label.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[^a-z0-9_*-]/g, escaped));
    at += 1 + length;
  }
  return null;
}

function escaped(character: string): string {
  return `\\${String(character.charCodeAt(0)).padStart(3, '0')}`;
}

/** RFC 6891 section 6.1.2: root name, type OPT, size in the class, version and DO in the TTL; it must be the rest of the message. */
function readOpt(message: Buffer, start: number): Edns | null {
  if (message.length < start + 11 || message[start] !== 0 || message.readUInt16BE(start + 1) !== types.OPT) return null;
  if (start + 11 + message.readUInt16BE(start + 9) !== message.length) return null;
  return {
    size: message.readUInt16BE(start + 3),
    version: message[start + 6] ?? 0,
    dnssecOk: ((message[start + 7] ?? 0) & 0x80) !== 0,
  };
}

/** One record of an answer. Its owner is always the name asked for or a parent of it: `owner` is where it starts in the message. */
export interface Line {
  readonly owner: number;
  readonly type: number;
  readonly ttl: number;
  readonly data: Buffer;
}

export interface Response {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answer: readonly Line[];
  readonly authority: readonly Line[];
}

/** Where the name asked for stands in every answer. */
export const questionOwner = headerLength;

/** The answer's bytes. One that does not fit is sent empty and marked truncated: the client asks again over TCP (RFC 2181 section 9). */
export function encode(query: Query, response: Response, over: 'udp' | 'tcp'): Buffer {
  const limit = over === 'tcp' ? 65_535 : Math.min(Math.max(query.edns?.size ?? 0, plainUdp), maxUdp);
  const whole = assemble(query, response, false);
  return whole.length <= limit ? whole : assemble(query, { ...response, answer: [], authority: [] }, true);
}

function assemble(query: Query, response: Response, truncated: boolean): Buffer {
  const flags = (response.authoritative ? 0x0400 : 0) | (truncated ? 0x0200 : 0);
  const counts = [1, response.answer.length, response.authority.length, query.edns === null ? 0 : 1] as const;
  const parts = [header(query.id, query.flags, response.rcode, flags, counts), query.question];
  for (const line of [...response.answer, ...response.authority]) parts.push(lineHead(line), line.data);
  if (query.edns !== null) parts.push(opt(query.edns, response.rcode));
  return Buffer.concat(parts);
}

/** Id, opcode and RD are the question's; RA stays 0: we never recurse. */
function header(id: number, flags: number, rcode: Rcode, set: number, counts: readonly number[]): Buffer {
  const bytes = Buffer.alloc(headerLength);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE(0x8000 | (flags & (opcodeMask | recursionDesired)) | set | (rcode & 0x0f), 2);
  for (const [index, count] of counts.entries()) bytes.writeUInt16BE(count, 4 + index * 2);
  return bytes;
}

function lineHead(line: Line): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(0xc000 | line.owner, 0);
  bytes.writeUInt16BE(line.type, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt32BE(line.ttl, 6);
  bytes.writeUInt16BE(line.data.length, 10);
  return bytes;
}

/** Our OPT: version 0, the upper bits of the rcode, and DO as it was asked (RFC 3225 section 3). */
function opt(edns: Edns, rcode: Rcode): Buffer {
  const bytes = Buffer.alloc(11);
  bytes.writeUInt16BE(types.OPT, 1);
  bytes.writeUInt16BE(maxUdp, 3);
  bytes[5] = rcode >> 4;
  bytes[7] = edns.dnssecOk ? 0x80 : 0;
  return bytes;
}
