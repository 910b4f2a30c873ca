/** The most a peer may put into a `why`, in characters. */
const remoteLimit = 200;

/**
 * Text from a peer made safe to print, log and store: control, format, separator and broken characters are escaped (newlines, ANSI,
 * right-to-left marks), and everything past 200 characters is cut.
 */
export function printable(text: string, limit: number = remoteLimit): string {
  const escaped = text.slice(0, limit + 1).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, escapeCharacter);
  return escaped.length > limit ? `${escaped.slice(0, limit - 1)}…` : escaped;
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const code = character.codePointAt(0) ?? 0;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** A text whose URLs keep the keys of their queries, and `…` for the values: some hold a secret there. */
export function withoutQueries(text: string): string {
  return text.replace(/\?(?!["',;:.)]*(?:\s|$))(\S+?)(?=["',;:.)]*(?:\s|$))/g, (_whole, query: string) => {
    const pairs = query.split('&').map((pair) => (pair.includes('=') ? pair.slice(0, pair.indexOf('=') + 1) : ''));
    return `?${pairs.map((key) => `${key}…`).join('&')}`;
  });
}
