import { createHmac, timingSafeEqual } from 'node:crypto';
import { classes, lastRecord, nameData, numbers, readName, skipName, types } from './wire';

/** Signatures over whole messages with a shared secret: TSIG (RFC 8945). Truncated ones (section 5.2.2.1) are neither made nor taken. */

export const hashBytes = { 'hmac-sha256': 32, 'hmac-sha384': 48, 'hmac-sha512': 64 } as const;
export type Algorithm = keyof typeof hashBytes;

export interface Key {
  /** Lower case, without a trailing dot. */
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly secret: Buffer;
}

export interface Signed {
  readonly bytes: Buffer;
  readonly mac: Buffer;
}

/** How far the two clocks may lie apart (section 10: 300 s is recommended). */
export const fudgeS = 300;

/** The message with a TSIG record at its end. `nowS`: seconds since 1970. */
export function sign(key: Key, message: Buffer, nowS: number): Signed {
  const times = Buffer.concat([seconds(nowS), numbers(fudgeS)]);
  const mac = digest(key, [message, variables(key, times, 0, Buffer.alloc(0))]);
  const data = Buffer.concat([
    nameData(key.algorithm),
    times,
    numbers(mac.length),
    mac,
    message.subarray(0, 2),
    numbers(0, 0),
  ]);
  const head = Buffer.concat([nameData(key.name), numbers(types.TSIG, classes.ANY, 0, 0, data.length)]);
  const bytes = Buffer.concat([message, head, data]);
  bytes.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
  return { bytes, mac };
}

/**
 * What the signature of a reply says of it (sections 5.2 and 5.3).
 *
 *   | reply                                                        | kind      |
 *   |--------------------------------------------------------------|-----------|
 *   | signed with our key over our request, within the time window | genuine   |
 *   | so signed, error BADTIME: Other Data is the server's clock   | bad-time  |
 *   | MAC left out, error BADSIG, BADKEY, BADTRUNC: by design      | refused   |
 *   | anything else: no TSIG, another key, a wrong MAC, too old    | unproven  |
 */
export type Proof =
  /** The message without its signature, and how far the server's clock is ahead of ours. */
  | { readonly kind: 'genuine'; readonly message: Buffer; readonly aheadS: number }
  | { readonly kind: 'bad-time'; readonly aheadS: number }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'unproven'; readonly why: string };

const badTime = 18;
const unsignable: Readonly<Record<number, string>> = { 16: 'BADSIG', 17: 'BADKEY', 22: 'BADTRUNC' };
const notAuth = 9;

/** Checks the reply to a request with this MAC. `nowS`: seconds since 1970. */
export function prove(key: Key, requestMac: Buffer, reply: Buffer, nowS: number): Proof {
  const record = lastRecord(reply);
  const additional = record === null ? 0 : reply.readUInt16BE(10);
  if (record === null || additional === 0 || record.type !== types.TSIG) return unproven('is not signed');
  if (record.class !== classes.ANY || record.ttl !== 0) return unproven('has a TSIG record of another class or TTL');
  const fields = readFields(reply, record.dataAt, record.end);
  if (fields === null) return unproven('has a TSIG record that cannot be read');
  const { algorithm, times, mac, originalId, error, other } = fields;
  const refusal = unsignable[error];
  if (mac.length === 0 && refusal !== undefined && ((reply[3] ?? 0) & 0x0f) === notAuth)
    return { kind: 'refused', error: refusal };
  if (record.name !== key.name || algorithm !== key.algorithm) return unproven('is signed with another key');
  const message = Buffer.from(reply.subarray(0, record.at));
  message.writeUInt16BE(originalId, 0);
  message.writeUInt16BE(additional - 1, 10);
  const expected = digest(key, [numbers(requestMac.length), requestMac, message, variables(key, times, error, other)]);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return unproven('has a wrong signature');
  const aheadS = times.readUIntBE(0, 6) - nowS;
  if (error === badTime && other.length === 6) return { kind: 'bad-time', aheadS: other.readUIntBE(0, 6) - nowS };
  if (error !== 0) return unproven(`is signed, with TSIG error ${error}`);
  if (Math.abs(aheadS) > fudgeS) return unproven(`is signed ${Math.abs(aheadS)} s ${aheadS > 0 ? 'from now' : 'ago'}`);
  return { kind: 'genuine', message, aheadS };
}

interface Fields {
  readonly algorithm: string;
  /** Time signed and fudge, as they stand in the record. */
  readonly times: Buffer;
  readonly mac: Buffer;
  readonly originalId: number;
  readonly error: number;
  readonly other: Buffer;
}

function readFields(message: Buffer, start: number, end: number): Fields | null {
  const algorithm = readName(message, start);
  const timesAt = skipName(message, start);
  if (algorithm === null || timesAt === null || timesAt + 10 > end) return null;
  const macEnd = timesAt + 10 + message.readUInt16BE(timesAt + 8);
  if (macEnd + 6 > end || macEnd + 6 + message.readUInt16BE(macEnd + 4) !== end) return null;
  return {
    algorithm,
    times: message.subarray(timesAt, timesAt + 8),
    mac: message.subarray(timesAt + 10, macEnd),
    originalId: message.readUInt16BE(macEnd),
    error: message.readUInt16BE(macEnd + 2),
    other: message.subarray(macEnd + 6, end),
  };
}

/** Section 4.3.3: what is digested beside the message. */
function variables(key: Key, times: Buffer, error: number, other: Buffer): Buffer {
  const names = [nameData(key.name), numbers(classes.ANY, 0, 0), nameData(key.algorithm)];
  return Buffer.concat([...names, times, numbers(error, other.length), other]);
}

function digest(key: Key, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac(key.algorithm.slice('hmac-'.length), key.secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** 48 bits (section 4.2). */
function seconds(atS: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(atS, 0, 6);
  return bytes;
}

function unproven(why: string): Proof {
  return { kind: 'unproven', why };
}
