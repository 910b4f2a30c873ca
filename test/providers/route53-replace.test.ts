import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Outcome, Provider, ProviderInput } from '../../providers/provider';
import { type RecordSet, recordSet, sameValues } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { type Route53Fake, startRoute53Fake } from './route53-fake';
import type { Seed } from './route53-fake-service';
import { connectTo, record, useCanaries } from './route53-subject';

useCanaries();

let fake: Route53Fake;
const opened: Provider[] = [];
beforeEach(async () => {
  fake = await startRoute53Fake();
  fake.addZone({ id: 'Z1', name: 'example.test' });
});
afterEach(async () => {
  for (const provider of opened.splice(0)) await provider.close();
  await fake.close();
  // S1, whatever the test was about: no batch takes an address away without putting one there.
  for (const { changes } of fake.requests) {
    const addresses = changes.filter(({ set }) => set.type !== 'TXT').map(({ action }) => action);
    expect(addresses.includes('DELETE') && !addresses.includes('CREATE')).toBe(false);
  }
});

async function open(input: Partial<ProviderInput> = {}): Promise<Provider> {
  const provider = await connectTo(fake, input);
  opened.push(provider);
  return provider;
}

function set(type: RecordSet['type'], ...values: readonly string[]): RecordSet {
  const made = recordSet(type, 60, values);
  if (made === null) throw new Error(`${values} is not ${type}`);
  return made;
}

async function read(provider: Provider): Promise<Found> {
  const reading = await provider.read(AbortSignal.timeout(6_000));
  if (!reading.ok) throw new Error(reading.why);
  return reading.found;
}

function replace(
  provider: Provider,
  from: Found,
  to: readonly RecordSet[],
  generation: number,
  ms = 2_000,
): Promise<Outcome> {
  const marker = { owner: 'o', generation, site: 'b' };
  return provider.replace({ from, to, marker }, AbortSignal.timeout(ms));
}

/** The batches that were sent, change by change. */
function batches(): readonly (readonly string[])[] {
  const writes = fake.requests.filter(({ operation }) => operation === 'ChangeResourceRecordSets');
  return writes.map(({ changes }) =>
    changes.map(({ action, set }) => `${action} ${set.type} ${set.ttl} ${set.values.join(' ')}`),
  );
}

const text = (generation: number) => `"heritage=failoverd,owner=o,generation=${generation},site=b"`;
const seedA: Seed = { name: record, type: 'A', ttl: 60, values: ['192.0.2.1'] };
const markedA: readonly Seed[] = [
  seedA,
  { name: `_failoverd.${record}`, type: 'TXT', ttl: 60, values: ['heritage=failoverd,owner=o,generation=7,site=b'] },
];
const A = [set('A', '192.0.2.1')];
const B = [set('A', '192.0.2.2')];
const C = [set('A', '192.0.2.3')];

/** Waits until the batch has left the adapter. */
async function sent(): Promise<void> {
  const deadline = performance.now() + 2_000;
  while (batches().length === 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('route53 replace', () => {
  test.each<[string, readonly Seed[], readonly RecordSet[], readonly string[]]>([
    [
      'first contact: the marker is created, which fails if there is one',
      [seedA],
      B,
      ['DELETE A 60 192.0.2.1', 'CREATE A 60 192.0.2.2', `CREATE TXT 60 ${text(8)}`],
    ],
    [
      'as listed, spelling, order and TTL included',
      [
        { name: record, type: 'A', ttl: 37, values: ['192.0.2.9', '192.0.2.1'] },
        { name: record, type: 'AAAA', ttl: 60, values: ['2001:DB8:0::0010'] },
      ],
      [set('A', '192.0.2.2'), set('AAAA', '2001:db8::2')],
      [
        'DELETE A 37 192.0.2.9 192.0.2.1',
        'DELETE AAAA 60 2001:DB8:0::0010',
        'CREATE A 60 192.0.2.2',
        'CREATE AAAA 60 2001:db8::2',
        `CREATE TXT 60 ${text(8)}`,
      ],
    ],
    [
      'a fence: the values stay as they are, the marker alone is swapped',
      markedA,
      A,
      [`DELETE TXT 60 ${text(7)}`, `CREATE TXT 60 ${text(8)}`],
    ],
    [
      'hints move along, quoted and dotted; SVCB without hints stays',
      [
        seedA,
        { name: record, type: 'HTTPS', ttl: 37, values: ['1 WWW.example.test. ipv4hint="192.0.2.1" alpn="h3,h2" '] },
        { name: record, type: 'SVCB', ttl: 60, values: ['1 . port=443'] },
      ],
      [...B, set('HTTPS', '1 www.example.test alpn=h3,h2 no-default-alpn ipv4hint=192.0.2.2')],
      [
        'DELETE A 60 192.0.2.1',
        'DELETE HTTPS 37 1 WWW.example.test. ipv4hint="192.0.2.1" alpn="h3,h2" ',
        'CREATE A 60 192.0.2.2',
        'CREATE HTTPS 60 1 www.example.test. alpn="h3,h2" no-default-alpn ipv4hint="192.0.2.2"',
        `CREATE TXT 60 ${text(8)}`,
      ],
    ],
    [
      'one type changes: all are deleted and created, so that all are compared',
      [seedA, { name: record, type: 'HTTPS', ttl: 60, values: ['1 . ipv4hint=192.0.2.9'] }],
      [...A, set('HTTPS', '1 . ipv4hint=192.0.2.1')],
      [
        'DELETE A 60 192.0.2.1',
        'DELETE HTTPS 60 1 . ipv4hint=192.0.2.9',
        'CREATE A 60 192.0.2.1',
        'CREATE HTTPS 60 1 . ipv4hint="192.0.2.1"',
        `CREATE TXT 60 ${text(8)}`,
      ],
    ],
    [
      'a family goes',
      [seedA, { name: record, type: 'AAAA', ttl: 60, values: ['2001:db8::1'] }],
      B,
      ['DELETE A 60 192.0.2.1', 'DELETE AAAA 60 2001:db8::1', 'CREATE A 60 192.0.2.2', `CREATE TXT 60 ${text(8)}`],
    ],
    [
      'addresses give way to a host name',
      [seedA],
      [set('CNAME', 'eu.example.net')],
      ['DELETE A 60 192.0.2.1', 'CREATE CNAME 60 eu.example.net.', `CREATE TXT 60 ${text(8)}`],
    ],
    [
      'and back',
      [{ name: record, type: 'CNAME', ttl: 60, values: ['EU.example.net'] }],
      B,
      ['DELETE CNAME 60 EU.example.net', 'CREATE A 60 192.0.2.2', `CREATE TXT 60 ${text(8)}`],
    ],
  ])('one batch: %s', async (_, seeds, to, batch) => {
    fake.seed('Z1', seeds);
    const provider = await open();
    expect(await replace(provider, await read(provider), to, 8)).toMatchObject({
      code: 'applied',
      requestId: 'C000000000001',
    });
    expect(batches()).toEqual([batch]);
    const second = await read(await open());
    expect(sameValues(second.sets, to)).toBe(true);
    expect(second.marker).toEqual({ owner: 'o', generation: 8, site: 'b' });
  });

  test('D06: applied, the answer lost: unknown, and the next reading shows it done, once', async () => {
    fake.seed('Z1', markedA);
    const provider = await open();
    const from = await read(provider);
    fake.inject('applied-then-lost');
    expect(await replace(provider, from, B, 8, 1_500)).toMatchObject({ code: 'unknown' });
    fake.heal();
    expect(await read(provider)).toMatchObject({ sets: B, marker: { generation: 8 } });
    expect(await replace(provider, from, B, 8)).toMatchObject({ code: 'conflict' });
    expect(fake.writes()).toBe(1);
  });

  test('D07: lost on the way: unknown, the next reading shows the old, and it can be sent again', async () => {
    fake.seed('Z1', markedA);
    const provider = await open();
    fake.inject('lost');
    expect(await replace(provider, await read(provider), B, 8, 1_500)).toMatchObject({ code: 'unknown' });
    fake.heal();
    expect(await replace(provider, await read(provider), B, 8)).toMatchObject({ code: 'applied' });
    expect(fake.writes()).toBe(1);
  });

  test('D08: a write that arrives after a newer one is refused by Route 53', async () => {
    fake.seed('Z1', markedA);
    const provider = await open();
    fake.inject('delayed');
    expect(await replace(provider, await read(provider), B, 8, 1_500)).toMatchObject({ code: 'unknown' });
    fake.heal();
    expect(await replace(provider, await read(provider), C, 9)).toMatchObject({ code: 'applied' });
    expect(fake.deliver()).toEqual(['rejected']);
    expect(await read(provider)).toMatchObject({ sets: C, marker: { generation: 9 } });
  });

  test('D08, with nothing newer: it takes effect, for the batch still compares true', async () => {
    fake.seed('Z1', markedA);
    const provider = await open();
    fake.inject('delayed');
    expect(await replace(provider, await read(provider), B, 8, 1_500)).toMatchObject({ code: 'unknown' });
    fake.heal();
    expect(fake.deliver()).toEqual(['applied']);
    expect(await read(provider)).toMatchObject({ sets: B, marker: { generation: 8 } });
  });

  test.each<[string, () => void]>([
    ['the values, marker untouched', () => fake.seed('Z1', [{ ...seedA, values: ['192.0.2.77'] }])],
    ['only the TTL', () => fake.seed('Z1', [{ ...seedA, ttl: 300 }])],
    ['the marker', () => fake.seed('Z1', [{ name: `_failoverd.${record}`, type: 'TXT', ttl: 60, values: ['x'] }])],
    ['a family appears', () => fake.seed('Z1', [{ name: record, type: 'AAAA', ttl: 60, values: ['2001:db8::77'] }])],
    ['the record goes', () => fake.remove('Z1', record, 'A')],
  ])('D18: an edit while the batch is on its way is a conflict: %s', async (_, edit) => {
    fake.seed('Z1', [...markedA]);
    const provider = await open();
    const from = await read(provider);
    fake.inject('delayed');
    const writing = replace(provider, from, [...B, set('AAAA', '2001:db8::2')], 8);
    await sent();
    fake.heal();
    edit();
    const before = fake.truth('Z1');
    expect(fake.deliver()).toEqual(['rejected']);
    expect(await writing).toMatchObject({ code: 'conflict' });
    expect(fake.truth('Z1')).toEqual(before);
  });

  test('first contact of two: the marker of the other is a conflict, even with the values untouched', async () => {
    fake.seed('Z1', [seedA]);
    const provider = await open();
    const from = await read(provider);
    fake.inject('delayed');
    const writing = replace(provider, from, B, 8);
    await sent();
    fake.heal();
    fake.seed('Z1', [...markedA]);
    expect(fake.deliver()).toEqual(['rejected']);
    expect(await writing).toMatchObject({ code: 'conflict' });
  });

  test('D09: delivered twice, the second is refused; the zone holds it once, and the outcome claims nothing', async () => {
    fake.seed('Z1', markedA);
    const provider = await open();
    fake.inject('duplicate');
    expect(await replace(provider, await read(provider), B, 8)).toMatchObject({ code: 'unknown' });
    expect(fake.writes()).toBe(1);
    expect(await read(provider)).toMatchObject({ sets: B, marker: { generation: 8 } });
  });

  test.each([
    ['the address', record, 'A'],
    ['the marker', `_failoverd.${record}`, 'TXT'],
  ])('a record set protection of %s is for a human, not a conflict', async (_, name, type) => {
    fake.seed('Z1', markedA);
    fake.protect(name, type);
    const provider = await open();
    const outcome = await replace(provider, await read(provider), B, 8);
    expect(outcome).toMatchObject({ code: 'denied', why: expect.stringContaining('is protected from changes') });
    expect(fake.writes()).toBe(0);
  });

  test.each([[[]], [[{ type: 'A', ttl: 60, values: [] } as const]]])(
    'nothing in its place: refused, unsent',
    async (to) => {
      fake.seed('Z1', markedA);
      const provider = await open();
      expect(await replace(provider, await read(provider), to, 8)).toMatchObject({ code: 'denied' });
      expect(batches()).toEqual([]);
    },
  );

  test('a marker that is not ours is never overwritten', async () => {
    fake.seed('Z1', [seedA, { name: `_failoverd.${record}`, type: 'TXT', ttl: 60, values: ['v=spf1 -all'] }]);
    const provider = await open();
    const outcome = await replace(provider, await read(provider), B, 8);
    expect(outcome).toMatchObject({ code: 'denied', why: expect.stringContaining('v=spf1') });
    expect(batches()).toEqual([]);
  });

  test('a public zone: accepted is applied, and nobody is asked for INSYNC', async () => {
    fake.seed('Z1', [seedA]);
    const provider = await open();
    fake.inject('pending');
    expect(await replace(provider, await read(provider), B, 8)).toMatchObject({ code: 'applied' });
    expect(fake.requests.some(({ operation }) => operation === 'GetChange')).toBe(false);
  });
});

describe('route53 replace in a private zone', () => {
  async function privately(): Promise<Provider> {
    fake.addZone({ id: 'Z2', name: 'example.test', isPrivate: true });
    fake.seed('Z2', [seedA]);
    const provider = await open({ zone: 'Z2' });
    expect(await provider.read(AbortSignal.timeout(6_000))).toMatchObject({ ok: true, proof: 'api' });
    expect(await provider.nameservers(AbortSignal.timeout(6_000))).toEqual([]);
    return provider;
  }

  test('waits for INSYNC', async () => {
    const provider = await privately();
    const outcome = await replace(provider, await read(provider), B, 8, 8_000);
    expect(outcome).toMatchObject({ code: 'applied', why: expect.stringContaining('INSYNC') });
    expect(fake.requests.filter(({ operation }) => operation === 'GetChange')).toHaveLength(2);
  });

  test('D11: PENDING without end: applied, and says so when the signal ends', async () => {
    const provider = await privately();
    const from = await read(provider);
    fake.inject('pending');
    const outcome = await replace(provider, from, B, 8, 1_500);
    expect(outcome).toMatchObject({ code: 'applied', why: expect.stringContaining('PENDING') });
  });

  test('a role that may not ask GetChange: applied at the first refusal', async () => {
    const provider = await privately();
    fake.inject('denied', { on: 'GetChange' });
    const outcome = await replace(provider, await read(provider), B, 8, 8_000);
    expect(outcome).toMatchObject({ code: 'applied', why: expect.stringContaining('AccessDenied') });
    expect(fake.requests.filter(({ operation }) => operation === 'GetChange')).toHaveLength(1);
  });
});

describe('route53 replace, ROUTE53_WRITE_MODE=upsert', () => {
  const upsert = () => open({ env: { ROUTE53_WRITE_MODE: 'upsert' } });

  test('one batch of UPSERTs, and no claim to compare and swap', async () => {
    fake.seed('Z1', markedA);
    const provider = await upsert();
    expect(provider.guarantees).toMatchObject({ atomic: true, compareAndSwap: false });
    expect(await replace(provider, await read(provider), B, 8)).toMatchObject({ code: 'applied' });
    expect(batches()).toEqual([['UPSERT A 60 192.0.2.2', `UPSERT TXT 60 ${text(8)}`]]);
  });

  test('no value changes: the marker alone, though the record has a TTL of its own', async () => {
    fake.seed('Z1', markedA);
    fake.seed('Z1', [{ ...seedA, ttl: 37 }]);
    const provider = await upsert();
    expect(await replace(provider, await read(provider), A, 8)).toMatchObject({ code: 'applied' });
    expect(batches()).toEqual([[`UPSERT TXT 60 ${text(8)}`]]);
  });

  test('creates where there is nothing', async () => {
    const provider = await upsert();
    expect(await replace(provider, await read(provider), B, 1)).toMatchObject({ code: 'applied' });
    expect(await read(provider)).toMatchObject({ sets: B, marker: { generation: 1 } });
  });

  test('reads again, and a stale "from" is a conflict', async () => {
    fake.seed('Z1', markedA);
    const provider = await upsert();
    const stale = await read(provider);
    fake.seed('Z1', [{ ...seedA, values: ['192.0.2.77'] }]);
    expect(await replace(provider, stale, B, 8)).toMatchObject({ code: 'conflict' });
    expect(batches()).toEqual([]);
  });

  test('a family it cannot remove is refused, and told how', async () => {
    fake.seed('Z1', [...markedA, { name: record, type: 'AAAA', ttl: 60, values: ['2001:db8::1'] }]);
    const provider = await upsert();
    const outcome = await replace(provider, await read(provider), B, 8);
    expect(outcome).toMatchObject({
      code: 'denied',
      why: expect.stringMatching(/^AAAA of .*ROUTE53_WRITE_MODE=upsert/),
    });
    expect(batches()).toEqual([]);
  });

  test('preflight warns of the weaker fencing', async () => {
    const provider = await upsert();
    const text = expect.stringMatching(/writes by UPSERT.*overwritten/);
    expect(await provider.preflight(AbortSignal.timeout(6_000))).toContainEqual({ level: 'warn', text });
  });
});
