import { Resolver } from 'node:dns/promises';

/** The host's own resolver, for the names of name servers and zones; never for a managed name's addresses. */
export interface SystemResolver {
  /** Host names of a zone's name servers; `absent` when there are none at exactly this name. */
  ns(name: string, signal: AbortSignal): Promise<Lookup>;
  /** All IPv4 and IPv6 addresses. One family that cannot be looked up does not hide the other. */
  addresses(host: string, signal: AbortSignal): Promise<Lookup>;
}

/** `absent`: the resolver said so itself (no such name, or nothing of this type). Otherwise it could not say. */
export type Lookup =
  | { readonly ok: true; readonly values: readonly string[] }
  | { readonly ok: false; readonly absent: boolean; readonly why: string };

/**
 * Asks the resolvers of the host's configuration, read anew each time, or `servers` (`ip:port`); each lookup tries twice and ends
 * within about three times `timeoutMs`.
 */
export function systemResolver(timeoutMs: number, servers?: readonly string[]): SystemResolver {
  const using = async <T>(signal: AbortSignal, run: (resolver: Resolver) => Promise<T>): Promise<T> => {
    const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await run(resolver);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
  return {
    ns: (name, signal) =>
      using(signal, async (resolver) => {
        // A resolver follows a CNAME silently and would tell the name servers of another zone.
        const [servers, alias] = await Promise.all([
          looked(resolver.resolveNs(name)),
          looked(resolver.resolveCname(name)),
        ]);
        if (alias.ok) return { ok: false, absent: true, why: `${name} is a CNAME` };
        return servers.ok && !alias.absent ? alias : servers;
      }),
    addresses: (host, signal) =>
      using(signal, async (resolver) => {
        const [v4, v6] = await Promise.all([looked(resolver.resolve4(host)), looked(resolver.resolve6(host))]);
        if (v4.ok && v6.ok) return { ok: true, values: [...v4.values, ...v6.values] };
        if (v4.ok || v6.ok) return v4.ok ? v4 : v6;
        return v4.absent ? v6 : v4;
      }),
  };
}

async function looked(query: Promise<readonly string[]>): Promise<Lookup> {
  try {
    const values = await query;
    return values.length > 0 ? { ok: true, values } : { ok: false, absent: true, why: 'ENODATA' };
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'UNKNOWN';
    return { ok: false, absent: code === 'ENODATA' || code === 'ENOTFOUND', why: code };
  }
}
