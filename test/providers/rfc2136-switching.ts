import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { decode, encode } from 'dns-packet';
import type { Provider } from '../../providers/provider';
import { type Authoritative, admin, bystander, type Key, record, switcher, switchers } from '../servers/authoritative';
import { reset, seed, serial, truth } from '../servers/zone-tools';
import { framed, isWrite, onMessage, startProxy, type TcpProxy } from './rfc2136-proxy';
import { connectTo, found, markerOf, move, sets, soon } from './rfc2136-subject';

const old = ['203.0.113.10', '203.0.113.11'] as const;
const next = ['198.51.100.7', '198.51.100.8', '198.51.100.9'] as const;
const A = sets('A', ...old);
const B = sets('A', ...next);
const C = sets('A', '192.0.2.99');

/** What only a real server can show of a switch: signatures, replays, delays, rivals, and what everybody sees meanwhile. */
export function switching(name: string, server: () => Authoritative): void {
  describe(`switching on ${name}`, () => {
    const proxies: TcpProxy[] = [];
    async function fresh(): Promise<{ port: number; provider: Provider }> {
      const { port } = server();
      await reset(port, [{ name: record, type: 'A', ttl: 60, values: [...old] }]);
      return { port, provider: await connectTo({ port }) };
    }
    async function proxied(): Promise<{ port: number; provider: Provider; proxy: TcpProxy }> {
      const { port } = await fresh();
      const proxy = await startProxy(port);
      proxies.push(proxy);
      return { port, provider: await connectTo({ port: proxy.port }), proxy };
    }
    afterEach(async () => {
      jest.restoreAllMocks();
      for (const proxy of proxies.splice(0)) await proxy.close();
    });

    test.each(switchers)('$algorithm: reads, replaces, reads back', async (key) => {
      const { port } = await fresh();
      const provider = await connectTo({ port, key });
      expect(await move(provider, B, 1)).toMatchObject({ code: 'applied' });
      expect(await found(provider)).toMatchObject({ sets: B, marker: markerOf(1) });
      const shout: Key = { ...key, name: `${key.name.toUpperCase()}.` };
      expect(await found(await connectTo({ port, key: shout }))).toMatchObject({ sets: B });
    });

    test.each([
      ['another secret', { ...switcher, secret: admin.secret }, /BADSIG.*RFC2136_TSIG_SECRET/],
      ['a key the server has not', { ...switcher, name: 'nobody' }, /BADKEY.*nobody/],
      ['another algorithm', { ...switcher, algorithm: 'hmac-sha512' as const }, /BADKEY/],
    ])('%s: denied, by name, and nothing is changed', async (_, key, why) => {
      const { port, provider } = await fresh();
      const from = await found(provider);
      const before = await serial(port);
      const denied = { code: 'denied', why: expect.stringMatching(why) };
      const stranger = await connectTo({ port, key });
      expect(await stranger.read(soon())).toEqual({ ok: false, ...denied });
      expect(await stranger.replace({ from, to: B, marker: markerOf(1) }, soon())).toEqual(denied);
      expect(await serial(port)).toBe(before);
    });

    test('a key without the right to it: denied', async () => {
      const { port, provider } = await fresh();
      const from = await found(provider);
      const stranger = await connectTo({ port, key: bystander });
      const outcome = await stranger.replace({ from, to: B, marker: markerOf(1) }, soon());
      expect(outcome).toMatchObject({ code: 'denied', why: expect.stringMatching(/REFUSED|ACL/) });
      expect((await found(provider)).sets).toEqual(A);
    });

    test.each([
      [1_000, /server's clock is (999|1000|1001) s behind ours/],
      [-1_000, /server's clock is (999|1000|1001) s ahead of ours/],
      [-8 * 365 * 86_400, /s ahead of ours/],
    ])('our clock %i s off: denied, and it is told as a clock problem with the difference', async (offS, why) => {
      const { provider } = await fresh();
      const from = await found(provider);
      const now = Date.now;
      jest.spyOn(Date, 'now').mockImplementation(() => now() + offS * 1_000);
      const denied = { code: 'denied', why: expect.stringMatching(why) };
      expect(await provider.read(soon())).toMatchObject(denied);
      const outcome = await provider.replace({ from, to: B, marker: markerOf(1) }, soon());
      expect(outcome).toMatchObject(denied);
      expect(outcome.why).toMatch(/BADTIME.*the key is right/);
      expect(await provider.preflight(soon())).toContainEqual({ level: 'error', text: expect.stringMatching(why) });
      jest.restoreAllMocks();
      expect((await found(provider)).sets).toEqual(A);
    });

    test('a clock within the window is fine, and preflight says how far it is off', async () => {
      const { provider } = await fresh();
      const now = Date.now;
      jest.spyOn(Date, 'now').mockImplementation(() => now() + 200_000);
      expect((await found(provider)).sets).toEqual(A);
      const text = expect.stringMatching(/clock is (199|200|201) s behind ours.*synchronise/);
      expect(await provider.preflight(soon())).toContainEqual({ level: 'warn', text });
    });

    test('a recorded UPDATE sent again is refused by its prerequisites, at once and after the next switch', async () => {
      const { port, provider, proxy } = await proxied();
      const recorded: Buffer[] = [];
      proxy.behave({
        request: (message) => {
          if (isWrite(message)) recorded.push(message);
          return message;
        },
      });
      expect(await move(provider, B, 1)).toMatchObject({ code: 'applied' });
      const [update = Buffer.alloc(0)] = recorded;
      expect(rcodeOf(await send(port, update))).toMatch(/^(NX|YX)RRSET$/);
      expect(await move(provider, A, 2)).toMatchObject({ code: 'applied' });
      const before = await serial(port);
      expect(rcodeOf(await send(port, update))).toMatch(/^(NX|YX)RRSET$/);
      expect(await serial(port)).toBe(before);
      expect(await found(provider)).toMatchObject({ sets: A, marker: markerOf(2) });
    });

    test('a write that was held up and arrives after a newer one is a conflict', async () => {
      const { port, provider, proxy } = await proxied();
      const from = await found(provider);
      let release = (): void => undefined;
      let arrived = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const underway = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      proxy.behave({
        async request(message) {
          arrived();
          await held;
          return message;
        },
      });
      const late = provider.replace({ from, to: B, marker: markerOf(1) }, soon());
      await underway;
      expect(await move(await connectTo({ port }), C, 2)).toMatchObject({ code: 'applied' });
      release();
      expect(await late).toMatchObject({ code: 'conflict' });
      expect(await found(provider)).toMatchObject({ sets: C, marker: markerOf(2) });
    });

    test('two writers, fifteen times at once: one wins each time, and the zone holds its word', async () => {
      const { port, provider } = await fresh();
      const rival = await connectTo({ port });
      for (let generation = 1; generation <= 15; generation++) {
        const from = await found(provider);
        const outcomes = await Promise.all([
          provider.replace({ from, to: B, marker: { ...markerOf(generation), site: 'b' } }, soon()),
          rival.replace({ from, to: C, marker: { ...markerOf(generation), site: 'c' } }, soon()),
        ]);
        expect(outcomes.map(({ code }) => code).sort()).toEqual(['applied', 'conflict']);
        const won = outcomes[0]?.code === 'applied' ? { sets: B, site: 'b' } : { sets: C, site: 'c' };
        const now = await found(provider);
        expect(now).toMatchObject({ sets: won.sets, marker: { generation, site: won.site } });
      }
    });

    test('asked every millisecond through thirty switches, it answers one whole set or the other', async () => {
      const { port, provider } = await fresh();
      const watch = watchUdp(port);
      let done = false;
      const transfers = watchTransfers(port, () => done);
      for (let generation = 1; generation <= 30; generation++) {
        const both = [...B, ...sets('AAAA', '2001:db8::7')];
        const to = generation % 2 === 1 ? both : A;
        expect(await move(provider, to, generation)).toMatchObject({ code: 'applied' });
      }
      const seen = await watch.stop();
      done = true;
      expect(seen.get(old.join()) ?? 0).toBeGreaterThan(5);
      expect(seen.get(next.join()) ?? 0).toBeGreaterThan(5);
      expect([...seen.keys()].sort()).toEqual([next.join(), old.join()]);
      // Both families and the marker belong together in every version of the zone that a secondary could get.
      const versions = await transfers;
      expect(versions.length).toBeGreaterThan(2);
      for (const { values, generation } of versions) {
        const even = generation % 2 === 0;
        expect(values).toEqual(even ? [...old] : [...next, '2001:db8::7'].sort());
      }
    }, 15_000);

    test('a TTL that differs is no conflict; a fence writes the marker alone', async () => {
      const { port, provider } = await fresh();
      const from = await found(provider);
      await seed(port, [{ name: record, type: 'A', ttl: 333, values: [...old] }]);
      const stale = { ...from, sets: from.sets.map((set) => ({ ...set, ttl: 60 })) };
      expect(await provider.replace({ from: stale, to: A, marker: markerOf(1) }, soon())).toMatchObject({
        code: 'applied',
      });
      expect(await truth(port)).toContainEqual({ name: record, type: 'A', ttl: 333, values: [...old] });
      const seen = await found(provider);
      expect(seen).toMatchObject({ sets: [{ ttl: 333 }], marker: markerOf(1) });
      expect(await provider.replace({ from: seen, to: A, marker: markerOf(2) }, soon())).toMatchObject({
        code: 'applied',
      });
      expect(await found(provider)).toMatchObject({ sets: A, marker: markerOf(2) });
    });

    test('readings and preflight change nothing', async () => {
      const { port, provider } = await fresh();
      await move(provider, B, 1);
      const before = [await serial(port), await truth(port)];
      for (let round = 0; round < 3; round++) await found(provider);
      const findings = [...(await provider.preflight(soon())), ...(await provider.preflight(soon(), true))];
      expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
      expect(JSON.stringify(findings)).not.toContain('transfer');
      expect([await serial(port), await truth(port)]).toEqual(before);
    });
  });
}

const rcodes: Readonly<Record<number, string>> = { 0: 'NOERROR', 7: 'YXRRSET', 8: 'NXRRSET' };

function rcodeOf(reply: Buffer): string {
  const code = (reply[3] ?? 0) % 16;
  return rcodes[code] ?? String(code);
}

/** Sends bytes as they are. */
async function send(port: number, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(framed(message)));
    socket.on('error', reject);
    onMessage(socket, (reply) => {
      socket.destroy();
      resolve(reply);
    });
  });
}

interface Watch {
  /** How often each set of values was seen. */
  stop(): Promise<ReadonlyMap<string, number>>;
}

/** A question for A every millisecond, by plain UDP. */
function watchUdp(port: number): Watch {
  const seen = new Map<string, number>();
  const socket = createSocket('udp4');
  const question = encode({ type: 'query', id: 1, questions: [{ type: 'A', name: record }] });
  socket.on('message', (reply) => count(seen, reply));
  const timer = setInterval(() => socket.send(question, port, '127.0.0.1'), 1);
  return {
    async stop() {
      clearInterval(timer);
      await new Promise<void>((resolve) => socket.close(resolve));
      return seen;
    },
  };
}

/** Whole versions of the zone, by transfer, one after the other. */
async function watchTransfers(port: number, isDone: () => boolean) {
  const seen: { values: readonly string[]; generation: number }[] = [];
  while (!isDone()) {
    const records = await truth(port);
    const values = records.filter(({ name, type }) => name === record && type !== 'TXT').flatMap((one) => one.values);
    const [marker = ''] = records.find(({ type }) => type === 'TXT')?.values ?? [];
    seen.push({ values: values.sort(), generation: Number(/generation=(\d+)/.exec(marker)?.[1] ?? 0) });
  }
  return seen;
}

function count(seen: Map<string, number>, reply: Buffer): void {
  const { answers = [] } = decode(reply);
  const values = answers.flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
  const key = values.sort().join();
  seen.set(key, (seen.get(key) ?? 0) + 1);
}
