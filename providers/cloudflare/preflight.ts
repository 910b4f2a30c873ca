import type { Finding } from '../provider';
import type { Api } from './client';
import type { ManagedName } from './managed-name';
import { allowedTtl, ttlFloor } from './plan';
import type { Snapshot } from './snapshot';
import { scopeFindings, tokenFindings, writeFinding } from './token';
import type { Zone } from './zone';

const keyText =
  'CLOUDFLARE_API_TOKEN looks like the global API key, which can do everything in the account and is no token: make a token with DNS Write on the one zone';

/** What a preflight looks at. */
export interface Inspected {
  readonly api: Api;
  readonly name: ManagedName;
  readonly ttl: number;
  /** The guarantees, in a sentence. */
  readonly note: string;
  readonly thorough: boolean;
  /** What was given for a token looks like the global API key. */
  readonly keyShaped: boolean;
}

/** What `failoverd check` should know, from the token to the record. Changes nothing. */
export async function findings(inspected: Inspected, signal: AbortSignal): Promise<readonly Finding[]> {
  const { api, name, ttl, note, thorough, keyShaped } = inspected;
  const located = await name.locate(signal);
  const zone = located.ok ? located.zone : null;
  const all: Finding[] = keyShaped ? [{ level: 'warn', text: keyText }] : [];
  all.push(...(await tokenFindings(api, zone?.account ?? null, Date.now(), signal)));
  all.push(...(await scopeFindings(api, zone, thorough, signal)));
  if (!located.ok) return [...all, { level: 'error', text: located.why }];
  all.push(...zoneFindings(located.zone));
  const looked = await name.look(signal);
  if (!looked.ok) return [...all, { level: 'error', text: looked.why }];
  all.push(...recordFindings(name.record, ttl, looked.snapshot));
  all.push(await writeFinding(api, located.zone.id, signal), { level: 'warn', text: note });
  return all;
}
function zoneFindings(zone: Zone): readonly Finding[] {
  if (zone.name === null) {
    return [
      { level: 'warn', text: `zone ${zone.id}: the token may not look at it (Zone Read); its state is not known` },
    ];
  }
  const findings: Finding[] = [{ level: 'ok', text: `zone ${zone.name} (${zone.id})` }];
  if (zone.status !== 'active') {
    const text = `zone ${zone.name} is ${zone.status}, not active: the world does not ask Cloudflare for it; activate it`;
    findings.push({ level: 'error', text });
  }
  if (zone.type === 'secondary') {
    const text = `zone ${zone.name} is secondary: its records come from elsewhere; write them there`;
    findings.push({ level: 'error', text });
  } else if (zone.type !== 'full') {
    const text = `zone ${zone.name} is ${zone.type}, not full: other servers than Cloudflare's may answer for it`;
    findings.push({ level: 'warn', text });
  }
  return findings;
}

function recordFindings(record: string, ttl: number, now: Snapshot): readonly Finding[] {
  const { found, proof } = now;
  const values = found.sets.map((set) => `${set.type} ${set.values.join(' ')}`).join('; ');
  const findings: Finding[] = [{ level: 'ok', text: `${record}: ${values === '' ? 'no record' : values}` }];
  for (const obstacle of found.obstacles) findings.push({ level: 'error', text: `${record}: ${obstacle}` });
  if (found.foreignMarker !== null) {
    findings.push({ level: 'error', text: `the marker TXT is somebody else's: ${found.foreignMarker}` });
  }
  if (now.entries.some((entry) => entry.proxied)) {
    const text = `${record} is proxied: TTL is automatic (300 s), and DNS shows only the proxy; a switch is proved by the API alone`;
    findings.push({ level: 'warn', text });
  } else if (proof === 'api') {
    const text = `${record} is a flattened CNAME: DNS shows its target's addresses; a switch is proved by the API alone`;
    findings.push({ level: 'warn', text });
  }
  if (allowedTtl(ttl) !== ttl) {
    const text = `FAILOVERD_TTL is ${ttl} s; Cloudflare takes ${ttlFloor} s to 86400 s, so ${allowedTtl(ttl)} s is written`;
    findings.push({ level: 'warn', text });
  }
  return findings;
}
