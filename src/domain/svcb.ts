import { normalIpv4, normalIpv6 } from './address-text';

/**
 * HTTPS and SVCB values (RFC 9460) in presentation form. Their address hints send clients straight to a site, so they move with the
 * addresses of the name; everything else in them is somebody else's and stays as it is.
 *
 * Normal form: `1 . alpn=h2,h3 ipv4hint=203.0.113.10 ipv6hint=2001:db8::10`. Parameters in the order of their keys, no quotes unless the
 * value has spaces, addresses canonical, the target without a trailing dot (`.` for the name itself). It keeps what the rdata keeps, the
 * order of the hints and the letters of the target, because a name server compares rdata octet by octet (RFC 3597 section 6): the value
 * that stands there must be named exactly. What is equal to people is equal by `svcbKey`.
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

const quotedOrBare = /(?:"(?:[^"\\]|\\.)*"|\\.|[^\s"\\])+/;
const whole = new RegExp(`^(\\d{1,5})\\s+(\\S{1,255})((?:\\s+${quotedOrBare.source})*)\\s*$`);

/** Takes a value apart, or null when it is none; one that RFC 9460 calls malformed is none either: no client would follow it. */
export function parseSvcb(text: string): Svcb | null {
  const match = text.length > maxLength ? null : whole.exec(text.trim());
  const [, priority = '', target = '', rest = ''] = match ?? [];
  if (match === null || Number(priority) > 65_535) return null;
  const params: (readonly [string, string | null])[] = [];
  for (const [token] of rest.matchAll(new RegExp(quotedOrBare, 'g'))) {
    const parsed = param(token);
    if (parsed === null || params.some(([key]) => key === parsed[0])) return null;
    params.push(parsed);
  }
  if (!hasMandatory(params)) return null;
  return {
    priority: Number(priority),
    target: target.length > 1 && target.endsWith('.') ? target.slice(0, -1) : target,
    params: params.sort(([left], [right]) => svcbKeyNumber(left) - svcbKeyNumber(right)),
  };
}

/** Mandatory keys must be there, and `mandatory` is not one of them (section 8). */
function hasMandatory(params: Svcb['params']): boolean {
  const keys = mandatoryKeys(params);
  return keys.every((key) => key !== 'mandatory' && params.some(([one]) => one === key));
}

function mandatoryKeys(params: Svcb['params']): readonly string[] {
  return params.find(([key]) => key === 'mandatory')?.[1]?.split(',') ?? [];
}

function param(token: string): readonly [string, string | null] | null {
  const cut = token.indexOf('=');
  const given = (cut < 0 ? token : token.slice(0, cut)).toLowerCase();
  const number = svcbKeyNumber(given);
  // By its number a key says its value in octets (section 2.1); where we would have to understand them, it is refused.
  if (number < 0 || (given.startsWith('key') && number <= svcbKeys.indexOf('ipv6hint'))) return null;
  const key = svcbKeys[number] ?? given;
  const value = cut < 0 ? null : bare(token.slice(cut + 1));
  if (value === undefined) return null;
  switch (key) {
    case 'no-default-alpn':
      return value === null ? [key, value] : null;
    case 'mandatory':
      return value === null ? null : list(key, inOrder(value.split(',')));
    case 'ipv4hint':
      return value === null ? null : list(key, value.split(',').map(normalIpv4));
    case 'ipv6hint':
      return value === null ? null : list(key, value.split(',').map(normalIpv6));
    case 'port':
      return value !== null && /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? [key, String(Number(value))] : null;
    case 'alpn':
      return value === null || value === '' ? null : [key, value];
    default:
      // Empty and absent are the same rdata.
      return [key, value === '' && key !== 'ech' ? null : value];
  }
}

/** A value without its quotes; undefined: quotes in the middle of it. */
function bare(raw: string): string | undefined {
  if (!raw.startsWith('"')) return /^(?:\\.|[^"\\])*$/.test(raw) ? raw : undefined;
  return /^"(?:[^"\\]|\\.)*"$/.test(raw) ? raw.slice(1, -1) : undefined;
}

function list(key: string, items: readonly (string | null)[]): readonly [string, string] | null {
  const known = items.filter((one) => one !== null);
  return known.length === items.length ? [key, known.join(',')] : null;
}

/** Keys in the order of their numbers; null in the place of one that is none or comes twice. */
function inOrder(keys: readonly string[]): readonly (string | null)[] {
  const sorted = keys.map((key) => key.toLowerCase()).sort((left, right) => svcbKeyNumber(left) - svcbKeyNumber(right));
  return sorted.map((key, index) => (svcbKeyNumber(key) < 0 || sorted[index - 1] === key ? null : key));
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

/** Equal for values that mean the same: hints in any order, the target in any case. A text that is no value stands for itself. */
export function svcbKey(text: string): string {
  const parsed = parseSvcb(text);
  if (parsed === null) return text;
  const params = parsed.params.map(([key, value]): readonly [string, string | null] =>
    isHintKey(key) && value !== null ? [key, [...new Set(value.split(','))].sort().join(',')] : [key, value],
  );
  return svcbText({ ...parsed, target: parsed.target.toLowerCase(), params });
}

function isHintKey(key: string): boolean {
  return key === 'ipv4hint' || key === 'ipv6hint';
}

/** The addresses a value hints at, in normal form; empty when it hints at none, and then the value is not ours to move. */
export function hintsOf(value: string): readonly string[] {
  const params = parseSvcb(value)?.params ?? [];
  return params.flatMap(([key, list]) => (isHintKey(key) ? (list?.split(',') ?? []) : []));
}

/**
 * The same value hinting at other addresses. A hint is only put where one was: a family without addresses loses its hint, and
 * one that had none gets none unless the other family had one. A hint that is lost is mandatory no more: clients would refuse all of it.
 */
export function withHints(
  value: string,
  addresses: { readonly A: readonly string[]; readonly AAAA: readonly string[] },
): string {
  const parsed = parseSvcb(value);
  if (parsed === null || hintsOf(value).length === 0) return value;
  const hint = (key: string, list: readonly string[]): readonly (readonly [string, string])[] =>
    list.length === 0 ? [] : [[key, [...list].sort().join(',')]];
  const hints = [...hint('ipv4hint', addresses.A), ...hint('ipv6hint', addresses.AAAA)];
  const mandatory = mandatoryKeys(parsed.params).filter((key) => !isHintKey(key) || hints.some(([one]) => one === key));
  const others = parsed.params.filter(([key]) => !isHintKey(key) && key !== 'mandatory');
  const must = mandatory.length === 0 ? [] : [['mandatory', mandatory.join(',')] as const];
  const params = [...must, ...others, ...hints];
  return svcbText({ ...parsed, params: params.sort(([left], [right]) => svcbKeyNumber(left) - svcbKeyNumber(right)) });
}
