import type { Finding, Guarantees, ProviderInput } from '../provider';
import type { Credentials, Route53Api } from './client';
import type { Answer } from './failures';
import type { Listed } from './records';
import { scopeFindings } from './scope';
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

/** Record sets of one hosted zone, unless raised (Developer Guide, "Quotas", 2026-11). */
const setsQuota = 10_000;
const setsNearQuota = 9_900;

/** What `check` should know of the write path. */
export async function preflight(
  api: Route53Api,
  input: ProviderInput,
  { upsert, thorough }: { readonly upsert: boolean; readonly thorough: boolean },
  look: Answer<{ readonly zone: Zone; readonly listed: Listed }>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { record, env } = input;
  const { AWS_ENDPOINT_URL_ROUTE_53: endpoint } = env;
  const found: Finding[] = [...credentialFindings(await api.credentials(signal))];
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
  if (zone.recordSets !== null && zone.recordSets >= setsNearQuota) {
    const text = `${zone.name} holds ${zone.recordSets} record sets; the quota is ${setsQuota} unless it was raised, and beyond it nothing can be created: ask for more, or remove some`;
    found.push({ level: 'warn', text });
  }
  if (thorough) found.push(...(await scopeFindings(api, input, look.value, upsert, signal)));
  const actions = upsert ? 'UPSERT' : 'CREATE and DELETE';
  found.push({
    level: upsert ? 'warn' : 'ok',
    text: `writes by ${actions}: ${guaranteesOf(upsert).note}${thorough && !upsert ? '' : `; only a write shows whether ${actions} is permitted`}`,
  });
  return found;
}

/**
 * Whose the credentials are, and whether they end. Temporary ones come with a session token, an access key of an IAM user or of the root user
 * without (IAM User Guide, "Compare AWS STS credentials", 2026-11). Those in variables and profiles are renewed by nobody; what else the SDK
 * finds (a role, a container, single sign-on) it renews by itself.
 */
function credentialFindings({ source, endsAtMs, temporary }: Credentials): readonly Finding[] {
  if (source === null) return [];
  const fixed = /^CREDENTIALS_(ENV_VARS|PROFILE|CODE)$/.test(source);
  const ends = fixed && endsAtMs !== null ? { expiresAtMs: endsAtMs } : {};
  const found: Finding = { level: 'ok', text: `credentials found by the AWS SDK (${source})`, ...ends };
  if (!fixed || endsAtMs !== null) return [found];
  const text = temporary
    ? `the session credentials (${source}) end at a time that is not told, and nobody renews them: set AWS_CREDENTIAL_EXPIRATION, or let the SDK find a role`
    : `the access key (${source}) is a lasting one, of an IAM user or of the root user: it works for whoever finds it until it is switched off; give the machine a role (deploy/iam)`;
  return [found, { level: 'warn', text }];
}
