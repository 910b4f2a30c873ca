import { printable, withoutQueries } from '../domain/printable';
import type { FailClass } from '../domain/types';
import type { Expectations } from './check';

/** What an answer falls short of. */
export interface Shortfall {
  readonly class: FailClass;
  readonly why: string;
}

/** Judges a status by itself; a redirect is named as such, and never followed. */
export function judgeStatus(status: number, location: string | undefined, expect: Expectations): Shortfall | null {
  if (expect.status.some(([low, high]) => status >= low && status <= high)) return null;
  if (status >= 300 && status < 400) {
    const to = location === undefined ? 'nowhere' : `"${printable(withoutQueries(location))}"`;
    return { class: 'redirect', why: `status ${status} redirects to ${to}, which is not followed` };
  }
  const ranges = expect.status.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(', ');
  return { class: 'status', why: `status ${status}, expected ${ranges}` };
}

/** Whether the body has to be kept at all. */
export function needsBody(expect: Expectations): boolean {
  return expect.body !== null || expect.json !== null;
}

/** Judges a whole body. Compressed bodies are never inflated, so nothing can be expected of them. */
export function judgeBody(body: Buffer, encoding: string | undefined, expect: Expectations): Shortfall | null {
  if (!needsBody(expect)) return null;
  const coding = encoding?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    return mismatch(`the body is compressed (${printable(coding)}), unasked, and is not inflated to be looked at`);
  }
  if (expect.body !== null && !body.includes(expect.body)) {
    return mismatch(
      `the body does not contain "${printable(expect.body)}"; it begins "${printable(body.toString('utf8', 0, 80))}"`,
    );
  }
  return expect.json === null ? null : judgeJson(body, expect.json);
}

function judgeJson(body: Buffer, { pointer, value }: { pointer: string; value: string }): Shortfall | null {
  let document: unknown;
  try {
    // Who parses JSON may pass over a byte order mark (RFC 8259 section 8.1).
    document = JSON.parse(body.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    return mismatch(`the body is not JSON; it begins "${printable(body.toString('utf8', 0, 80))}"`);
  }
  const found = scalarText(valueAt(document, pointer));
  if (found === value) return null;
  return mismatch(
    `${pointer || 'the document'} is ${found === null ? 'no plain value' : `"${printable(found)}"`}, expected "${printable(value)}"`,
  );
}

/** The value a JSON pointer leads to (RFC 6901 section 4), or undefined. */
export function valueAt(document: unknown, pointer: string): unknown {
  if (pointer === '') return document;
  if (!pointer.startsWith('/')) return undefined;
  let current: unknown = document;
  for (const token of pointer.slice(1).split('/')) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(current)) current = /^(0|[1-9]\d{0,8})$/.test(key) ? current[Number(key)] : undefined;
    else if (typeof current === 'object' && current !== null) current = ownValue(current, key);
    else return undefined;
  }
  return current;
}

function ownValue(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function scalarText(value: unknown): string | null {
  if (value === null) return 'null';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function mismatch(why: string): Shortfall {
  return { class: 'body', why };
}
