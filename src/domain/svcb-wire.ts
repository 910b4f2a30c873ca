import { ipv6Groups, normalIpv4, normalIpv6 } from './address-text';
import { at16, fromBase64, toBase64, uint16, utf8 } from './octets';
import { parseSvcb, svcbKeyNumber, svcbKeys, svcbText } from './svcb';

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

/** The value in normal form, or null when the rdata is malformed (keys out of order, lengths that do not fit). */
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
  return svcbText({ priority: at16(data, 0), target: named.name, params });
}

function paramBytes(key: string, value: string | null): readonly number[] | null {
  if (value === null) return [];
  const list = value.split(',');
  switch (key) {
    case 'mandatory': {
      const keys = list.map(svcbKeyNumber);
      return keys.some((one) => one < 0) ? null : keys.sort((left, right) => left - right).flatMap(uint16);
    }
    case 'alpn': {
      const ids = listItems(value);
      return ids.some((id) => id.length === 0 || id.length > 255) ? null : ids.flatMap((id) => [id.length, ...id]);
    }
    case 'port':
      return /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? uint16(Number(value)) : null;
    case 'ipv4hint':
      return list.every((one) => normalIpv4(one) !== null) ? list.flatMap((one) => one.split('.').map(Number)) : null;
    case 'ipv6hint': {
      const groups = list.map(ipv6Groups);
      return groups.some((one) => one === null) ? null : groups.flatMap((one) => (one ?? []).flatMap(uint16));
    }
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
      const numbers = Array.from({ length: data.length / 2 }, (_, index) => at16(data, 2 * index));
      return numbers.map((number) => svcbKeys[number] ?? `key${number}`).join(',');
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
      const texts = Array.from({ length: data.length / 4 }, (_, index) =>
        data.subarray(4 * index, 4 * index + 4).join('.'),
      );
      return [...new Set(texts)].sort().join(',');
    }
    case 'ipv6hint': {
      if (data.length === 0 || data.length % 16 !== 0) return undefined;
      const texts = Array.from({ length: data.length / 16 }, (_, index) => {
        const groups = Array.from({ length: 8 }, (_, group) => at16(data, 16 * index + 2 * group).toString(16));
        return normalIpv6(groups.join(':')) ?? '';
      });
      return [...new Set(texts)].sort().join(',');
    }
    case 'ech':
      return toBase64(data);
    default:
      return data.length === 0 ? null : escaped(data);
  }
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
  if (labels.some((label) => label === '' || label.length > 63) || name.length > 253) return null;
  return [...labels.flatMap((label) => [label.length, ...utf8(label)]), 0];
}

function nameAt(data: Uint8Array, start: number): { readonly name: string; readonly end: number } | null {
  const labels: string[] = [];
  let at = start;
  for (let round = 0; round < 128; round++) {
    const length = data[at];
    if (length === undefined || length > 63) return null;
    at += 1;
    if (length === 0) return { name: labels.length === 0 ? '.' : labels.join('.').toLowerCase(), end: at };
    if (at + length > data.length) return null;
    labels.push(String.fromCharCode(...data.subarray(at, at + length)));
    at += length;
  }
  return null;
}
