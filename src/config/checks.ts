import { withoutQueries } from '../domain/printable';
import type { Check } from '../probe/check';
import { parseCommand, splitOutsideQuotes } from './command';
import { cutPort, parseHost, parsePort } from './host';
import { nearest } from './nearest';
import { bad, type Fault, good, isMapping, listOf, type Parsed, type Parser } from './parse';

/** Default ports; null: the port must be given. Only http(s) has a path. */
const kinds: Readonly<
  Record<
    string,
    { readonly kind: 'http' | 'https' | 'tcp' | 'tls'; readonly port: number | null; readonly path: boolean }
  >
> = {
  https: { kind: 'https', port: 443, path: true },
  http: { kind: 'http', port: 80, path: true },
  tcp: { kind: 'tcp', port: null, path: false },
  tls: { kind: 'tls', port: 443, path: false },
};
const later: readonly string[] = ['dns', 'icmp', 'grpc', 'push'];
const example = 'write it like https:///health, tcp://:5432, tls:// or exec:/path/to/program';

const canaryExample = 'write it like tcp://192.0.2.1:443 or https://example.com/';

/** One check URL. The host may be absent (the site's own address); `{site}` and `{address}` may stand in host, path and arguments. */
export function parseCheck(text: string): Parsed<Check> {
  const shadow = text.startsWith('shadow+');
  const [, scheme = '', rest = ''] = /^([a-zA-Z][a-zA-Z0-9.+-]*):(.*)$/s.exec(shadow ? text.slice(7) : text) ?? [];
  const fault = refusal(text, scheme, rest);
  const url = withoutQueries(text);
  if (fault !== null) return { ok: false, faults: [{ ...fault, why: `"${url}" ${fault.why}` }] };
  const parsed = scheme === 'exec' ? parseExec(rest) : parseUrl(scheme, rest);
  if (!parsed.ok)
    return { ok: false, faults: parsed.faults.map((each) => ({ ...each, why: `"${url}": ${each.why}` })) };
  return good({ url, shadow, ...parsed.value });
}

/** FAILOVERD_CHECK: all that count must pass. A comma inside a URL is written %2C; inside exec arguments it is quoted. */
export const checks: Parser<readonly Check[]> = listOf('check URL(s)', parseCheck, 16, splitOutsideQuotes);

/** Checks by site, under the site's `siteToken`. */
export type SiteChecks = ReadonlyMap<string, readonly Check[]>;

/** FAILOVERD_CHECK_<SITE>, gathered by site: keys in the form of `siteToken`. */
export const siteChecks: Parser<SiteChecks> = {
  accepts: 'check URL(s)',
  parse: (raw) => {
    if (!isMapping(raw))
      return bad('is not a mapping of sites to checks', 'write a line per site: eu-west: https:///health');
    const found = new Map<string, readonly Check[]>();
    const faults: Fault[] = [];
    for (const [site, value] of raw) {
      const parsed = checks.parse(value);
      const token = siteToken(site);
      if (!parsed.ok) faults.push(...parsed.faults.map((fault) => ({ ...fault, at: site })));
      else if (found.has(token)) faults.push({ why: 'names this site twice', remedy: 'keep one of the two', at: site });
      else found.set(token, parsed.value);
    }
    return faults.length > 0 ? { ok: false, faults } : good(found);
  },
};

/** A site's name as variables carry it: `ASIA_EAST1` for `asia-east1`. */
export function siteToken(site: string): string {
  return site.toUpperCase().replaceAll('-', '_');
}

/** The checks of one site: its own, else the service's. */
export function checksOf(site: string, check: readonly Check[], checks: SiteChecks): readonly Check[] {
  return checks.get(siteToken(site)) ?? check;
}

/** Where the checks of one site were written. */
export function checksPlace(
  site: string,
  checks: SiteChecks,
): { readonly about: 'check' | 'checks'; readonly at?: string } {
  const at = siteToken(site);
  return checks.has(at) ? { about: 'checks', at } : { about: 'check' };
}

/** Checks of somebody else's address, which must answer for us to trust ourselves. */
export function parseCanary(text: string): Parsed<Check> {
  const parsed = parseCheck(text);
  if (!parsed.ok)
    return {
      ok: false,
      faults: parsed.faults.map((each) => (each.remedy === example ? { ...each, remedy: canaryExample } : each)),
    };
  const { kind, host, shadow } = parsed.value;
  if (shadow || kind === 'exec' || host === null || text.includes('{'))
    return bad(
      `"${parsed.value.url}" is not a canary`,
      'name a host outside your sites: tcp://192.0.2.1:443 or https://example.com/',
    );
  return parsed;
}

function refusal(text: string, scheme: string, rest: string): Fault | null {
  if (text.length > 2_000) return { why: `has ${text.length} of at most 2000 characters`, remedy: 'shorten it' };
  if (scheme === '') return { why: 'has no scheme', remedy: example };
  if (later.includes(scheme)) return { why: `uses ${scheme}, which is not supported by this version`, remedy: example };
  if (scheme !== 'exec' && kinds[scheme] === undefined) {
    const close = nearest(scheme, [...Object.keys(kinds), 'exec']);
    return { why: `has the unknown scheme ${scheme}`, remedy: close === null ? example : `did you mean ${close}?` };
  }
  if (scheme !== 'exec' && !rest.startsWith('//')) return { why: `lacks // after ${scheme}:`, remedy: example };
  const unknown = text.match(/\{\w*\}/g)?.find((hole) => hole !== '{site}' && hole !== '{address}');
  return unknown === undefined
    ? null
    : { why: `has the unknown placeholder ${unknown}`, remedy: 'use {site} or {address}' };
}

type Rest = Omit<Check, 'url' | 'shadow'>;

function parseExec(rest: string): Parsed<Rest> {
  const command = parseCommand(rest);
  return command.ok ? good({ kind: 'exec', host: null, port: 0, path: '', command: command.value }) : command;
}

function parseUrl(scheme: string, rest: string): Parsed<Rest> {
  const rules = kinds[scheme];
  const [, authority = '', path = ''] = /^\/\/([^/?#]*)(.*)$/s.exec(rest) ?? [];
  if (rules === undefined) return bad('is no URL', example);
  if (/[^\u0021-\u007e]/.test(path)) return bad('has spaces or characters outside ASCII', 'percent-encode them');
  if (authority.includes('@')) return bad('has a user name or password', 'use a health check without credentials');
  if (path.includes('#')) return bad('has a fragment (#…)', 'remove it: servers never see it');
  if (!rules.path && path !== '') return bad(`has a path, which ${scheme} does not`, `remove "${path}"`);
  const { host: written, port: digits } = cutPort(authority);
  const port = digits === null ? rules.port : parsePort(digits);
  if (port === null)
    return digits === null
      ? bad('has no port', `add one: ${scheme}://${written}:443`)
      : bad(`has the port "${digits}"`, 'give a port from 1 to 65535');
  const host = parseCheckHost(written);
  if (!host.ok) return host;
  const full = rules.path && !path.startsWith('/') ? `/${path}` : path;
  return good({ kind: rules.kind, host: host.value, port, path: full, command: [] });
}

function parseCheckHost(written: string): Parsed<string | null> {
  if (written === '') return good(null);
  if (written.toLowerCase() === 'localhost') return good('localhost');
  const parsed = parseHost(written.replaceAll('{site}', 'site').replaceAll('{address}', '192.0.2.1'));
  if (!parsed.ok) return parsed;
  return good(written.includes('{') ? written.toLowerCase() : parsed.value.text);
}
