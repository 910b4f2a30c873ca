import type { Finding } from '../provider';
import { isObject, plain } from './answers';
import type { Api } from './client';
import type { ManagedName } from './managed-name';
import { allowedTtl, ttlFloor } from './plan';
import type { Snapshot } from './snapshot';
import type { Zone } from './zone';

const dayMs = 86_400_000;
const expirySoonMs = 14 * dayMs;
/** An id that no record has. */
const noRecord = '0'.repeat(32);

/** What `failoverd check` should know, from the token to the record. Changes nothing. */
export async function findings(
  api: Api,
  name: ManagedName,
  ttl: number,
  note: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const all: Finding[] = [...(await tokenFindings(api, Date.now(), signal))];
  const located = await name.locate(signal);
  if (!located.ok) return [...all, { level: 'error', text: located.why }];
  all.push(...zoneFindings(located.zone));
  const looked = await name.look(signal);
  if (!looked.ok) return [...all, { level: 'error', text: looked.why }];
  all.push(...recordFindings(name.record, ttl, looked.snapshot));
  all.push(await writeFinding(api, located.zone.id, signal), { level: 'warn', text: note });
  return all;
}

/** The token: alive, for how long, and whether it reaches further than it must. */
async function tokenFindings(api: Api, wallMs: number, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const verified = await api.verifyToken(signal);
  const { status, expires_on: until } = verified.ok && isObject(verified.result) ? verified.result : {};
  if (typeof status !== 'string') {
    // Tokens that an account owns are verified elsewhere and refused here; what they may do, the next findings show.
    const why = verified.ok ? 'verify token: an answer that cannot be read' : verified.why;
    findings.push({ level: 'warn', text: `${why}; an account-owned token cannot be verified, what follows decides` });
  } else if (status !== 'active') {
    findings.push({ level: 'error', text: `the token is ${plain(status)}; make a new one` });
  } else {
    const expires = typeof until === 'string' ? Date.parse(until) : Number.NaN;
    const ends = Number.isFinite(expires) ? { expiresAtMs: expires } : {};
    findings.push({ level: 'ok', text: 'the token is active', ...ends });
    if (Number.isFinite(expires) && expires - wallMs < expirySoonMs) {
      const days = Math.floor((expires - wallMs) / dayMs);
      findings.push({ level: 'warn', text: `the token expires in ${days} days; make a new one before` });
    }
  }
  const zones = await api.zones(null, signal);
  if (zones.ok && Array.isArray(zones.result) && zones.result.length > 1) {
    const text = 'the token reaches more than one zone; make one with DNS Write on this zone only';
    findings.push({ level: 'warn', text });
  }
  return findings;
}

/**
 * Whether the token may write. No reading tells, so we ask for what cannot be done: a batch that deletes a record that does not
 * exist. With the permission the answer is "does not exist" and, a batch being one transaction, nothing is changed.
 */
async function writeFinding(api: Api, zoneId: string, signal: AbortSignal): Promise<Finding> {
  const answer = await api.batch(zoneId, { deletes: [{ id: noRecord }], patches: [], posts: [] }, signal);
  if (!answer.ok && answer.code === 'conflict') return { level: 'ok', text: 'the token may write DNS records' };
  if (!answer.ok && answer.token === true) return { level: 'error', text: `the token may not write: ${answer.why}` };
  const why = answer.ok ? 'an answer that was not expected' : answer.why;
  return { level: 'warn', text: `whether the token may write could not be told (${why}); the first write shows it` };
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
