import { isHostName, normalName } from '../../src/domain/records';
import type { HostedZone, Route53Api } from './client';
import { type Answer, clean, failed } from './failures';
import { storedName } from './records';

/** The hosted zone that holds the managed name. */
export interface Zone {
  /** Without `/hostedzone/`. */
  readonly id: string;
  /** Without a trailing dot. */
  readonly name: string;
  readonly isPrivate: boolean;
  /** Host names of its name servers; a private zone has none. */
  readonly nameservers: readonly string[];
  /** Route 53's word for whether changes survive an outage of us-east-1; null when it says nothing. */
  readonly acceleratedRecovery: string | null;
  /** How many record sets it held when it was looked up; null when it says nothing. */
  readonly recordSets: number | null;
}

const maxPages = 5;

/** The zone id when `text` is one (`Z0123ABC`, `/hostedzone/Z0123ABC`), else null: then it is a name. */
export function zoneId(text: string): string | null {
  return /^(?:\/hostedzone\/)?(Z[A-Z0-9]{1,31})$/.exec(text)?.[1] ?? null;
}

/** Whether the record lies in the zone of that name. */
export function isWithin(record: string, zone: string): boolean {
  return record === zone || record.endsWith(`.${zone}`);
}

/**
 * Finds the zone: by id; by name; or, with `wanted` null, the longest suffix of the record that is a zone here. Several zones of
 * one name, or a private one, are never chosen by guess.
 */
export async function findZone(
  api: Route53Api,
  record: string,
  wanted: string | null,
  signal: AbortSignal,
): Promise<Answer<Zone>> {
  const id = wanted === null ? null : zoneId(wanted);
  if (id !== null) return zoneById(api, record, id, signal);
  const names = wanted === null ? suffixes(record) : [normalName(wanted)];
  for (const name of names) {
    const zones = await zonesNamed(api, name, signal);
    if (!zones.ok) return zones;
    const [only, ...more] = zones.value;
    if (only === undefined) continue;
    if (more.length === 0 && only.Config?.PrivateZone !== true) {
      return zoneById(api, record, String(only.Id).replace('/hostedzone/', ''), signal);
    }
    const listed = zones.value.map(
      (zone) => `${zone.Id} (${zone.Config?.PrivateZone === true ? 'private' : 'public'})`,
    );
    const why = `${name} is ambiguous: ${clean(listed.join(', '), [])}; set FAILOVERD_ZONE to the id of the zone to write`;
    return failed('denied', 'no', why);
  }
  const why = `no hosted zone of this account holds ${record} (looked for ${names.join(', ')}); create it, or set FAILOVERD_ZONE`;
  return failed('denied', 'no', clean(why, []));
}

function suffixes(record: string): readonly string[] {
  const labels = record.replace(/^\*\./, '').split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

/** All zones of exactly that name: the listing begins there (API reference, ListHostedZonesByName, 2026-11). */
async function zonesNamed(api: Route53Api, name: string, signal: AbortSignal): Promise<Answer<readonly HostedZone[]>> {
  const zones: HostedZone[] = [];
  let next: { DNSName: string; HostedZoneId?: string } = { DNSName: name };
  for (let round = 0; round < maxPages; round++) {
    const answer = await api.listZones({ ...next, MaxItems: 100 }, signal);
    if (!answer.ok) return answer;
    const { HostedZones, IsTruncated, NextDNSName, NextHostedZoneId } = answer.value;
    if (!Array.isArray(HostedZones) || typeof IsTruncated !== 'boolean') {
      return failed('unknown', 'no', 'Route 53 ListHostedZonesByName: the answer holds no list of zones');
    }
    zones.push(...HostedZones.filter((zone) => storedName(String(zone.Name)) === storedName(name)));
    if (!IsTruncated || NextDNSName === undefined || storedName(NextDNSName) !== storedName(name)) {
      return { ok: true, value: zones };
    }
    next = { DNSName: name, ...(NextHostedZoneId === undefined ? {} : { HostedZoneId: NextHostedZoneId }) };
  }
  return failed(
    'denied',
    'no',
    `${name} is the name of over ${maxPages * 100} zones; set FAILOVERD_ZONE to the id of the zone to write`,
  );
}

async function zoneById(api: Route53Api, record: string, id: string, signal: AbortSignal): Promise<Answer<Zone>> {
  const answer = await api.getZone(id, signal);
  if (!answer.ok) return answer;
  const { HostedZone: zone, DelegationSet: set } = answer.value;
  if (typeof zone?.Name !== 'string') {
    return failed('unknown', 'no', 'Route 53 GetHostedZone: the answer holds no zone');
  }
  const name = normalName(zone.Name);
  if (!isWithin(record, name)) {
    return failed(
      'denied',
      'no',
      `zone ${id} is ${clean(name, [])}, which does not hold ${record}; correct FAILOVERD_ZONE`,
    );
  }
  const acceleratedRecovery = zone.Features?.AcceleratedRecoveryStatus ?? null;
  const isPrivate = zone.Config?.PrivateZone === true;
  const nameservers = (set?.NameServers ?? []).map(normalName).filter(isHostName);
  const recordSets = zone.ResourceRecordSetCount ?? null;
  return { ok: true, value: { id, name, isPrivate, nameservers, acceleratedRecovery, recordSets } };
}
