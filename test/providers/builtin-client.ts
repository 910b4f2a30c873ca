import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type DecodedPacket, decode, encode, type RecordClass, type RecordType } from 'dns-packet';

/** A name server's client that knows nothing of ours: raw sockets, and dns-packet for the messages. */

export interface Asking {
  readonly type?: RecordType;
  readonly class?: RecordClass;
  readonly id?: number;
  readonly flags?: number;
  readonly edns?: { readonly size?: number; readonly version?: number; readonly dnssecOk?: boolean };
}

export function question(name: string, asking: Asking = {}): Buffer {
  const { edns } = asking;
  return encode({
    type: 'query',
    id: asking.id ?? 4_711,
    flags: asking.flags ?? 0,
    questions: [{ type: asking.type ?? 'A', class: asking.class ?? 'IN', name }],
    additionals:
      edns === undefined
        ? []
        : [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: edns.size ?? 1232,
              extendedRcode: 0,
              ednsVersion: edns.version ?? 0,
              flags: edns.dnssecOk ? 0x8000 : 0,
              flag_do: edns.dnssecOk ?? false,
              options: [],
            },
          ],
  });
}

/** The answer to one question, asked again every 250 ms as datagrams get lost; null when there is none in time. */
export function askUdp(port: number, message: Buffer, timeoutMs = 3_000): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const done = (answer: Buffer | null): void => {
      clearTimeout(timer);
      clearInterval(again);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => done(null), timeoutMs);
    socket.on('error', () => done(null));
    socket.on('message', done);
    const send = (): void => socket.send(message, port, '127.0.0.1');
    const again = setInterval(send, 250);
    send();
  });
}

/** Sends the bytes as they are and collects framed answers until `count` came, the server hung up, or time is up. */
export function askTcp(port: number, bytes: Buffer, count = 1, timeoutMs = 3_000): Promise<readonly Buffer[]> {
  return new Promise((resolve) => {
    const answers: Buffer[] = [];
    let pending: Buffer = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answers);
    };
    const timer = setTimeout(done, timeoutMs);
    socket.on('error', done);
    socket.on('close', done);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        answers.push(Buffer.from(pending.subarray(2, end)));
        pending = pending.subarray(end);
      }
      if (answers.length >= count) done();
    });
  });
}

export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** An answer in one line of text per thing that matters, for tables. */
export function summary(message: Buffer | null | undefined): readonly string[] {
  if (message === null || message === undefined) return ['no answer'];
  const packet: DecodedPacket & { rcode?: string } = decode(message);
  const opt = packet.additionals?.find((one) => one.type === 'OPT');
  const upper = opt?.type === 'OPT' ? opt.extendedRcode : 0;
  return [
    `${upper > 0 ? `RCODE ${upper * 16}` : packet.rcode}${packet.flag_aa ? ' aa' : ''}${packet.flag_tc ? ' tc' : ''}`,
    ...(packet.answers ?? []).map(line),
    ...(packet.authorities ?? []).map((one) => `authority ${line(one)}`),
  ];
}

type Answered = NonNullable<DecodedPacket['answers']>[number];

function line(one: Answered): string {
  if (one.type === 'SOA') return `${one.name} ${one.ttl} SOA ${one.data.mname} minimum ${one.data.minimum}`;
  if (one.type === 'TXT')
    return `${one.name} ${one.ttl} TXT ${Buffer.concat([one.data].flat().map((part) => Buffer.from(part)))}`;
  if (one.type === 'A' || one.type === 'AAAA' || one.type === 'CNAME' || one.type === 'NS')
    return `${one.name} ${one.ttl} ${one.type} ${one.data}`;
  return `${one.name} ${one.type}`;
}
