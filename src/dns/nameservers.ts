import { normalIpv4, normalIpv6 } from '../domain/address-text';
import { isHostName, normalName } from '../domain/records';
import type { Lookup, SystemResolver } from './system';

/** Who must agree: every name server, at each of its addresses. */
export interface NameServers {
  list(signal: AbortSignal): Promise<Listing>;
}

export type Listing =
  | {
      readonly ok: true;
      readonly servers: readonly NameServer[];
      /** Name servers that are listed but have no address to ask; they count as unreachable. */
      readonly lost: readonly { readonly name: string; readonly why: string }[];
      /** The zone's name, when it is known. */
      readonly zone: string | null;
    }
  | { readonly ok: false; readonly why: string };

export interface NameServer {
  /** The name server's host name, or its address when it was given by address. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface NameServersInput {
  readonly record: string;
  /** FAILOVERD_ZONE: a name, or a provider's id, which tells nothing here. */
  readonly zone: string | null;
  /** `ip[:port]`; not empty: nobody else is asked. */
  readonly configured: readonly string[];
  /** The provider's own list: addresses or host names, each with an optional port; `@`: the zone's NS too; empty: those alone. */
  readonly provided: (signal: AbortSignal) => Promise<readonly string[]>;
  /** All managed names of this daemon: a name server of such a name is refused (its address may be what is broken). */
  readonly managed: readonly string[];
  readonly resolver: SystemResolver;
  /** A clock that only moves forward. */
  readonly nowMs: () => number;
}

/** How long a list or an address is believed, and how soon one that could not be had is looked up again. */
const freshMs = 300_000;
const retryMs = 5_000;
const maxServers = 64;
const maxRemembered = 256;

/** Lists the name servers; what was once found stays in use while it cannot be looked up again. */
export function createNameServers(input: NameServersInput): NameServers {
  const recall = createMemory(input.nowMs);
  let zone = zoneName(input.record, input.zone);

  const zoneServers = async (signal: AbortSignal): Promise<Lookup> => {
    for (const name of zone === null ? zoneCandidates(input.record) : [zone]) {
      const found = await recall(`NS ${name}`, signal, () => input.resolver.ns(name, signal));
      if (found.ok) zone = name;
      if (found.ok || !found.absent) return found.ok ? found : { ...found, why: `NS of ${name}: ${found.why}` };
    }
    return { ok: false, absent: true, why: `no zone with name servers found for ${input.record}; set FAILOVERD_ZONE` };
  };

  const named = async (signal: AbortSignal): Promise<Lookup> => {
    if (input.configured.length > 0) return { ok: true, values: input.configured };
    const provided = await recall('provider', signal, async () => {
      const values = await input.provided(signal);
      return values.length > 0 ? { ok: true, values } : { ok: false, absent: true, why: 'the provider names none' };
    });
    if (!provided.ok || !provided.values.includes('@')) return provided.ok ? provided : zoneServers(signal);
    const zoned = await zoneServers(signal);
    const own = provided.values.filter((value) => value !== '@');
    return zoned.ok ? { ok: true, values: [...own, ...zoned.values] } : zoned;
  };

  const located = async (text: string, signal: AbortSignal): Promise<readonly NameServer[] | string> => {
    const place = parsePlace(text);
    if (place === null) return 'neither an address nor a host name';
    const { host, port } = place;
    if (place.kind === 'address') return [{ name: host, address: host, port }];
    if (input.managed.includes(host)) return 'is a managed name: it cannot be asked about itself';
    const found = await recall(`host ${host}`, signal, () => input.resolver.addresses(host, signal));
    return found.ok ? found.values.map((address) => ({ name: host, address, port })) : `no address: ${found.why}`;
  };

  return {
    list: async (signal) => {
      const listed = await named(signal);
      if (!listed.ok) return { ok: false, why: listed.why };
      const names = [...new Set(listed.values.map(normalName))];
      if (names.length > maxServers) return tooMany(names.length);
      const places = await Promise.all(names.map((name) => located(name, signal)));
      const servers = places.filter((place) => typeof place !== 'string').flat();
      if (servers.length > maxServers) return tooMany(servers.length);
      const lost = names.flatMap((name, index) => {
        const why = places[index];
        return typeof why === 'string' ? [{ name: name.slice(0, 200), why }] : [];
      });
      return { ok: true, servers, lost, zone };
    },
  };
}

function tooMany(count: number): Listing {
  return { ok: false, why: `${count} name servers, more than ${maxServers}: name some in FAILOVERD_NAMESERVERS` };
}

/** A configured zone that holds the record is its name; anything else is a provider's id. */
function zoneName(record: string, zone: string | null): string | null {
  const name = normalName(zone ?? '');
  return name !== '' && (record === name || record.endsWith(`.${name}`)) ? name : null;
}

/** Where the zone's cut may be, deepest first. Never a top-level domain; a wildcard is never a zone itself. */
function zoneCandidates(record: string): readonly string[] {
  const labels = record.split('.');
  const names = labels.map((_, index) => labels.slice(index).join('.'));
  return names.filter((name) => name.includes('.') && !name.startsWith('*'));
}

/** An address or host name with an optional port; null when it is neither. */
function parsePlace(text: string): { kind: 'address' | 'host'; host: string; port: number } | null {
  const bare = normalIpv6(text);
  if (bare !== null) return { kind: 'address', host: bare, port: 53 };
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? 53);
  if (match === null || port < 1 || port > 65_535) return null;
  const address = match[1] === undefined ? normalIpv4(match[2] ?? '') : normalIpv6(match[1]);
  if (address !== null) return { kind: 'address', host: address, port };
  const host = normalName(match[2] ?? '');
  return isHostName(host) && !/^[\d.]+$/.test(host) ? { kind: 'host', host, port } : null;
}

type Recall = (key: string, signal: AbortSignal, load: () => Promise<Lookup>) => Promise<Lookup>;

/** Remembers lookups: a fresh one is not repeated, and a good one outlives failures to renew it. */
function createMemory(nowMs: () => number): Recall {
  const memory = new Map<string, { readonly lookup: Lookup; readonly untilMs: number }>();
  return async (key, signal, load) => {
    const known = memory.get(key);
    if (known !== undefined && nowMs() < known.untilMs) return known.lookup;
    const loaded = await load();
    const lookup = !loaded.ok && known?.lookup.ok === true ? known.lookup : loaded;
    if (signal.aborted) return lookup;
    memory.delete(key);
    memory.set(key, { lookup, untilMs: nowMs() + (loaded.ok ? freshMs : retryMs) });
    const [oldest] = memory.keys();
    if (memory.size > maxRemembered && oldest !== undefined) memory.delete(oldest);
    return lookup;
  };
}
