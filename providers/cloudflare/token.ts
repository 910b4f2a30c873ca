import type { Finding } from '../provider';
import { isObject, type Judged, plain } from './answers';
import type { Api } from './client';
import type { Zone } from './zone';

const dayMs = 86_400_000;
const expirySoonMs = 14 * dayMs;
/** An id that no record has. */
const noRecord = '0'.repeat(32);

/** The token: alive, for how long, and how much of its quota is left. */
export async function tokenFindings(
  api: Api,
  account: string | null,
  wallMs: number,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const verified = await verify(api, account, signal);
  const { status, expires_on: until } = verified.ok && isObject(verified.result) ? verified.result : {};
  if (typeof status !== 'string') {
    const why = verified.ok ? 'verify token: an answer that cannot be read' : verified.why;
    return [{ level: 'warn', text: `${why}; when it ends is not known, what follows shows what it may do` }];
  }
  if (status !== 'active') return [{ level: 'error', text: `the token is ${plain(status)}; make a new one` }];
  const expires = typeof until === 'string' ? Date.parse(until) : Number.NaN;
  const ends = Number.isFinite(expires) ? { expiresAtMs: expires } : {};
  const findings: Finding[] = [{ level: 'ok', text: 'the token is active', ...ends }];
  if (Number.isFinite(expires) && expires - wallMs < expirySoonMs) {
    const days = Math.floor((expires - wallMs) / dayMs);
    findings.push({ level: 'warn', text: `the token expires in ${days} days; make a new one before` });
  }
  const quota = verified.ok ? verified.quota : null;
  if (quota !== null && quota.left < quota.of / 10) {
    const text = `the token has ${quota.left} of ${quota.of} requests left for ${quota.resetMs / 1_000} s, then all are refused; find what else uses this user or account`;
    findings.push({ level: 'warn', text });
  }
  return findings;
}

/** Users' tokens are verified at one place, those that an account owns at another (API reference, verify token, 2026-11). */
async function verify(api: Api, account: string | null, signal: AbortSignal): Promise<Judged> {
  const first = await api.verifyToken(null, signal);
  if (first.ok || first.code !== 'denied' || account === null) return first;
  const second = await api.verifyToken(account, signal);
  return second.ok ? second : first;
}

/** Whether the token reaches further than it must, as far as the API shows. */
export async function scopeFindings(
  api: Api,
  zone: Zone | null,
  thorough: boolean,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const remedy = 'make one with DNS Write on this zone only';
  const findings: Finding[] = [];
  const more = (zone?.permissions ?? []).filter((one) => one.endsWith(':edit') && one !== '#dns_records:edit');
  if (zone !== null && more.length > 0) {
    const text = `the token may do more in ${zone.name} than change records (${more.join(' ')}); ${remedy}`;
    findings.push({ level: 'warn', text });
  }
  const zones = await api.zones(null, signal);
  const listed = zones.ok && Array.isArray(zones.result) ? zones.result.filter(isObject) : [];
  if (listed.length < 2) return findings;
  const reached = `${listed.length}${listed.length < (zones.ok ? (zones.perPage ?? 5) : 5) ? '' : ' or more'}`;
  const text = `the token reaches more than one zone (${reached}: ${listed.map(({ name }) => plain(String(name))).join(', ')}); ${remedy}`;
  findings.push({ level: 'warn', text });
  const other = listed.find(({ id, name }) => id !== zone?.id && typeof id === 'string' && typeof name === 'string');
  if (!thorough || zone === null || other === undefined) return findings;
  if (!isMissing(await deleteNothing(api, String(other['id']), signal))) return findings;
  const wide = `the token may change the records of other zones too, ${plain(String(other['name']))} for one; ${remedy}`;
  return [...findings, { level: 'warn', text: wide }];
}

/**
 * Whether the token may write. No reading tells, so we ask for what cannot be done: a batch that deletes a record that does not
 * exist. With the permission the answer is "does not exist" and, a batch being one transaction, nothing is changed.
 */
export async function writeFinding(api: Api, zoneId: string, signal: AbortSignal): Promise<Finding> {
  const answer = await deleteNothing(api, zoneId, signal);
  if (isMissing(answer)) return { level: 'ok', text: 'the token may write DNS records' };
  if (!answer.ok && answer.token === true) return { level: 'error', text: `the token may not write: ${answer.why}` };
  const why = answer.ok ? 'an answer that was not expected' : answer.why;
  return { level: 'warn', text: `whether the token may write could not be told (${why}); the first write shows it` };
}

function deleteNothing(api: Api, zoneId: string, signal: AbortSignal): Promise<Judged> {
  return api.batch(zoneId, { deletes: [{ id: noRecord }], patches: [], posts: [] }, signal);
}

function isMissing(answer: Judged): boolean {
  return !answer.ok && answer.code === 'conflict';
}
