import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { gzipSync } from 'node:zlib';

/** A server on loopback that does to every connection what it is told. */
export interface BadServer {
  readonly port: number;
  /** What clients sent, the first connection first. */
  readonly heard: readonly string[];
  readonly open: () => number;
  close(): Promise<void>;
}

export type Misbehave = (socket: Socket) => void;

export async function badServer(misbehave: Misbehave, tls?: TlsOptions, host = '127.0.0.1'): Promise<BadServer> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const serve = (socket: Socket): void => {
    const index = heard.push('') - 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard[index] += chunk.toString('latin1');
    });
    misbehave(socket);
  };
  const server: Server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    heard,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers the first bytes of a request with these, and closes unless told to keep the connection. */
export function says(answer: string | Buffer, keep = false): Misbehave {
  return (socket) => socket.once('data', () => (keep ? socket.write(answer) : socket.end(answer)));
}

/** A proper answer. */
export function ok(body = 'ok', headers = ''): Misbehave {
  return says(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`);
}

/** Writes the same piece for as long as the peer takes it. */
export function floods(head: string, piece: string | Buffer): Misbehave {
  return (socket) =>
    socket.once('data', () => {
      socket.write(head);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', pour);
      pour();
    });
}

/** Writes one piece at a time, every `everyMs`. */
export function drips(head: string, piece: string, everyMs: number): Misbehave {
  return (socket) =>
    socket.once('data', () => {
      socket.write(head);
      const timer = setInterval(() => socket.write(piece), everyMs);
      socket.on('close', () => clearInterval(timer));
    });
}

/** 64 MiB of zeros in 64 kB of gzip. */
export function gzipBomb(): Buffer {
  return gzipSync(Buffer.alloc(64 * 1024 * 1024));
}
