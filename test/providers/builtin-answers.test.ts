import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decode } from 'dns-packet';
import type { RecordSet } from '../../src/domain/records';
import { type Asking, askTcp, askUdp, framed, question, summary } from './builtin-client';
import { openWorld, portOf } from './builtin-world';

const world = openWorld();
let port = 0;

const a = (...values: readonly string[]): RecordSet => ({ type: 'A', ttl: 60, values });
const aaaa = (...values: readonly string[]): RecordSet => ({ type: 'AAAA', ttl: 61, values });
const many = Array.from({ length: 60 }, (_, index) => `2001:db8::${(index + 1).toString(16)}`);

/** Record, zone, what it holds. */
const services: readonly (readonly [string, string | null, readonly RecordSet[]])[] = [
  ['www.example.test', null, [a('203.0.113.10', '203.0.113.11'), aaaa('2001:db8::10')]],
  ['alias.example.test', 'example.test', [{ type: 'CNAME', ttl: 5, values: ['lb.europe.example.net'] }]],
  ['many.example.test', null, [aaaa(...many)]],
  ['two.test', null, [a('192.0.2.2')]],
  ['*.apps.test', null, [a('192.0.2.3')]],
  ['a.b.c.deep.test', 'deep.test', [a('192.0.2.4')]],
  ['x.sub.deep.test', 'sub.deep.test', [a('192.0.2.5')]],
];

beforeAll(async () => {
  for (const [index, [record, zone, to]] of services.entries()) {
    const provider = await world.connect({ record, zone });
    const reading = await provider.read(AbortSignal.timeout(5_000));
    if (!reading.ok) throw new Error(reading.why);
    const marker = { owner: 'test', generation: index + 1, site: 'b' };
    const outcome = await provider.replace({ from: reading.found, to, marker }, AbortSignal.timeout(5_000));
    expect(outcome.code).toBe('applied');
    port = await portOf(provider);
  }
});
afterAll(() => world.close());

const soa = (zone: string): string => `authority ${zone} 10 SOA ns.${zone} minimum 10`;
const text = (generation: number): string => `TXT heritage=failoverd,owner=test,generation=${generation},site=b`;

type Row = readonly [string, Asking, readonly string[]];
const rows: readonly Row[] = [
  ['www.example.test', {}, ['NOERROR aa', 'www.example.test 60 A 203.0.113.10', 'www.example.test 60 A 203.0.113.11']],
  ['www.example.test', { type: 'AAAA' }, ['NOERROR aa', 'www.example.test 61 AAAA 2001:db8::10']],
  ['www.example.test', { type: 'MX' }, ['NOERROR aa', soa('example.test')]],
  ['www.example.test', { type: 'CNAME' }, ['NOERROR aa', soa('example.test')]],
  ['_failoverd.www.example.test', { type: 'TXT' }, ['NOERROR aa', `_failoverd.www.example.test 60 ${text(1)}`]],
  ['_failoverd.www.example.test', {}, ['NOERROR aa', soa('example.test')]],
  ['nothing.example.test', {}, ['NXDOMAIN aa', soa('example.test')]],
  ['below.www.example.test', {}, ['NXDOMAIN aa', soa('example.test')]],
  // A CNAME answers every type, and is not followed.
  ...(['A', 'AAAA', 'TXT', 'CNAME'] as const).map(
    (type): Row => ['alias.example.test', { type }, ['NOERROR aa', 'alias.example.test 5 CNAME lb.europe.example.net']],
  ),
  // The top of the zone.
  ['example.test', { type: 'SOA' }, ['NOERROR aa', 'example.test 10 SOA ns.example.test minimum 10']],
  ['example.test', { type: 'NS' }, ['NOERROR aa', 'example.test 300 NS ns.example.test']],
  ['example.test', {}, ['NOERROR aa', soa('example.test')]],
  ['ns.example.test', {}, ['NOERROR aa', 'ns.example.test 300 A 127.0.0.1']],
  ['ns.example.test', { type: 'AAAA' }, ['NOERROR aa', soa('example.test')]],
  ['two.test', {}, ['NOERROR aa', 'two.test 60 A 192.0.2.2']],
  ['two.test', { type: 'NS' }, ['NOERROR aa', 'two.test 300 NS ns.two.test']],
  // Names with only something below them exist.
  ['b.c.deep.test', {}, ['NOERROR aa', soa('deep.test')]],
  ['c.deep.test', { type: 'TXT' }, ['NOERROR aa', soa('deep.test')]],
  ['z.b.c.deep.test', {}, ['NXDOMAIN aa', soa('deep.test')]],
  // Of two zones, the longer answers.
  ['x.sub.deep.test', {}, ['NOERROR aa', 'x.sub.deep.test 60 A 192.0.2.5']],
  ['y.sub.deep.test', {}, ['NXDOMAIN aa', soa('sub.deep.test')]],
  // RFC 4592: any depth below, unless the name or something nearer exists.
  ['foo.apps.test', {}, ['NOERROR aa', 'foo.apps.test 60 A 192.0.2.3']],
  ['bar.foo.apps.test', {}, ['NOERROR aa', 'bar.foo.apps.test 60 A 192.0.2.3']],
  ['*.apps.test', {}, ['NOERROR aa', '*.apps.test 60 A 192.0.2.3']],
  ['foo.apps.test', { type: 'AAAA' }, ['NOERROR aa', soa('apps.test')]],
  ['apps.test', {}, ['NOERROR aa', soa('apps.test')]],
  ['ns.apps.test', {}, ['NOERROR aa', 'ns.apps.test 300 A 127.0.0.1']],
  ['_failoverd.wildcard.apps.test', { type: 'TXT' }, ['NOERROR aa', `_failoverd.wildcard.apps.test 60 ${text(5)}`]],
  ['wildcard.apps.test', {}, ['NOERROR aa', soa('apps.test')]],
  ['foo.wildcard.apps.test', {}, ['NXDOMAIN aa', soa('apps.test')]],
  // Not ours, and not for us.
  ['example.com', {}, ['REFUSED']],
  ['test', {}, ['REFUSED']],
  ['.', { type: 'NS' }, ['REFUSED']],
  ['notexample.test', {}, ['REFUSED']],
  ['www.example.test.evil.org', {}, ['REFUSED']],
  ['www.example.test', { class: 'CH' }, ['REFUSED']],
  ['www.example.test', { class: 'ANY' }, ['REFUSED']],
  ['www.example.test', { type: 'ANY' as 'A' }, ['REFUSED']],
  ['example.test', { type: 'AXFR' }, ['REFUSED']],
  ['example.test', { type: 'IXFR' }, ['REFUSED']],
  ['www.example.test', { flags: 4 << 11 }, ['NOTIMP']],
  ['www.example.test', { flags: 5 << 11 }, ['NOTIMP']],
  // EDNS.
  ['two.test', { edns: {} }, ['NOERROR aa', 'two.test 60 A 192.0.2.2']],
  ['two.test', { edns: { version: 1 } }, ['RCODE 16']],
  ['two.test', { edns: { version: 255 } }, ['RCODE 16']],
];

describe('question and answer', () => {
  test.each(rows)('%s %j', async (name, asking, expected) => {
    const message = question(name, asking);
    const [udp, [tcp]] = await Promise.all([askUdp(port, message), askTcp(port, framed(message))]);
    expect(summary(udp)).toEqual(expected);
    expect(summary(tcp)).toEqual(expected);
  });

  test('the question comes back as it was sent: id, letter case, RD; no other flag does', async () => {
    const message = question('wWw.eXAMple.tEST', { id: 0xbeef, flags: 0x03bf });
    const reply = await askUdp(port, message);
    expect(reply?.readUInt16BE(0)).toBe(0xbeef);
    expect(reply?.subarray(12, message.length)).toEqual(message.subarray(12));
    expect(reply?.readUInt16BE(2)).toBe(0x8500);
    expect(decode(reply ?? Buffer.alloc(0)).answers?.[0]?.name).toBe('wWw.eXAMple.tEST');
  });

  test('OPT is answered with OPT: version 0, our size, DO as asked; without OPT there is none', async () => {
    const reply = async (edns?: Asking['edns']) =>
      decode((await askUdp(port, question('two.test', edns === undefined ? {} : { edns }))) ?? Buffer.alloc(0));
    expect((await reply()).additionals).toEqual([]);
    for (const dnssecOk of [true, false])
      expect((await reply({ dnssecOk })).additionals).toMatchObject([
        { type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0, extendedRcode: 0, flag_do: dnssecOk },
      ]);
    expect((await reply({ version: 1 })).additionals).toMatchObject([{ ednsVersion: 0, extendedRcode: 1 }]);
  });

  // 60 AAAA: 35 bytes of question, 28 a record, 11 of OPT: 1726 or more.
  test.each([
    [undefined, 512],
    [{ size: 0 }, 512],
    [{ size: 1232 }, 1232],
    [{ size: 65_535 }, 1232],
  ])('with EDNS %j an answer over %d bytes is empty and truncated; TCP carries it whole', async (edns, limit) => {
    const message = question('many.example.test', { type: 'AAAA', ...(edns === undefined ? {} : { edns }) });
    const udp = (await askUdp(port, message)) ?? Buffer.alloc(0);
    expect(udp.length).toBeLessThanOrEqual(limit);
    expect(summary(udp)).toEqual(['NOERROR aa tc']);
    expect(decode(udp).additionals).toHaveLength(edns === undefined ? 0 : 1);
    const [tcp = Buffer.alloc(0)] = await askTcp(port, framed(message));
    expect(tcp.length).toBeGreaterThan(1232);
    expect(decode(tcp).answers?.map((one) => (one.type === 'AAAA' ? one.data : ''))).toEqual(many);
  });

  test('a label with a dot in it is another name', async () => {
    const message = question('www-example.test');
    message[12 + 4] = '.'.charCodeAt(0);
    expect(summary(await askUdp(port, message))).toEqual(['REFUSED']);
    const inside = question('wwwxexample.example.test');
    inside[12 + 4] = '.'.charCodeAt(0);
    const [rcode] = summary(await askUdp(port, inside));
    expect(rcode).toBe('NXDOMAIN aa');
  });

  /** As in the test vectors of RFC 9460 appendix D.2. */
  test.each([
    ['SVCB', '16 foo.example.com port=53', '001003666f6f076578616d706c6503636f6d00000300020035'],
    [
      'HTTPS',
      '1 foo.example.com ipv6hint=2001:db8::1,2001:db8::53:1',
      '000103666f6f076578616d706c6503636f6d000006002020010db800000000000000000000000120010db8000000000000000000530001',
    ],
  ] as const)('%s %s, byte for byte', async (type, value, hex) => {
    const provider = await world.connect({ record: `${type.toLowerCase()}.example.test` });
    const from = { sets: [], marker: null, foreignMarker: null, obstacles: [] };
    const to = [a('192.0.2.9'), { type, ttl: 60, values: [value] }];
    const marker = { owner: 'test', generation: 1, site: 'b' };
    expect(await provider.replace({ from, to, marker }, AbortSignal.timeout(5_000))).toMatchObject({ code: 'applied' });
    // The codec knows the type by its number only.
    const asked = question(`${type.toLowerCase()}.example.test`, { type: 'A' });
    asked.writeUInt16BE(type === 'SVCB' ? 64 : 65, asked.length - 4);
    const [answer] = decode((await askUdp(port, asked)) ?? Buffer.alloc(0)).answers ?? [];
    expect(answer).toMatchObject({ type: type === 'SVCB' ? 'UNKNOWN_64' : 'UNKNOWN_65', ttl: 60 });
    expect(Buffer.from(Object(answer).data).toString('hex')).toBe(hex);
    const unsendable = [{ type, ttl: 60, values: ['1 no..name alpn=h2'] }];
    const refused = await provider.replace({ from, to: unsendable, marker }, AbortSignal.timeout(5_000));
    expect(refused).toMatchObject({ code: 'denied', why: expect.stringContaining('cannot be sent') });
  });

  test('the serial grows with a change', async () => {
    const serial = async (): Promise<number> => {
      const [one] =
        decode((await askUdp(port, question('two.test', { type: 'SOA' }))) ?? Buffer.alloc(0)).answers ?? [];
      return one?.type === 'SOA' ? (one.data.serial ?? 0) : 0;
    };
    const before = await serial();
    const provider = await world.connect({ record: 'two.test' });
    const reading = await provider.read(AbortSignal.timeout(5_000));
    if (!reading.ok) throw new Error(reading.why);
    const marker = { owner: 'test', generation: 99, site: 'b' };
    await provider.replace({ from: reading.found, to: [a('192.0.2.2')], marker }, AbortSignal.timeout(5_000));
    expect(await serial()).toBeGreaterThan(before);
  });
});
