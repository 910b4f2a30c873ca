import { normalIpv4, normalIpv6 } from './address-text';

/**
 * HTTPS and SVCB values (RFC 9460) in presentation form. Their address hints send clients straight to a site, so they move with the
 * addresses of the name; everything else in them is somebody else's and stays as it is.
 *
 * Normal form: `1 . alpn=h2,h3 ipv4hint=203.0.113.10 ipv6hint=2001:db8::10`. Parameters in the order of their keys, no quotes unless the
 * value has spaces, hints canonical and sorted, the target lower-case without a trailing dot (`.` for the name itself).
 */

/** A value taken apart: parameter values by key, without quotes; null for a key alone (`no-default-alpn`). */
export interface Svcb {
  readonly priority: number;
  readonly target: string;
  readonly params: readonly (readonly [key: string, value: string | null])[];
}

/** Registered keys in the order of their numbers (RFC 9460 section 14.3.2; ohttp RFC 9540, tls-supported-groups 2025). */
export const svcbKeys = [
  'mandatory',
  'alpn',
  'no-default-alpn',
  'port',
  'ipv4hint',
  'ech',
  'ipv6hint',
  'dohpath',
  'ohttp',
  'tls-supported-groups',
] as const;

const maxLength = 4_000;

/** Takes a value apart, or null when it is none. */
export function parseSvcb(text: string): Svcb | null {
  const match = /^(\d{1,5})\s+(\S{1,255})((?:\s+(?:"(?:[^"\\]|\\.)*"|[^\s"])+)*)\s*$/.exec(text.trim());
  const [, priority = '', target = '', rest = ''] = match ?? [];
  if (match === null || text.length > maxLength || Number(priority) > 65_535) return null;
  const params: (readonly [string, string | null])[] = [];
  for (const [token] of rest.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g)) {
    const parsed = param(token);
    if (parsed === null || params.some(([key]) => key === parsed[0])) return null;
    params.push(parsed);
  }
  const name = target.toLowerCase();
  return {
    priority: Number(priority),
    target: name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name,
    params: params.sort(([left], [right]) => svcbKeyNumber(left) - svcbKeyNumber(right)),
  };
}

function param(token: string): readonly [string, string | null] | null {
  const cut = token.indexOf('=');
  const key = (cut < 0 ? token : token.slice(0, cut)).toLowerCase();
  if (svcbKeyNumber(key) < 0) return null;
  if (cut < 0) return [key, null];
  const raw = token.slice(cut + 1);
  const value = raw.startsWith('"') ? raw.slice(1, -1) : raw;
  if (key !== 'ipv4hint' && key !== 'ipv6hint') return [key, value];
  const normal = value.split(',').map((one) => (key === 'ipv4hint' ? normalIpv4(one) : normalIpv6(one)));
  const known = normal.filter((one) => one !== null);
  return known.length === normal.length ? [key, [...new Set(known)].sort().join(',')] : null;
}

/** The number of a key; -1 when there is no such key. */
export function svcbKeyNumber(key: string): number {
  const [, digits] = /^key(\d{1,5})$/.exec(key) ?? [];
  if (digits === undefined) return svcbKeys.indexOf(key as (typeof svcbKeys)[number]);
  return String(Number(digits)) === digits && Number(digits) < 65_535 ? Number(digits) : -1;
}

export function svcbText({ priority, target, params }: Svcb): string {
  const words = params.map(([key, value]) => (value === null ? key : `${key}=${quoted(value)}`));
  return [String(priority), target, ...words].join(' ');
}

function quoted(value: string): string {
  return /\s/.test(value) || value === '' ? `"${value}"` : value;
}

/** A value in normal form, or null when it is none. */
export function normalSvcb(text: string): string | null {
  const parsed = parseSvcb(text);
  return parsed === null ? null : svcbText(parsed);
}

/** The addresses a value hints at, in normal form; empty when it hints at none, and then the value is not ours to move. */
export function hintsOf(value: string): readonly string[] {
  const params = parseSvcb(value)?.params ?? [];
  return params.flatMap(([key, list]) => (key === 'ipv4hint' || key === 'ipv6hint' ? (list?.split(',') ?? []) : []));
}

/**
 * The same value hinting at other addresses. A hint is only put where one was: a family without addresses loses its hint, and
 * one that had none gets none unless the other family had one.
 */
export function withHints(
  value: string,
  addresses: { readonly A: readonly string[]; readonly AAAA: readonly string[] },
): string {
  const parsed = parseSvcb(value);
  if (parsed === null || hintsOf(value).length === 0) return value;
  const others = parsed.params.filter(([key]) => key !== 'ipv4hint' && key !== 'ipv6hint');
  const hint = (key: string, list: readonly string[]): readonly (readonly [string, string])[] =>
    list.length === 0 ? [] : [[key, [...list].sort().join(',')]];
  const params = [...others, ...hint('ipv4hint', addresses.A), ...hint('ipv6hint', addresses.AAAA)];
  return svcbText({ ...parsed, params: params.sort(([left], [right]) => svcbKeyNumber(left) - svcbKeyNumber(right)) });
}
