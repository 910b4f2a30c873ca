import { ipv6Groups } from '../../src/domain/address-text';

/**
 * The bytes of a DNS message, as far as an UPDATE needs them (RFC 1035 section 4.1, RFC 2136 section 2). dns-packet decodes answers,
 * but can encode neither class NONE nor a record without data. Names are in normal form; nothing is compressed.
 */

export const types = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  DNAME: 39,
  SVCB: 64,
  HTTPS: 65,
  TSIG: 250,
  AXFR: 252,
  ANY: 255,
};
export const classes = { IN: 1, NONE: 254, ANY: 255 };
export const opcodes = { query: 0, update: 5 };

/** A record of a prerequisite or update section. Empty data has a meaning of its own there. */
export interface Line {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: Buffer;
}

export type Request =
  | { readonly opcode: 'query'; readonly name: string; readonly type: number }
  | {
      readonly opcode: 'update';
      readonly zone: string;
      readonly prerequisites: readonly Line[];
      readonly updates: readonly Line[];
    };

/** The message without a signature; recursion is not asked for. */
export function encodeRequest(id: number, request: Request): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(opcodes[request.opcode] << 11, 2);
  head.writeUInt16BE(1, 4);
  if (request.opcode === 'query') return Buffer.concat([head, question(request.name, request.type)]);
  const { zone, prerequisites, updates } = request;
  head.writeUInt16BE(prerequisites.length, 6);
  head.writeUInt16BE(updates.length, 8);
  return Buffer.concat([head, question(zone, types.SOA), ...[...prerequisites, ...updates].map(encodeLine)]);
}

function question(name: string, type: number): Buffer {
  return Buffer.concat([nameData(name), numbers(type, classes.IN)]);
}

function encodeLine({ name, type, class: klass, ttl, data }: Line): Buffer {
  return Buffer.concat([nameData(name), numbers(type, klass, ttl >>> 16, ttl & 0xffff, data.length), data]);
}

/** 16-bit numbers, one after the other. */
export function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

export function nameData(name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** An address in normal form. */
export function addressData(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  return numbers(...(ipv6Groups(address) ?? []));
}

/** The strings of one TXT, each of at most 255 bytes. */
export function textData(strings: readonly Buffer[]): Buffer {
  return Buffer.concat(strings.flatMap((string) => [Buffer.from([string.length]), string]));
}

/** A record of a received message: where it begins, and where its data lie. */
export interface Place {
  readonly at: number;
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly dataAt: number;
  readonly end: number;
}

/** The last record of a message, whatever its section; null: it has none, or the message is not well-formed to its last byte. */
export function lastRecord(message: Buffer): Place | null {
  let at = 12;
  let last: Place | null = null;
  if (message.length < at) return null;
  const questions = message.readUInt16BE(4);
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  // Every round takes five bytes at least, so the message's length bounds the work.
  for (let index = 0; index < questions + records; index++) {
    const nameEnd = skipName(message, at);
    const fixed = index < questions ? 4 : 10;
    if (nameEnd === null || nameEnd + fixed > message.length) return null;
    const end = nameEnd + fixed + (index < questions ? 0 : message.readUInt16BE(nameEnd + 8));
    if (end > message.length) return null;
    if (index === questions + records - 1 && index >= questions) {
      const name = readName(message, at);
      if (name === null) return null;
      const [type, klass] = [message.readUInt16BE(nameEnd), message.readUInt16BE(nameEnd + 2)];
      last = { at, name, type, class: klass, ttl: message.readUInt32BE(nameEnd + 4), dataAt: nameEnd + 10, end };
    }
    at = end;
  }
  return at === message.length ? last : null;
}

/** Where the bytes of a name end; a pointer ends it. */
export function skipName(message: Buffer, start: number): number | null {
  for (let at = start; at < message.length && at - start < 255; ) {
    const length = message[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > 63) return null;
    at += 1 + length;
  }
  return null;
}

/** A name in lower case, without the last dot; bytes that no key name has stay as they are. Pointers may only lead backwards. */
export function readName(message: Buffer, start: number): string | null {
  const labels: string[] = [];
  let at = start;
  let before = start;
  for (let steps = 0; steps < 128; steps++) {
    const length = message[at];
    if (length === undefined) return null;
    if (length === 0) return labels.join('.').toLowerCase();
    if (length >= 0xc0) {
      at = ((length & 0x3f) << 8) | (message[at + 1] ?? 0xff);
      if (at >= before) return null;
      before = at;
    } else if (length > 63 || at + 1 + length > message.length) return null;
    else {
      labels.push(message.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
  return null;
}
