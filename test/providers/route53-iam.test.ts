import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ProviderInput } from '../../providers/provider';
import type { RecordSet } from '../../src/domain/records';
import { type FakeRequest, type Route53Fake, startRoute53Fake } from './route53-fake';
import { connectTo, useCanaries } from './route53-subject';

useCanaries();

type Keys = Readonly<Record<string, string | readonly string[]>>;

/** The part of IAM's policy language these files use. */
interface Policy {
  readonly Version: string;
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource: string;
    readonly Condition?: { readonly 'ForAllValues:StringEquals': Keys; readonly Null: Keys };
  }[];
}

function load(mode: string): Policy {
  const policy: Policy = JSON.parse(readFileSync(join(__dirname, `../../../deploy/iam/route53-${mode}.json`), 'utf8'));
  return policy;
}

/** The values IAM would compare: sets over the whole request, in Route 53's normal form. */
function context({ changes }: FakeRequest): Readonly<Record<string, readonly string[]>> {
  const distinct = (values: readonly string[]) => [...new Set(values)].filter((value) => value !== '');
  return {
    'route53:ChangeResourceRecordSetsNormalizedRecordNames': distinct(changes.map(({ set }) => set.name.slice(0, -1))),
    'route53:ChangeResourceRecordSetsRecordTypes': distinct(changes.map(({ set }) => set.type)),
    'route53:ChangeResourceRecordSetsActions': distinct(changes.map(({ action }) => action)),
  };
}

/** As much of IAM's evaluation as these policies use. */
function permits({ Statement }: Policy, request: FakeRequest): boolean {
  const values = context(request);
  return Statement.some(({ Action, Resource, Condition }) => {
    const zone = /hostedzone\/([^/?]+)/.exec(request.url)?.[1];
    const change = /change\/([^/?]+)/.exec(request.url)?.[1];
    const resource = `arn:aws:route53:::${zone === undefined ? `change/${change}` : `hostedzone/${zone}`}`;
    return (
      [Action].flat().includes(`route53:${request.operation}`) &&
      (Resource === '*' ||
        Resource === resource ||
        (Resource.endsWith('/*') && resource.startsWith(Resource.slice(0, -1)))) &&
      Object.entries(Condition?.['ForAllValues:StringEquals'] ?? {}).every(([key, allowed]) =>
        (values[key] ?? []).every((value) => [allowed].flat().includes(value)),
      ) &&
      Object.entries(Condition?.Null ?? {}).every(
        ([key, absent]) => ((values[key] ?? []).length === 0) === (absent === 'true'),
      )
    );
  });
}

let fake: Route53Fake;
beforeEach(async () => {
  fake = await startRoute53Fake();
});
afterEach(() => fake.close());

const a = (...values: readonly string[]): RecordSet => ({ type: 'A', ttl: 60, values });
const aaaa = (...values: readonly string[]): RecordSet => ({ type: 'AAAA', ttl: 60, values });

/** Everything the adapter can ask, in one life: reading, two replacements, preflight, name servers. */
async function live(mode: string): Promise<readonly FakeRequest[]> {
  fake.addZone({ id: 'Z0EXAMPLE', name: 'example.com' });
  const provider = await connectTo(fake, { record: 'www.example.com', env: { ROUTE53_WRITE_MODE: mode } });
  const signal = AbortSignal.timeout(10_000);
  for (const [generation, to] of [
    [a('192.0.2.1'), aaaa('2001:db8::1')],
    [a('192.0.2.2'), aaaa('2001:db8::2')],
  ].entries()) {
    const reading = await provider.read(signal);
    if (!reading.ok) throw new Error(reading.why);
    const marker = { owner: 'o', generation, site: 'b' };
    expect(await provider.replace({ from: reading.found, to, marker }, signal)).toMatchObject({ code: 'applied' });
  }
  await provider.preflight(signal);
  await provider.nameservers(signal);
  await provider.close();
  return fake.requests;
}

describe.each(['cas', 'upsert'])('deploy/iam/route53-%s.json', (mode) => {
  test('permits every request of its mode', async () => {
    const requests = await live(mode);
    for (const request of requests) expect([request, permits(load(mode), request)]).toEqual([request, true]);
    const asked = new Set(requests.map(({ operation }) => operation));
    expect([...asked].sort()).toEqual([
      'ChangeResourceRecordSets',
      'GetHostedZone',
      'ListHostedZonesByName',
      'ListResourceRecordSets',
    ]);
  });

  test('permits GetChange, which only a private zone needs', () => {
    const request = { operation: 'GetChange', url: '/2013-04-01/change/C1', changes: [] } as const;
    expect(permits(load(mode), request)).toBe(true);
  });

  test('says only what the evaluation below understands', () => {
    const { Version, Statement } = load(mode);
    expect(Version).toBe('2012-10-17');
    for (const { Effect, Condition } of Statement) {
      expect(Effect).toBe('Allow');
      expect(Object.keys(Condition ?? { 'ForAllValues:StringEquals': {}, Null: {} })).toEqual([
        'ForAllValues:StringEquals',
        'Null',
      ]);
    }
  });

  test('grants no action that nothing asks for', () => {
    const granted = load(mode).Statement.flatMap(({ Action }) => Action);
    expect(granted.sort()).toEqual([
      'route53:ChangeResourceRecordSets',
      'route53:GetChange',
      'route53:GetHostedZone',
      'route53:ListHostedZonesByName',
      'route53:ListResourceRecordSets',
    ]);
  });

  const set = { ttl: 60, values: ['192.0.2.1'], setIdentifier: undefined, extra: [] };
  const change = (action: string, name: string, type: string) => ({ action, set: { ...set, name, type } });
  const mine = mode === 'cas' ? 'CREATE' : 'UPSERT';
  test.each<[string, FakeRequest['changes'], string]>([
    ['another name', [change(mine, 'mail.example.com.', 'A')], 'Z0EXAMPLE'],
    [
      'another name beside ours',
      [change(mine, 'www.example.com.', 'A'), change(mine, 'example.com.', 'A')],
      'Z0EXAMPLE',
    ],
    ['another type', [change(mine, 'www.example.com.', 'MX')], 'Z0EXAMPLE'],
    ["the other mode's action", [change(mode === 'cas' ? 'UPSERT' : 'DELETE', 'www.example.com.', 'A')], 'Z0EXAMPLE'],
    ['another zone', [change(mine, 'www.example.com.', 'A')], 'Z0OTHER'],
    ['a request without the keys', [], 'Z0EXAMPLE'],
  ])('denies %s', (_, changes, zone) => {
    const request = {
      operation: 'ChangeResourceRecordSets',
      url: `/2013-04-01/hostedzone/${zone}/rrset/`,
      changes,
    } as const;
    expect(permits(load(mode), request)).toBe(false);
  });
});

describe('what check --thorough tells of a policy', () => {
  const site = (name: string, ...sets: readonly RecordSet[]) => ({ name, sets });
  const sites = [site('a', a('192.0.2.1'), aaaa('2001:db8::1')), site('b', a('192.0.2.2'), aaaa('2001:db8::2'))];
  const cas = load('cas');
  const without = (sid: string): Policy => ({ ...cas, Statement: cas.Statement.filter(({ Sid }) => Sid !== sid) });
  const narrow: Policy = JSON.parse(JSON.stringify(cas).replace('"AAAA",', ''));
  const noCreate: Policy = JSON.parse(JSON.stringify(cas).replace('"CREATE",', ''));
  const zoneWide: Policy = {
    ...cas,
    Statement: cas.Statement.map(({ Sid, Effect, Action, Resource }) => ({ Sid, Effect, Action, Resource })),
  };
  const all: Policy = { ...cas, Statement: zoneWide.Statement.map((one) => ({ ...one, Resource: '*' })) };
  const readsAll: Policy = {
    ...cas,
    Statement: cas.Statement.map((one) => (one.Sid === 'ReadThisZone' ? { ...one, Resource: '*' } : one)),
  };
  type Row = readonly [string, Policy, Partial<ProviderInput>, readonly (readonly [string, RegExp])[]];
  const upsert = { env: { ROUTE53_WRITE_MODE: 'upsert' } };
  const fine = [
    'ok',
    /^CREATE and DELETE of A, AAAA, TXT at www\.example\.com and _failoverd\.www\.example\.com are permitted/,
  ] as const;
  const rows: readonly Row[] = [
    ['ours', cas, {}, [fine]],
    ['ours, for a zone by id', without('FindZoneByName'), { zone: 'Z0EXAMPLE' }, [fine]],
    ['ours, for a mode that only writes over', load('upsert'), upsert, []],
    ['without a type', narrow, {}, [['error', /of A, AAAA, TXT at .* not permitted together, which a switch needs/]]],
    ['without an action', noCreate, {}, [['error', /^CREATE and DELETE .* not permitted together/]]],
    ['without any change', without('ChangeOnlyThisName'), {}, [['error', /not permitted together/]]],
    [
      'DELETE where it is not needed',
      cas,
      upsert,
      [['warn', /may DELETE www\.example\.com, which .*upsert never does/]],
    ],
    ['the whole zone', zoneWide, {}, [fine, ['warn', /may change other names of example\.com too/]]],
    [
      'reading all zones',
      readsAll,
      {},
      [fine, ['warn', /may read the records of other hosted zones, example\.net\. \(Z0OTHER\) for one of 1;/]],
    ],
    [
      'all zones',
      all,
      {},
      [
        fine,
        ['warn', /may change other names of example\.com too/],
        ['warn', /may read and change the records of other hosted zones/],
      ],
    ],
    [
      'listing zones, with an id',
      cas,
      { zone: 'Z0EXAMPLE' },
      [fine, ['warn', /may list the 2 hosted zones .* take FindZoneByName out/]],
    ],
  ];
  const scope = /permitted|may (DELETE|change|read|list)/;
  test.each(rows)('%s', async (_, policy, over, expected) => {
    fake.addZone({ id: 'Z0EXAMPLE', name: 'example.com' });
    fake.addZone({ id: 'Z0OTHER', name: 'example.net' });
    // Were a batch carried out, these are what it would take away.
    const seeds = [
      { name: '_failoverd.www.example.com', type: 'A', ttl: 60, values: ['192.0.2.1'] },
      { name: '_failoverd.www.example.com', type: 'AAAA', ttl: 60, values: ['2001:db8::1'] },
      { name: 'www.example.com', type: 'A', ttl: 60, values: ['192.0.2.1'] },
    ];
    fake.seed('Z0EXAMPLE', seeds);
    fake.permit((request) => permits(policy, request));
    const provider = await connectTo(fake, { record: 'www.example.com', sites, ...over });
    const before = [fake.truth('Z0EXAMPLE'), fake.truth('Z0OTHER')];
    const findings = await provider.preflight(AbortSignal.timeout(10_000), true);
    const told = findings.filter(({ text }) => scope.test(text) && !text.startsWith('writes by UPSERT'));
    expect(told).toEqual(expected.map(([level, text]) => ({ level, text: expect.stringMatching(text) })));
    expect([fake.truth('Z0EXAMPLE'), fake.truth('Z0OTHER')]).toEqual(before);
    expect(fake.writes()).toBe(0);
    await provider.close();
  });

  test('every batch it tries is refused whatever the zone holds: each DELETE stands in it twice', async () => {
    fake.addZone({ id: 'Z0EXAMPLE', name: 'example.com' });
    const provider = await connectTo(fake, { record: 'www.example.com', sites });
    await provider.preflight(AbortSignal.timeout(10_000), true);
    const tried = fake.requests.flatMap(({ changes }) => (changes.length > 0 ? [changes] : []));
    expect(tried).toHaveLength(2);
    for (const changes of tried) {
      const deletes = changes.flatMap(({ action, set }) => (action === 'DELETE' ? [JSON.stringify(set)] : []));
      expect(deletes.length).toBeGreaterThan(0);
      for (const one of deletes) expect(deletes.filter((other) => other === one)).toHaveLength(2);
    }
    await provider.close();
  });

  test('not tried at the self-test', async () => {
    fake.addZone({ id: 'Z0EXAMPLE', name: 'example.com' });
    const provider = await connectTo(fake, { record: 'www.example.com', sites });
    await provider.preflight(AbortSignal.timeout(10_000));
    expect(fake.requests.every(({ changes }) => changes.length === 0)).toBe(true);
    await provider.close();
  });
});
