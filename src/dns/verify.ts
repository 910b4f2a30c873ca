import type { ServerAnswer, Verification, Verifier } from '../control/ports';
import { leadsTo } from '../domain/hints';
import { type RecordSet, type RecordType, valuesKey } from '../domain/records';
import type { Site } from '../domain/types';
import { type Ask, ask as askServer } from './ask';
import { type Look, lookAt } from './look';
import type { NameServer, NameServers } from './nameservers';
import { signatureTrouble } from './signatures';

export interface VerifierInput {
  readonly record: string;
  /** Whether sites are published as a CNAME rather than addresses. */
  readonly isCnameService: boolean;
  readonly nameservers: NameServers;
  /** For one server, all questions together. */
  readonly timeoutMs: number;
  /** Wall time for the windows of DNSSEC signatures; null: it cannot be believed, and windows are not judged. */
  readonly wallMs: () => number | null;
  readonly ask?: Ask;
}

/** What one server says now; `sets` null: nothing usable, and `why` tells it. */
export interface ServerSets {
  readonly server: string;
  readonly sets: readonly RecordSet[] | null;
  readonly why: string;
}
export type Observed =
  | { readonly ok: true; readonly servers: readonly ServerSets[] }
  | { readonly ok: false; readonly why: string };

/** Verifies, and tells what the servers say without comparing. */
export interface AuthoritativeView extends Verifier {
  observe(signal: AbortSignal): Promise<Observed>;
}

export const maxParallel = 16;

interface Seen {
  readonly server: NameServer;
  readonly look: Look;
}

/** One round of questions per call, servers in parallel. A server agrees when it shows exactly the site's values with authority. */
export function createVerifier(input: VerifierInput): AuthoritativeView {
  const ask = input.ask ?? askServer;
  const look = async (signal: AbortSignal, hinted: readonly RecordType[] = []) => {
    const listing = await input.nameservers.list(signal);
    if (!listing.ok) return listing;
    const { record, isCnameService, timeoutMs } = input;
    const seen = await inParallel(listing.servers, maxParallel, async (server): Promise<Seen> => {
      return {
        server,
        look: await lookAt(server, { record, isCnameService, zone: listing.zone, hinted, timeoutMs, ask }, signal),
      };
    });
    if (seen.length + listing.lost.length === 0) return { ok: false, why: 'no name server to ask' } as const;
    return { ok: true, seen: seen.filter((one) => !isLeftOut(one, seen)), lost: listing.lost } as const;
  };

  return {
    verify: async (site, signal): Promise<Verification> => {
      const looked = await look(signal, site.hinted);
      if (!looked.ok) return looked;
      const { seen, lost } = looked;
      const signed = seen.some(({ look }) => look.state === 'answered' && (look.keys || look.signatures.length > 0));
      const answers = seen.map(({ server, look }) => {
        return { server: label(server), ...compare(look, site, signed ? input.wallMs() : undefined) };
      });
      const missing = lost.map(({ name, why }) => ({ server: name, agrees: false, unreachable: true, why }));
      return { ok: true, answers: [...answers, ...missing] };
    },
    observe: async (signal): Promise<Observed> => {
      const looked = await look(signal);
      if (!looked.ok) return looked;
      const servers = looked.seen.map(({ server, look }): ServerSets => {
        const sets = look.state === 'answered' ? look.sets : null;
        return { server: label(server), sets, why: look.state === 'answered' ? described(look.sets) : look.why };
      });
      return {
        ok: true,
        servers: [...servers, ...looked.lost.map(({ name, why }) => ({ server: name, sets: null, why }))],
      };
    },
  };
}

/** An address our host has no route to is left out while the same name server could be asked at another of its addresses. */
function isLeftOut({ server, look }: Seen, all: readonly Seen[]): boolean {
  if (look.state !== 'unreachable' || !look.noRoute) return false;
  return all.some((other) => other.server.name === server.name && other.look.state !== 'unreachable');
}

/** `wallMs` undefined: the zone is not signed. */
function compare(look: Look, site: Site, wallMs: number | null | undefined): Omit<ServerAnswer, 'server'> {
  if (look.state === 'unreachable') return { agrees: false, unreachable: true, why: look.why };
  if (look.state === 'wrong') return { agrees: false, why: look.why };
  if (look.sets.length === 0 || !leadsTo(look.sets, site)) {
    return { agrees: false, why: `answers ${described(look.sets)}, expected ${described(site.sets)}` };
  }
  const trouble = wallMs === undefined ? null : signatureTrouble(look.sets, look.signatures, wallMs);
  if (trouble !== null) return { agrees: false, why: trouble };
  const wantedTtl = Math.max(...site.sets.map(({ ttl }) => ttl));
  const longer = look.sets.filter(({ ttl }) => ttl > wantedTtl);
  const note = longer.map(({ type, ttl }) => `; TTL of ${type} is ${ttl} s, longer than configured`).join('');
  return { agrees: true, why: `answers ${described(look.sets)}${note}` };
}

function described(sets: readonly RecordSet[]): string {
  return valuesKey(sets).slice(0, 400) || 'no record';
}

/** A server for people: its name, and where it is when that is not all. */
export function label({ name, address, port }: NameServer): string {
  const place = port === 53 ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return name === address ? place : `${name} (${place})`;
}

/** Runs all, so many at a time, in order. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  run: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
