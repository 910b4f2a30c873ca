import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import type { ProviderInput } from '../../providers/provider';
import { ask } from '../../src/dns/ask';
import { withHints } from '../../src/domain/svcb';
import { withServers } from '../servers/installed';
import { type Pdns, pdnsPrograms, startPdns } from '../servers/pdns';
import { eventually } from './faulty-http';
import { aside, foundBy, markerOf, move, one, openPdnsWorld, type PdnsWorld, rrset, www } from './powerdns-world';

const isPatch = ({ method }: { readonly method: string }): boolean => method === 'PATCH';

async function resolved(pdns: Pdns, type: 'A' | 'AAAA' | 'CNAME'): Promise<readonly string[]> {
  const server = { address: '127.0.0.1', port: pdns.dnsPort };
  const signal = AbortSignal.timeout(2_000);
  const answer = await ask({ server, name: www, type, timeoutMs: 2_000, signal });
  if (!answer.ok) throw new Error(answer.why);
  return answer.records.flatMap((record) => ('value' in record ? [String(record.value)] : []));
}

withServers('what PowerDNS does with a switch', pdnsPrograms, () => {
  let server: Promise<Pdns> | null = null;
  const worlds: PdnsWorld[] = [];
  async function open(zone: object = {}, over: Partial<ProviderInput> = {}) {
    server ??= startPdns({ lines: ['primary=yes', 'enable-lua-records=yes', 'allow-axfr-ips=127.0.0.0/8'] });
    const world = await openPdnsWorld(await server, zone);
    worlds.push(world);
    return { world, pdns: world.pdns, provider: await world.connect(over) };
  }
  const seedA = (world: PdnsWorld, ...values: readonly string[]) =>
    world.seed([{ name: www, type: 'A', ttl: 60, values }]);
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  afterAll(async () => (await server)?.stop());

  test('DNS answers the new set as soon as it is applied, from addresses to CNAME and back', async () => {
    const { world, pdns, provider } = await open();
    await seedA(world, '192.0.2.1');
    expect(await move(provider, one('A', ['192.0.2.2', '192.0.2.3']), 1)).toMatchObject({ code: 'applied' });
    expect([...(await resolved(pdns, 'A'))].sort()).toEqual(['192.0.2.2', '192.0.2.3']);
    expect(await move(provider, one('CNAME', ['site-b.example.net']), 2)).toMatchObject({ code: 'applied' });
    expect(await resolved(pdns, 'CNAME')).toEqual(['site-b.example.net']);
    expect(await move(provider, one('AAAA', ['2001:db8::1']), 3)).toMatchObject({ code: 'applied' });
    expect(await resolved(pdns, 'AAAA')).toEqual(['2001:db8::1']);
    expect(world.writes()).toBe(3);
  });

  test('one PATCH is all or nothing: a part that is refused undoes the parts before it', async () => {
    const { world, pdns } = await open();
    await seedA(world, '192.0.2.1');
    const good = rrset({ name: www, type: 'A', ttl: 60, values: ['192.0.2.2'] });
    const bad = rrset({ name: aside, type: 'A', ttl: 60, values: ['300.1.1.1'] });
    expect((await pdns.api('PATCH', '/zones/example.test.', { rrsets: [good, bad] })).status).toBe(422);
    expect(await resolved(pdns, 'A')).toEqual(['192.0.2.1']);
  });

  test.each([
    [
      'a target',
      '1 CDN.Example.NET. alpn=h2,h3 ipv4hint=192.0.2.9,192.0.2.1',
      '1 CDN.Example.NET. alpn=h2,h3 ipv4hint=192.0.2.2',
    ],
    ['an unknown key', '1 . ipv4hint=192.0.2.1 key65280="a b"', '1 . ipv4hint=192.0.2.2 key65280="a b"'],
    [
      'ech and port',
      '1 . port=8443 ipv4hint=192.0.2.1 ech="AEX+DQ=="',
      '1 . port=8443 ipv4hint=192.0.2.2 ech="AEX+DQ=="',
    ],
    [
      'a list of keys, and one alone',
      '1 . mandatory=alpn,port alpn=h3 no-default-alpn port=8443 ipv4hint=192.0.2.1',
      '1 . mandatory=alpn,port alpn=h3 no-default-alpn port=8443 ipv4hint=192.0.2.2',
    ],
    ['a dohpath', '1 . alpn=h2 ipv4hint=192.0.2.1 key7="/dns-query{?dns}"', 'key7="/dns-query{?dns}"'],
    ['both families', '1 . ipv4hint=192.0.2.1 ipv6hint=2001:db8::1', '1 . ipv4hint=192.0.2.2'],
  ])('HTTPS with %s: its hints move, the rest stays', async (_, content, after) => {
    const { world, pdns, provider } = await open();
    await seedA(world, '192.0.2.1');
    const set = { name: `${www}.`, type: 'HTTPS', ttl: 60, changetype: 'REPLACE' };
    await world.patch([{ ...set, records: [{ content, disabled: false }] }]);
    const from = await foundBy(provider);
    const [https] = from.sets.filter(({ type }) => type === 'HTTPS');
    const value = withHints(https?.values[0] ?? '', { A: ['192.0.2.2'], AAAA: [] });
    const to = [...one('A', ['192.0.2.2']), ...one('HTTPS', [value])];
    const outcome = await provider.replace({ from, to, marker: markerOf(1) }, AbortSignal.timeout(2_000));
    expect(outcome).toMatchObject({ code: 'applied' });
    expect(await foundBy(provider)).toMatchObject({ sets: to, marker: markerOf(1) });
    expect(JSON.stringify((await pdns.api('GET', '/zones/example.test.')).body)).toContain(
      JSON.stringify(after).slice(1, -1),
    );
  });

  test("PowerDNS's own automatic hints follow the addresses, and are not ours", async () => {
    const { world, provider } = await open();
    await seedA(world, '192.0.2.1');
    const auto = { content: '1 . ipv4hint=auto', disabled: false };
    await world.patch([{ name: `${www}.`, type: 'HTTPS', ttl: 60, changetype: 'REPLACE', records: [auto] }]);
    expect(await move(provider, one('A', ['192.0.2.2']), 1)).toMatchObject({ code: 'applied' });
    expect(await world.truth()).toContainEqual({ name: www, type: 'HTTPS', ttl: 60, values: ['1 . ipv4hint=auto'] });
  });

  test("people's comments survive a switch", async () => {
    const { world, pdns, provider } = await open();
    const a = rrset({ name: www, type: 'A', ttl: 60, values: ['192.0.2.1'] });
    await world.patch([{ ...a, comments: [{ content: 'ask Joe first', account: 'joe' }] }]);
    expect(await move(provider, one('A', ['192.0.2.2']), 1)).toMatchObject({ code: 'applied' });
    expect(JSON.stringify((await pdns.api('GET', '/zones/example.test.')).body)).toContain('ask Joe first');
  });

  test('a wildcard, the apex, and a zone that is a single label', async () => {
    const { provider, world } = await open({}, { record: '*.example.test' });
    expect(await move(provider, one('A', ['192.0.2.1']), 1)).toMatchObject({ code: 'applied' });
    expect((await foundBy(provider)).marker).toEqual(markerOf(1));
    const apex = await world.connect({ record: 'example.test', zone: 'Example.Test.' });
    expect(await move(apex, one('A', ['192.0.2.1']), 1)).toMatchObject({ code: 'applied' });
    expect((await world.truth()).map(({ name, type }) => `${name} ${type}`)).toEqual(
      expect.arrayContaining(['*.example.test A', '_failoverd.wildcard.example.test TXT', 'example.test SOA']),
    );
    await world.pdns.api('POST', '/zones', { name: 'internal.', kind: 'Native', nameservers: ['ns.internal.'] });
    const short = await world.connect({ record: 'app.internal' });
    expect(await move(short, one('A', ['192.0.2.1']), 1)).toMatchObject({ code: 'applied' });
    await world.pdns.api('DELETE', '/zones/internal.');
  });

  describe('what must not be written over', () => {
    const off = { content: '192.0.2.9', disabled: true };
    const lua = { content: `A "ifportup(443, {'192.0.2.1'})"`, disabled: false };
    const set = (name: string, type: string, ...records: readonly object[]) => [
      { name: `${name}.`, type, ttl: 60, changetype: 'REPLACE', records },
    ];
    const rows: readonly (readonly [string, readonly unknown[], RegExp])[] = [
      [
        'an address that is disabled',
        set(www, 'A', { content: '192.0.2.1', disabled: false }, off),
        /192\.0\.2\.9.*disabled/,
      ],
      ['a whole set that is disabled', set(www, 'A', off), /192\.0\.2\.9.*disabled/],
      [
        'a hinting value that is disabled, beside one that is not',
        set(
          www,
          'HTTPS',
          { content: '1 . ipv4hint=192.0.2.1', disabled: false },
          { content: '2 . ipv4hint=192.0.2.9', disabled: true },
        ),
        /HTTPS 2 \. ipv4hint=192\.0\.2\.9.*disabled/,
      ],
      ['a marker that is disabled', set(aside, 'TXT', { content: '"old"', disabled: true }), /TXT.*disabled/],
      ['a LUA record', set(www, 'LUA', lua), /LUA/],
      ['an ALIAS', set(www, 'ALIAS', { content: 'cdn.example.net.', disabled: false }), /ALIAS/],
      ['a delegation', set(www, 'NS', { content: 'ns.example.net.', disabled: false }), /delegated/],
      ['a CNAME in place of the marker', set(aside, 'CNAME', { content: 'x.example.net.', disabled: false }), /marker/],
    ];
    test.each(rows)('%s is an obstacle', async (_, rrsets, why) => {
      const { world, provider } = await open();
      await world.patch(rrsets);
      const { obstacles } = await foundBy(provider);
      expect(obstacles.join()).toMatch(why);
      expect(await move(provider, one('A', ['192.0.2.2']), 1)).toMatchObject({
        code: 'denied',
        why: expect.stringMatching(why),
      });
      expect(world.writes()).toBe(0);
      const findings = await provider.preflight(AbortSignal.timeout(2_000));
      expect(findings).toContainEqual({ level: 'error', text: expect.stringMatching(why) });
    });

    test("a secondary zone, and the rest of the zone's troubles, are told by preflight", async () => {
      const { provider } = await open({ kind: 'Slave', masters: ['127.0.0.1'], nameservers: [] });
      expect(await provider.read(AbortSignal.timeout(2_000))).toMatchObject({
        ok: false,
        why: expect.stringMatching(/SOA/),
      });
      const quiet = await open({ kind: 'Master', soa_edit_api: '', dnssec: true });
      const texts = (await quiet.provider.preflight(AbortSignal.timeout(2_000))).map(
        ({ level, text }) => `${level} ${text}`,
      );
      expect(texts.join('\n')).toMatch(/ok PowerDNS \d/);
      expect(texts.join('\n')).toMatch(/warn .*API-RECTIFY/);
      for (const text of texts) expect(text).not.toContain(quiet.pdns.key);
    });
  });

  describe('an edit between our reading and our PATCH', () => {
    const edits: readonly (readonly [string, (world: PdnsWorld) => Promise<void>, string])[] = [
      // Two types of one name are refused by the server whatever is sent.
      [
        'a CNAME put in our place',
        (world) =>
          world.patch([
            { name: `${www}.`, type: 'A', changetype: 'DELETE' },
            rrset({ name: www, type: 'CNAME', ttl: 60, values: ['x.example.net'] }),
          ]),
        'unknown',
      ],
      [
        'the other family added',
        (world) => world.seed([{ name: www, type: 'AAAA', ttl: 60, values: ['2001:db8::66'] }]),
        'unknown',
      ],
      // The residual race: there is nothing left to find. `guarantees` says so.
      ['our family edited', (world) => seedA(world, '192.0.2.66'), 'applied'],
    ];
    test.each(edits)('%s', async (_, edit, code) => {
      const { world, provider } = await open();
      await seedA(world, '192.0.2.1');
      world.proxy.before(isPatch, () => edit(world));
      expect(await move(provider, one('A', ['192.0.2.2']), 1)).toMatchObject({ code });
      expect((await foundBy(provider)).sets.length).toBeGreaterThan(0);
    });
  });

  test('a zone too large to be read whole is read name by name, and a switch during that is not taken for an edit', async () => {
    const { world, provider } = await open();
    await seedA(world, '192.0.2.1');
    const long = Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(240, 'x'));
    const bulk = Array.from({ length: 500 }, (_, index) => ({
      name: `t${index}.example.test`,
      type: 'TXT',
      ttl: 60,
      values: long,
    }));
    // A request of more than 2 MB is refused (webserver-max-bodysize).
    for (let start = 0; start < bulk.length; start += 100) await world.seed(bulk.slice(start, start + 100));
    expect((await foundBy(provider)).sets).toEqual(one('A', ['192.0.2.1']));
    const asked = world.proxy.asked.length;
    expect(await move(provider, one('A', ['192.0.2.2']), 1)).toMatchObject({ code: 'applied' });
    expect(
      world.proxy.asked.slice(asked).every(({ path, method }) => method === 'PATCH' || path.includes('rrset_name')),
    ).toBe(true);
    const rival = await world.connect();
    world.proxy.before(
      ({ path }) => path.includes('rrset_name=www'),
      async () => {
        await move(rival, one('A', ['192.0.2.3']), 2);
      },
    );
    expect(await provider.read(AbortSignal.timeout(5_000))).toMatchObject({ ok: false, code: 'unavailable' });
    expect(await foundBy(provider)).toMatchObject({ sets: one('A', ['192.0.2.3']), marker: markerOf(2) });
    expect(await provider.preflight(AbortSignal.timeout(5_000))).toContainEqual({
      level: 'warn',
      text: expect.stringMatching(/too large/),
    });
  });

  test('a secondary has the change at once, because it is notified', async () => {
    const secondary = await startPdns({ lines: ['secondary=yes', 'xfr-cycle-interval=60'] });
    try {
      const { world, pdns, provider } = await open({ kind: 'Master', nameservers: ['ns1.example.test.'] });
      await seedA(world, '192.0.2.1');
      const masters = [`127.0.0.1:${pdns.dnsPort}`];
      await secondary.api('POST', '/zones', { name: 'example.test.', kind: 'Slave', masters, nameservers: [] });
      await pdns.api('POST', '/zones/example.test./metadata', {
        kind: 'ALSO-NOTIFY',
        metadata: [`127.0.0.1:${secondary.dnsPort}`],
      });
      await secondary.api('PUT', '/zones/example.test./axfr-retrieve');
      const answers = async (address: string) => (await resolved(secondary, 'A').catch(() => []))[0] === address;
      expect(await eventually(() => answers('192.0.2.1'))).toBe(true);
      expect(await move(provider, one('A', ['192.0.2.2']), 1)).toMatchObject({ code: 'applied' });
      expect(await eventually(() => answers('192.0.2.2'))).toBe(true);
    } finally {
      await secondary.stop();
    }
  });
});
