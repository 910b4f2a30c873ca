import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Key, prove, sign } from '../../providers/rfc2136/tsig';
import { switchers } from '../servers/authoritative';

/** What nsupdate sent and BIND answered (9.18.49, 2026-11), recorded between the two. */
const recorded = [
  {
    id: '01f3',
    key: '096661696c6f766572640000fa00ff00000000003d0b686d61632d7368613235360000006b03f922012c0020',
    requestMac: '1df21d0a7cbfd27f0e458de82abb546aa02516d5ecdc2557cffd3dc922ade895',
    replyMac: 'b54f0d6298eff81aeb2d479fa079bf261384b3070169e149caeea7cbc9d685dc',
  },
  {
    id: 'a2ba',
    key: '0d6661696c6f766572642d333834076578616d706c6504746573740000fa00ff00000000004d0b686d61632d7368613338340000006b03f922012c0030',
    requestMac: 'd85bac9d46cbf81a9b865cc464a8f325e462add9929cc6f92bd8a4a8396c8797af46929098a17e0b6395963ff2365d55',
    replyMac: 'b5922ebbbfa3dbabd94201798211a8205d29124d6472377a1bff068c4ca74263612bc93da1a7e45322e418b45ba85368',
  },
  {
    id: 'd25e',
    key: '0d6661696c6f766572642d3531320000fa00ff00000000005d0b686d61632d7368613531320000006b03f922012c0040',
    requestMac:
      'e88e36a7878e790e0bc0dfbd498eaa004de6330182e71429cda558b94aa1f0a2b678fd1fb475bd6cc5c8aa3def30410708f9d38b9a5f8e6b565ba5922bb112e7',
    replyMac:
      '0656548db7c3a4fcc03effdab0ecd8fd09c16a02295090fe79645b58afbe639c60284fc236a431d026500c68a4dd43fd7fd8be0a3bea035d88b2f97194ff83a5',
  },
];
const atS = 1_795_422_498;
const zone = '076578616d706c6504746573740000060001';
const update = `${zone}03777777c00c000100010000003c0004c0000201`;
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** The secret of the recording. */
const secretOf = (name: string, bytes: number): Buffer =>
  Buffer.from(`${name} of the tests `.repeat(10)).subarray(0, bytes);

const vectors = switchers.map(({ name, algorithm, secret }, index) => {
  const { id, key, requestMac, replyMac } = recorded[index] ?? { id: '', key: '', requestMac: '', replyMac: '' };
  return {
    algorithm,
    key: { name, algorithm, secret: secretOf(name, Buffer.from(secret, 'base64').length) } satisfies Key,
    message: hex(`${id}28000001000000010000${update}`),
    signed: hex(`${id}28000001000000010001${update}${key}${requestMac}${id}00000000`),
    mac: hex(requestMac),
    reply: hex(`${id}a8000001000000000001${zone}${key}${replyMac}${id}00000000`),
    bare: hex(`${id}a8000001000000000000${zone}`),
  };
});
const [first] = vectors;
if (first === undefined) throw new Error('no vector');

describe.each(vectors)('$algorithm', ({ key, message, signed, mac, reply, bare }) => {
  test('signs byte for byte as nsupdate does', () => {
    expect(sign(key, message, atS)).toEqual({ bytes: signed, mac });
  });

  test("takes BIND's signature, and gives the message without it", () => {
    expect(prove(key, mac, reply, atS + 7)).toEqual({ kind: 'genuine', message: bare, aheadS: -7 });
  });

  test('a reply to another request, or with another secret, is unproven', () => {
    const other = Buffer.from(mac.map((byte) => byte ^ 0x80));
    expect(prove(key, other, reply, atS).kind).toBe('unproven');
    expect(prove({ ...key, secret: Buffer.from('another') }, mac, reply, atS).kind).toBe('unproven');
  });

  test('any one bit changed anywhere makes it unproven', () => {
    const idBits = 16;
    for (let bit = idBits; bit < reply.length * 8; bit++) {
      const changed = Buffer.from(reply);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // The key's name means the same in either case; the header's own id is compared elsewhere.
      const isCase = /[a-z]/i.test(String.fromCharCode(reply[bit >> 3] ?? 0)) && (bit & 7) === 5;
      const expected = isCase && bit >> 3 > bare.length ? /genuine|unproven/ : /unproven/;
      expect(prove(key, mac, changed, atS).kind).toMatch(expected);
    }
  });

  test('cut short at any byte, or with bytes behind, it is unproven', () => {
    for (let length = 0; length < reply.length; length++)
      expect(prove(key, mac, reply.subarray(0, length), atS).kind).toBe('unproven');
    expect(prove(key, mac, Buffer.concat([reply, Buffer.from([0])]), atS).kind).toBe('unproven');
  });
});

test.each([
  [0, 'genuine'],
  [300, 'genuine'],
  [-300, 'genuine'],
  [301, 'unproven'],
  [-301, 'unproven'],
  [-atS, 'unproven'],
])('read %i s after it was signed: %s', (offS, kind) => {
  expect(prove(first.key, first.mac, first.reply, atS + offS).kind).toBe(kind);
});

test('a key name that is compressed is still ours', () => {
  const [, second] = vectors;
  if (second === undefined) throw new Error('no vector');
  const text = second.reply.toString('hex');
  const compressed = hex(
    text.replace('0d6661696c6f766572642d333834076578616d706c65047465737400', '0d6661696c6f766572642d333834c00c'),
  );
  expect(prove(second.key, second.mac, compressed, atS).kind).toBe('genuine');
});

test.each([
  ['a name that points to itself', `a8000000000000000001c00c00fa00ff000000000000`],
  ['a name that points forward', `a8000000000000000001c01000fa00ff0000000000000000`],
  ['names without end', `a8000000000000000001${'3f'.repeat(300)}`],
  ['counts of things that are not there', `a800ffffffffffffffff`],
  ['a TSIG without data', `a80000000000000000010000fa00ff000000000000`],
  [
    'a TSIG whose MAC is longer than it',
    `a80000000000000000010000fa00ff0000000000120001020304050607ffff0000000000000000`,
  ],
])('%s', (_, text) => {
  expect(prove(first.key, first.mac, hex(`01f3${text}`), atS).kind).toBe('unproven');
});

test('a signature that stands among the answers is none', () => {
  const moved = Buffer.from(first.reply);
  moved.writeUInt16BE(1, 6);
  moved.writeUInt16BE(0, 10);
  expect(prove(first.key, first.mac, moved, atS).kind).toBe('unproven');
});

test('no bytes make it throw, or believe', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(prove(first.key, first.mac, Buffer.from(bytes), atS).kind).not.toBe('genuine');
    }),
    { numRuns: 1_000 },
  );
});
