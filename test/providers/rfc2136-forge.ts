import { createHmac } from 'node:crypto';
import type { Key } from '../servers/authoritative';

/** Replies as a name server signs them, or as somebody else would like to: TSIG written a second time, from RFC 8945 alone. */
export interface Forgery {
  readonly key: Key;
  /** The MAC that the reply's covers; by default the request's own. */
  readonly requestMac?: Buffer;
  /** Seconds since 1970; by default now. */
  readonly signedAtS?: number;
  readonly error?: number;
  readonly other?: string;
  /** Changes the finished MAC. */
  readonly mac?: (mac: Buffer) => Buffer;
  /** After the signature was made. */
  readonly tamper?: (reply: Buffer) => Buffer;
}

/** The header and question of a request turned into a reply; `flags`: opcode, AA, rcode … without QR. */
export function replyTo(request: Buffer, flags: number): Buffer {
  const end = request.indexOf(0, 12) + 5;
  const reply = Buffer.from(request.subarray(0, end));
  reply.writeUInt16BE(0x8000 | flags, 2);
  reply.fill(0, 6, 12);
  return reply;
}

/** The MAC in a signed request: the last thing but six bytes in a TSIG without Other Data. */
export function macOf(request: Buffer, { algorithm }: Key): Buffer {
  const length = Number(algorithm.slice(-3)) / 8;
  return request.subarray(-6 - length, -6);
}

export function signReply(request: Buffer, reply: Buffer, forgery: Forgery): Buffer {
  const { key, error = 0, other = '' } = forgery;
  const atS = forgery.signedAtS ?? Math.floor(Date.now() / 1_000);
  const requestMac = forgery.requestMac ?? macOf(request, key);
  const hex = (value: number, bytes: number): string => value.toString(16).padStart(bytes * 2, '0');
  const name = (text: string): string =>
    `${text
      .split('.')
      .map((label) => hex(label.length, 1) + Buffer.from(label).toString('hex'))
      .join('')}00`;
  const times = `${hex(atS, 6)}012c`;
  const tail = `${hex(error, 2)}${hex(other.length / 2, 2)}${other}`;
  const digested = [
    hex(requestMac.length, 2),
    requestMac.toString('hex'),
    reply.toString('hex'),
    name(key.name),
    '00ff00000000',
    name(key.algorithm),
    times,
    tail,
  ];
  const whole = createHmac(key.algorithm.replace('hmac-', ''), Buffer.from(key.secret, 'base64'))
    .update(Buffer.from(digested.join(''), 'hex'))
    .digest();
  const mac = forgery.mac?.(whole) ?? whole;
  const rdata = [
    name(key.algorithm),
    times,
    hex(mac.length, 2),
    mac.toString('hex'),
    reply.toString('hex', 0, 2),
    tail,
  ].join('');
  const record = `${name(key.name)}00fa00ff00000000${hex(rdata.length / 2, 2)}${rdata}`;
  const signed = Buffer.concat([reply, Buffer.from(record, 'hex')]);
  signed.writeUInt16BE(reply.readUInt16BE(10) + 1, 10);
  return forgery.tamper?.(signed) ?? signed;
}
