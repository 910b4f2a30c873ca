import { expect, test } from '@jest/globals';
import { decode, encode } from 'dns-packet';
import { encodeQuery, readReply } from '../../src/dns/wire';
import { svcbToWire } from '../../src/domain/svcb-wire';

/** The codec takes and gives types that it does not know by number. */
const numbered = 'UNKNOWN_65' as 'NULL';

test('an HTTPS record is asked for by its number, and read as text', () => {
  const query = encodeQuery({
    name: 'www.example.test',
    type: 'HTTPS',
    edns: true,
    dnssec: false,
    mixedCase: false,
    random: () => 7,
  });
  expect(query.bytes.readUInt16BE(query.bytes.indexOf('test') + 5)).toBe(65);
  const value = '1 . alpn=h2,h3 ipv4hint=203.0.113.10 ipv6hint=2001:db8::10';
  const answer = (data: Buffer) => {
    const reply = encode({
      type: 'response',
      id: 7,
      flags: 0x0400,
      questions: [{ type: 'A', name: 'www.example.test' }],
      answers: [{ type: 'NULL', name: 'www.example.test', ttl: 60, data }],
    });
    // NULL is type 10 to the codec: the number that counts is put in by hand, in the question and in the answer.
    const question = reply.indexOf('test') + 5;
    reply.writeUInt16BE(65, question);
    reply.writeUInt16BE(65, reply.indexOf('test', question) + 5);
    return readReply(reply, query);
  };
  expect(answer(Buffer.from(svcbToWire(value) ?? []))).toMatchObject({
    kind: 'reply',
    aa: true,
    records: [{ type: 'HTTPS', ttl: 60, value }],
  });
  expect(answer(Buffer.from([0, 1, 0, 0, 4, 0, 9, 1]))).toMatchObject({ kind: 'malformed' });
  expect(decode(query.bytes).questions).toMatchObject([{ type: numbered }]);
});
