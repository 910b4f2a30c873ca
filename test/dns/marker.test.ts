import { expect, test } from '@jest/globals';
import type { Answer } from '../../src/dns/ask';
import { createMarkerVerifier } from '../../src/dns/marker';
import type { Listing } from '../../src/dns/nameservers';

const text = 'heritage=failoverd,owner=sre,generation=8,site=eu,tested=2026-11-23T09:50:00Z';

function answered(...values: readonly string[]): Answer {
  const records = values.map((value) => ({ type: 'TXT', ttl: 60, value }) as const);
  return { ok: true, rcode: 'NOERROR', aa: true, records, signatures: [], negative: null, via: 'udp', rttMs: 1 };
}

const good: Answer = answered(text);
const nxdomain: Answer = { ...answered(), ok: true, rcode: 'NXDOMAIN', negative: 'nxdomain' } as Answer;

async function shown(record: string, answers: Readonly<Record<string, Answer>>, over: Partial<Listing> = {}) {
  const asked: string[] = [];
  const servers = Object.keys(answers).map((address) => ({ name: 'ns.example.test', address, port: 53 }));
  const verifier = createMarkerVerifier({
    record,
    nameservers: { list: async () => ({ ok: true, servers, lost: [], zone: null, ...over }) as Listing },
    timeoutMs: 1_000,
    ask: async ({ server, name, type }) => {
      asked.push(`${type} ${name}`);
      return answers[server.address] ?? good;
    },
  });
  const verified = await verifier.shows(text, AbortSignal.timeout(1_000));
  return { asked, verified };
}

test.each([
  ['the very text', good, ''],
  ['an older one', answered(text.replace('50:00', '40:00')), 'expected "heritage='],
  ['another beside it', answered(text, 'hello'), 'shows "heritage='],
  ['none', answered(), 'shows no TXT'],
  ['no such name', nxdomain, 'shows no TXT'],
  ['without authority', { ...good, aa: false } as Answer, 'without authority'],
  ['a refusal', { ...good, rcode: 'REFUSED' } as Answer, 'answers REFUSED'],
  ['silence', { ok: false, code: 'timeout', why: 'no answer within 1 s' } as Answer, 'no answer within 1 s'],
])('%s', async (_, answer, why) => {
  const { verified } = await shown('www.example.test', { '192.0.2.1': good, '192.0.2.2': answer });
  if (!verified.ok) throw new Error(verified.why);
  expect(verified.answers.map(({ agrees }) => agrees)).toEqual([true, why === '']);
  expect(verified.answers[1]?.why).toContain(why);
  expect(verified.answers[1]?.server).toContain('192.0.2.2');
});

test('a wildcard has its marker beside it, and every server is asked once', async () => {
  const { asked } = await shown('*.example.test', { '192.0.2.1': good, '192.0.2.2': good });
  expect(asked).toEqual(['TXT _failoverd.wildcard.example.test', 'TXT _failoverd.wildcard.example.test']);
});

test('an address without a route is left out only where the same server answers at another', async () => {
  const noRoute: Answer = { ok: false, code: 'no-route', why: 'ENETUNREACH' };
  const one = await shown('www.example.test', { '192.0.2.1': good, '2001:db8::1': noRoute });
  expect(one.verified).toMatchObject({ ok: true, answers: [{ agrees: true }] });
  const silent: Answer = { ok: false, code: 'timeout', why: 'no reply' };
  const half = await shown('www.example.test', { '192.0.2.1': good, '2001:db8::1': silent });
  expect(half.verified).toMatchObject({ ok: true, answers: [{ agrees: true }, { agrees: false, unreachable: true }] });
  const none = await shown('www.example.test', { '2001:db8::1': noRoute });
  expect(none.verified).toMatchObject({ ok: true, answers: [{ agrees: false, unreachable: true }] });
});

test('a server without an address is named; without a list nothing is known', async () => {
  const lost = [{ name: 'ns2.example.test', why: 'no address' }];
  const { verified } = await shown('www.example.test', { '192.0.2.1': good }, { lost } as Partial<Listing>);
  expect(verified).toMatchObject({ answers: [{ agrees: true }, { server: 'ns2.example.test', agrees: false }] });
  const failed = await shown('www.example.test', {}, { ok: false, why: 'no NS' } as Partial<Listing>);
  expect(failed.verified).toMatchObject({ ok: false, why: 'no NS' });
});
