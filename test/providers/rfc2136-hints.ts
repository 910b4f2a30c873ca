import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import { hintsOf, withHints } from '../../src/domain/svcb';
import { type Authoritative, record } from '../servers/authoritative';
import { reset, seed, serial, truth } from '../servers/zone-tools';
import { connectTo, found, markerOf, move, sets, soon } from './rfc2136-subject';

const A = sets('A', '203.0.113.10', '203.0.113.9');
const B = sets('A', '198.51.100.7');
const target = { A: ['198.51.100.7'], AAAA: [] };

/** Values of HTTPS and SVCB as real servers keep them, and what happens to them between our reading and our writing. */
export function hints(kind: string, server: () => Authoritative): void {
  describe(`hints on ${kind}`, () => {
    let port = 0;
    let provider: Provider;
    beforeEach(async () => {
      ({ port } = server());
      await reset(port, [{ name: record, type: 'A', ttl: 60, values: ['203.0.113.10', '203.0.113.9'] }]);
      provider = await connectTo({ port });
    });
    const put = (type: 'HTTPS' | 'SVCB', ...values: readonly string[]) =>
      seed(port, [{ name: record, type, ttl: 60, values }]);
    const values = async (type: string): Promise<readonly string[]> =>
      (await truth(port)).find((one) => one.name === record && one.type === type)?.values ?? [];

    test.each([
      ['hints in another order', '1 . alpn=h2 ipv4hint=203.0.113.9,203.0.113.10'],
      ['a target in capitals', '1 CDN.Example.NET. ipv4hint=203.0.113.10,203.0.113.9'],
      ['an address twice', '1 . ipv4hint=203.0.113.9,203.0.113.9'],
      ['keys by number, and unknown ones', '1 . key4=\\203\\000\\113\\010 key65280="a b"'],
      ['ech, port, mandatory', '1 . mandatory=port,alpn alpn=h3,h2 port=8443 ipv4hint=203.0.113.10 ech=AEX+DQ=='],
      ['both families', '1 . ipv6hint=2001:db8:0:0::10,2001:DB8::9 ipv4hint=203.0.113.10'],
    ])('%s: read, and moved', async (_, value) => {
      await put('HTTPS', value);
      const from = await found(provider);
      const [https, ...more] = from.sets.filter(({ type }) => type === 'HTTPS');
      expect([https?.values.length, more]).toEqual([1, []]);
      const moved = withHints(https?.values[0] ?? '', target);
      const to = [...B, { type: 'HTTPS' as const, ttl: 60, values: [moved] }];
      expect(await provider.replace({ from, to, marker: markerOf(1) }, soon())).toMatchObject({ code: 'applied' });
      expect((await found(provider)).sets).toEqual(to);
      expect((await values('HTTPS')).map(hintsOf)).toEqual([['198.51.100.7']]);
      // The marker alone, then; nothing else is said again.
      const seen = await found(provider);
      const same = await provider.replace({ from: seen, to: seen.sets, marker: markerOf(2) }, soon());
      expect([same.code, (await found(provider)).sets]).toEqual(['applied', to]);
    });

    test('one that begins to hint between reading and writing is a conflict, not left behind', async () => {
      for (const before of [[], ['1 . alpn=h2']]) {
        await reset(port, [{ name: record, type: 'A', ttl: 60, values: ['203.0.113.10', '203.0.113.9'] }]);
        if (before.length > 0) await put('SVCB', ...before);
        const from = await found(provider);
        expect(from.sets).toEqual(A);
        await put('SVCB', '1 . alpn=h2 ipv4hint=203.0.113.10');
        const old = await serial(port);
        expect(await provider.replace({ from, to: B, marker: markerOf(1) }, soon())).toMatchObject({
          code: 'conflict',
          why: expect.stringContaining('hint'),
        });
        expect(await serial(port)).toBe(old);
      }
    });

    test('hints that changed between reading and writing are a conflict', async () => {
      await put('HTTPS', '1 . ipv4hint=203.0.113.10');
      const from = await found(provider);
      await put('HTTPS', '1 . ipv4hint=192.0.2.77');
      const to = [...B, { type: 'HTTPS' as const, ttl: 60, values: ['1 . ipv4hint=198.51.100.7'] }];
      expect(await provider.replace({ from, to, marker: markerOf(1) }, soon())).toMatchObject({ code: 'conflict' });
      expect(await values('HTTPS')).toEqual(['1 . ipv4hint=192.0.2.77']);
      expect(await values('A')).toHaveLength(2);
    });

    test('values without hints are stated, and stay: a switch, a first alias beside them, a value of both kinds', async () => {
      await put('HTTPS', '1 . alpn=h2');
      await put('SVCB', '1 . alpn=h2', '2 backup.example.net. ipv4hint=203.0.113.10');
      const from = await found(provider);
      // One that hints makes the set ours, whole.
      expect(from.sets.map(({ type, values: all }) => [type, all.length])).toEqual([
        ['A', 2],
        ['SVCB', 2],
      ]);
      const svcb = ['1 . alpn=h2', '2 backup.example.net ipv4hint=198.51.100.7'];
      const to = [...B, { type: 'SVCB' as const, ttl: 60, values: svcb }];
      expect(await provider.replace({ from, to, marker: markerOf(1) }, soon())).toMatchObject({ code: 'applied' });
      expect([await values('HTTPS'), [...(await values('SVCB'))].sort()]).toEqual([['1 . alpn=h2'], svcb]);
      await reset(port, []);
      await put('HTTPS', '1 . alpn=h2');
      const alias = await move(provider, sets('CNAME', 'a.example.net'), 1);
      expect(alias).toMatchObject({ code: 'denied', why: expect.stringContaining('other records stand at') });
    });
  });
}
