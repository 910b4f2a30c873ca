import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Key as SigningKey, sign } from '../../providers/rfc2136/tsig';
import { lastRecord } from '../../providers/rfc2136/wire';
import { type Authoritative, record, switcher } from '../servers/authoritative';
import { reset, serial, truth } from '../servers/zone-tools';
import { isWrite, startProxy } from './rfc2136-proxy';
import { connectTo, found, markerOf, move, send, sets, soon } from './rfc2136-subject';

const A = sets('A', '203.0.113.10');
const B = sets('A', '198.51.100.7');
const C = sets('A', '192.0.2.99');
const old = { name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] };
const key: SigningKey = { ...switcher, secret: Buffer.from(switcher.secret, 'base64') };
const noError = 0;
const nxRrset = 8;
const notAuth = 9;
const badTime = 18;

/** A signed write, recorded on its way, that reaches the server again or late. Two walls: the signature's time, and the prerequisites. */
export function late(kind: string, server: () => Authoritative): void {
  describe(`late writes on ${kind}`, () => {
    let port = 0;
    beforeEach(async () => {
      ({ port } = server());
      await reset(port, [old]);
    });

    /** A switch to B that never arrived, as the bytes without its signature. */
    async function recorded(): Promise<Buffer> {
      const proxy = await startProxy(port);
      const kept: Buffer[] = [];
      proxy.behave({
        request(message, client) {
          if (!isWrite(message)) return message;
          kept.push(message);
          client.destroy();
          return null;
        },
      });
      const lost = await move(await connectTo({ port: proxy.port }), B, 1);
      await proxy.close();
      expect([lost.code, kept.length]).toEqual(['unknown', 1]);
      const [message = Buffer.alloc(12)] = kept;
      const bare = Buffer.from(message.subarray(0, lastRecord(message)?.at));
      bare.writeUInt16BE(0, 10);
      return bare;
    }

    /** Signs it as it would have been so many seconds ago, sends it, and gives the reply's rcode and TSIG error. */
    async function deliver(message: Buffer, agoS: number): Promise<readonly [rcode: number, error: number]> {
      const { bytes } = sign(key, message, Math.floor(Date.now() / 1_000) - agoS);
      const reply = await send(port, bytes);
      const signature = lastRecord(reply);
      if (signature === null) throw new Error('an unsigned reply');
      // Error and the length of Other Data, which BADTIME fills with six bytes of time, stand last (RFC 8945 section 4.2).
      const other = reply.readUInt16BE(signature.end - 2) === 0 ? 0 : 6;
      return [(reply[3] ?? 0) & 0xf, reply.readUInt16BE(signature.end - other - 4)];
    }

    test.each([0, 290])('signed %i s ago, and nothing newer: it takes effect', async (agoS) => {
      const message = await recorded();
      expect(await deliver(message, agoS)).toEqual([noError, 0]);
      expect(await found(await connectTo({ port }))).toMatchObject({ sets: B, marker: markerOf(1) });
    });

    test.each([310, 3_600, 86_400])('signed %i s ago: BADTIME, though nothing newer was written', async (agoS) => {
      const message = await recorded();
      const before = await serial(port);
      expect(await deliver(message, agoS)).toEqual([notAuth, badTime]);
      expect(await serial(port)).toBe(before);
      expect(await truth(port)).toContainEqual(old);
    });

    test.each([
      ['other values', C],
      ['the old values again: a fence', A],
      ['the values that the late one wants', B],
    ])('after a newer change to %s it has no effect, whenever it was signed', async (_, newer) => {
      const message = await recorded();
      const provider = await connectTo({ port });
      expect(await move(provider, newer, 2)).toMatchObject({ code: 'applied' });
      const before = await serial(port);
      expect(await deliver(message, 310)).toEqual([notAuth, badTime]);
      const [rcode, error] = await deliver(message, 0);
      expect([[nxRrset, 7].includes(rcode), error]).toEqual([true, 0]);
      expect(await serial(port)).toBe(before);
      expect(await found(provider)).toMatchObject({ sets: newer, marker: markerOf(2) });
    });

    test('replayed after it took effect: harmless within the window, refused after it', async () => {
      const message = await recorded();
      expect(await deliver(message, 0)).toEqual([noError, 0]);
      const before = await serial(port);
      for (const agoS of [0, 100, 280]) expect((await deliver(message, agoS))[0]).not.toBe(noError);
      expect(await deliver(message, 310)).toEqual([notAuth, badTime]);
      expect(await serial(port)).toBe(before);
      const provider = await connectTo({ port });
      // Back where it started, and the marker has moved on.
      expect(await move(provider, A, 2)).toMatchObject({ code: 'applied' });
      expect((await deliver(message, 0))[0]).not.toBe(noError);
      expect(await found(provider)).toMatchObject({ sets: A, marker: markerOf(2) });
      expect(await provider.read(soon())).toMatchObject({ ok: true });
    });
  });
}
