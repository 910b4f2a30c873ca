import { ipv6Groups } from '../../src/domain/address-text';
import { svcbToWire } from '../../src/domain/svcb-wire';

/** The data of records as bytes (RFC 1035 section 3.3, RFC 3596). Values are in normal form already: nothing is checked again. */

export function addressData(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const bytes = Buffer.alloc(16);
  for (const [index, group] of (ipv6Groups(address) ?? []).entries()) bytes.writeUInt16BE(group, index * 2);
  return bytes;
}

export function nameData(name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** One text, in strings of at most 255 bytes. */
export function textData(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    parts.push(Buffer.from([part.length]), part);
  }
  return Buffer.concat(parts);
}

/** Refresh, retry and expiry are for secondaries, which we have none of (transfers are refused); the last number counts: RFC 2308. */
export function soaData(apex: string, serial: number, negativeTtl: number): Buffer {
  const numbers = Buffer.alloc(20);
  for (const [index, value] of [serial, 3_600, 600, 604_800, negativeTtl].entries())
    numbers.writeUInt32BE(value, index * 4);
  return Buffer.concat([nameData(`ns.${apex}`), nameData(`hostmaster.${apex}`), numbers]);
}

export function svcbData(value: string): Buffer {
  return Buffer.from(svcbToWire(value) ?? []);
}
