import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode } from 'dns-packet';

/** A name server on loopback whose every behaviour the test writes: UDP and TCP on one port. */
export interface FakeServer {
  readonly address: string;
  readonly port: number;
  /** Questions that arrived, oldest first. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

export interface Asked {
  readonly via: 'udp' | 'tcp';
  readonly packet: DecodedPacket;
  readonly bytes: Buffer;
  readonly name: string;
  readonly type: string;
  readonly edns: boolean;
  readonly dnssec: boolean;
  readonly recursion: boolean;
  /** Where a UDP question came from; 0 over TCP. */
  readonly peerPort: number;
}

export interface Behaviour {
  /** Bytes to send back, none for silence. */
  readonly udp: (asked: Asked) => readonly Buffer[];
  /** The reply's bytes (the length is put before it), or what to do with the connection. */
  readonly tcp: (asked: Asked) => Buffer | TcpAction;
}
export type TcpAction = (socket: Socket) => void;

export const silence: Behaviour = { udp: () => [], tcp: () => () => undefined };

/** The same answer over both transports. */
export function always(answer: (asked: Asked) => Buffer): Behaviour {
  return { udp: (asked) => [answer(asked)], tcp: answer };
}

export interface ReplyParts {
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  readonly rcode?: number;
  readonly aa?: boolean;
  readonly tc?: boolean;
  readonly id?: number;
  readonly name?: string;
}

/** A well-formed reply to a question, authoritative unless said otherwise. */
export function reply({ packet }: Asked, parts: ReplyParts = {}): Buffer {
  const aa = (parts.aa ?? true) ? AUTHORITATIVE_ANSWER : 0;
  const [question] = packet.questions ?? [];
  return encode({
    type: 'response',
    id: parts.id ?? packet.id ?? 0,
    flags: aa | ((parts.tc ?? false) ? 0x200 : 0) | (parts.rcode ?? 0),
    questions: question === undefined ? [] : [{ ...question, name: parts.name ?? question.name }],
    answers: [...(parts.answers ?? [])],
    authorities: [...(parts.authorities ?? [])],
    additionals: [...(parts.additionals ?? [])],
  });
}

/** A zone as a table `name type` → answers; a name without the type is NODATA, any other name NXDOMAIN. */
export function zone(table: Readonly<Record<string, readonly Answer[]>>): Behaviour {
  return always((asked) => {
    const answers = table[`${asked.name} ${asked.type}`] ?? table[`${asked.name} CNAME`];
    if (answers !== undefined) return reply(asked, { answers });
    const exists = Object.keys(table).some((key) => key.startsWith(`${asked.name} `));
    return reply(asked, { rcode: exists ? 0 : 3 });
  });
}

/** Starts a server; both transports share the port. */
export async function fakeServer(behaviour: Behaviour, address = '127.0.0.1'): Promise<FakeServer> {
  const asked: Asked[] = [];
  const note = (via: 'udp' | 'tcp', bytes: Buffer, peerPort: number): Asked => {
    const one = read(via, bytes, peerPort);
    asked.push(one);
    return one;
  };
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      const then = behaviour.tcp(note('tcp', bytes.subarray(2), 0));
      if (typeof then === 'function') then(socket);
      else socket.end(withLength(then));
    });
  });
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  udp.on('message', (bytes: Buffer, peer: RemoteInfo) => {
    for (const answer of behaviour.udp(note('udp', bytes, peer.port))) udp.send(answer, peer.port, peer.address);
  });
  const port = await listenOnBoth(udp, tcp, address);
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => udp.close(() => resolve())),
      new Promise<void>((resolve) => tcp.close(() => resolve())),
    ]);
  };
  return { address, port, asked, close };
}

export function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function read(via: 'udp' | 'tcp', bytes: Buffer, peerPort: number): Asked {
  const packet = decode(bytes);
  const [question] = packet.questions ?? [];
  const opt = (packet.additionals ?? []).find((additional) => additional.type === 'OPT');
  return {
    via,
    packet,
    bytes,
    name: (question?.name ?? '').toLowerCase(),
    type: question?.type ?? '',
    edns: opt !== undefined,
    dnssec: opt?.type === 'OPT' && opt.flag_do,
    recursion: packet.flag_rd,
    peerPort,
  };
}

async function listenOnBoth(udp: UdpSocket, tcp: ReturnType<typeof createServer>, address: string): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    await new Promise<void>((resolve) => tcp.listen(0, address, resolve));
    const at = tcp.address();
    if (at === null || typeof at === 'string') break;
    const bound = await new Promise<boolean>((resolve) => {
      udp.once('error', () => resolve(false));
      udp.bind(at.port, address, () => resolve(true));
    });
    if (bound) return at.port;
    await new Promise((resolve) => tcp.close(resolve));
  }
  throw new Error('no port is free for both UDP and TCP');
}
