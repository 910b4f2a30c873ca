import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that understands DNS framing and does to each message what the test says. */
export interface TcpProxy {
  readonly port: number;
  /** Null: pass everything. */
  behave(behaviour: Behaviour | null): void;
  /** Closes the port, so that connections are refused; `behave` opens it again. */
  refuse(): void;
  /** Updates with something in their update section that went on to the server. */
  writes(): number;
  close(): Promise<void>;
}

export interface Behaviour {
  /** What to do with a connection instead of connecting it through. */
  readonly accept?: (socket: Socket) => void;
  /** The message to send on; null: it is swallowed. */
  readonly request?: (message: Buffer, client: Socket) => Buffer | null | Promise<Buffer | null>;
  /** The reply to send back; null: it is swallowed. */
  readonly reply?: (message: Buffer, request: Buffer, client: Socket) => Buffer | null;
}

const updateOpcode = 5;

/** Whether a message is an UPDATE that may change something. */
export function isWrite(message: Buffer): boolean {
  return ((message[2] ?? 0) >> 3) % 16 === updateOpcode && message.readUInt16BE(8) > 0;
}

export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Calls back with each whole message of a stream. */
export function onMessage(socket: Socket, tell: (message: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const message = Buffer.from(pending.subarray(2, end));
      pending = pending.subarray(end);
      tell(message);
    }
  });
}

export async function startProxy(upstream: number): Promise<TcpProxy> {
  let behaviour: Behaviour = {};
  let writes = 0;
  const sockets = new Set<Socket>();

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  }

  async function passOn(message: Buffer, client: Socket, server: Socket): Promise<void> {
    const onward = behaviour.request === undefined ? message : await behaviour.request(message, client);
    if (onward === null) return;
    if (isWrite(onward)) writes += 1;
    server.write(framed(onward));
  }

  const listener: Server = createServer((client) => {
    track(client);
    if (behaviour.accept !== undefined) {
      behaviour.accept(client);
      return;
    }
    const server = connect(upstream, '127.0.0.1');
    track(server);
    let request: Buffer = Buffer.alloc(0);
    onMessage(client, (message) => {
      request = message;
      void passOn(message, client, server);
    });
    onMessage(server, (message) => {
      const back = behaviour.reply === undefined ? message : behaviour.reply(message, request, client);
      if (back !== null) client.write(framed(back));
    });
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;

  return {
    port,
    behave(next) {
      behaviour = next ?? {};
      if (!listener.listening) listener.listen(port, '127.0.0.1');
    },
    refuse() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
    writes: () => writes,
    async close() {
      for (const socket of sockets) socket.destroy();
      if (!listener.listening) return;
      listener.close();
      await once(listener, 'close');
    },
  };
}
