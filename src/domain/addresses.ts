import { ipv6Groups } from './address-text';

/**
 * What an address is for, by the IANA special-purpose registries (RFC 6890 and its updates, read 2026-11). `metadata` is the cloud
 * instance's own secret store; `none` is no address at all. Documentation ranges count as public: examples and demos use them.
 */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'cgnat'
  | 'multicast'
  | 'mapped'
  | 'unspecified'
  | 'reserved'
  | 'metadata'
  | 'none';

/**
 * The kind of an address in any spelling that some parser takes for one: short, octal and hexadecimal IPv4, brackets, a zone id, a
 * trailing dot. An IPv6 address that carries an IPv4 one is judged by what it carries, unless that is public.
 */
export function addressKind(text: string): AddressKind {
  if (text.length > 80) return 'none';
  const bare = bareAddress(text);
  const groups = bare.includes(':') ? ipv6Groups(bare) : null;
  if (groups !== null) return ipv6Kind(groups);
  const bytes = ipv4Bytes(bare);
  return bytes === null ? 'none' : ipv4Kind(bytes);
}

/** Why nothing may connect to this address or publish it, for people; null when it may. Metadata services are never allowed. */
export function addressRefusal(text: string, allowPrivate: boolean): string | null {
  const kind = addressKind(text);
  if (kind === 'public') return null;
  if (kind === 'none') return 'not an IP address';
  if (kind === 'metadata') return 'a cloud metadata service, which is never allowed';
  return allowPrivate ? null : `a ${kind} address, which is allowed only with FAILOVERD_ALLOW_PRIVATE=true`;
}

function bareAddress(text: string): string {
  const lower = text.trim().toLowerCase();
  const open = lower.startsWith('[') && lower.endsWith(']') ? lower.slice(1, -1) : lower;
  const zone = open.indexOf('%');
  const address = zone > 0 && open.includes(':') ? open.slice(0, zone) : open;
  return address.endsWith('.') ? address.slice(0, -1) : address;
}

type Bytes = readonly [number, number, number, number];

/** IPv4 as inet_aton(3) reads it: one to four parts, each decimal, octal or hexadecimal, the last one filling the rest. */
function ipv4Bytes(text: string): Bytes | null {
  const parts = text.split('.');
  if (parts.length > 4) return null;
  let value = 0;
  for (const [index, part] of parts.entries()) {
    const number = inetNumber(part);
    const last = index === parts.length - 1;
    if (number === null || number >= (last ? 256 ** (4 - index) : 256)) return null;
    value += last ? number : number * 256 ** (3 - index);
  }
  return numberBytes(value);
}

function inetNumber(part: string): number | null {
  if (/^0x[0-9a-f]{0,8}$/.test(part)) return Number.parseInt(part.slice(2) || '0', 16);
  if (/^0[0-7]{0,11}$/.test(part)) return Number.parseInt(part, 8);
  return /^[1-9]\d{0,9}$/.test(part) ? Number(part) : null;
}

function numberBytes(value: number): Bytes {
  return [Math.floor(value / 2 ** 24), Math.floor(value / 2 ** 16) % 256, Math.floor(value / 256) % 256, value % 256];
}

function ipv4Kind([a, b, c, d]: Bytes): AddressKind {
  if (a === 169 && b === 254) return c === 169 && d === 254 ? 'metadata' : 'link-local';
  if (a === 0) return 'unspecified';
  if (a === 127) return 'loopback';
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return 'private';
  if (a === 100 && b >= 64 && b < 128) return 'cgnat';
  if (a >= 224) return a < 240 ? 'multicast' : 'reserved';
  const protocols = a === 192 && b === 0 && c === 0;
  const relay = a === 192 && b === 88 && c === 99;
  const benchmark = a === 198 && (b === 18 || b === 19);
  return protocols || relay || benchmark ? 'reserved' : 'public';
}

function ipv6Kind(groups: readonly number[]): AddressKind {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const carried = (high: number, low: number, otherwise: AddressKind): AddressKind => {
    const kind = ipv4Kind(numberBytes(high * 65536 + low));
    return kind === 'public' ? otherwise : kind;
  };
  const middle = c === 0 && d === 0 && e === 0;
  if (a === 0 && b === 0 && middle) {
    if (f === 0 && g === 0 && h <= 1) return h === 1 ? 'loopback' : 'unspecified';
    if (f === 0xffff) return carried(g, h, 'mapped');
    return f === 0 ? carried(g, h, 'reserved') : 'reserved';
  }
  if (a === 0x64 && b === 0xff9b) return middle && f === 0 ? carried(g, h, 'public') : 'private';
  if (a === 0x2002) return carried(b, c, 'public');
  if (a === 0x2001 && b === 0) return 'reserved';
  if (a === 0xfd00 && b === 0xec2 && middle && f === 0 && g === 0 && h === 0x254) return 'metadata';
  if (a >= 0xff00) return 'multicast';
  if (a >= 0xfec0) return 'private';
  if (a >= 0xfe80) return 'link-local';
  if (a >= 0xfc00 && a < 0xfe00) return 'private';
  return a >= 0x2000 && a < 0x4000 ? 'public' : 'reserved';
}
