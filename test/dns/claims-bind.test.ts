import { afterEach, expect, test } from '@jest/globals';
import { findClaims } from '../../src/dns/claims';
import type { ZoneRecord } from '../providers/conformance';
import { type Authoritative, zone } from '../servers/authoritative';
import { bindPrograms, startBind } from '../servers/bind';
import { withServers } from '../servers/installed';
import { seed } from '../servers/zone-tools';

/** The marks of other tools as a real name server shows them: at the top of a zone, at a wildcard, and through one. */

const txt = (name: string, text: string): ZoneRecord => ({ name, type: 'TXT', ttl: 60, values: [text] });
const address = (name: string): ZoneRecord => ({ name, type: 'A', ttl: 60, values: ['192.0.2.1'] });
const mark = 'heritage=external-dns,external-dns/owner=k8s';
const encrypted = Buffer.alloc(150, 'not so random').toString('base64');

withServers('marks on BIND', bindPrograms, () => {
  let bind: Authoritative | null = null;
  afterEach(async () => {
    await bind?.close();
    bind = null;
  });

  test.each<[string, string, readonly ZoneRecord[], readonly string[]]>([
    ['none', `www.${zone}`, [], []],
    ['beside the record', `www.${zone}`, [txt(`a-www.${zone}`, mark)], [`a-www.${zone}`]],
    ['encrypted', `www.${zone}`, [txt(`a-www.${zone}`, encrypted)], [`a-www.${zone}`]],
    ['of octoDNS', `www.${zone}`, [txt(`_owner.a.www.${zone}`, '*octodns*')], [`_owner.a.www.${zone}`]],
    [
      'of octoDNS at the top, beside which lies no zone',
      zone,
      [txt(`_owner.a.${zone}`, '*octodns*')],
      [`_owner.a.${zone}`],
    ],
    ['at the wildcard itself', `*.${zone}`, [txt(`*.${zone}`, mark)], [`*.${zone}`]],
    ['of a wildcard, through which it shows', `www.${zone}`, [txt(`*.${zone}`, mark)], []],
  ])('%s', async (_what, record, records, names) => {
    bind = await startBind({});
    await seed(bind.port, [address(record), ...records]);
    const server = { name: 'ns', address: '127.0.0.1', port: bind.port };
    const listing = { ok: true, servers: [server], lost: [], zone } as const;
    const input = {
      record,
      types: ['A', 'AAAA'],
      nameservers: { list: async () => listing },
      timeoutMs: 2_000,
    } as const;
    const found = await findClaims(input, AbortSignal.timeout(5_000));
    expect(found.ok ? found.claims.map(({ name }) => name) : found).toEqual(names);
  });
});
