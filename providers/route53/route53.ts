import { setTimeout as pause } from 'node:timers/promises';
import { type Marker, markerText, normalName, type RecordSet, sameValues } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type {
  CreateProvider,
  Outcome,
  Provider,
  ProviderInput,
  Reading,
  Replacement,
  SettingsProblems,
  SetupProblem,
} from '../provider';
import { connect, type Route53Api } from './client';
import { type Answer, clean, type Failure } from './failures';
import { list } from './listing';
import { guaranteesOf, preflight } from './preflight';
import { type Listed, swapBatch, upsertBatch } from './records';
import { findZone, isWithin, type Zone, zoneId } from './zone';

/** The adapter for Amazon Route 53. Credentials, region and proxies are the AWS SDK's own. */
export const create: CreateProvider = async (input) => {
  const problems = problemsOf(input);
  if (problems.length > 0) return { ok: false, problems };
  const { ROUTE53_WRITE_MODE: mode, AWS_ENDPOINT_URL_ROUTE_53: endpoint } = input.env;
  return { ok: true, provider: provider(await connect(endpoint ?? null), input, mode === 'upsert') };
};

export const problemsOf: SettingsProblems = ({ record, zone, env, mixedFamilies }) => {
  const problems: SetupProblem[] = [];
  const { ROUTE53_WRITE_MODE: mode = 'cas', AWS_ENDPOINT_URL_ROUTE_53: endpoint } = env;
  if (mode !== 'cas' && mode !== 'upsert') {
    problems.push({ name: 'ROUTE53_WRITE_MODE', why: `"${mode}" is not a mode`, remedy: 'use cas or upsert' });
  }
  if (mode === 'upsert' && mixedFamilies) {
    const why = 'upsert cannot remove a record set, and the sites differ in whether they have A and AAAA';
    problems.push({
      name: 'ROUTE53_WRITE_MODE',
      why,
      remedy: 'use cas, or give every site both families or the same one',
    });
  }
  if (endpoint !== undefined && !/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : '')) {
    const why = 'not an http or https URL';
    problems.push({ name: 'AWS_ENDPOINT_URL_ROUTE_53', why, remedy: 'give a URL, or unset it to use Amazon' });
  }
  if (zone !== null && zoneId(zone) === null && !isWithin(record, normalName(zone))) {
    const why = `${record} does not lie in ${zone}`;
    problems.push({ name: 'FAILOVERD_ZONE', why, remedy: 'give the zone that holds the record, by name or id (Z…)' });
  }
  return problems;
};

/** One look at the zone: which it is, and what stands there. */
interface Look {
  readonly zone: Zone;
  readonly listed: Listed;
}

function provider(api: Route53Api, input: ProviderInput, upsert: boolean): Provider {
  const { record } = input;
  let known: Zone | null = null;

  async function zone(signal: AbortSignal): Promise<Answer<Zone>> {
    if (known !== null) return { ok: true, value: known };
    const answer = await findZone(api, record, input.zone, signal);
    if (answer.ok) known = answer.value;
    return answer;
  }

  async function look(signal: AbortSignal): Promise<Answer<Look>> {
    const where = await zone(signal);
    if (!where.ok) return where;
    const what = await list(api, where.value, record, signal);
    return what.ok ? { ok: true, value: { zone: where.value, listed: what.value } } : what;
  }

  async function replace({ from, to, marker }: Replacement, signal: AbortSignal): Promise<Outcome> {
    const sets = to.filter((set) => set.values.length > 0);
    if (sets.length === 0) return { code: 'denied', why: `refused: nothing to put in the place of ${record}` };
    // A DELETE must repeat what is stored, spelling included; `from` is in normal form. So look again, and compare.
    const before = await look(signal);
    if (!before.ok) return unsent(before.failure);
    const { zone: where, listed } = before.value;
    if (!same(listed.found, from))
      return { code: 'conflict', why: `${record} is no longer what was read: ${shown(listed.found)}` };
    const obstacle = obstacleTo(listed, sets);
    if (obstacle !== null) return { code: 'denied', why: obstacle };
    const Changes = upsert ? upsertBatch(record, listed, sets, marker) : swapBatch(record, listed, sets, marker);
    const Comment = `failoverd ${record} generation ${marker.generation}: ${marker.site}`.slice(0, 256);
    const answer = await api.change({ HostedZoneId: where.id, ChangeBatch: { Changes, Comment } }, signal);
    if (answer.ok) return accepted(where, answer.value.ChangeInfo?.Id, signal);
    if (answer.failure.code === 'rejected') return rejected(answer.failure, from, sets, marker, signal);
    const { code, applied, forbidden: _, ...rest } = answer.failure;
    return { code: applied === 'maybe' ? 'unknown' : code, ...rest };
  }

  function obstacleTo({ found, exact }: Listed, sets: readonly RecordSet[]): string | null {
    if (found.obstacles.length > 0) return found.obstacles.join('; ');
    if (found.foreignMarker !== null) return `the marker of ${record} is somebody else's: ${found.foreignMarker}`;
    const left = exact.filter((set) => set.Type !== 'TXT' && !sets.some(({ type }) => type === set.Type));
    if (!upsert || left.length === 0) return null;
    const types = left.map((set) => set.Type).join(', ');
    return `${types} of ${record} would have to go, and ROUTE53_WRITE_MODE=upsert cannot remove it; use cas, or remove it by hand`;
  }

  /**
   * Route 53 has taken the batch; its servers follow, usually within a minute. For a public zone the proof is to ask them, which
   * can begin now, so nothing is waited for. The servers of a private zone are out of reach: there, wait for INSYNC.
   */
  async function accepted(where: Zone, id: string | undefined, signal: AbortSignal): Promise<Outcome> {
    if (id === undefined)
      return { code: 'unknown', why: 'Route 53 ChangeResourceRecordSets: the answer holds no change id' };
    const requestId = clean(id.replace('/change/', ''), []);
    const status = where.isPrivate ? await settled(requestId, signal) : 'accepted';
    return { code: 'applied', why: `Route 53 change ${requestId}: ${status}`, requestId };
  }

  /** Our own poll: the SDK's waiter asks every 30 s and takes every error, AccessDenied too, for "not yet". */
  async function settled(id: string, signal: AbortSignal): Promise<string> {
    for (let polls = 1; polls <= 60; polls++) {
      try {
        await pause(1_000 + 1_000 * Math.random(), undefined, { signal });
      } catch {
        break;
      }
      const answer = await api.getChange(id, signal);
      if (answer.ok && answer.value.ChangeInfo?.Status === 'INSYNC') return 'INSYNC';
      if (!answer.ok && answer.failure.code === 'denied') return `accepted; ${answer.failure.why}`;
    }
    return 'accepted, still PENDING';
  }

  /** A stale batch, a duplicate of one that was taken, or a rule of the zone: only another look tells them apart. */
  async function rejected(
    failure: Failure,
    from: Found,
    sets: readonly RecordSet[],
    marker: Marker,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const after = await look(signal);
    if (!after.ok) return { code: 'conflict', why: `${failure.why}; looking again: ${after.failure.why}` };
    const { found } = after.value.listed;
    if (same(found, from)) {
      const why = `${failure.why}; the records are as they were read, so this is no race: look for a record set protection, or`;
      return { code: 'denied', why: `${why} a value or type that Route 53 does not take` };
    }
    const ours =
      found.marker !== null && markerText(found.marker) === markerText(marker) && sameValues(found.sets, sets);
    if (ours) return { code: 'unknown', why: `${failure.why}; yet the zone holds just what was to be written` };
    return { code: 'conflict', why: `${failure.why}; now there: ${shown(found)}` };
  }

  return {
    name: 'route53',
    guarantees: guaranteesOf(upsert),
    async read(signal): Promise<Reading> {
      const answer = await look(signal);
      if (answer.ok)
        return { ok: true, found: answer.value.listed.found, proof: answer.value.zone.isPrivate ? 'api' : 'dns' };
      const { code, applied: _, forbidden: __, ...rest } = answer.failure;
      return { ok: false, code: code === 'rejected' ? 'denied' : code, ...rest };
    },
    replace,
    async nameservers(signal) {
      const answer = await zone(signal);
      return answer.ok ? answer.value.nameservers : [];
    },
    preflight: async (signal, thorough = false) =>
      preflight(api, input, { upsert, thorough }, await look(signal), signal),
    async close() {
      api.close();
    },
  };
}

/** A failure before anything was sent that could change the zone. */
function unsent({ code, applied: _, forbidden: __, ...rest }: Failure): Outcome {
  if (code === 'unknown') return { code: 'unavailable', ...rest };
  return { code: code === 'rejected' ? 'denied' : code, ...rest };
}

function same(left: Found, right: Found): boolean {
  return shown(left) === shown(right);
}

/** What was found, in one line; equal exactly when it is the same. */
function shown({ sets, marker, foreignMarker, obstacles }: Found): string {
  const lines = sets.map(({ type, ttl, values }) => `${type} ${ttl} ${[...values].sort().join(' ')}`).sort();
  const mark = marker === null ? (foreignMarker ?? 'no marker') : markerText(marker);
  return [lines.length > 0 ? lines.join(', ') : 'no record', mark, ...obstacles].join('; ');
}
