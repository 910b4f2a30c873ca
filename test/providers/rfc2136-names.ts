import { describe, expect, test } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import { type Authoritative, admin, halves, record, zone } from '../servers/authoritative';
import { nsupdate, reset, seed, serial, truth } from '../servers/zone-tools';
import type { ZoneRecord } from './conformance';
import { connectTo, found, markerOf, move, sets, soon } from './rfc2136-subject';

const B = sets('A', '198.51.100.7', '198.51.100.8');

/** Names that are not what they seem: wildcards, zone tops, aliases, delegations, odd markers. */
export function names(kind: 'BIND' | 'Knot', server: () => Authoritative): void {
  describe(`names on ${kind}`, () => {
    async function open(
      records: readonly ZoneRecord[],
      input: Parameters<typeof connectTo>[0]['input'] = {},
    ): Promise<{ port: number; provider: Provider }> {
      const { port } = server();
      await reset(port, records);
      return { port, provider: await connectTo({ port, input }) };
    }

    const wild: readonly ZoneRecord[] = [
      { name: `*.${zone}`, type: 'A', ttl: 60, values: ['192.0.2.200'] },
      { name: `*.${zone}`, type: 'AAAA', ttl: 60, values: ['2001:db8::200'] },
      { name: `*.${zone}`, type: 'TXT', ttl: 60, values: ['wild'] },
    ];

    test("a wildcard's answers are not the name's own, nor is it touched when the name is created", async () => {
      const { port, provider } = await open(wild);
      const nothing = { sets: [], marker: null, foreignMarker: null, obstacles: [] };
      expect(await found(provider)).toEqual(nothing);
      const text = expect.stringContaining('a wildcard is what answers for it');
      expect(await provider.preflight(soon())).toContainEqual({ level: 'warn', text });
      expect(await move(provider, B, 1)).toMatchObject({ code: 'applied' });
      expect(await found(provider)).toMatchObject({ sets: B, marker: markerOf(1) });
      for (const one of wild) expect(await truth(port)).toContainEqual(one);
    });

    test('a wildcard below the record does not pass for its marker', async () => {
      const { provider } = await open([
        { name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] },
        { name: `*.${record}`, type: 'TXT', ttl: 60, values: ['wild'] },
      ]);
      expect(await found(provider)).toMatchObject({ sets: sets('A', '203.0.113.10'), foreignMarker: null });
      expect(await move(provider, B, 1)).toMatchObject({ code: 'applied' });
      expect(await found(provider)).toMatchObject({ sets: B, marker: markerOf(1) });
    });

    test('an alias of a wildcard is nobody of ours either', async () => {
      const { provider } = await open([{ name: `*.${zone}`, type: 'CNAME', ttl: 60, values: ['elsewhere.invalid'] }]);
      expect(await found(provider)).toMatchObject({ sets: [], marker: null, obstacles: [] });
      expect(await move(provider, B, 1)).toMatchObject({ code: 'applied' });
      expect(await found(provider)).toMatchObject({ sets: B, marker: markerOf(1) });
    });

    test('the top of a zone: found, switched, its NS untouched', async () => {
      const seeded = { name: zone, type: 'A', ttl: 60, values: ['203.0.113.10'] };
      const { port, provider } = await open([seeded], { record: zone });
      expect(await move(provider, [...B, ...sets('AAAA', '2001:db8::7')], 1)).toMatchObject({ code: 'applied' });
      expect(await found(provider)).toMatchObject({ marker: markerOf(1) });
      expect(await truth(port)).toContainEqual({ name: zone, type: 'NS', ttl: 60, values: [`ns.${zone}`] });
      const alias = await provider.replace(
        { from: { ...(await found(provider)), sets: [] }, to: sets('CNAME', 'a.example.net'), marker: markerOf(2) },
        soon(),
      );
      expect(alias.code).not.toBe('applied');
      expect((await found(provider)).sets).toContainEqual(B[0]);
    });

    test('a CNAME service: created, switched, whatever the case of its letters', async () => {
      const { port, provider } = await open([]);
      expect(await move(provider, sets('CNAME', 'a.example.net'), 1)).toMatchObject({ code: 'applied' });
      await nsupdate(port, [`update delete ${record}. CNAME`, `update add ${record}. 60 CNAME A.Example.NET.`]);
      expect(await found(provider)).toMatchObject({ sets: sets('CNAME', 'a.example.net'), marker: markerOf(1) });
      expect(await move(provider, sets('CNAME', 'b.example.net'), 2)).toMatchObject({ code: 'applied' });
      expect(await found(provider)).toMatchObject({ sets: sets('CNAME', 'b.example.net'), marker: markerOf(2) });
    });

    test('a CNAME that would be ignored without a word is not sent as if it were not', async () => {
      const text = { name: record, type: 'TXT', ttl: 60, values: ['a human was here'] };
      const { port, provider } = await open([text]);
      const alias = sets('CNAME', 'a.example.net');
      const beside = await move(provider, alias, 1);
      expect(beside).toMatchObject({ code: 'denied', why: expect.stringContaining('other records stand at') });
      await seed(port, [{ name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] }]);
      const before = await serial(port);
      const instead = await move(provider, alias, 1);
      expect(instead).toMatchObject({ code: 'denied', why: expect.stringContaining('holds addresses') });
      expect(await serial(port)).toBe(before);
      expect(await truth(port)).toContainEqual(text);
    });

    test('a CNAME in the place of the marker is an obstacle, and nothing is written past it', async () => {
      const { port, provider } = await open([
        { name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] },
        { name: `_failoverd.${record}`, type: 'CNAME', ttl: 60, values: ['elsewhere.invalid'] },
      ]);
      const from = await found(provider);
      expect(from).toMatchObject({ obstacles: [expect.stringContaining('elsewhere.invalid')] });
      expect(await provider.replace({ from, to: B, marker: markerOf(1) }, soon())).toMatchObject({ code: 'denied' });
      const blind = await provider.replace({ from: { ...from, obstacles: [] }, to: B, marker: markerOf(1) }, soon());
      expect(blind).toMatchObject({ code: 'conflict' });
      expect((await truth(port)).find((one) => one.name === record)?.values).toEqual(['203.0.113.10']);
    });

    test('names below a delegation or a DNAME, or such a name itself, are obstacles', async () => {
      const { port } = await open([
        { name: `cut.${zone}`, type: 'NS', ttl: 60, values: ['ns.elsewhere.invalid'] },
        { name: `old.${zone}`, type: 'DNAME', ttl: 60, values: ['elsewhere.invalid'] },
      ]);
      for (const [name, why] of [
        [`www.cut.${zone}`, /is delegated at cut\./],
        [`cut.${zone}`, /is delegated at cut\./],
        [`www.old.${zone}`, /below old\..*DNAME/],
        [`old.${zone}`, /below old\..*DNAME/],
      ] as const) {
        const provider = await connectTo({ port, input: { record: name } });
        expect(await found(provider)).toMatchObject({ obstacles: [expect.stringMatching(why)] });
      }
    });

    const ours = 'heritage=failoverd,owner=sre,generation=7,site=a';
    const foreign: readonly (readonly string[])[] = [
      [`"${ours}"`, '"v=spf1 -all"'],
      [`"${ours.slice(0, 20)}" "${ours.slice(20)}"`],
      [`"${ours.replace('7', '07')}"`],
      ['""'],
      ['"\\255\\254"'],
    ];

    test('a marker that no prerequisite of ours would match is foreign', async () => {
      const { port, provider } = await open([{ name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] }]);
      const write = async (texts: readonly string[]) => {
        const name = `_failoverd.${record}.`;
        await nsupdate(port, [`update delete ${name}`, ...texts.map((text) => `update add ${name} 60 TXT ${text}`)]);
        return found(provider);
      };
      expect(await write([`"${ours}"`])).toMatchObject({ marker: { generation: 7 }, foreignMarker: null });
      for (const texts of foreign) {
        const from = await write(texts);
        expect(from).toMatchObject({ marker: null, foreignMarker: expect.any(String), obstacles: [] });
        expect(await provider.replace({ from, to: B, marker: markerOf(8) }, soon())).toMatchObject({ code: 'denied' });
      }
    });

    test('a zone that the server has not', async () => {
      const provider = await connectTo({ port: server().port, input: { record: 'www.other.test' } });
      // Knot does not sign its refusal, so it is no more than a hint.
      expect(await provider.read(soon())).toMatchObject(
        kind === 'BIND'
          ? {
              code: 'denied',
              why: expect.stringMatching(/no zone for www\.other\.test .*other\.test REFUSED.*primary/),
            }
          : { code: 'unknown', why: expect.stringMatching(/REFUSED.*not signed.*does not have the zone/) },
      );
      const wrong = await connectTo({ port: server().port, input: { record: 'www.other.test', zone: 'other.test' } });
      const from = { sets: [], marker: null, foreignMarker: null, obstacles: [] };
      const outcome = await wrong.replace({ from, to: B, marker: markerOf(1) }, soon());
      expect(outcome).toMatchObject({
        code: kind === 'BIND' ? 'denied' : 'unknown',
        why: expect.stringContaining('NOTAUTH'),
      });
    });

    test('the server by name', async () => {
      const { port } = await open([{ name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] }]);
      const provider = await connectTo({ port, host: 'localhost' });
      expect((await found(provider)).sets).toEqual(sets('A', '203.0.113.10'));
      expect(await provider.nameservers(soon())).toEqual([]);
    });

    test('preflight tells a key that may do more than it must', async () => {
      const { port } = await open([{ name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] }]);
      const before = await truth(port);
      const findings = await (await connectTo({ port, key: admin })).preflight(soon(), true);
      const warned = (text: string) => ({ level: 'warn', text: expect.stringContaining(text) });
      const trouble = findings.filter(({ level }) => level !== 'ok');
      expect(trouble).toEqual([warned('may update other names'), warned('may update other types of www.')]);
      expect(findings.at(-1)).toEqual({ level: 'ok', text: expect.stringContaining('may also transfer example.test') });
      expect(await truth(port)).toEqual(before);
    });

    test('preflight tells an acl that allows each part of a switch, but not the switch', async () => {
      const { port } = await open([{ name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] }]);
      const findings = await (await connectTo({ port, key: halves })).preflight(soon(), true);
      const trouble = findings.filter(({ level }) => level === 'error');
      const text = expect.stringContaining('in one acl rule');
      expect(trouble).toEqual(kind === 'Knot' ? [{ level: 'error', text }] : []);
    });

    test('preflight tries what there will be where there is nothing yet', async () => {
      const { port } = await open([]);
      const level = async (name: string, over = {}) =>
        (await (await connectTo({ port, input: { record: name, ...over } })).preflight(soon())).at(-1);
      const ok = (text: string) => ({ level: 'ok', text: expect.stringContaining(text) });
      expect(await level(record)).toEqual(ok(`may update A of ${record}`));
      expect(await level(record, { mixedFamilies: true })).toEqual(ok(`may update A, AAAA of ${record}`));
      expect(await level(`alias.${zone}`)).toEqual(ok(`may update CNAME of alias.${zone}`));
    });

    test('preflight names the types that are refused', async () => {
      const { port } = await open([{ name: 'api.example.test', type: 'A', ttl: 60, values: ['203.0.113.10'] }]);
      const provider = await connectTo({ port, input: { record: 'api.example.test', mixedFamilies: true } });
      const text = expect.stringMatching(/may not update A, AAAA of api\.example\.test .*\(refused: A, AAAA, TXT\)/);
      expect(await provider.preflight(soon())).toContainEqual({ level: 'error', text });
    });
  });
}
