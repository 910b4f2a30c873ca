import { isHostName, normalName } from '../../src/domain/records';
import { type Failed, isObject, plain } from './answers';
import type { Api } from './client';

export interface Zone {
  readonly id: string;
  /** Null: the token may not look at the zone itself, only at its records. */
  readonly name: string | null;
  readonly status: string;
  /** `full`, `partial`, `secondary` … */
  readonly type: string;
  readonly nameServers: readonly string[];
  /** Id of the account it belongs to; null when it is not told. */
  readonly account: string | null;
  /** What the API says the credential may do with the zone (`#dns_records:edit`); empty when it says nothing. */
  readonly permissions: readonly string[];
}

export type FoundZone = { readonly ok: true; readonly zone: Zone } | Failed;

/** Names deeper than this below their zone's apex need FAILOVERD_ZONE. */
const depthLimit = 8;

/** The zone to write in: the one configured (by 32-digit id or by name), else the longest suffix of the record that is a zone. */
export async function findZone(
  api: Api,
  record: string,
  wanted: string | null,
  signal: AbortSignal,
): Promise<FoundZone> {
  if (wanted !== null && /^[0-9a-f]{32}$/i.test(wanted)) return zoneById(api, record, wanted.toLowerCase(), signal);
  const names = wanted === null ? suffixes(record) : [normalName(wanted)];
  let refusal: Failed | null = null;
  for (const name of names) {
    const answer = await api.zones(name, signal);
    if (!answer.ok) {
      // A token for one zone may be refused the list under any other zone's name, so the answer on the right name counts.
      if (answer.code !== 'denied') return answer;
      refusal ??= answer;
      continue;
    }
    if (!Array.isArray(answer.result)) return unreadable('the result is not a list');
    const zones = answer.result.map(parseZone);
    if (zones.includes(null)) return unreadable('a zone lacks its id or name');
    const same = zones.flatMap((zone) => (zone?.name === name ? [zone] : []));
    const active = same.filter((zone) => zone.status === 'active');
    const [zone] = active.length > 0 ? active : same;
    if (active.length > 1 || (active.length === 0 && same.length > 1)) {
      return denied(`the token sees ${same.length} zones named ${name}; set FAILOVERD_ZONE to the id of the right one`);
    }
    if (zone !== undefined) return belongs(record, zone);
  }
  if (refusal !== null) return refusal;
  return denied(
    `the token sees no zone named ${names.join(' or ')}; check its zone, or set FAILOVERD_ZONE to the zone's id`,
  );
}

async function zoneById(api: Api, record: string, id: string, signal: AbortSignal): Promise<FoundZone> {
  const answer = await api.zone(id, signal);
  // DNS Write need not include the right to look at the zone; whether the records can be read is the next request's matter.
  if (!answer.ok && answer.code === 'denied') {
    return {
      ok: true,
      zone: { id, name: null, status: 'unknown', type: 'unknown', nameServers: [], account: null, permissions: [] },
    };
  }
  if (!answer.ok) return answer;
  const zone = parseZone(answer.result);
  if (zone === null || zone.id !== id) return unreadable('the answer is not the zone asked for');
  return belongs(record, zone);
}

function belongs(record: string, zone: Zone): FoundZone {
  if (record === zone.name || record.endsWith(`.${zone.name}`)) return { ok: true, zone };
  return denied(`${record} is not in zone ${zone.name}; correct FAILOVERD_ZONE`);
}

function suffixes(record: string): readonly string[] {
  const labels = record.replace(/^\*\./, '').split('.');
  const names = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
  return names.slice(-depthLimit);
}

function parseZone(value: unknown): Zone | null {
  if (!isObject(value)) return null;
  const { id, name, status, type, name_servers: servers, account, permissions } = value;
  const { id: owner } = isObject(account) ? account : {};
  const may: readonly unknown[] = Array.isArray(permissions) ? permissions.slice(0, 100) : [];
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id) || typeof name !== 'string') return null;
  const listed: readonly unknown[] = Array.isArray(servers) ? servers.slice(0, 16) : [];
  return {
    id,
    name: normalName(name),
    status: typeof status === 'string' ? plain(status) : 'unknown',
    type: typeof type === 'string' ? plain(type) : 'full',
    nameServers: listed
      .flatMap((server) => (typeof server === 'string' ? [normalName(server)] : []))
      .filter(isHostName),
    account: typeof owner === 'string' && /^[0-9a-f]{32}$/.test(owner) ? owner : null,
    permissions: may.flatMap((one) => (typeof one === 'string' ? [plain(one)] : [])),
  };
}

function denied(why: string): Failed {
  return { ok: false, code: 'denied', why: `find zone: ${why}` };
}

function unreadable(why: string): Failed {
  return { ok: false, code: 'unknown', why: `find zone: ${why}` };
}
