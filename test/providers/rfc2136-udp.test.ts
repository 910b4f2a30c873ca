import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import { type Authoritative, switcher } from '../servers/authoritative';
import { bindPrograms, startBind } from '../servers/bind';
import { withServers } from '../servers/installed';
import { knotPrograms, startKnot } from '../servers/knot';
import { reset, seed } from '../servers/zone-tools';
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
      expect(await provider.replace(wanted, AbortSignal.timeout(600))).toMatchObject({ code: 'unknown' });
      expect(relay.came() - came).toBe(1);
      relay.request = () => 1;
      expect((await found(provider)).sets).toEqual(A);
      relay.reply = () => [];
      expect(await provider.replace(wanted, AbortSignal.timeout(600))).toMatchObject({ code: 'unknown' });
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
