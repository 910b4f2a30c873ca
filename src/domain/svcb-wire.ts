import { ipv6Groups, normalIpv6 } from './address-text';
import { at16, fromBase64, toBase64, uint16, utf8 } from './octets';
import { normalSvcb, parseSvcb, svcbKeyNumber, svcbKeys, svcbText } from './svcb';

/** HTTPS and SVCB rdata (RFC 9460 section 2.2) to and from the normal presentation form. */

/** The rdata of a value in presentation form, or null when it cannot be one. Names are not compressed (section 2.2). */
export function svcbToWire(text: string): Uint8Array | null {
  const parsed = parseSvcb(text);
  if (parsed === null) return null;
  const name = nameBytes(parsed.target);
  if (name === null) return null;
  const bytes = [...uint16(parsed.priority), ...name];
  for (const [key, value] of parsed.params) {
    const data = paramBytes(key, value);
    if (data === null) return null;
    bytes.push(...uint16(svcbKeyNumber(key)), ...uint16(data.length), ...data);
  }
  return Uint8Array.from(bytes);
}

/** The value in normal form, or null when the rdata is malformed (keys out of order, lengths that do not fit, a target that is no name). */
export function svcbFromWire(data: Uint8Array): string | null {
  if (data.length < 3) return null;
  const named = nameAt(data, 2);
  if (named === null) return null;
  const params: (readonly [string, string | null])[] = [];
  let last = -1;
  let at = named.end;
  while (at < data.length) {
    const number = at16(data, at);
    const length = at16(data, at + 2);
    const end = at + 4 + length;
    if (number <= last || number === 65_535 || end > data.length) return null;
    const key = svcbKeys[number] ?? `key${number}`;
    const value = paramText(key, data.subarray(at + 4, end));
    if (value === undefined) return null;
    params.push([key, value]);
    last = number;
    at = end;
  }
  if (at !== data.length) return null;
  const text = svcbText({ priority: at16(data, 0), target: named.name, params });
  // What presentation form refuses is no better as octets.
  return normalSvcb(text) === text ? text : null;
}

function paramBytes(key: string, value: string | null): readonly number[] | null {
  if (value === null) return [];
  const list = value.split(',');
  switch (key) {
    case 'mandatory':
      return list.map(svcbKeyNumber).flatMap(uint16);
    case 'alpn': {
      const ids = listItems(value);
      return ids.some((id) => id.length === 0 || id.length > 255) ? null : ids.flatMap((id) => [id.length, ...id]);
    }
    case 'port':
      return uint16(Number(value));
    case 'ipv4hint':
      return list.flatMap((one) => one.split('.').map(Number));
    case 'ipv6hint':
      return list.flatMap((one) => (ipv6Groups(one) ?? []).flatMap(uint16));
    case 'ech':
      return fromBase64(value);
    default:
      return unescaped(value);
  }
}

/** Undefined: malformed. */
function paramText(key: string, data: Uint8Array): string | null | undefined {
  switch (key) {
    case 'mandatory': {
      if (data.length === 0 || data.length % 2 !== 0) return undefined;
      return chunks(data, 2)
        .map((two) => svcbKeys[at16(two, 0)] ?? `key${at16(two, 0)}`)
        .join(',');
    }
    case 'alpn': {
      const ids: string[] = [];
      for (let at = 0; at < data.length; at += 1 + (data[at] ?? 0)) {
        const end = at + 1 + (data[at] ?? 0);
        if (end === at + 1 || end > data.length) return undefined;
        // A comma or backslash inside an id is escaped twice: as a list item, and as a character string (RFC 9460 appendix A.1).
        ids.push(
          escaped(data.subarray(at + 1, end))
            .replace(/\\\\/g, '\\\\\\\\')
            .replace(/,/g, '\\\\,'),
        );
      }
      return ids.length === 0 ? undefined : ids.join(',');
    }
    case 'port':
      return data.length === 2 ? String(at16(data, 0)) : undefined;
    case 'ipv4hint': {
      if (data.length === 0 || data.length % 4 !== 0) return undefined;
      return chunks(data, 4)
        .map((one) => one.join('.'))
        .join(',');
    }
    case 'ipv6hint': {
      if (data.length === 0 || data.length % 16 !== 0) return undefined;
      return chunks(data, 16).map(ipv6Text).join(',');
    }
    case 'ech':
      return toBase64(data);
    default:
      return data.length === 0 ? null : escaped(data);
  }
}

function chunks(data: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: data.length / size }, (_, index) => data.subarray(size * index, size * (index + 1)));
}

function ipv6Text(octets: Uint8Array): string {
  const groups = chunks(octets, 2).map((two) => at16(two, 0).toString(16));
  return normalIpv6(groups.join(':')) ?? '';
}

/** The items of a comma-separated list of character strings, double escapes resolved, as bytes. */
function listItems(value: string): readonly (readonly number[])[] {
  const items: number[][] = [[]];
  const bytes = unescaped(value);
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x2c) items.push([]);
    else if (byte === 0x5c && at + 1 < bytes.length) {
      at += 1;
      items.at(-1)?.push(bytes[at] ?? 0);
    } else items.at(-1)?.push(byte);
  }
  return items;
}

function unescaped(text: string): readonly number[] {
  const bytes: number[] = [];
  for (const [, decimal, char, plain = ''] of text.matchAll(/\\(\d{3})|\\(.)|([^\\])/gsu)) {
    if (decimal !== undefined) bytes.push(Number(decimal) & 0xff);
    else bytes.push(...utf8(char ?? plain));
  }
  return bytes;
}

function escaped(data: Uint8Array): string {
  return [...data]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      if (byte === 0x22 || byte === 0x5c) return `\\${char}`;
      return byte > 0x20 && byte < 0x7f ? char : `\\${String(byte).padStart(3, '0')}`;
    })
    .join('');
}

function nameBytes(name: string): readonly number[] | null {
  if (name === '.') return [0];
  const labels = name.split('.');
  if (labels.some((label) => !isLabel(label)) || name.length > 253) return null;
  return [...labels.flatMap((label) => [label.length, ...utf8(label)]), 0];
}

/** What a client could look up: other octets would need escapes, and no host has such a name. */
function isLabel(label: string): boolean {
  return /^[A-Za-z0-9_*-]{1,63}$/.test(label);
}

function nameAt(data: Uint8Array, start: number): { readonly name: string; readonly end: number } | null {
  const labels: string[] = [];
  let at = start;
  for (let round = 0; round < 128; round++) {
    const length = data[at];
    if (length === undefined || length > 63) return null;
    at += 1;
    if (length === 0) return at - start > 255 ? null : { name: labels.join('.') || '.', end: at };
    if (at + length > data.length) return null;
    const label = String.fromCharCode(...data.subarray(at, at + length));
    if (!isLabel(label)) return null;
    labels.push(label);
    at += length;
  }
  return null;
}
