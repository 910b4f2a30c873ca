import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isWrite } from './rfc2136-proxy';

/** Datagrams on their way to a real server, and what the network does to them. */
export interface UdpRelay {
  readonly port: number;
  /** How often each datagram is delivered; 0: lost. */
  request: (message: Buffer) => number;
  /** What comes back for a reply, in this order. */
  reply: (message: Buffer, request: Buffer, to: number) => readonly Buffer[];
  /** Updates that went on. */
  writes(): number;
  /** Datagrams that came. */
  came(): number;
  close(): void;
}

export async function startUdpRelay(upstream: number): Promise<UdpRelay> {
  const front = createSocket('udp4');
  front.bind(0, '127.0.0.1');
  await once(front, 'listening');
  let writes = 0;
  let came = 0;
  const backs = new Set<ReturnType<typeof createSocket>>();
  const relay: UdpRelay = {
    port: front.address().port,
    request: () => 1,
    reply: (message) => [message],
    writes: () => writes,
    came: () => came,
    close() {
      front.close();
      for (const back of backs) back.close();
    },
  };
  front.on('message', (message, from: RemoteInfo) => {
    came += 1;
    const back = createSocket('udp4');
    backs.add(back);
    back.on('message', (reply) => {
      for (const one of relay.reply(reply, message, from.port)) front.send(one, from.port, from.address);
    });
    for (let times = relay.request(message); times > 0; times--) {
      if (isWrite(message)) writes += 1;
      back.send(message, upstream, '127.0.0.1');
    }
  });
  return relay;
}
