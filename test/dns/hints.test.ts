import { describe, expect, test } from '@jest/globals';
import { decode, encode, type Answer as Rr } from 'dns-packet';
import type { Answer, Ask } from '../../src/dns/ask';
import { createVerifier } from '../../src/dns/verify';
import { encodeQuery, readReply } from '../../src/dns/wire';
import type { RecordType } from '../../src/domain/records';
import { svcbToWire } from '../../src/domain/svcb-wire';
import { always, fakeServer, reply } from './fake-server';

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

const record = 'www.example.test';
const here = '1 . alpn=h2 ipv4hint=203.0.113.10';
const elsewhere = '1 . alpn=h2 ipv4hint=198.51.100.7';
const site = { name: 'a', sets: [{ type: 'A', ttl: 60, values: ['203.0.113.10'] }] } as const;
const signal = new AbortController().signal;

function verifierOf(server: { readonly address: string; readonly port: number }, ask?: Ask) {
  const nameservers = {
    list: async () => ({ ok: true, servers: [{ ...server, name: 'ns1' }], lost: [], zone: null }) as const,
  };
  const wallMs = () => Date.UTC(2026, 10, 23);
  const input = { record, isCnameService: false, nameservers, timeoutMs: 900, wallMs };
  return createVerifier(ask === undefined ? input : { ...input, ask });
}

describe('one server', () => {
  type Hint = string | { readonly rcode: string; readonly aa?: boolean } | 'silence' | null;

  /** What became of the server, and what it was asked. */
  async function seen(https: Hint, hinted: readonly RecordType[]): Promise<readonly [string, readonly string[]]> {
    const asked: string[] = [];
    const ask: Ask = async ({ type, timeoutMs }): Promise<Answer> => {
      asked.push(`${type} ${timeoutMs}`);
      const records = type === 'A' ? [{ type, ttl: 60, value: '203.0.113.10' }] : [];
      const answer = {
        ok: true,
        rcode: 'NOERROR',
        aa: true,
        signatures: [],
        via: 'udp',
        rttMs: 1,
        negative: null,
      } as const;
      if (type !== 'HTTPS' || https === null) return { ...answer, records, negative: type === 'A' ? null : 'nodata' };
      if (https === 'silence') return { ok: false, code: 'timeout', why: 'test' };
      if (typeof https === 'string') return { ...answer, records: [{ type, ttl: 60, value: https }] };
      return {
        ...answer,
        records: [],
        negative: https.rcode === 'NXDOMAIN' ? 'nxdomain' : 'nodata',
        aa: true,
        ...https,
      };
    };
    const verified = await verifierOf({ address: '192.0.2.53', port: 53 }, ask).verify({ ...site, hinted }, signal);
    const [answer] = verified.ok ? verified.answers : [];
    const state = answer?.agrees === true ? 'agrees' : answer?.unreachable === true ? 'unreachable' : 'differs';
    return [state, asked];
  }

  const known: readonly RecordType[] = ['HTTPS'];
  test.each<readonly [string, Hint, readonly RecordType[], string]>([
    ['hints at the site', here, known, 'agrees'],
    ['hints at the site, which we did not know', here, [], 'agrees'],
    ['hints elsewhere', elsewhere, known, 'differs'],
    ['hints elsewhere, which we did not know', elsewhere, [], 'differs'],
    ['hints here and elsewhere', '1 . ipv4hint=203.0.113.10,198.51.100.7', known, 'differs'],
    ['has a value without hints, of somebody else', '1 cdn.example.net alpn=h2', [], 'agrees'],
    ['has none', null, known, 'agrees'],
    ['does not know the type: NOTIMP', { rcode: 'NOTIMP', aa: false }, known, 'agrees'],
    ['does not know the type: FORMERR', { rcode: 'FORMERR', aa: false }, known, 'agrees'],
    ['does not know the type: REFUSED', { rcode: 'REFUSED', aa: false }, known, 'agrees'],
    ['fails where hints are', { rcode: 'SERVFAIL' }, known, 'unreachable'],
    ['fails where none are', { rcode: 'SERVFAIL' }, [], 'agrees'],
    ['is silent where hints are', 'silence', known, 'unreachable'],
    ['is silent where none are', 'silence', [], 'agrees'],
    ['answers without authority where hints are', { rcode: 'NOERROR', aa: false }, known, 'differs'],
    ['answers without authority where none are', { rcode: 'NOERROR', aa: false }, [], 'agrees'],
    ['says that the name does not exist', { rcode: 'NXDOMAIN' }, [], 'differs'],
  ])('%s', async (_what, https, hinted, state) => expect((await seen(https, hinted))[0]).toBe(state));

  test('is asked for SVCB only where the zone hints by it, and waited for where that matters', async () => {
    expect((await seen(null, []))[1]).toEqual(['HTTPS 300', 'A 900', 'AAAA 900']);
    expect((await seen(null, ['HTTPS', 'SVCB']))[1]).toEqual(['HTTPS 900', 'SVCB 900', 'A 900', 'AAAA 900']);
  });
});

describe('in a signed zone', () => {
  const rrsig = (typeCovered: string): Rr => ({
    type: 'RRSIG',
    name: record,
    ttl: 60,
    data: {
      typeCovered,
      algorithm: 13,
      labels: 3,
      originalTTL: 60,
      inception: Date.UTC(2026, 10, 1) / 1_000,
      expiration: Date.UTC(2026, 11, 1) / 1_000,
      keyTag: 1,
      signersName: 'example.test',
      signature: Buffer.alloc(64),
    },
  });
  const https = { type: numbered, name: record, ttl: 60, data: Buffer.from(svcbToWire(here) ?? []) } as const;
  const a: Rr = { type: 'A', name: record, ttl: 60, data: '203.0.113.10' };

  test.each([
    ['with its signature', [https, rrsig(numbered)], true, 'answers A 203.0.113.10; HTTPS'],
    ['without', [https], false, 'the zone is signed, but HTTPS has no signature'],
  ])('a hint %s', async (_what, answers: readonly Rr[], agrees, why) => {
    const server = await fakeServer(
      always((asked) =>
        asked.type === 'A'
          ? reply(asked, { answers: [a, rrsig('A')] })
          : reply(asked, { answers: asked.type === numbered ? answers : [] }),
      ),
    );
    const verified = await verifierOf(server).verify({ ...site, hinted: ['HTTPS'] }, signal);
    await server.close();
    expect(verified).toMatchObject({ ok: true, answers: [{ agrees, why: expect.stringContaining(why) }] });
  });
});
