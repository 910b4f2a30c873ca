import { printable } from '../src/domain/printable';
import { parseMarker } from '../src/domain/records';
import type { Found } from '../src/domain/types';

/**
 * What the TXT contents at the marker's name say: one that is ours is the marker, anything else is somebody else's claim. Contents
 * may be in quotes, as zone files have them, or bare.
 */
export function readMarker(contents: readonly string[]): Pick<Found, 'marker' | 'foreignMarker'> {
  const texts = contents.map(textOf);
  const [only = '', ...more] = texts;
  const marker = more.length === 0 ? parseMarker(only) : null;
  return { marker, foreignMarker: marker === null && texts.length > 0 ? printable(texts.join(' | ')) : null };
}

/** The text of a TXT content: its quoted strings put together, `\"` and `\DDD` resolved (RFC 1035 section 5.1); bare text as it is. */
export function textOf(content: string): string {
  const strings = content.startsWith('"') ? [...content.matchAll(/"((?:[^"\\]|\\.)*)"/g)] : [];
  if (strings.length === 0) return content;
  return strings.map(([, inner = '']) => inner.replace(/\\(\d{3}|.)/g, (_, char: string) => unescaped(char))).join('');
}

function unescaped(char: string): string {
  return char.length === 3 ? String.fromCharCode(Number(char)) : char;
}
