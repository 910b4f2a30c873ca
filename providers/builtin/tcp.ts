import { createServer, type Server, type Socket } from 'node:net';

/**
 * DNS over TCP (RFC 7766): each message after its length in two bytes, many on one connection, answered in order.
 *
 * A connection must bring a whole question every `patienceMs` and take its answers meanwhile, however slowly its bytes drip; a message
 * longer than any question ends it. So all connections together cost at most `maxConnections` times (a question + `maxUnsent`).
 */
const maxConnections = 128;
const maxPerClient = 32;
const defaultPatienceMs = 8_000;
const maxQuestion = 4_096;
const maxUnsent = 128 * 1024;

export interface Tcp {
  readonly server: Server;
  close(): void;
}

/** A server that is not listening yet. */
export function tcpServer(respond: (message: Buffer) => Buffer | null, patienceMs = defaultPatienceMs): Tcp {
  const clients = new Map<string, number>();
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    const client = socket.remoteAddress ?? '';
    const count = (clients.get(client) ?? 0) + 1;
    socket.on('error', () => socket.destroy());
    if (count > maxPerClient) return socket.destroy();
    clients.set(client, count);
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      const left = (clients.get(client) ?? 1) - 1;
      if (left === 0) clients.delete(client);
      else clients.set(client, left);
    });
    return serve(socket, respond, patienceMs);
  });
  server.maxConnections = maxConnections;
  return {
    server,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function serve(socket: Socket, respond: (message: Buffer) => Buffer | null, patienceMs: number): void {
  let pending: Buffer = Buffer.alloc(0);
  const patience = setTimeout(() => socket.destroy(), patienceMs);
  socket.once('close', () => clearTimeout(patience));
  const work = (): void => {
    while (pending.length >= 2 && socket.writableLength <= maxUnsent) {
      const end = 2 + pending.readUInt16BE(0);
      if (end > 2 + maxQuestion) return void socket.destroy();
      if (pending.length < end) break;
      const reply = respond(pending.subarray(2, end));
      // What deserves no answer (no header, or an answer) did not come from a resolver.
      if (reply === null) return void socket.destroy();
      const framed = Buffer.alloc(2 + reply.length);
      framed.writeUInt16BE(reply.length, 0);
      reply.copy(framed, 2);
      socket.write(framed);
      pending = pending.subarray(end);
      patience.refresh();
    }
    if (socket.writableLength > maxUnsent) {
      socket.pause();
      socket.once('drain', () => {
        socket.resume();
        work();
      });
    }
  };
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    work();
  });
}
