/** Octets of DNS messages, without Node's Buffer. */

export function utf8(char: string): readonly number[] {
  return [...new TextEncoder().encode(char)];
}

export function uint16(value: number): readonly number[] {
  return [value >> 8, value & 0xff];
}

export function at16(data: Uint8Array, at: number): number {
  return ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function toBase64(data: Uint8Array): string {
  let text = '';
  for (let at = 0; at < data.length; at += 3) {
    const word = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    const four = [18, 12, 6, 0].map((shift) => digits[(word >> shift) & 63] ?? '').join('');
    const missing = Math.max(0, at + 3 - data.length);
    text += four.slice(0, 4 - missing) + '='.repeat(missing);
  }
  return text;
}

export function fromBase64(text: string): readonly number[] | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  const bare = text.replace(/=+$/, '');
  const bits = [...bare].map((char) => digits.indexOf(char));
  const bytes: number[] = [];
  for (let at = 0; at < bits.length; at += 4) {
    const word = [0, 1, 2, 3].reduce((sum, index) => (sum << 6) | (bits[at + index] ?? 0), 0);
    bytes.push((word >> 16) & 0xff, (word >> 8) & 0xff, word & 0xff);
  }
  return bytes.slice(0, Math.floor((bare.length * 3) / 4));
}
