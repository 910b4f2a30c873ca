import { describe, expect, test } from '@jest/globals';
import type { Answer, Question } from '../../src/dns/ask';
import { claimIn, claimNames, findClaims } from '../../src/dns/claims';
import type { NameServer } from '../../src/dns/nameservers';

const record = 'www.example.test';

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
    ['_owner.a.www.example.test', '*octodns*', 'octodns', null],
  ])('at %s: %s', (name, text, tool, owner) => {
    expect(claimIn(name, text)).toMatchObject([{ tool, owner, name }]);
  });

  test.each([
    [record, 'v=spf1 -all'],
    [record, '*octodns*'],
    ['a-www.example.test', 'my heritage=external-dns notes'],
    ['_failoverd.www.example.test', 'heritage=failoverd,owner=sre,generation=1,site=a'],
  ])('none at %s: %s', (name, text) => expect(claimIn(name, text)).toEqual([]));

  test('are looked for at few names', () => {
    expect(claimNames(record, ['A', 'AAAA', 'A'])).toEqual([
      record,
      'a-www.example.test',
      'aaaa-www.example.test',
      '_owner.a.www.example.test',
      '_owner.aaaa.www.example.test',
    ]);
    expect(claimNames('*.example.test', ['CNAME'])).toEqual([
      'cname-example.test',
      '_owner.cname._wildcard.example.test',
    ]);
  });
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
    expect(names).toHaveLength(3);
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
});
