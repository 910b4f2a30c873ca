import { type Marker, markerText, parseMarker, type RecordSet, recordSet, valuesKey } from '../../src/domain/records';
import { svcbToWire } from '../../src/domain/svcb-wire';
import type { Finding, Outcome, Provider, Reading, Replacement } from '../provider';
import type { Attachment } from './protocol';
import type { Server } from './server';
import { formatListen } from './settings';

const readMs = 3_000;
/** A disk may take its time; the old records are served meanwhile. */
const replaceMs = 10_000;
const maxValues = 200;
const maxTtl = 2 ** 31 - 1;

/**
 * One managed name on one of our own name servers. `release` is called once, when the adapter is closed.
 *
 * If the server's thread has died since the last reading, the next reading fails once and says so, even when the thread is up again:
 * a death is never passed over in silence.
 */
export function builtinProvider(server: Server, { record, zone }: Attachment, release: () => Promise<void>): Provider {
  const at = formatListen(server.host, server.port);
  let closed: Promise<void> | null = null;
  let known = server.deaths().count;

  async function look(signal: AbortSignal): Promise<{ readonly reading: Reading; readonly notes: readonly Finding[] }> {
    if (closed !== null) return failed('the adapter is closed');
    const { count, why } = server.deaths();
    if (count > known) {
      known = count;
      return failed(`the built-in name server on ${at} died (${why}) and is started again from its copy on disk`);
    }
    const asked = await server.ask({ op: 'read', zone, record }, readMs, signal);
    if (!asked.ok) {
      known = server.deaths().count;
      return failed(`built-in name server on ${at}: ${asked.why}`);
    }
    return asked.told.op === 'read' ? asked.told : failed('the name server answered something else than was asked');
  }

  async function replace(replacement: Replacement, signal: AbortSignal): Promise<Outcome> {
    if (closed !== null) return { code: 'unavailable', why: 'the adapter is closed' };
    const why = objection(replacement.to, replacement.marker, record === zone);
    if (why !== null) return { code: 'denied', why };
    const asked = await server.ask({ op: 'replace', zone, record, replacement }, replaceMs, signal);
    if (!asked.ok)
      return { code: asked.sent ? 'unknown' : 'unavailable', why: `built-in name server on ${at}: ${asked.why}` };
    if (asked.told.op === 'replace') return asked.told.outcome;
    return { code: 'unknown', why: 'the name server answered something else than was asked' };
  }

  async function preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    const { reading, notes } = await look(signal);
    const findings: Finding[] = [
      reading.ok
        ? { level: 'ok', text: `the built-in name server answers for ${zone} on ${at}, UDP and TCP` }
        : { level: 'error', text: reading.why },
    ];
    findings.push(...notes);
    const isLocal = server.host.startsWith('127.') || server.host === '::1';
    if (isLocal)
      findings.push({
        level: 'warn',
        text: `only this machine can ask ${at}; to delegate ${zone} to it, set BUILTIN_DNS_LISTEN to a public address, port 53`,
      });
    else if (server.port !== 53)
      findings.push({
        level: 'warn',
        text: `resolvers ask port 53 only, and ${at} is another; set BUILTIN_DNS_LISTEN to port 53, or have it forwarded, UDP and TCP`,
      });
    if (isWildcard(server.host))
      findings.push({
        level: 'warn',
        text: `listening on every address: ns.${zone} has no address of its own here, and on a machine with several addresses an answer may leave from another one; name one address in BUILTIN_DNS_LISTEN`,
      });
    return findings;
  }

  return {
    name: 'builtin',
    guarantees: {
      atomic: true,
      compareAndSwap: true,
      note: 'replacements of a zone are made one at a time by its own server: compared, written to disk, swapped in at once',
    },
    read: async (signal) => (await look(signal)).reading,
    replace,
    nameservers: async () => [formatListen(reachable(server.host), server.port)],
    preflight,
    close: () => {
      closed ??= release();
      return closed;
    },
  };
}

function failed(why: string): { readonly reading: Reading; readonly notes: readonly Finding[] } {
  return { reading: { ok: false, code: 'unavailable', why }, notes: [] };
}

/** Why those sets can never be written; null when they can. */
function objection(to: readonly RecordSet[], marker: Marker, atApex: boolean): string | null {
  if (to.length === 0 || to.some((set) => set.values.length === 0)) return 'an empty record set is never written';
  for (const { type, ttl, values } of to) {
    const normal = recordSet(type, ttl, values);
    if (normal === null || valuesKey([normal]) !== valuesKey([{ type, ttl, values }]))
      return `${type} ${values.join(' ').slice(0, 200)} is not in normal form`;
    if ((type === 'HTTPS' || type === 'SVCB') && values.some((value) => svcbToWire(value) === null))
      return `${type} ${values.join(' ').slice(0, 200)} has a parameter that cannot be sent (RFC 9460 section 2.2)`;
    if (!Number.isInteger(ttl) || ttl < 0 || ttl > maxTtl)
      return `${type} has a TTL of ${ttl} seconds, not 0 to ${maxTtl}`;
    if (values.length > maxValues) return `${type} has ${values.length} values, at most ${maxValues} are served`;
  }
  if (new Set(to.map((set) => set.type)).size < to.length) return 'one type is given twice';
  const alias = to.find((set) => set.type === 'CNAME');
  if (alias !== undefined && (to.length > 1 || alias.values.length > 1))
    return 'a CNAME is one value and stands alone (RFC 1034 section 3.6.2)';
  if (alias !== undefined && atApex)
    return 'a CNAME cannot stand at the top of a zone, beside its SOA and NS (RFC 1034 section 3.6.2); give the site addresses';
  const read = parseMarker(markerText(marker));
  if (read === null || markerText(read) !== markerText(marker))
    return `a marker cannot hold ${markerText(marker).slice(0, 200)}`;
  return null;
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Where this machine reaches a server that listens on every address. */
function reachable(host: string): string {
  if (!isWildcard(host)) return host;
  return host === '::' ? '::1' : '127.0.0.1';
}
