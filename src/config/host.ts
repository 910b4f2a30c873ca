import { domainToASCII } from 'node:url';
import { normalIpv4, normalIpv6 } from '../domain/address-text';
import { addressKind } from '../domain/addresses';
import { isHostName, normalName, type RecordType } from '../domain/records';
import { bad, good, type Parsed } from './parse';

/** An address or a host name in normal form, by the record type that would publish it. */
export interface Host {
  readonly type: RecordType;
  readonly text: string;
}

/** An IPv4 address, an IPv6 address without brackets, or a host name with at least two labels. */
export function parseHost(text: string): Parsed<Host> {
  const ipv4 = normalIpv4(text);
  if (ipv4 !== null) return good({ type: 'A', text: ipv4 });
  const ipv6 = normalIpv6(text);
  if (ipv6 !== null) return good({ type: 'AAAA', text: ipv6 });
  if (addressKind(text) !== 'none')
    return bad(`"${text}" is an address in an unusual spelling`, 'write it like 192.0.2.1 or 2001:db8::1');
  return nameOr(
    text,
    bad(`"${text}" is neither an IP address nor a host name`, `${labelled}; or an address like 192.0.2.1`),
  );
}

/** A host name in normal form: lower-case, no trailing dot, at least two labels, the last one not a number. */
export function parseName(text: string): Parsed<Host> {
  return nameOr(text, bad(`"${text}" is not a host name`, labelled));
}

const labelled = 'use labels of letters, digits and hyphens up to 63 characters, 253 in all';

function nameOr(text: string, neither: Parsed<Host>): Parsed<Host> {
  const name = normalName(text);
  const labels = name.split('.');
  if (isHostName(name) && labels.length > 1 && !/^\d+$/.test(labels.at(-1) ?? ''))
    return good({ type: 'CNAME', text: name });
  if (/[^\u0020-\u007e]/.test(name)) {
    const ascii = domainToASCII(name);
    return bad(
      `"${text}" is not in ASCII`,
      ascii === '' ? 'write the name in its punycode (xn--) form' : `write it as DNS carries it: ${ascii}`,
    );
  }
  if (isHostName(name) && labels.length === 1)
    return bad(`"${text}" has only one label`, 'write the whole name: www.example.com');
  return neither;
}

/** A port from 1 to 65535, or null. */
export function parsePort(text: string): number | null {
  const port = Number(text);
  return /^[1-9]\d{0,4}$/.test(text) && port <= 65_535 ? port : null;
}

/** `host`, `host:port`, `[ip6]`, `[ip6]:port` or a bare IPv6 address, cut in two; the port is null where there is none. */
export function cutPort(text: string): { readonly host: string; readonly port: string | null } {
  const [, bracketed, after] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
  if (bracketed !== undefined) return { host: bracketed, port: after ?? null };
  const colon = text.indexOf(':');
  if (colon < 0 || colon !== text.lastIndexOf(':')) return { host: text, port: null };
  return { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

/** `ip:port` or `[ip6]:port`, as `cutPort` reads it. */
export function joinPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
