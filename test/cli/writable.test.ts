import { describe, expect, test } from '@jest/globals';
import type { Provider, Reading } from '../../providers/provider';
import { type Witnesses, writable } from '../../src/cli/writable';
import type { Found, Policy } from '../../src/domain/types';
import { a, foundAt, policyOf } from '../domain/fixtures';

/** What `failoverd check` says of the zone and its name servers: what the daemon would page. */

const nothing: Found = { sets: [], marker: null, foreignMarker: null, obstacles: [] };
const stray: Found = { ...nothing, sets: [{ type: 'A', ttl: 60, values: ['127.0.99.9'] }] };
const fine: Witnesses = {
  claims: async () => ({ ok: true, claims: [] }),
  servers: {
    verify: async () => ({ ok: true, answers: [{ server: 'ns1', agrees: true, why: 'answers it' }] }),
    observe: async () => ({ ok: true, servers: [{ server: 'ns1', sets: [], why: 'no record' }] }),
  },
};
const dead: Witnesses['servers'] = {
  verify: async () => ({
    ok: true,
    answers: [{ server: '127.0.0.1:9', agrees: false, unreachable: true, why: 'no answer to A: refused' }],
  }),
  observe: async () => ({ ok: true, servers: [{ server: '127.0.0.1:9', sets: null, why: 'answers REFUSED to A' }] }),
};
const unlisted: Witnesses['servers'] = {
  verify: async () => ({ ok: false, why: 'no zone with name servers found' }),
  observe: async () => ({ ok: false, why: 'no zone with name servers found' }),
};

async function findingsOf(
  found: Found,
  changes: Partial<Policy>,
  witnesses: Partial<Witnesses>,
  { proof = 'dns', rtoMs = null }: { readonly proof?: string; readonly rtoMs?: number | null },
) {
  const reading = { ok: true, found, proof } as Reading;
  const provider: Pick<Provider, 'read'> = { read: async () => reading };
  const promised = { policy: policyOf(changes), rtoMs, settleMs: 200 };
  return writable(promised, provider as Provider, { ...fine, ...witnesses }, AbortSignal.timeout(5_000));
}

async function errors(found: Found, changes: Partial<Policy> = {}, witnesses: Partial<Witnesses> = {}, proof = 'dns') {
  const findings = await findingsOf(found, changes, witnesses, { proof });
  return findings.filter(({ level }) => level === 'error').map(({ text }) => text);
}

const marked = (owner: string): Found => ({ ...foundAt(a), marker: { owner, generation: 7, site: a } });

test.each<readonly [what: string, found: Found, changes: Partial<Policy>, says: RegExp]>([
  ['a value of no site', stray, {}, /^drift: .* no configured site: A 127\.0\.99\.9; put one of the configured sites/],
  ['no record, and none may be made', nothing, {}, /^absent: .*FAILOVERD_CREATE is false; create the record, or set/],
  [
    'an obstacle',
    { ...foundAt(a), obstacles: ['it is an alias'] },
    {},
    /^obstacle: it is an alias; replace the record/,
  ],
  ['a stranger’s marker', marked('other'), {}, /^foreign: .*owner "other".*failoverd adopt$/],
  ['a TXT that is no marker', { ...foundAt(a), foreignMarker: 'v=spf1' }, {}, /^foreign: .*"v=spf1"; remove that TXT/],
])('%s is an error in the daemon’s words', async (_what, found, changes, says) => {
  const said = await errors(found, changes);
  expect(said).toEqual([expect.stringMatching(says)]);
});

test.each<readonly [what: string, found: Found, changes: Partial<Policy>]>([
  ['a site', foundAt(a), {}],
  ['a site under our marker', foundAt(a, 7), {}],
  ['no record, and one may be made', nothing, { create: true }],
])('%s is none', async (_what, found, changes) => {
  expect(await errors(found, changes)).toEqual([]);
});

test.each<readonly [what: string, found: Found, servers: Witnesses['servers'], says: RegExp]>([
  ['dead, under a site', foundAt(a), dead, /^servers-differ: .*127\.0\.0\.1:9: no answer to A: refused; look at/],
  ['lame, before there is a record', nothing, dead, /^servers-differ: .*127\.0\.0\.1:9: answers REFUSED to A/],
  ['not to be listed', foundAt(a), unlisted, /^servers-differ: .*no authoritative server could be asked: no zone/],
  ['not to be listed, before there is a record', nothing, unlisted, /no authoritative server could be asked: no zone/],
])('name servers %s: no switch could be verified', async (_what, found, servers, says) => {
  expect(await errors(found, { create: true }, { servers })).toEqual([expect.stringMatching(says)]);
});

test.each(['api', 'read'])('where DNS is not the proof (%s), no name server is asked', async (proof) => {
  expect(await errors(foundAt(a), {}, { servers: dead }, proof)).toEqual([]);
});

describe('the TTL that the zone says', () => {
  const said = (ttl: number): Found => ({ ...nothing, sets: foundAt(a).sets.map((set) => ({ ...set, ttl })) });
  const second = { provider: 'two', why: '', proof: 'dns', atomic: true, owned: false } as const;
  const late = /^the zone says 3600 s, FAILOVERD_TTL 5s: users of the present answer move up to 59m55s later at the/;
  // 11 + 21 + 4 + 0.8 s and the TTL.
  test.each<readonly [what: string, found: Found, rtoMs: number | null, level: string | null, says: RegExp]>([
    ['ours', said(5), 45_000, null, /never/],
    ['a shorter one', said(1), 45_000, null, /never/],
    ['no record', nothing, 45_000, null, /never/],
    ['a longer one', said(3_600), null, 'warn', late],
    ['a longer one, with time to spare', said(60), 100_000, 'warn', /^the zone says 60 s.*; write 5s into the zone/],
    ['a longer one, which breaks the promise', said(3_600), 45_000, 'error', late],
    [
      'by how much',
      said(60),
      45_000,
      'error',
      /may take 1m36s, 51.8s longer than the promised FAILOVERD_RTO 45s; write/,
    ],
    ['the second of two', { ...said(5), parts: [{ ...second, found: said(3_600) }] }, null, 'warn', late],
  ])('%s', async (_what, found, rtoMs, level, says) => {
    const findings = await findingsOf(found, { ttlMs: 5_000 }, {}, { rtoMs });
    const about = findings.filter(({ text }) => text.startsWith('the zone says'));
    expect(about).toEqual(level === null ? [] : [{ level, text: expect.stringMatching(says) }]);
  });
});
