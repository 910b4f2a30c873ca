import { randomUUID } from 'node:crypto';
import { markerName } from '../../src/domain/records';
import type { Finding, ProviderInput } from '../provider';
import type { Change, HostedZone, ResourceRecordSet, Route53Api } from './client';
import { type Answer, clean } from './failures';
import type { Listed } from './records';
import { type Zone, zoneId } from './zone';

type Type = 'A' | 'AAAA' | 'CNAME' | 'HTTPS' | 'SVCB' | 'TXT';

const values: Readonly<Record<Exclude<Type, 'TXT'>, string>> = {
  A: '192.0.2.1',
  AAAA: '2001:db8::1',
  CNAME: 'failoverd-check.invalid.',
  HTTPS: '1 . ipv4hint="192.0.2.1"',
  SVCB: '1 . ipv4hint="192.0.2.1"',
};

/**
 * What the credentials may do, told by batches that cannot be carried out: each DELETE stands in them twice, which is an
 * InvalidChangeBatch whatever the zone holds, names a set that is not there, and a batch is all or nothing (API reference,
 * ChangeResourceRecordSets, 2026-11). Who may not send it gets AccessDenied instead.
 *
 * | batch                                   | AccessDenied | InvalidChangeBatch             |
 * |-----------------------------------------|--------------|--------------------------------|
 * | our names, types and actions            | error        | as it should be                |
 * | the same in the mode that never deletes | as it should | warn: DELETE is not needed     |
 * | another name of the zone                | as it should | warn                           |
 * | a name of another zone                  | as it should | warn                           |
 */
export async function scopeFindings(
  api: Route53Api,
  input: ProviderInput,
  { zone, listed }: { readonly zone: Zone; readonly listed: Listed },
  upsert: boolean,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const own = await ownFinding(api, input, zone, [...typesOf(input, listed), 'TXT'], upsert, signal);
  const name = `_failoverd-check.${zone.name}`;
  const others = await tried(api, zone.id, twice(txt(name)), signal);
  const text = `the credentials may change other names of ${zone.name} too, ${name} for one; deploy/iam has a policy for the record and its marker only`;
  const wide: readonly Finding[] = others === 'permitted' ? [{ level: 'warn', text }] : [];
  return [...own, ...wide, ...(await zoneFindings(api, input, zone, signal))];
}

async function ownFinding(
  api: Route53Api,
  { record }: ProviderInput,
  zone: Zone,
  types: readonly Type[],
  upsert: boolean,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const marker = markerName(record);
  const deletes = [
    txt(record),
    ...types.map((type) => (type === 'TXT' ? txt(marker) : setOf(marker, type, values[type]))),
  ];
  const create: Change = { Action: 'CREATE', ResourceRecordSet: txt(marker) };
  const answer = await tried(api, zone.id, [...deletes.flatMap(twice), ...(upsert ? [] : [create])], signal);
  if (upsert) {
    if (answer !== 'permitted') return [];
    const text = `the credentials may DELETE ${record}, which ROUTE53_WRITE_MODE=upsert never does; take deploy/iam/route53-upsert.json`;
    return [{ level: 'warn', text }];
  }
  const what = `CREATE and DELETE of ${types.join(', ')} at ${record} and ${marker}`;
  if (answer === 'permitted')
    return [{ level: 'ok', text: `${what} are permitted (tried by a batch that cannot be carried out)` }];
  if (answer === 'forbidden') {
    const text = `${what} are not permitted together, which a switch needs; correct the policy by deploy/iam/route53-cas.json`;
    return [{ level: 'error', text }];
  }
  return [
    { level: 'warn', text: `whether ${what} are permitted could not be told: ${answer.why}; the first write shows it` },
  ];
}

/** What a switch may have to write or take away: the types of the sites, and those that stand there. */
function typesOf({ sites = [] }: ProviderInput, { found }: Listed): readonly Exclude<Type, 'TXT'>[] {
  const sets = [...found.sets, ...sites.flatMap((site) => site.sets)];
  return [...new Set(sets.map(({ type }) => type))].sort();
}

/** Whether the credentials reach other hosted zones of the account. */
async function zoneFindings(
  api: Route53Api,
  input: ProviderInput,
  zone: Zone,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const answer = await api.listZones({ MaxItems: 100 }, signal);
  if (!answer.ok) return [];
  const zones = answer.value.HostedZones ?? [];
  const found: Finding[] = [];
  if (input.zone !== null && zoneId(input.zone) !== null) {
    const text = `the credentials may list the ${counted(zones.length, answer.value.IsTruncated)} hosted zones of the account, and FAILOVERD_ZONE is an id, so it is not needed: take FindZoneByName out of the policy`;
    found.push({ level: 'warn', text });
  }
  const others = zones.filter(({ Id }) => idOf(Id) !== zone.id);
  const [other] = others;
  if (other === undefined) return found;
  const verbs = await reach(api, other, signal);
  if (verbs.length === 0) return found;
  const text = `the credentials may ${verbs.join(' and ')} the records of other hosted zones, ${clean(`${other.Name} (${idOf(other.Id)})`, [])} for one of ${counted(others.length, answer.value.IsTruncated)}; name the one zone in the policy, as in deploy/iam`;
  return [...found, { level: 'warn', text }];
}

async function reach(api: Route53Api, { Id, Name }: HostedZone, signal: AbortSignal): Promise<readonly string[]> {
  const id = idOf(Id);
  const read = (await api.listSets({ HostedZoneId: id, MaxItems: 1 }, signal)).ok;
  const change = (await tried(api, id, twice(txt(`_failoverd-check.${Name}`)), signal)) === 'permitted';
  return [...(read ? ['read'] : []), ...(change ? ['change'] : [])];
}

type Tried = 'permitted' | 'forbidden' | { readonly why: string };

async function tried(api: Route53Api, id: string, changes: readonly Change[], signal: AbortSignal): Promise<Tried> {
  const answer: Answer<unknown> = await api.change(
    { HostedZoneId: id, ChangeBatch: { Changes: [...changes], Comment: 'failoverd check: not to be carried out' } },
    signal,
  );
  if (answer.ok) return { why: 'an answer that was not expected' };
  const { code, forbidden, why } = answer.failure;
  if (code === 'rejected') return 'permitted';
  return forbidden === true ? 'forbidden' : { why };
}

function twice(set: ResourceRecordSet): readonly Change[] {
  const change: Change = { Action: 'DELETE', ResourceRecordSet: set };
  return [change, change];
}

/** A TXT that nobody has. */
function txt(name: string): ResourceRecordSet {
  return setOf(name, 'TXT', `"failoverd check ${randomUUID()}"`);
}

function setOf(name: string, type: Type, value: string): ResourceRecordSet {
  const dotted = name.endsWith('.') ? name : `${name}.`;
  return { Name: dotted, Type: type, TTL: 60, ResourceRecords: [{ Value: value }] };
}

function idOf(id: string | undefined): string {
  return String(id).replace('/hostedzone/', '');
}

function counted(count: number, more: boolean | undefined): string {
  return more === true ? `${count} or more` : String(count);
}
