import { connect } from 'node:net';
import type { Outcome, Provider, ProviderInput } from '../../providers/provider';
import { create } from '../../providers/rfc2136/rfc2136';
import { type RecordSet, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { type Key, record, switcher, zone } from '../servers/authoritative';
import { reset, seed, truth } from '../servers/zone-tools';
import type { Subject } from './conformance';
import { macOf, replyTo, signReply } from './rfc2136-forge';
import { type Behaviour, framed, isWrite, onMessage, startProxy } from './rfc2136-proxy';

const opcodeUpdate = 0x2800;
const servfail = 2;

export interface At {
  readonly port: number;
  readonly host?: string;
  readonly key?: Key;
  readonly input?: Partial<ProviderInput>;
}

/** An adapter that asks the server on that port of loopback. */
export async function connectTo({ port, host = '127.0.0.1', key = switcher, input = {} }: At): Promise<Provider> {
  const env = {
    RFC2136_SERVER: `${host}:${port}`,
    RFC2136_TSIG_NAME: key.name,
    RFC2136_TSIG_SECRET: key.secret,
    RFC2136_TSIG_ALGORITHM: key.algorithm,
  };
  const created = await create({
    record,
    zone: null,
    ttl: 60,
    env,
    directory: '/nonexistent',
    mixedFamilies: false,
    ...input,
  });
  if (!created.ok) throw new Error(JSON.stringify(created.problems));
  return created.provider;
}

/** The real server behind a proxy that makes the faults; the zone is emptied for each clause, the server stays. */
export async function openSubject(port: number): Promise<Subject> {
  await reset(port, []);
  const proxy = await startProxy(port);
  const inject = (behaviour: Behaviour) => () => proxy.behave(behaviour);
  const held: Buffer[] = [];
  const hold = (message: Buffer): Buffer | null => {
    if (isWrite(message)) held.push(Buffer.from(message));
    return isWrite(message) ? null : message;
  };
  return {
    connect: () => connectTo({ port: proxy.port }),
    seed: (records) => seed(port, records),
    truth: () => truth(port),
    faults: {
      refused: () => proxy.refuse(),
      hang: inject({ accept: () => undefined }),
      'server-error': inject({ request: (message, client) => answer(client, servfailTo(message)) }),
      // The real server's own BADSIG.
      denied: inject({ request: spoilMac }),
      garbage: inject({ accept: (socket) => void socket.end('<html><body>502 Bad Gateway</body></html>') }),
      empty: inject({ accept: (socket) => void socket.end() }),
      huge: inject({ request: (message, client) => answer(client, hugeReplyTo(message)) }),
      'applied-then-lost': inject({ reply: (reply, request, client) => (isWrite(request) ? hangUp(client) : reply) }),
      lost: inject({ request: (message, client) => (isWrite(message) ? hangUp(client) : message) }),
    },
    delayed: {
      hold: inject({ request: hold }),
      async deliver() {
        const late = held.splice(0);
        for (const message of late) await send(port, message);
        return late.length;
      },
    },
    heal: () => proxy.behave(null),
    secrets: [switcher.secret, Buffer.from(switcher.secret, 'base64').toString('utf8')],
    writes: proxy.writes,
    close: proxy.close,
  };
}

/** The bytes of a message on a connection of their own; resolves with the reply. */
export async function send(port: number, message: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  try {
    return await new Promise((resolve, reject) => {
      socket.once('error', reject).once('close', () => reject(new Error('no reply')));
      onMessage(socket, resolve);
      socket.write(framed(message));
    });
  } finally {
    socket.destroy();
  }
}

function answer(client: { write(bytes: Buffer): void }, reply: Buffer): null {
  client.write(framed(reply));
  return null;
}

function hangUp(client: { destroy(): void }): null {
  client.destroy();
  return null;
}

function servfailTo(request: Buffer): Buffer {
  return signReply(request, replyTo(request, (request.readUInt16BE(2) & 0x7800) | servfail), { key: switcher });
}

/** As long as a message may be, and with more records than it holds. */
function hugeReplyTo(request: Buffer): Buffer {
  const reply = Buffer.alloc(0xffff, 0xc0);
  replyTo(request, request.readUInt16BE(2) & opcodeUpdate).copy(reply);
  reply.writeUInt16BE(0xffff, 6);
  return reply;
}

/** One bit of the request's signature turned over. */
export function spoilMac(message: Buffer): Buffer {
  const spoilt = Buffer.from(message);
  const mac = macOf(spoilt, switcher);
  mac[0] = (mac[0] ?? 0) ^ 1;
  return spoilt;
}

export const soon = (): AbortSignal => AbortSignal.timeout(5_000);

export async function found(provider: Provider): Promise<Found> {
  const reading = await provider.read(soon());
  if (!reading.ok) throw new Error(`read failed: ${reading.code} ${reading.why}`);
  return reading.found;
}

/** Reads, and replaces as owner `sre`. */
export async function move(provider: Provider, to: readonly RecordSet[], generation: number): Promise<Outcome> {
  return provider.replace({ from: await found(provider), to, marker: markerOf(generation) }, soon());
}

export function markerOf(generation: number) {
  return { owner: 'sre', generation, site: 'b' };
}

export function sets(type: RecordSet['type'], ...values: readonly string[]): readonly RecordSet[] {
  const set = recordSet(type, 60, values);
  return set === null ? [] : [set];
}

export { record, zone };
