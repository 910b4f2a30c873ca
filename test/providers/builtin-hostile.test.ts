import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { answer } from '../../providers/builtin/answer';
import { tcpServer } from '../../providers/builtin/tcp';
import { serveZone } from '../../providers/builtin/zone';
import { askTcp, askUdp, framed, question, summary } from './builtin-client';
import { eventually, openWorld, portOf, putZone } from './builtin-world';

const zone = {
  name: 'example.test',
  serial: 7,
  records: [
    { name: 'www.example.test', type: 'A' as const, ttl: 60, values: ['203.0.113.10'] },
    {
      name: '*.any.example.test',
      type: 'A' as const,
      ttl: 60,
      values: Array.from({ length: 90 }, (_, i) => `192.0.2.${i}`),
    },
  ],
};
const world = openWorld();
const opened: Socket[] = [];
const flooding = createSocket('udp4');
let port = 0;
beforeAll(async () => {
  putZone(world.directory, zone);
  port = await portOf(await world.connect());
});
afterAll(async () => {
  flooding.close();
  for (const socket of opened) socket.destroy();
  await world.close();
});

const sane = question('www.example.test');
const saneAnswer = ['NOERROR aa', 'www.example.test 60 A 203.0.113.10'];
/** What every attack is followed by. */
async function answersAsEver(): Promise<void> {
  const [udp, [tcp]] = await Promise.all([askUdp(port, sane), askTcp(port, framed(sane))]);
  expect(summary(udp)).toEqual(saneAnswer);
  expect(summary(tcp)).toEqual(saneAnswer);
}

/** The datagram that stops other servers for over a second: it claims 39,000 questions. */
const sectionBomb = Buffer.from('6ed755409a1bf68fd29404bced9e6daaebb8f980a556a9c1470358d5bf7417032846e0acf5', 'hex');

function changed(message: Buffer, ...edits: readonly (readonly [at: number, byte: number])[]): Buffer {
  const copy = Buffer.from(message);
  for (const [at, byte] of edits) copy[at] = byte;
  return copy;
}
const withOpt = question('www.example.test', { edns: {} });
const loop = Buffer.concat([sane.subarray(0, 12), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])]);
const labelOf = (length: number): Buffer =>
  Buffer.concat([
    sane.subarray(0, 12),
    Buffer.from([length]),
    Buffer.alloc(length, 0x61),
    Buffer.from([0, 0, 1, 0, 1]),
  ]);
const longName = Buffer.concat([
  sane.subarray(0, 12),
  ...Array.from({ length: 5 }, () => Buffer.from(`\x3f${'a'.repeat(63)}`, 'latin1')),
  Buffer.from([0, 0, 1, 0, 1]),
]);

describe('broken messages', () => {
  test.each([
    ['shorter than a header', 'no answer', sane.subarray(0, 11)],
    ['empty', 'no answer', Buffer.alloc(0)],
    ['an answer', 'no answer', changed(sane, [2, 0x80])],
    ['an answer with NOTIMP opcode', 'no answer', changed(sane, [2, 0xa8])],
    ['a header alone', 'FORMERR', sane.subarray(0, 12)],
    ['no question', 'FORMERR', changed(sane, [5, 0])],
    ['two questions', 'FORMERR', changed(sane, [5, 2])],
    ['65535 questions', 'FORMERR', changed(sane, [4, 0xff], [5, 0xff])],
    ['an answer section', 'FORMERR', changed(sane, [7, 1])],
    ['65535 authorities', 'FORMERR', changed(sane, [8, 0xff], [9, 0xff])],
    ['65535 additionals', 'FORMERR', changed(sane, [10, 0xff], [11, 0xff])],
    ['an additional that is not there', 'FORMERR', changed(sane, [11, 1])],
    ['bytes after the end', 'FORMERR', Buffer.concat([sane, Buffer.from([0])])],
    ['cut in the name', 'FORMERR', sane.subarray(0, 20)],
    ['cut in the class', 'FORMERR', sane.subarray(0, sane.length - 1)],
    ['a name that points to itself', 'FORMERR', loop],
    ['a label of 63', 'REFUSED', labelOf(63)],
    ['a label of 64', 'FORMERR', labelOf(64)],
    ['a pointer, were it a length', 'FORMERR', labelOf(0xc0)],
    ['a name of 320', 'FORMERR', longName],
    ['an OPT not at the root', 'FORMERR', changed(withOpt, [sane.length, 1])],
    ['an OPT that is not OPT', 'FORMERR', changed(withOpt, [sane.length + 2, 1])],
    ['an OPT longer than the message', 'FORMERR', changed(withOpt, [withOpt.length - 1, 9])],
    ['a section bomb', 'NOTIMP', sectionBomb],
    ['a section bomb with opcode QUERY', 'FORMERR', changed(sectionBomb, [2, 0x05])],
  ])('%s: %s', (_, expected, message) => {
    const reply = answer(message, new Map([['example.test', serveZone(zone, '127.0.0.1')]]), 'udp');
    expect(reply === null ? 'no answer' : (summary(reply)[0] ?? '')).toBe(expected);
    if (reply !== null) expect(reply.readUInt16BE(0)).toBe(message.readUInt16BE(0));
  });

  const zones = new Map([['example.test', serveZone(zone, '127.0.0.1')]]);
  const seeds = [sane, withOpt, question('a.any.example.test'), sectionBomb, loop, longName];
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }), fc.nat(300))
    .map(([seed, edits, length]) => changed(seed, ...edits).subarray(0, length));
  const random = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));

  test('no message throws, an answer is an answer to it and within the limit', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, mutated, random), (message) => {
        const udp = answer(message, zones, 'udp');
        const tcp = answer(message, zones, 'tcp');
        expect(udp === null).toBe(tcp === null);
        if (udp === null) return;
        expect(udp.length).toBeLessThanOrEqual(1232);
        expect(udp.readUInt16BE(0)).toBe(message.readUInt16BE(0));
        expect((udp[2] ?? 0) & 0x80).toBe(0x80);
        summary(udp);
      }),
      { numRuns: 5_000 },
    );
  });

  test('the same over the network, and a normal question afterwards is answered at once', async () => {
    const messages = [sectionBomb, loop, longName, ...fc.sample(fc.oneof(mutated, random), 2_000)];
    for (const message of messages) flooding.send(message, port, '127.0.0.1');
    await answersAsEver();
  });
});

describe('floods', () => {
  test('20,000 questions do not delay a 10 ms timer of this thread', async () => {
    let latest = 0;
    let due = performance.now() + 10;
    const timer = setInterval(() => {
      latest = Math.max(latest, performance.now() - due);
      due = performance.now() + 10;
    }, 10);
    for (let burst = 0; burst < 100; burst++) {
      for (let one = 0; one < 200; one++) flooding.send(sane, port, '127.0.0.1');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await answersAsEver();
    clearInterval(timer);
    expect(latest).toBeLessThan(1_500);
  });

  async function open(to = port): Promise<Socket> {
    const socket = connect(to, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    opened.push(socket);
    await once(socket, 'connect');
    return socket;
  }
  function closed(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      if (socket.closed) resolve();
      else socket.once('close', () => resolve());
    });
  }

  test('one client gets only so many connections, and has them back when it closes some', async () => {
    const sockets = await Promise.all(Array.from({ length: 40 }, () => open()));
    const refused = sockets.slice(32);
    await Promise.all(refused.map(closed));
    expect(sockets.slice(0, 32).some((socket) => socket.closed)).toBe(false);
    expect(await askTcp(port, framed(sane), 1, 1_000)).toEqual([]);
    expect(summary(await askUdp(port, sane))).toEqual(saneAnswer);
    for (const socket of sockets) socket.destroy();
    await Promise.all(sockets.map(closed));
    // The server's thread hears of it in its own time.
    const reply = await eventually(async () => (await askTcp(port, framed(sane), 1, 1_000))[0] ?? null);
    expect(summary(reply)).toEqual(saneAnswer);
  });

  test('many questions in one segment are all answered, in order', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => index + 1);
    const bytes = Buffer.concat(ids.map((id) => framed(question('a.any.example.test', { id }))));
    const replies = await askTcp(port, bytes, ids.length);
    expect(replies.map((reply) => reply.readUInt16BE(0))).toEqual(ids);
  });

  test('a message longer than any question, or one that is none, ends the connection', async () => {
    for (const bytes of [Buffer.from([0xff, 0xff, 0, 0]), Buffer.from([0, 0]), framed(changed(sane, [2, 0x80]))]) {
      const socket = await open();
      const started = performance.now();
      socket.write(bytes);
      await closed(socket);
      expect(performance.now() - started).toBeLessThan(4_000);
    }
    await answersAsEver();
  });

  test('bytes that drip do not hold a connection, questions do', async () => {
    const { server, close } = tcpServer(() => Buffer.alloc(12), 400);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const [dripping, asking] = await Promise.all([open(address.port), open(address.port)]);
    dripping.write(Buffer.from([0x10, 0]));
    const drip = setInterval(() => dripping.write(Buffer.from([0])), 50);
    const ask = setInterval(() => asking.write(framed(sane)), 50);
    const started = performance.now();
    await closed(dripping);
    clearInterval(drip);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(300);
    expect(took).toBeLessThan(3_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(asking.closed).toBe(false);
    clearInterval(ask);
    await closed(asking);
    close();
  });
});
