import { describe, expect, test } from '@jest/globals';
import type { Answer, Question } from '../../src/dns/ask';
import { claimIn, claimNames, findClaims } from '../../src/dns/claims';
import type { NameServer } from '../../src/dns/nameservers';
import type { RecordType } from '../../src/domain/records';

const record = 'www.example.test';

/** As external-dns makes it: nonce, compressed text and tag, in base64. */
const encrypted = Buffer.alloc(96, 'not so random').toString('base64');

describe('the marks', () => {
  test.each([
    [
      'a-www.example.test',
      'heritage=external-dns,external-dns/owner=k8s,external-dns/resource=ingress/web',
      'external-dns',
      'k8s',
    ],
    [record, '"heritage=external-dns,external-dns/owner=default"', 'external-dns', 'default'],
    [record, 'heritage=external-dns', 'external-dns', null],
    ['aaaa-www.example.test', encrypted, 'external-dns', null],
    ['a-www.example.test', `"${encrypted}"`, 'external-dns', null],
    ['_owner.a.www.example.test', '*octodns*', 'octodns', null],
  ])('at %s: %s', (name, text, tool, owner) => {
    expect(claimIn(record, name, text)).toMatchObject([{ tool, owner, name }]);
  });

  test.each([
    [record, 'v=spf1 -all'],
    [record, '*octodns*'],
    [record, encrypted],
    ['_owner.a.www.example.test', 'heritage=external-dns'],
    ['a-www.example.test', 'dGVzdA=='],
    ['a-www.example.test', `${encrypted}!`],
    ['a-www.example.test', 'my heritage=external-dns notes'],
    ['_failoverd.www.example.test', 'heritage=failoverd,owner=sre,generation=1,site=a'],
  ])('none at %s: %s', (name, text) => expect(claimIn(record, name, text)).toEqual([]));

  test.each<[string, readonly RecordType[], readonly string[]]>([
    [
      record,
      ['A', 'AAAA', 'A'],
      [
        record,
        'a-www.example.test',
        'aaaa-www.example.test',
        '_owner.a.www.example.test',
        '_owner.aaaa.www.example.test',
      ],
    ],
    ['*.example.test', ['CNAME'], ['*.example.test', '_owner.cname._wildcard.example.test']],
    [`${'x'.repeat(62)}.test`, ['A'], [`${'x'.repeat(62)}.test`, `_owner.a.${'x'.repeat(62)}.test`]],
  ])('of %s are looked for at few names', (name, types, names) => expect(claimNames(name, types)).toEqual(names));
});

describe('asking', () => {
  const servers: readonly NameServer[] = ['ns1', 'ns2'].map((name) => ({ name, address: '192.0.2.1', port: 53 }));
  const listing = { ok: true, servers, lost: [], zone: null } as const;
  const told = (records: readonly string[], rcode = 'NOERROR'): Answer => ({
    ok: true,
    rcode,
    aa: true,
    records: records.map((value) => ({ type: 'TXT', ttl: 60, value })),
    signatures: [],
    negative: records.length === 0 ? 'nodata' : null,
    via: 'udp',
    rttMs: 1,
  });
  const asked = async (ask: (question: Question) => Answer) =>
    findClaims(
      {
        record,
        types: ['A'],
        nameservers: { list: async () => listing },
        timeoutMs: 500,
        ask: async (one) => ask(one),
      },
      AbortSignal.timeout(1_000),
    );

  test('one server that answers everything is enough, and what it shows counts', async () => {
    const names: string[] = [];
    const found = await asked(({ server, name }) => {
      names.push(`${'name' in server ? server.name : ''} ${name}`);
      return told(name === 'a-www.example.test' ? ['heritage=external-dns,external-dns/owner=k8s'] : [], 'NOERROR');
    });
    expect(found).toMatchObject({ ok: true, claims: [{ tool: 'external-dns', owner: 'k8s' }] });
    expect(names).toEqual([record, `a-${record}`, '*.example.test', `_owner.a.${record}`].map((name) => `ns1 ${name}`));
  });

  test.each<[string, Answer]>([
    ['refused', told([], 'REFUSED')],
    ['silent', { ok: false, code: 'timeout', why: 'no answer' }],
    ['lame', { ...told([]), aa: false } as Answer],
  ])(
    'a server that is %s tells nothing: the next is asked, and when none answers nothing is known',
    async (_what, answer) => {
      const found = await asked(({ server }) => ('name' in server && server.name === 'ns1' ? answer : told([])));
      expect(found).toEqual({ ok: true, claims: [] });
      expect(await asked(() => answer)).toMatchObject({ ok: false });
    },
  );

  test('the top of a zone: the names beside it lie in no zone of the server, so the zone holds no mark there', async () => {
    const mark = 'heritage=external-dns,external-dns/owner=k8s';
    const refused = (name: string): Answer => (name.startsWith('a-') ? told([], 'REFUSED') : told([mark]));
    expect(await asked(({ name }) => refused(name))).toMatchObject({ ok: true, claims: [{ name: record }] });
  });

  test("a wildcard's own mark, shown at every name that does not exist, is not the record's", async () => {
    const wild = 'heritage=external-dns,external-dns/owner=wild';
    const own = 'heritage=external-dns,external-dns/owner=own';
    const names: string[] = [];
    const shows = (name: string): readonly string[] => (name === record || name.startsWith('_owner') ? [] : [wild]);
    const found = await asked(({ name }) => {
      names.push(name);
      return told(shows(name));
    });
    expect([found, names]).toEqual([
      { ok: true, claims: [] },
      [record, `a-${record}`, '*.example.test', `_owner.a.${record}`],
    ]);
    const both = await asked(({ name }) => told(name === `a-${record}` ? [own] : shows(name)));
    expect(both).toMatchObject({ ok: true, claims: [{ owner: 'own' }] });
    const unsure = await asked(({ name }) => (name.startsWith('*') ? told([], 'SERVFAIL') : told(shows(name))));
    expect(unsure).toMatchObject({ ok: false });
  });
});
