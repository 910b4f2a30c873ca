import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { type Connection, codeOf, type Received } from './connection';

/** What fits into one datagram that is never cut in pieces (DNS flag day 2020); anything longer goes over TCP. */
export const datagramLimit = 1_232;

/** How long a genuine reply is still waited for after one that proves nothing: anybody may send such. */
const graceMs = 1_000;

/**
 * Messages to one server, each a datagram from a socket of its own, so with a port that a forger has to guess. Nothing is ever sent
 * twice: an UPDATE that was lost may as well have been carried out.
 */
export function openDatagrams(host: string, port: number, limitMs: number, signal: AbortSignal): Connection {
  let address: { readonly address: string; readonly family: number } | null = null;
  let closed = false;
  const sockets = new Set<Socket>();
  const found = lookup(host).then(
    (one) => {
      address = one;
      return null;
    },
    (error: unknown) => codeOf(error),
  );
  // The system's resolver may take its time, which is not ours.
  const opened = inTime(found, limitMs, signal);

  async function exchange(message: Buffer, genuine: (reply: Buffer) => boolean): Promise<Received> {
    if (address === null || closed || signal.aborted)
      return { ok: false, sent: false, why: 'closed before it was sent' };
    const { family, address: to } = address;
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    sockets.add(socket);
    return new Promise((resolve) => {
      let doubtful: Buffer | null = null;
      let grace: NodeJS.Timeout | null = null;
      const end = (received: Received): void => {
        clearTimeout(timer);
        if (grace !== null) clearTimeout(grace);
        signal.removeEventListener('abort', abort);
        if (sockets.delete(socket)) socket.close();
        resolve(received);
      };
      const without = (why: string): void =>
        end(doubtful === null ? { ok: false, sent: true, why } : { ok: true, bytes: doubtful });
      const abort = (): void => without('no answer before the deadline');
      const timer = setTimeout(() => without(`no answer within ${limitMs} ms`), limitMs);
      signal.addEventListener('abort', abort, { once: true });
      let sent = false;
      socket.on('error', (error) => end({ ok: false, sent, why: codeOf(error) }));
      socket.on('message', (bytes) => {
        if (bytes.length < 12 || bytes.readUInt16BE(0) !== message.readUInt16BE(0)) return;
        if (genuine(bytes)) return end({ ok: true, bytes });
        doubtful = bytes;
        grace ??= setTimeout(() => without('no genuine answer'), graceMs);
      });
      // Connected, the system itself drops what comes from anywhere else, and tells of a port where nobody listens. The listener is an event's,
      // not an argument: as an argument it would be called without a route, too, and sending would throw (Node 20, tried 2026-11).
      socket.once('connect', () => {
        sent = true;
        if (sockets.has(socket)) socket.send(message);
      });
      socket.connect(port, to);
    });
  }

  return {
    opened,
    exchange,
    close() {
      closed = true;
      for (const socket of sockets) socket.close();
      sockets.clear();
    },
  };
}

/** What comes of it, or why it is not waited for any longer. */
async function inTime(work: Promise<string | null>, limitMs: number, signal: AbortSignal): Promise<string | null> {
  let abort = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  const given = new Promise<string>((resolve) => {
    abort = () => resolve('no address before the deadline');
    timer = setTimeout(() => resolve(`no address within ${limitMs} ms`), limitMs);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  const first = await Promise.race([work, given]);
  clearTimeout(timer);
  signal.removeEventListener('abort', abort);
  return first;
}
