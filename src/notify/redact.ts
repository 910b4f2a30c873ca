import { isNativeError } from 'node:util/types';

/** Hides secrets by their value, whatever the field is called. */
export interface Redactor {
  /** The text with every known secret, in any of its spellings, replaced by `[redacted]`. */
  text(text: string): string;
  /** A plain copy of anything, fit for JSON: redacted, bounded in depth, entries and length, cycles cut, errors unfolded. */
  copy(value: unknown, options?: { readonly stacks: boolean }): unknown;
}

const replacement = '[redacted]';
const minLength = 4;
/** A shorter piece of base64 would be found in innocent text. */
const minBase64 = 6;
const maxDepth = 6;
const maxEntries = 64;
const maxNodes = 1_000;
const maxText = 2_000;
/** Cut before redaction, for speed. */
const maxRead = 65_536;

/** Makes a redactor for the loaded secrets. Those shorter than 4 characters are ignored: they would blot out ordinary text. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const known = secrets.flatMap((secret) => [secret, secret.trim()]).filter((secret) => secret.length >= minLength);
  const found = [...new Set(known.flatMap(spellings))].sort((left, right) => right.length - left.length);
  // The longest first: of two spellings that begin alike the whole one must go.
  const pattern = new RegExp(found.map((one) => one.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  const text = (input: string) => (found.length === 0 ? input : input.replace(pattern, replacement));
  // What the cut at `maxRead` may have left of a secret is not recognised, and goes with the end.
  const longest = found[0]?.length ?? 1;
  const cut = (input: string) => {
    const clean = input.length > maxRead ? text(input.slice(0, maxRead)).slice(0, -longest) : text(input);
    if (clean.length <= maxText && input.length <= maxRead) return clean;
    return `${clean.slice(0, maxText)}… (${input.length} characters)`;
  };
  return { text, copy: (value, options) => copier(cut, options?.stacks ?? false)(value, 0) };
}

/** How a secret may appear in other texts: as it is, in JSON (once or twice), in URLs and forms, in base64. */
function spellings(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  // Through bytes: a broken surrogate pair would make the encoder throw.
  const url = encodeURIComponent(Buffer.from(secret).toString());
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const escaped = [url, form].flatMap((one) => [one, one.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())]);
  return [secret, json, JSON.stringify(json).slice(1, -1), ...escaped, ...base64Spellings(Buffer.from(secret))];
}

/** Base64 of the secret alone, and what stays the same of it with anything before and after (`user:secret`). */
function base64Spellings(secret: Buffer): readonly string[] {
  const cores = [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), secret]);
    return whole.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6));
  });
  const plain = [secret.toString('base64'), ...cores.filter((core) => core.length >= minBase64)];
  return plain.flatMap((one) => [one, one.replaceAll('+', '-').replaceAll('/', '_'), one.replace(/=+$/, '')]);
}

function copier(cut: (text: string) => string, stacks: boolean): (value: unknown, depth: number) => unknown {
  const above = new Set<object>();
  let nodes = 0;

  const copy = (value: unknown, depth: number): unknown => {
    nodes += 1;
    if (nodes > maxNodes) return '[too much]';
    if (typeof value === 'string') return cut(value);
    if (typeof value === 'boolean' || value === null || value === undefined) return value;
    if (typeof value !== 'object') {
      // A number may be a secret too; what JSON has no number for is told as text.
      const shown = cut(typeof value === 'function' ? '[function]' : String(value));
      return typeof value === 'number' && Number.isFinite(value) && shown === String(value) ? value : shown;
    }
    if (above.has(value)) return '[circular]';
    if (depth >= maxDepth) return '[too deep]';
    above.add(value);
    try {
      return copyObject(value, depth);
    } catch {
      return '[unreadable]';
    } finally {
      above.delete(value);
    }
  };

  const copyObject = (value: object, depth: number): unknown => {
    if (isNativeError(value) || value instanceof Error) return copyEntries(errorEntries(value, stacks), depth);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof URL) return cut(value.href);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Set || Array.isArray(value)) return copyItems([...value], depth);
    return copyEntries(value instanceof Map ? [...value.entries()] : Object.entries(value), depth);
  };

  const copyItems = (items: readonly unknown[], depth: number): unknown => {
    const rest = items.length > maxEntries ? [`… ${items.length - maxEntries} more`] : [];
    return [...items.slice(0, maxEntries).map((item) => copy(item, depth + 1)), ...rest];
  };

  const copyEntries = (entries: readonly (readonly [unknown, unknown])[], depth: number): unknown => {
    const copied = entries
      .slice(0, maxEntries)
      .map(([key, item]) => [cut(String(key)), copy(item, depth + 1)] as const);
    const rest = entries.length > maxEntries ? [['…', `${entries.length - maxEntries} more`] as const] : [];
    return Object.fromEntries([...copied, ...rest]);
  };

  return copy;
}

/** Only what identifies an error: the rest of it (whole requests, often) is not for logs. */
function errorEntries(error: Error, stacks: boolean): readonly (readonly [string, unknown])[] {
  const { name, message, cause, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  const errors = 'errors' in error ? error.errors : undefined;
  const entries = Object.entries({ name, message, code, cause, errors, ...(stacks ? { stack } : {}) });
  return entries.filter(([, value]) => value !== undefined);
}
