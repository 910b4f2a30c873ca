import type { Finding, Guarantees, ProviderInput } from '../provider';
import type { Route53Api } from './client';
import type { Answer } from './failures';
import type { Listed } from './records';
import type { Zone } from './zone';

export function guaranteesOf(upsert: boolean): Guarantees {
  return {
    atomic: true,
    compareAndSwap: !upsert,
    note: upsert
      ? 'one UPSERT batch, all or nothing, after reading again: whoever writes between that reading and the batch is overwritten'
      : 'one batch, all or nothing, whose DELETEs repeat every value that was read: Route 53 refuses it if anything has changed',
  };
}

/** What `check` should know of the write path. */
export async function preflight(
  api: Route53Api,
  { record, env }: ProviderInput,
  { upsert, thorough }: { readonly upsert: boolean; readonly thorough: boolean },
  look: Answer<{ readonly zone: Zone; readonly listed: Listed }>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { AWS_ENDPOINT_URL_ROUTE_53: endpoint } = env;
  const { source, endsAtMs } = await api.credentials(signal);
  const found: Finding[] = [];
  if (source !== null) {
    // Whatever else the SDK finds credentials in (a role, a container, single sign-on), it renews them there by itself.
    const ends =
      endsAtMs !== null && /^CREDENTIALS_(ENV_VARS|PROFILE|CODE)$/.test(source) ? { expiresAtMs: endsAtMs } : {};
    found.push({ level: 'ok', text: `credentials found by the AWS SDK (${source})`, ...ends });
  }
  if (endpoint?.startsWith('http:') === true) {
    found.push({
      level: 'warn',
      text: `AWS_ENDPOINT_URL_ROUTE_53 is not encrypted (${new URL(endpoint).host}); use https`,
    });
  }
  if (!look.ok) return [...found, { level: 'error', text: look.failure.why }];
  const { zone, listed } = look.value;
  const { sets, foreignMarker, obstacles } = listed.found;
  found.push({ level: 'ok', text: `hosted zone ${zone.name} (${zone.id}), ${zone.isPrivate ? 'private' : 'public'}` });
  const values = sets.map((set) => `${set.type} ${set.values.join(' ')}`).join(', ');
  found.push({ level: 'ok', text: `${record} can be read: ${values === '' ? 'no A, AAAA or CNAME' : values}` });
  for (const text of obstacles) found.push({ level: 'error', text });
  if (foreignMarker !== null) {
    found.push({
      level: 'error',
      text: `the marker of ${record} is somebody else's (${foreignMarker}); find out whose, then remove it`,
    });
  }
  if (zone.isPrivate) {
    const text =
      'a private zone cannot be verified through DNS from here: a change counts once Route 53 reports INSYNC and lists it';
    found.push({ level: 'warn', text });
  } else if (zone.acceleratedRecovery !== 'ENABLED') {
    const text = `accelerated recovery of ${zone.name} is not on: while us-east-1 is down Route 53 takes no change; switch it on (not offered in China and GovCloud)`;
    found.push({ level: 'warn', text });
  }
  if (thorough) found.push(...(await scopeFindings(api, zone, signal)));
  const actions = upsert ? 'UPSERT' : 'CREATE and DELETE';
  found.push({
    level: upsert ? 'warn' : 'ok',
    text: `writes by ${actions}: ${guaranteesOf(upsert).note}; only a write shows whether ${actions} is permitted`,
  });
  return found;
}

/**
 * Whether the credentials reach further than they must, asked by a change that cannot be made: the DELETE of a record that is not there.
 * A role for our names only answers AccessDenied; one that may write any name of the zone gets as far as InvalidChangeBatch, and a batch
 * is all or nothing (API reference, ChangeResourceRecordSets, 2026-11).
 */
async function scopeFindings(api: Route53Api, zone: Zone, signal: AbortSignal): Promise<readonly Finding[]> {
  const name = `_failoverd-check.${zone.name}`;
  const set = { Name: `${name}.`, Type: 'TXT' as const, TTL: 60, ResourceRecords: [{ Value: '"failoverd check"' }] };
  const batch = { Changes: [{ Action: 'DELETE' as const, ResourceRecordSet: set }] };
  const answer = await api.change({ HostedZoneId: zone.id, ChangeBatch: batch }, signal);
  if (answer.ok || answer.failure.code !== 'rejected') return [];
  const text = `the credentials may change other names of ${zone.name} too, ${name} for one; deploy/iam has a policy for the record and its marker only`;
  return [{ level: 'warn', text }];
}
