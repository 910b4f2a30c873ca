import { afterEach, describe, expect, test } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import { freePort } from '../free-port';
import { admin, switcher } from '../servers/authoritative';
import { replyTo, signReply } from './rfc2136-forge';
import { framed, isWrite, onMessage, startProxy, type TcpProxy } from './rfc2136-proxy';
import { connectTo, markerOf, sets, soon } from './rfc2136-subject';

/** Everything a reply can be, from a server that is nothing but these replies. */

const update = 0x2800;
const authoritative = 0x0400;
const key = switcher;
const A = sets('A', '203.0.113.10');
const B = sets('A', '198.51.100.7');
const from = { sets: A, marker: null, foreignMarker: null, obstacles: [] };
const nowS = (): number => Math.floor(Date.now() / 1_000);
const signed = (request: Buffer, flags: number): Buffer => signReply(request, replyTo(request, flags), { key });

let proxy: TcpProxy | null = null;
afterEach(async () => {
  await proxy?.close();
  proxy = null;
});

async function answering(reply: (request: Buffer) => Buffer): Promise<Provider> {
  proxy = await startProxy(1);
  proxy.behave({ accept: (socket) => onMessage(socket, (request) => void socket.write(framed(reply(request)))) });
  return connectTo({ port: proxy.port, input: { zone: 'example.test' } });
}

describe('what a signed reply code says of a switch', () => {
  test.each([
    [0, 'NOERROR', 'applied', /applied to zone example\.test/],
    [1, 'FORMERR', 'denied', /could not read/],
    [2, 'SERVFAIL', 'unknown', /its log tells why/],
    [3, 'NXDOMAIN', 'conflict', /no longer what was read/],
    [4, 'NOTIMP', 'unavailable', /must be the primary/],
    [5, 'REFUSED', 'denied', /update-policy or acl/],
    [6, 'YXDOMAIN', 'conflict', /no longer what was read/],
    [7, 'YXRRSET', 'conflict', /no longer what was read/],
    [8, 'NXRRSET', 'conflict', /no longer what was read/],
    [9, 'NOTAUTH', 'denied', /must be its primary/],
    [10, 'NOTZONE', 'denied', /correct FAILOVERD_ZONE/],
    [11, 'RCODE11', 'unknown', /RCODE11/],
    [15, 'RCODE15', 'unknown', /RCODE15/],
  ])('%i %s: %s', async (rcode, name, code, why) => {
    const provider = await answering((request) => signed(request, update | rcode));
    const outcome = await provider.replace({ from, to: B, marker: markerOf(1) }, soon());
    expect(outcome).toEqual({ code, why: expect.stringMatching(why) });
    expect(outcome.why).toContain(name);
  });
});

interface Row {
  readonly reply: (request: Buffer) => Buffer;
  readonly code: 'unknown' | 'denied';
  readonly why: RegExp;
}

const tsigReply = (request: Buffer, error: number, mac: (mac: Buffer) => Buffer = () => Buffer.alloc(0)): Buffer =>
  signReply(request, replyTo(request, (request.readUInt16BE(2) & 0x7800) | 9), { key, error, mac });
const good = (request: Buffer): Buffer => replyTo(request, (request.readUInt16BE(2) & 0x7800) | authoritative);

/** To an UPDATE and to a question alike: none of these is ever taken for an answer. */
const untrue: Readonly<Record<string, Row>> = {
  'not signed': { reply: good, code: 'unknown', why: /not signed.*proves nothing/ },
  'not signed, REFUSED': {
    reply: (request) => replyTo(request, (request.readUInt16BE(2) & 0x7800) | 5),
    code: 'unknown',
    why: /REFUSED.*not signed/,
  },
  'signed with another secret': {
    reply: (request) => signReply(request, good(request), { key: { ...key, secret: admin.secret } }),
    code: 'unknown',
    why: /wrong signature/,
  },
  'signed with another key': {
    reply: (request) => signReply(request, good(request), { key: { ...key, name: 'other' } }),
    code: 'unknown',
    why: /another key/,
  },
  'signed for another request': {
    reply: (request) => signReply(request, good(request), { key, requestMac: Buffer.alloc(32) }),
    code: 'unknown',
    why: /wrong signature/,
  },
  'signed over half': {
    reply: (request) => signReply(request, good(request), { key, mac: (mac) => mac.subarray(0, 16) }),
    code: 'unknown',
    why: /wrong signature/,
  },
  'signed too long ago': {
    reply: (request) => signReply(request, good(request), { key, signedAtS: nowS() - 310 }),
    code: 'unknown',
    why: /3(09|10|11) s ago/,
  },
  'signed in the future': {
    reply: (request) => signReply(request, good(request), { key, signedAtS: nowS() + 310 }),
    code: 'unknown',
    why: /3(09|10|11) s from now/,
  },
  'changed after it was signed': {
    reply: (request) =>
      signReply(request, good(request), {
        key,
        tamper: (bytes) => {
          bytes.writeUInt16BE(bytes.readUInt16BE(2) | 8, 2);
          return bytes;
        },
      }),
    code: 'unknown',
    why: /wrong signature/,
  },
  'of another id': {
    reply: (request) => {
      const other = signReply(request, good(request), { key });
      other.writeUInt16BE(request.readUInt16BE(0) ^ 1, 0);
      return other;
    },
    code: 'unknown',
    why: /answer nothing that was asked/,
  },
  'the request itself, sent back': { reply: (request) => request, code: 'unknown', why: /no reply to what was asked/ },
  'a reply to another kind of message': {
    reply: (request) => signReply(request, replyTo(request, 0x2000), { key }),
    code: 'unknown',
    why: /no reply to what was asked/,
  },
  'a reply to another question': {
    reply: (request) => {
      const other = good(request);
      other[13] = (other[13] ?? 0) ^ 1;
      return signReply(request, other, { key });
    },
    code: 'unknown',
    why: /another question/,
  },
  truncated: {
    reply: (request) => signReply(request, replyTo(request, (request.readUInt16BE(2) & 0x7800) | 0x0200), { key }),
    code: 'unknown',
    why: /truncated/,
  },
  empty: { reply: () => Buffer.alloc(0), code: 'unknown', why: /answer nothing that was asked/ },
  'a header alone': { reply: (request) => good(request).subarray(0, 12), code: 'unknown', why: /another question/ },
  BADSIG: { reply: (request) => tsigReply(request, 16), code: 'denied', why: /BADSIG.*RFC2136_TSIG_SECRET/ },
  BADKEY: { reply: (request) => tsigReply(request, 17), code: 'denied', why: /BADKEY.*no key failoverd.*ACL/ },
  BADTRUNC: { reply: (request) => tsigReply(request, 22), code: 'denied', why: /BADTRUNC/ },
  'an error that would have to be signed': {
    reply: (request) => tsigReply(request, 18),
    code: 'unknown',
    why: /wrong signature/,
  },
  'a signed error without a meaning': {
    reply: (request) => tsigReply(request, 99, (mac) => mac),
    code: 'unknown',
    why: /TSIG error 99/,
  },
  'BADKEY beside a code of success': {
    reply: (request) => signReply(request, good(request), { key, error: 17, mac: () => Buffer.alloc(0) }),
    code: 'unknown',
    why: /wrong signature/,
  },
  BADTIME: {
    reply: (request) =>
      signReply(request, replyTo(request, (request.readUInt16BE(2) & 0x7800) | 9), {
        key,
        error: 18,
        other: (nowS() + 4_000).toString(16).padStart(12, '0'),
      }),
    code: 'denied',
    why: /BADTIME.*(3999|4000|4001) s ahead of ours.*the key is right/,
  },
  'BADTIME with a wrong signature': {
    reply: (request) =>
      signReply(request, replyTo(request, (request.readUInt16BE(2) & 0x7800) | 9), {
        key,
        error: 18,
        other: (nowS() + 4_000).toString(16).padStart(12, '0'),
        mac: (mac) => Buffer.from(mac.map((byte) => byte ^ 1)),
      }),
    code: 'unknown',
    why: /wrong signature/,
  },
};

describe('a reply that proves nothing', () => {
  test.each(Object.entries(untrue))('%s', async (_, { reply, code, why }) => {
    const provider = await answering(reply);
    const outcome = await provider.replace({ from, to: B, marker: markerOf(1) }, soon());
    expect(outcome).toEqual({ code, why: expect.stringMatching(why) });
    const reading = await provider.read(soon());
    expect(reading).toEqual({ ok: false, code, why: expect.stringMatching(why) });
    for (const secret of [key.secret, Buffer.from(key.secret, 'base64').toString('utf8')])
      expect(JSON.stringify([outcome, reading])).not.toContain(secret);
  });
});

describe('a signed answer that is no answer', () => {
  test.each([
    ['without authority', 0, 'denied', /without authority/],
    ['REFUSED', authoritative | 5, 'denied', /REFUSED/],
    ['SERVFAIL', authoritative | 2, 'unavailable', /SERVFAIL/],
    ['NOTAUTH', authoritative | 9, 'denied', /NOTAUTH/],
    ['an unknown code', authoritative | 12, 'unavailable', /RCODE12/],
  ])('%s', async (_, flags, code, why) => {
    const provider = await answering((request) => signed(request, flags));
    expect(await provider.read(soon())).toEqual({ ok: false, code, why: expect.stringMatching(why) });
  });

  test('records that cannot be decoded, though signed', async () => {
    const provider = await answering((request) => {
      const reply = good(request);
      reply.writeUInt16BE(1, 6);
      // A TXT whose string is longer than its data.
      return signReply(request, Buffer.concat([reply, Buffer.from('c00c00100001000000050003ff4142', 'hex')]), { key });
    });
    expect((await provider.read(soon())).ok).toBe(false);
  });
});

test('answers that never agree with the zone are not believed, and asking ends', async () => {
  let questions = 0;
  const provider = await answering((request) => {
    questions += 1;
    return signed(request, isUpdate(request) ? update | 8 : authoritative);
  });
  const why = expect.stringContaining('changed 3 times');
  expect(await provider.read(soon())).toEqual({ ok: false, code: 'unavailable', why });
  expect(questions).toBeLessThan(25);
});

test('a switch is one message: prerequisites for all that was read, nothing deleted without something added', async () => {
  const updates: Buffer[] = [];
  const provider = await answering((request) => {
    if (isWrite(request)) updates.push(request);
    return signed(request, isUpdate(request) ? update : authoritative);
  });
  const both = [...A, ...sets('AAAA', '2001:db8::10')];
  const marker = { owner: 'sre', generation: 1, site: 'a' };
  await provider.replace({ from: { ...from, sets: both, marker }, to: B, marker: markerOf(2) }, soon());
  expect(updates).toHaveLength(1);
  const [message = Buffer.alloc(12)] = updates;
  // A and AAAA as they were, no CNAME, HTTPS and SVCB; the marker as it was, no CNAME there. Then A, AAAA, TXT deleted, A and TXT added.
  expect([message.readUInt16BE(4), message.readUInt16BE(6), message.readUInt16BE(8)]).toEqual([1, 7, 5]);
});

test('where nothing listens, surely nothing was sent', async () => {
  const provider = await connectTo({ port: await freePort() });
  const failed = { code: 'unavailable', why: expect.stringContaining('ECONNREFUSED') };
  expect(await provider.replace({ from, to: B, marker: markerOf(1) }, soon())).toEqual(failed);
  expect(await provider.read(soon())).toEqual({ ok: false, ...failed });
  const stopped = await provider.replace({ from, to: B, marker: markerOf(1) }, AbortSignal.abort());
  expect(stopped.code).toBe('unavailable');
});

test.each([
  ['no values', { to: sets('A') }],
  ['an empty set', { to: [{ type: 'A' as const, ttl: 60, values: [] }] }],
  ['a value that is none', { to: [{ type: 'A' as const, ttl: 60, values: ['300.1.1.1'] }] }],
  ['a value not in normal form', { to: [{ type: 'AAAA' as const, ttl: 60, values: ['2001:DB8::1'] }] }],
  ['a TTL that is none', { to: [{ type: 'A' as const, ttl: 2 ** 31, values: ['192.0.2.1'] }] }],
  ['one type twice', { to: [...B, ...A] }],
  ['two names', { from: { ...from, sets: [] }, to: sets('CNAME', 'a.example.net', 'b.example.net') }],
  ['a name beside addresses', { from: { ...from, sets: [] }, to: [...B, ...sets('CNAME', 'a.example.net')] }],
  ['a name in the place of addresses', { to: sets('CNAME', 'a.example.net') }],
  ['a marker that cannot be read back', { marker: { owner: 'a b', generation: 1, site: 'b' } }],
  ['past an obstacle', { from: { ...from, obstacles: ['a wall'] } }],
  ["past somebody else's marker", { from: { ...from, foreignMarker: '' } }],
])('%s is refused before anything is sent', async (_, over) => {
  const provider = await connectTo({ port: await freePort() });
  const wanted = { from, to: B, marker: markerOf(1), ...over };
  expect(await provider.replace(wanted, soon())).toMatchObject({ code: 'denied' });
});

function isUpdate(request: Buffer): boolean {
  return (request.readUInt16BE(2) & 0x7800) === update;
}
