import { createSocket } from 'node:dgram';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import { freePort } from '../free-port';
import { type Authoritative, switcher } from '../servers/authoritative';
import { bindPrograms, startBind } from '../servers/bind';
import { withServers } from '../servers/installed';
import { knotPrograms, startKnot } from '../servers/knot';
import { reset, seed } from '../servers/zone-tools';
import { replyTo, signReply } from './rfc2136-forge';
import { isWrite } from './rfc2136-proxy';
import { connectTo, found, markerOf, move, record, sets, soon } from './rfc2136-subject';
import { startUdpRelay, type UdpRelay } from './rfc2136-udp-relay';

/** The same adapter over datagrams, which the network may lose, double, change and forge. */

const A = sets('A', '203.0.113.10');
const B = sets('A', '198.51.100.7');
const env = {
  RFC2136_TRANSPORT: 'udp',
  RFC2136_TSIG_NAME: switcher.name,
  RFC2136_TSIG_SECRET: switcher.secret,
  RFC2136_TSIG_ALGORITHM: switcher.algorithm,
};

for (const [name, programs, start] of [
  ['BIND', bindPrograms, startBind],
  ['Knot', knotPrograms, startKnot],
] as const) {
  withServers(`rfc2136 over UDP on ${name}`, programs, () => {
    let server: Authoritative;
    let relay: UdpRelay;
    let provider: Provider;
    beforeAll(async () => {
      server = await start({});
    });
    afterAll(() => server.close());
    beforeEach(async () => {
      await reset(server.port, [{ name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] }]);
      relay = await startUdpRelay(server.port);
      provider = await over(relay.port);
    });
    afterEach(() => relay.close());
    const over = (port: number): Promise<Provider> =>
      connectTo({ port, input: { env: { ...env, RFC2136_SERVER: `127.0.0.1:${port}` } } });

    test('reads and replaces, by datagrams alone', async () => {
      expect(await move(provider, B, 1)).toMatchObject({ code: 'applied' });
      expect(await found(provider)).toMatchObject({ sets: B, marker: markerOf(1) });
      expect([relay.writes(), relay.came() > 3]).toEqual([1, true]);
    });

    test('a datagram that comes twice takes effect once, whichever reply comes first', async () => {
      const from = await found(provider);
      relay.request = () => 2;
      const held: Buffer[] = [];
      relay.reply = (message, request) => {
        if (((request[2] ?? 0) >> 3) % 16 !== 5) return [message];
        held.push(message);
        return held.length % 2 === 0 ? held.splice(0).reverse() : [];
      };
      expect(await provider.replace({ from, to: B, marker: markerOf(1) }, soon())).toMatchObject({ code: 'applied' });
      relay.request = () => 1;
      relay.reply = (message) => [message];
      expect(await found(provider)).toMatchObject({ sets: B, marker: markerOf(1) });
      expect(await provider.replace({ from, to: A, marker: markerOf(2) }, soon())).toMatchObject({ code: 'conflict' });
    });

    test('one that is lost, or whose reply is, leaves the outcome unknown, and is not sent again', async () => {
      const from = await found(provider);
      relay.request = (message) => (((message[2] ?? 0) >> 3) % 16 === 5 ? 0 : 1);
      const wanted = { from, to: B, marker: markerOf(1) };
      const came = relay.came();
      expect(await provider.replace(wanted, AbortSignal.timeout(3_000))).toMatchObject({ code: 'unknown' });
      expect(relay.came() - came).toBe(1);
      relay.request = () => 1;
      expect((await found(provider)).sets).toEqual(A);
      relay.reply = () => [];
      expect(await provider.replace(wanted, AbortSignal.timeout(3_000))).toMatchObject({ code: 'unknown' });
      relay.reply = (message) => [message];
      expect(await found(provider)).toMatchObject({ sets: B, marker: markerOf(1) });
    });

    test('forged replies before the true one are passed over', async () => {
      relay.reply = (message) => {
        const spoilt = Buffer.from(message);
        spoilt[message.length - 8] = (spoilt[message.length - 8] ?? 0) ^ 1;
        const bare = Buffer.from(message.subarray(0, 12));
        bare.writeUInt16BE((message.readUInt16BE(2) & 0xfff0) | 5, 2);
        bare.fill(0, 4, 12);
        return [Buffer.from('nonsense'), bare, spoilt, message];
      };
      expect(await move(provider, B, 1)).toMatchObject({ code: 'applied' });
    });

    test('a reply that proves nothing is no answer', async () => {
      relay.reply = (message) => [message.subarray(0, 12)];
      expect(await provider.read(AbortSignal.timeout(3_000))).toMatchObject({ ok: false, code: 'unknown' });
    });

    test('an unsigned refusal of a change is no word of the server, but tells why', async () => {
      const from = await found(provider);
      const wanted = { from, to: B, marker: markerOf(1) };
      relay.reply = (_, request) => [
        signReply(request, replyTo(request, (request.readUInt16BE(2) & 0x7800) | 9), {
          key: switcher,
          error: 17,
          mac: () => Buffer.alloc(0),
        }),
      ];
      const doubtful = { code: 'unknown', why: expect.stringContaining('BADKEY') };
      expect(await provider.replace(wanted, AbortSignal.timeout(3_000))).toMatchObject(doubtful);
      const reading = await provider.read(AbortSignal.timeout(3_000));
      expect(reading).toMatchObject({ ok: false, code: 'denied', why: expect.stringContaining('BADKEY') });
      relay.reply = (message) => [message];
      expect(await found(provider)).toMatchObject({ sets: B, marker: markerOf(1) });
    });

    test('a truncated reply to a change is not asked again: unknown, and reading tells', async () => {
      const from = await found(provider);
      let updates = 0;
      relay.reply = (message, request) => {
        if (!isWrite(request)) return [message];
        updates += 1;
        const flags = (request.readUInt16BE(2) & 0x7800) | 0x0200;
        return [signReply(request, replyTo(request, flags), { key: switcher })];
      };
      const truncated = { code: 'unknown', why: expect.stringContaining('truncated') };
      expect(await provider.replace({ from, to: B, marker: markerOf(1) }, soon())).toMatchObject(truncated);
      expect([updates, relay.writes()]).toEqual([1, 1]);
      expect(await found(provider)).toMatchObject({ sets: B, marker: markerOf(1) });
    });

    test('replies from elsewhere are not heard, whatever they say', async () => {
      const stranger = createSocket('udp4');
      relay.reply = (message, request, to) => {
        const flags = (request.readUInt16BE(2) & 0x7800) | 0x0400;
        stranger.send(signReply(request, replyTo(request, flags), { key: switcher }), to, '127.0.0.1');
        return [message];
      };
      // Signed as the server signs: it is where they come from that tells. They would say that there is nothing.
      expect((await found(provider)).sets).toEqual(A);
      relay.reply = (message, _request, to) => {
        stranger.send(message, to, '127.0.0.1');
        return [];
      };
      const silent = await provider.read(AbortSignal.timeout(400));
      expect(silent).toMatchObject({ ok: false, code: 'unknown', why: expect.stringContaining('no answer') });
      stranger.close();
    });

    test("the server's own word on the clock comes at once", async () => {
      const now = Date.now;
      jest.spyOn(Date, 'now').mockImplementation(() => now() - 1_000_000);
      const before = performance.now();
      const reading = await provider.read(soon());
      jest.restoreAllMocks();
      expect(reading).toMatchObject({ ok: false, code: 'denied', why: expect.stringContaining('BADTIME') });
      expect(performance.now() - before).toBeLessThan(3_000);
    });

    test('what is too long for a datagram goes over TCP', async () => {
      const direct = await over(server.port);
      const many = sets('A', ...Array.from({ length: 80 }, (_, index) => `203.0.113.${index + 1}`));
      await seed(server.port, [{ name: record, type: 'A', ttl: 60, values: many[0]?.values ?? [] }]);
      expect((await found(direct)).sets).toEqual(many);
      expect(await move(direct, B, 1)).toMatchObject({ code: 'applied' });
      expect(await move(direct, many, 2)).toMatchObject({ code: 'applied' });
      expect((await found(direct)).sets).toEqual(many);
    });
  });
}

const withEnv = (server: string): Promise<Provider> =>
  connectTo({ port: 1, input: { zone: 'example.test', env: { ...env, RFC2136_SERVER: server } } });
const wanted = {
  from: { sets: A, marker: null, foreignMarker: null, obstacles: [] },
  to: B,
  marker: markerOf(1),
};

test('without a way to the server nothing was sent, and nothing breaks', async () => {
  // No socket may send to the broadcast address unasked: the same path in the system as "network unreachable".
  const provider = await withEnv('255.255.255.255:53');
  const why = expect.stringMatching(/EACCES|ENETUNREACH/);
  expect(await provider.replace(wanted, soon())).toEqual({ code: 'unavailable', why });
  expect(await provider.read(soon())).toEqual({ ok: false, code: 'unavailable', why });
});

test('a server that is down: unknown or unavailable, and soon', async () => {
  const provider = await withEnv(`127.0.0.1:${await freePort()}`);
  expect(['unknown', 'unavailable']).toContain((await provider.replace(wanted, soon())).code);
});

test('given up before it began, and while a name is looked up: nothing was sent', async () => {
  const provider = await withEnv('localhost:53');
  expect(await provider.replace(wanted, AbortSignal.abort())).toMatchObject({ code: 'unavailable' });
});
