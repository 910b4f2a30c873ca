import { randomInt } from 'node:crypto';
import { type DecodedPacket, decode } from 'dns-packet';
import type { OutcomeCode } from '../../src/domain/state';
import { type Connection, openConnection } from './connection';
import { datagramLimit, openDatagrams } from './datagrams';
import type { Settings } from './settings';
import { fudgeS, prove, sign } from './tsig';
import { encodeRequest, opcodes, type Request } from './wire';

/** A conversation with the primary in which both sides sign every message. Never throws. */
export interface Session {
  /** One question at a time. */
  ask(request: Request): Promise<Heard>;
  close(): void;
}

export type Heard =
  | {
      readonly ok: true;
      readonly rcode: string;
      readonly aa: boolean;
      /** Of a query; null for an update, whose reply says all in its header. */
      readonly packet: DecodedPacket | null;
      /** How far the server's clock is ahead of ours. */
      readonly aheadS: number;
    }
  | Failed;

/** `unavailable`: surely nothing was sent, or nothing was done. */
export interface Failed {
  readonly ok: false;
  readonly code: Exclude<OutcomeCode, 'applied' | 'conflict' | 'throttled'>;
  readonly why: string;
}

/** A name server that needs longer has hung up on us in its own way; `control` has shorter deadlines still. */
const limitMs = 10_000;
const rcodes: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
};

/** How long the answer to one datagram is waited for. */
const datagramMs = 3_000;

/** Connects to the primary; `close` it when all was asked. */
export function openSession({ host, port, key, transport }: Settings, signal: AbortSignal): Session {
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const datagrams = transport === 'udp' ? openDatagrams(host, port, datagramMs, signal) : null;
  let stream: Connection | null = null;

  async function ask(request: Request): Promise<Heard> {
    const heard = datagrams === null ? 'too-long' : await askOver(datagrams, request, datagramLimit);
    if (typeof heard !== 'string') return heard;
    // Nobody may ask for an UPDATE a second time: it may have been carried out.
    if (heard === 'truncated' && request.opcode === 'update') return failed('unknown', `${at}: a truncated reply`);
    stream ??= openConnection(host, port, limitMs, signal);
    const again = await askOver(stream, request, Number.POSITIVE_INFINITY);
    return typeof again === 'string' ? failed('unknown', `${at}: a truncated reply over TCP`) : again;
  }

  async function askOver(
    connection: Connection,
    request: Request,
    limit: number,
  ): Promise<Heard | 'too-long' | 'truncated'> {
    const message = encodeRequest(randomInt(65_536), request);
    const signed = sign(key, message, wallS());
    if (signed.bytes.length > limit) return 'too-long';
    const closed = await connection.opened;
    if (closed !== null) return failed('unavailable', `${at}: ${closed}`);
    const isGenuine = (reply: Buffer): boolean =>
      stranger(message, reply) === null &&
      ['genuine', 'bad-time'].includes(prove(key, signed.mac, reply, wallS()).kind);
    const received = await connection.exchange(signed.bytes, isGenuine);
    if (!received.ok) return failed(received.sent ? 'unknown' : 'unavailable', `${at}: ${received.why}`);
    const why = stranger(message, received.bytes);
    if (why !== null) return failed('unknown', `${at}: ${why}`);
    const rcode = rcodeOf(received.bytes);
    const proof = prove(key, signed.mac, received.bytes, wallS());
    if (proof.kind === 'genuine') return read(proof.message, proof.aheadS);
    if (proof.kind === 'bad-time') return failed('denied', `${at}: ${clockTrouble(proof.aheadS)}`);
    if (proof.kind === 'refused') {
      // Anybody may send such a datagram, while the true reply to a change is on its way.
      const isDoubtful = connection === datagrams && request.opcode === 'update' && request.updates.length > 0;
      return failed(isDoubtful ? 'unknown' : 'denied', `${at}: ${keyTrouble(proof.error, key.name)}`);
    }
    return failed('unknown', `${at}: a reply (${rcode}) that ${proof.why} proves nothing${hint(rcode)}`);
  }

  function read(message: Buffer, aheadS: number): Heard | 'truncated' {
    const flags = message.readUInt16BE(2);
    const heard = { ok: true, rcode: rcodeOf(message), aa: (flags & 0x0400) !== 0, aheadS } as const;
    if ((flags & 0x0200) !== 0) return 'truncated';
    if (((flags >> 11) & 0xf) === opcodes.update) return { ...heard, packet: null };
    try {
      return { ...heard, packet: decode(message) };
    } catch {
      return failed('unknown', `${at}: a reply that cannot be decoded`);
    }
  }

  return {
    ask,
    close() {
      datagrams?.close();
      stream?.close();
    },
  };
}

/** Why some bytes with the right id are no reply to the request; null: they are. An UPDATE's reply may leave the zone out (RFC 2136 section 3.8). */
function stranger(request: Buffer, reply: Buffer): string | null {
  const kind = reply.readUInt16BE(2) & 0xf800;
  if (kind !== (0x8000 | (request.readUInt16BE(2) & 0x7800))) return 'bytes that are no reply to what was asked';
  const questions = reply.readUInt16BE(4);
  if (questions === 0) return null;
  const asked = request.subarray(12, 12 + questionLength(request));
  const echoed = reply.subarray(12, 12 + asked.length);
  const same = questions === 1 && echoed.toString('latin1').toLowerCase() === asked.toString('latin1').toLowerCase();
  return same ? null : 'a reply to another question';
}

function questionLength(message: Buffer): number {
  return message.indexOf(0, 12) - 12 + 5;
}

function clockTrouble(aheadS: number): string {
  const apart = `the server's clock is ${Math.abs(aheadS)} s ${aheadS > 0 ? 'ahead of' : 'behind'} ours`;
  return `BADTIME: ${apart}, and a signature holds for ${fudgeS} s only; correct the clock that is wrong, the key is right`;
}

/** Such a reply cannot be signed, so it may be a forgery; what the zone holds is only ever believed from a signed one. */
function keyTrouble(error: string, name: string): string {
  if (error === 'BADSIG')
    return `BADSIG: the server knows a key ${name}, with another secret; compare RFC2136_TSIG_SECRET`;
  if (error === 'BADKEY')
    return `BADKEY: the server has no key ${name} of this algorithm, or its ACL does not allow it this (Knot answers so)`;
  return `${error}: the server does not take the signature of key ${name}`;
}

/** Knot does not sign where it has no zone. */
function hint(rcode: string): string {
  return rcode === 'REFUSED' || rcode === 'NOTAUTH' ? '; a server that does not have the zone may answer so' : '';
}

function rcodeOf(message: Buffer): string {
  const code = message.readUInt16BE(2) & 0xf;
  return rcodes[code] ?? `RCODE${code}`;
}

/** Signatures carry the wall clock; nothing is decided by it here. */
function wallS(): number {
  return Math.max(0, Math.floor(Date.now() / 1_000));
}

function failed(code: Failed['code'], why: string): Failed {
  return { ok: false, code, why };
}
