import { connect, createServer, type Server, type Socket } from 'node:net';

export type Trouble = 'none' | 'refused' | 'hang' | 'server-error' | 'garbage' | 'empty' | 'huge';

/** Stands between the adapter's questions and nginx, and passes them on or not. */
export interface Relay {
  readonly port: number;
  /** Asked for every connection. */
  trouble: () => Trouble;
  close(): Promise<void>;
}

export async function openRelay(to: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const relay = { port: 0, trouble: (): Trouble => 'none', close };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    const trouble = relay.trouble();
    if (trouble === 'hang') return;
    if (trouble === 'refused') socket.destroy();
    if (trouble === 'none') {
      const nginx = connect(to, '127.0.0.1');
      nginx.on('error', () => socket.destroy());
      socket.pipe(nginx).pipe(socket);
    }
    socket.once('data', () => {
      if (trouble === 'none') return;
      if (trouble === 'server-error') socket.end('HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n');
      else if (trouble === 'garbage') socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>\u001b[2J');
      else if (trouble === 'empty') socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      else pour(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  relay.port = address.port;

  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  return relay;
}

/** A body without end, as fast as it is read. */
function pour(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  const more = (): void => {
    while (!socket.destroyed && socket.write('x'.repeat(16_384)));
  };
  socket.on('drain', more);
  more();
}
