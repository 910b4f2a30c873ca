import { afterEach, describe, expect, test } from '@jest/globals';
import type { Provider, ProviderInput } from '../../providers/provider';
import { a, connect, foundBy, markerOf, move, one } from './cloudflare-connect';
import { type CloudflareFake, type FakeOptions, type Reply, startCloudflareFake } from './cloudflare-fake';
import { isBody } from './cloudflare-zone';

const www = 'www.example.test';
const aside = '_failoverd.www.example.test';
const fakes: CloudflareFake[] = [];

async function open(options: FakeOptions = {}, over: Partial<ProviderInput> = {}) {
  const fake = await startCloudflareFake(options);
  fakes.push(fake);
  return { fake, provider: await connect(fake, over) };
}
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.close();
});

function seedA(on: CloudflareFake, ...values: readonly string[]): void {
  on.seed([{ name: www, type: 'A', ttl: 60, values }]);
}
function addresses(on: CloudflareFake): readonly string[] {
  return on.zone.all().flatMap((record) => (record.name === www ? [record.content] : []));
}
function batches(on: CloudflareFake) {
  return on.requests.filter(({ path }) => path.endsWith('/batch')).map(({ body }) => (isBody(body) ? body : {}));
}

describe('what a switch keeps', () => {
  test('the record itself: id, proxied flag, comment, tags and settings', async () => {
    const { fake, provider } = await open();
    const human = { comment: 'made by hand', tags: ['team:web'], settings: { ipv4_only: true } };
    const made = fake.zone.post({ name: www, type: 'A', content: '192.0.2.1', proxied: true, ...human });
    expect(await move(provider, a('192.0.2.2', '192.0.2.3'), 1)).toMatchObject({
      code: 'applied',
      requestId: expect.stringMatching(/^ray-\d+$/),
    });
    const [old, added] = fake.zone.all().filter(({ name }) => name === www);
    expect(old).toMatchObject({ ...human, id: made.ok && made.value.id, content: '192.0.2.2', proxied: true, ttl: 1 });
    expect(added).toMatchObject({
      content: '192.0.2.3',
      proxied: true,
      ttl: 1,
      comment: expect.stringMatching(/owner sre/),
    });
    expect(batches(fake)).toEqual([
      expect.objectContaining({
        deletes: [],
        patches: [{ id: expect.any(String), type: 'A', name: www, content: '192.0.2.2', ttl: 1 }],
      }),
    ]);
  });

  test('at rest: reading costs two requests and writes nothing', async () => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    await foundBy(provider);
    const before = fake.requests.length;
    for (let round = 0; round < 5; round++) await foundBy(provider);
    expect(fake.requests.length - before).toBe(10);
    expect(fake.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('a TTL below the floor is written as the floor, once, and read without a difference in values', async () => {
    const { fake, provider } = await open({}, { ttl: 30 });
    seedA(fake, '192.0.2.1');
    expect(await move(provider, one('A', ['192.0.2.2'], 30), 1)).toMatchObject({ code: 'applied' });
    expect((await foundBy(provider)).sets).toEqual(one('A', ['192.0.2.2'], 60));
    expect(fake.writes()).toBe(1);
  });

  test('HTTPS with hints: moved in place, in the same batch; without hints, and SVCB beside: untouched', async () => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    const data = { priority: 1, target: '.', value: 'alpn="h3,h2" ech="AEX+DQ==" ipv4hint="192.0.2.1"' };
    const made = fake.zone.post({ name: www, type: 'HTTPS', ttl: 300, data, comment: 'by hand' });
    const beside = fake.zone.post({
      name: www,
      type: 'SVCB',
      ttl: 300,
      data: { priority: 1, target: '.', value: 'port="443"' },
    });
    const from = await foundBy(provider);
    expect(from.sets).toEqual([
      ...a('192.0.2.1'),
      ...one('HTTPS', ['1 . alpn=h3,h2 ipv4hint=192.0.2.1 ech=AEX+DQ=='], 300),
    ]);
    const to = [...a('192.0.2.2'), ...one('HTTPS', ['1 . alpn=h3,h2 ipv4hint=192.0.2.2 ech=AEX+DQ=='], 300)];
    expect(await move(provider, to, 1)).toMatchObject({ code: 'applied' });
    expect((await foundBy(provider)).sets).toEqual(to);
    const standing = fake.zone.all().filter(({ type }) => type === 'HTTPS' || type === 'SVCB');
    expect(standing).toMatchObject([
      {
        id: made.ok && made.value.id,
        comment: 'by hand',
        content: '1 . alpn="h3,h2" ipv4hint="192.0.2.2" ech="AEX+DQ=="',
      },
      { id: beside.ok && beside.value.id, content: '1 . port="443"' },
    ]);
    expect(batches(fake)).toHaveLength(1);
  });

  test('the same values again: the marker alone, though TTLs differ, some of them by the floor', async () => {
    const { fake, provider } = await open({}, { ttl: 30 });
    fake.zone.post({ name: www, type: 'A', content: '192.0.2.1', ttl: 3_600, comment: 'by hand' });
    const [before] = fake.zone.all();
    for (const generation of [1, 2, 3]) {
      expect(await move(provider, one('A', ['192.0.2.1'], 30), generation)).toMatchObject({ code: 'applied' });
    }
    expect(fake.zone.all()[0]).toEqual(before);
    for (const { patches, posts } of batches(fake)) {
      expect(patches).toEqual([]);
      expect(posts).toEqual(expect.not.arrayContaining([expect.objectContaining({ name: www })]));
    }
  });

  test('from CNAME to addresses and back, in one transaction each', async () => {
    const { fake, provider } = await open();
    fake.seed([{ name: www, type: 'CNAME', ttl: 60, values: ['old.example.net'] }]);
    expect(await move(provider, a('192.0.2.1'), 1)).toMatchObject({ code: 'applied' });
    expect(await move(provider, one('CNAME', ['new.example.net']), 2)).toMatchObject({ code: 'applied' });
    expect((await foundBy(provider)).sets).toEqual(one('CNAME', ['new.example.net']));
    expect(fake.writes()).toBe(2);
  });

  test('a wildcard, and a name at the apex', async () => {
    for (const record of ['*.example.test', 'example.test']) {
      const { provider } = await open({}, { record });
      expect(await move(provider, a('192.0.2.1'), 1)).toMatchObject({ code: 'applied' });
      expect((await foundBy(provider)).marker).toEqual(markerOf(1));
    }
  });
});

describe('what a batch may be answered', () => {
  const refusal = (status: number, code: number): Reply => ({
    status,
    body: { success: false, errors: [{ code, message: 'no' }], messages: [], result: null },
  });
  const rows: readonly (readonly [string, Reply, string])[] = [
    ['429 with a wait', { ...refusal(429, 971), headers: { 'retry-after': '1000000000' } }, 'throttled'],
    ['403', refusal(403, 10000), 'denied'],
    ['401', refusal(401, 10000), 'denied'],
    ['a value refused', refusal(400, 9005), 'denied'],
    ['a value refused with HTTP 200', refusal(200, 9005), 'denied'],
    ['the record exists', refusal(400, 81057), 'conflict'],
    ['an identical record exists', refusal(400, 81058), 'conflict'],
    ['the record is gone', refusal(404, 81044), 'conflict'],
    ['a record of another type exists', refusal(400, 81053), 'conflict'],
    ['500', refusal(500, 1000), 'unknown'],
    ['an HTML page', { status: 200, body: '<html>' }, 'unknown'],
    ['half a JSON text', { status: 200, body: '{"success":true,"result":{' }, 'unknown'],
    ['nothing', { status: 200, body: '' }, 'unknown'],
    ['a redirect', { status: 307, headers: { location: 'http://127.0.0.1:9/' }, body: '' }, 'unknown'],
    ['success, though nothing was done', { status: 200, body: { success: true, result: {} } }, 'unknown'],
  ];
  test.each(rows)('%s', async (_, reply, code) => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    fake.answer('/batch', reply);
    const outcome = await move(provider, a('192.0.2.2'), 1);
    expect(outcome.code).toBe(code);
    expect(outcome.retryAfterMs).toBe(code === 'throttled' ? 300_000 : undefined);
    expect(batches(fake)).toHaveLength(1);
    expect(addresses(fake)).toEqual(['192.0.2.1']);
  });

  test('nothing listens any more: unavailable, nothing was sent', async () => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    const from = await foundBy(provider);
    fake.inject('refused');
    // The connection kept from before breaks first.
    await provider.read(AbortSignal.timeout(6_000));
    const wanted = { from, to: a('192.0.2.2'), marker: markerOf(1) };
    const outcome = await provider.replace(wanted, AbortSignal.timeout(6_000));
    expect(outcome).toMatchObject({ code: 'unavailable', why: expect.stringMatching(/ECONNREFUSED/) });
    fake.heal();
    fake.beforeBatch(() => fake.inject('refused'));
    expect(await move(provider, a('192.0.2.2'), 1)).toMatchObject({ code: 'unknown' });
  });

  test('reading back fails: unknown, though the batch was accepted', async () => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    fake.beforeBatch(() => fake.answer('/dns_records', { status: 200, body: '<html>' }));
    expect(await move(provider, a('192.0.2.2'), 1)).toMatchObject({ code: 'unknown' });
    expect((await foundBy(provider)).sets).toEqual(a('192.0.2.2'));
  });
});

describe('lost, late and repeated (D06 to D09)', () => {
  const soon = () => AbortSignal.timeout(2_000);

  test('D06: applied, answer lost: unknown; reading shows it done, and nothing more is written', async () => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    const from = await foundBy(provider);
    fake.inject('applied-then-lost');
    const wanted = { from, to: a('192.0.2.2'), marker: markerOf(1) };
    expect(await provider.replace(wanted, soon())).toMatchObject({ code: 'unknown' });
    fake.heal();
    expect(await foundBy(provider)).toMatchObject({ sets: a('192.0.2.2'), marker: markerOf(1) });
    expect(await provider.replace(wanted, soon())).toMatchObject({ code: 'conflict' });
    expect(fake.writes()).toBe(1);
  });

  test('D07: lost before it was applied: unknown; the second try is the only write', async () => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    const from = await foundBy(provider);
    fake.inject('lost');
    const wanted = { from, to: a('192.0.2.2'), marker: markerOf(1) };
    expect(await provider.replace(wanted, soon())).toMatchObject({ code: 'unknown' });
    fake.heal();
    expect(await provider.replace(wanted, soon())).toMatchObject({ code: 'applied' });
    expect(fake.writes()).toBe(1);
  });

  test.each([
    ['the first write of all', 0],
    ['a later write', 3],
  ])('D08: %s, carried out after a rival has moved on, changes nothing', async (_, earlier) => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    const rival = await connect(fake);
    for (let generation = 1; generation <= earlier; generation++) {
      expect(await move(rival, a('192.0.2.1'), generation)).toMatchObject({ code: 'applied' });
    }
    const from = await foundBy(provider);
    fake.swallow();
    const marker = markerOf(earlier + 1);
    expect(await provider.replace({ from, to: a('192.0.2.2'), marker }, soon())).toMatchObject({ code: 'unknown' });
    fake.heal();
    const late = fake.requests.filter(({ path }) => path.endsWith('/batch')).at(-1)?.body;
    expect(await move(rival, a('192.0.2.3', '192.0.2.4'), earlier + 2)).toMatchObject({ code: 'applied' });
    expect(await move(rival, a('192.0.2.5'), earlier + 3)).toMatchObject({ code: 'applied' });
    expect(fake.deliver(late)).toBe(400);
    expect(await foundBy(rival)).toMatchObject({ sets: a('192.0.2.5'), marker: markerOf(earlier + 3) });
  });

  test.each([1, 2, 3])('D09: write %d delivered twice: the second does nothing', async (generation) => {
    const { fake, provider } = await open();
    for (let each = 1; each <= generation; each++) await move(provider, a('192.0.2.1', `192.0.2.${each + 1}`), each);
    const before = fake.zone.all();
    expect(fake.deliver()).toBe(400);
    expect(fake.zone.all()).toEqual(before);
    expect(fake.writes()).toBe(generation);
  });

  test('two first writers, then two later ones: one applied, the other told', async () => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    const rival = await connect(fake);
    for (const generation of [1, 2, 3]) {
      const from = await foundBy(provider);
      const outcomes = await Promise.all(
        [provider, rival].map((each: Provider, index) => {
          const to = index === 0 ? a('192.0.2.2', `192.0.2.${10 + generation}`) : a('192.0.2.3');
          const marker = { owner: 'sre', generation, site: `s${index}` };
          return each.replace({ from, to, marker }, AbortSignal.timeout(6_000));
        }),
      );
      expect(outcomes.map(({ code }) => code).sort()).toEqual(['applied', 'conflict']);
    }
    expect(fake.writes()).toBe(3);
  });
});

describe('a human edit between listing and batch', () => {
  const edits: readonly (readonly [string, (on: CloudflareFake) => void, string])[] = [
    ['a value added', (on) => void on.zone.post({ name: www, type: 'A', content: '192.0.2.66', ttl: 60 }), 'unknown'],
    ['a kept value edited', (on) => void on.zone.patch(idOf(on, '192.0.2.2'), { content: '192.0.2.66' }), 'unknown'],
    ['a kept value removed', (on) => void on.zone.remove(idOf(on, '192.0.2.2')), 'unknown'],
    ['a patched value removed', (on) => void on.zone.remove(idOf(on, '192.0.2.1')), 'conflict'],
    ['the marker removed', (on) => on.zone.set(on.zone.all().filter(({ name }) => name !== aside)), 'conflict'],
    [
      'the other family added',
      (on) => void on.zone.post({ name: www, type: 'AAAA', content: '::1', ttl: 60 }),
      'unknown',
    ],
    // The residual race: there is nothing left to find. `replace` and the guarantees say so.
    ['a patched value edited', (on) => void on.zone.patch(idOf(on, '192.0.2.1'), { content: '192.0.2.66' }), 'applied'],
  ];
  function idOf(on: CloudflareFake, content: string): string {
    return on.zone.all().find((record) => record.content === content)?.id ?? 'none';
  }
  test.each(edits)('%s', async (_, edit, code) => {
    const { fake, provider } = await open();
    expect(await move(provider, a('192.0.2.1', '192.0.2.2'), 1)).toMatchObject({ code: 'applied' });
    fake.beforeBatch(() => edit(fake));
    const outcome = await move(provider, a('192.0.2.2', '192.0.2.3'), 2);
    expect(outcome.code).toBe(code);
    if (code === 'conflict') expect(addresses(fake)).not.toContain('192.0.2.3');
    expect(addresses(fake).length).toBeGreaterThan(0);
  });
});

describe('old listings (D20)', () => {
  test('an old listing before the batch: the batch fails on the marker, nothing is changed', async () => {
    const { fake, provider } = await open();
    await move(provider, a('192.0.2.1'), 1);
    const from = await foundBy(provider);
    const before = fake.zone.all();
    await move(await connect(fake), a('192.0.2.2'), 2);
    fake.stale(2, before);
    const outcome = await provider.replace(
      { from, to: a('192.0.2.3'), marker: markerOf(2) },
      AbortSignal.timeout(6_000),
    );
    expect(outcome.code).toBe('conflict');
    expect(addresses(fake)).toEqual(['192.0.2.2']);
  });

  test('an old listing after the batch: unknown, not applied; the next reading tells', async () => {
    const { fake, provider } = await open();
    seedA(fake, '192.0.2.1');
    fake.beforeBatch(() => fake.stale(3));
    expect(await move(provider, a('192.0.2.2'), 1)).toMatchObject({ code: 'unknown' });
    expect(await foundBy(provider)).toMatchObject({ sets: a('192.0.2.2'), marker: markerOf(1) });
    expect(fake.writes()).toBe(1);
  });

  test('a switch between the two listings of a reading is not taken for a human edit', async () => {
    const { fake, provider } = await open();
    await move(provider, a('192.0.2.1'), 1);
    const rival = await connect(fake);
    const before = fake.zone.all();
    await move(rival, a('192.0.2.2'), 2);
    fake.stale(1, before);
    expect(await foundBy(provider)).toMatchObject({ sets: a('192.0.2.2'), marker: markerOf(2) });
  });
});
