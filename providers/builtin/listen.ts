import { createSocket } from 'node:dgram';
import type { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isObject } from './document';
import { tcpServer } from './tcp';

export type Respond = (message: Buffer, over: 'udp' | 'tcp') => Buffer | null;

export type Listening =
  | { readonly ok: true; readonly port: number; readonly close: () => void }
  | { readonly ok: false; readonly code: string; readonly why: string };

/** Answers waiting for the kernel; beyond it they are dropped, as a network would. */
const maxQueued = 1_000;
const portTries = 8;

/** Listens on one address, UDP and TCP on the same port (0: any that is free for both). `trouble` hears what went wrong later. */
export async function listen(
  host: string,
  port: number,
  respond: Respond,
  trouble: (why: string) => void,
): Promise<Listening> {
  // One question that breaks our code must not silence the others.
  const guarded: Respond = (message, over) => {
    try {
      return respond(message, over);
    } catch (error) {
      trouble(`a question could not be answered: ${reason(error).why}`);
      return null;
    }
  };
  for (let tries = 1; ; tries++) {
    const listening = await listenOnce(host, port, guarded, trouble);
    if (listening.ok || port !== 0 || listening.code !== 'EADDRINUSE' || tries >= portTries) return listening;
  }
}

async function listenOnce(
  host: string,
  port: number,
  respond: Respond,
  trouble: (why: string) => void,
): Promise<Listening> {
  const tcp = tcpServer((message) => respond(message, 'tcp'));
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const close = (): void => {
    tcp.close();
    udp.close();
  };
  try {
    const address = await started<AddressInfo | string | null>(tcp.server, (done) => {
      tcp.server.listen({ host, port }, () => done(tcp.server.address()));
    });
    const actual = address !== null && typeof address !== 'string' ? address.port : port;
    udp.on('message', (message, from) => {
      // Port 0 can be forged, and `send` would throw on it.
      const reply = from.port === 0 ? null : respond(message, 'udp');
      if (reply !== null && udp.getSendQueueCount() < maxQueued) udp.send(reply, from.port, from.address, ignore);
    });
    await started<void>(udp, (done) => udp.bind({ address: host, port: actual, exclusive: true }, () => done()));
    tcp.server.on('error', (error) => trouble(`TCP: ${reason(error).why}`));
    udp.on('error', (error) => trouble(`UDP: ${reason(error).why}`));
    return { ok: true, port: actual, close };
  } catch (error) {
    close();
    return { ok: false, ...reason(error) };
  }
}

/** An answer that cannot be sent (no route, refused by a firewall) is lost, as any datagram may be. */
function ignore(): void {}

function started<T>(emitter: EventEmitter, start: (done: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    emitter.once('error', reject);
    start((value) => {
      emitter.off('error', reject);
      resolve(value);
    });
  });
}

function reason(error: unknown): { readonly code: string; readonly why: string } {
  const { code, message = error } = isObject(error) ? error : {};
  return { code: typeof code === 'string' ? code : 'unknown', why: String(message).slice(0, 200) };
}
