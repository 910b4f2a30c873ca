import { durationText, parseDuration } from '../domain/duration';

/**
 * Parsers of single values. They are our own: every value arrives as text, so that a schema library would only wrap these functions,
 * at the price of 53 ms and 12 MB at every start (zod 4.6, Node 20.20, 2026-11).
 */

/** A value as it was written: one text, or (in the services file) a list or a mapping of texts. */
export type Raw = string | readonly string[] | ReadonlyMap<string, string | readonly string[]>;

/** What is wrong with a value, and what to do. `at`: which key of a mapping it is about. */
export interface Fault {
  readonly why: string;
  readonly remedy: string;
  readonly at?: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Turns what was written into a value or every reason why not; never throws. */
export interface Parser<T> {
  /** What is accepted, for the manual. */
  readonly accepts: string;
  readonly parse: (raw: Raw) => Parsed<T>;
}

export function isList(raw: Raw): raw is readonly string[] {
  return Array.isArray(raw);
}

export function isMapping(raw: Raw): raw is ReadonlyMap<string, string | readonly string[]> {
  return raw instanceof Map;
}

export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad(why: string, remedy: string): { readonly ok: false; readonly faults: readonly Fault[] } {
  return { ok: false, faults: [{ why, remedy }] };
}

/** A parser of one text. */
export function one<T>(accepts: string, parse: (text: string) => Parsed<T>): Parser<T> {
  return {
    accepts,
    parse: (raw) =>
      typeof raw === 'string' ? parse(raw.trim()) : bad('holds several values', `give one value: ${accepts}`),
  };
}

/** A parser of a list: comma-separated text, or a list in the services file. `split` where a comma alone does not separate. */
export function listOf<T>(
  accepts: string,
  item: (text: string) => Parsed<T>,
  max: number,
  split: (text: string) => readonly string[] = (text) => text.split(','),
): Parser<readonly T[]> {
  return {
    accepts,
    parse: (raw) => {
      if (typeof raw !== 'string' && !isList(raw)) return bad('is a mapping', `give a list: ${accepts}`);
      const items = typeof raw === 'string' ? split(raw) : raw;
      if (items.length > max) return bad(`has ${items.length} items; at most ${max} are allowed`, 'shorten the list');
      return collect(
        items.map((text) => {
          const trimmed = text.trim();
          return trimmed === '' ? bad('has an empty item', 'remove the stray comma, or fill it in') : item(trimmed);
        }),
      );
    },
  };
}

/** All values, or every fault of all of them. */
export function collect<T>(results: readonly Parsed<T>[]): Parsed<readonly T[]> {
  const faults = results.flatMap((result) => (result.ok ? [] : result.faults));
  if (faults.length > 0) return { ok: false, faults };
  const values = results.flatMap((result) => (result.ok ? [result.value] : []));
  return values.length > 0 ? good(values) : bad('is an empty list', 'give at least one item, or leave it out');
}

/** Text that fits a pattern. */
export function matching(accepts: string, pattern: RegExp): Parser<string> {
  return one(accepts, (text) => (pattern.test(text) ? good(text) : bad(`is not ${accepts}`, `give ${accepts}`)));
}

export function choice<T extends string>(...options: readonly T[]): Parser<T> {
  const accepts = options.map((option) => `\`${option}\``).join(' or ');
  return one(accepts, (text) => {
    const found = options.find((option) => option === text);
    return found === undefined ? bad(`is none of ${options.join(', ')}`, `write ${options.join(' or ')}`) : good(found);
  });
}

export const boolean: Parser<boolean> = one('`true` or `false`', (text) =>
  text === 'true' || text === 'false'
    ? good(text === 'true')
    : bad('is neither true nor false', 'write true or false, in lower case'),
);

/** A whole number within bounds; `also` one more allowed number outside them. */
export function count(min: number, max: number, also?: number): Parser<number> {
  const accepts = `${also === undefined ? '' : `${also}, or `}${min} to ${max}`;
  return one(accepts, (text) => {
    const value = Number(text);
    const fits = /^\d{1,9}$/.test(text) && ((value >= min && value <= max) || value === also);
    return fits ? good(value) : bad('is not a whole number within bounds', `give a whole number: ${accepts}`);
  });
}

/** A share from 0 to 1, written as a decimal. */
export const ratio: Parser<number> = one('0 to 1, such as 0.4', (text) => {
  const value = Number(text);
  const fits = /^[01](\.\d{1,6})?$/.test(text) && value <= 1;
  return fits ? good(value) : bad('is not a ratio from 0 to 1', 'write it as a decimal: 0.4 for 40 %');
});

/** Milliseconds, within bounds and in whole steps. */
export function duration(min: string, max: string, step = '1ms'): Parser<number> {
  const [least, most, unit] = [min, max, step].map((text) => parseDuration(text) ?? 0);
  const bounds = `${min} to ${max}${step === '1ms' ? '' : `, in steps of ${step}`}`;
  return one(bounds, (text) => {
    const ms = parseDuration(text);
    if (ms === null)
      return bad(
        /^\d+$/.test(text) ? 'has no unit' : 'is not a duration',
        /^\d{1,9}$/.test(text)
          ? `did you mean ${text}s? Units are ms, s, m, h, d`
          : 'write it like 500ms, 10s, 5m, 2h or 1d',
      );
    if (ms < (least ?? 0)) return bad(`is shorter than ${min}, the least allowed`, `allowed: ${bounds}`);
    if (ms > (most ?? 0)) return bad(`is longer than ${max}, the most allowed`, `allowed: ${bounds}`);
    if (ms % (unit ?? 1) !== 0) return bad(`is not a multiple of ${step}`, `round it; allowed: ${bounds}`);
    return good(ms);
  });
}

/** A duration, or null for `off`. */
export function periodOrOff(min: string, max: string): Parser<number | null> {
  const period = duration(min, max, '1s');
  return {
    accepts: `${period.accepts}, or \`off\``,
    parse: (raw) => (raw === 'off' ? good(null) : period.parse(raw)),
  };
}

/** A number of switches within a sliding window: `4/6h`. */
export const budget: Parser<{ readonly count: number; readonly windowMs: number }> = one(
  '1 to 100 per 1m to 30d, such as 4/6h',
  (text) => {
    const [, digits, span] = /^(\d{1,3})\/(\w+)$/.exec(text) ?? [];
    const windowMs = parseDuration(span ?? '');
    if (digits === undefined || windowMs === null) return bad('is not a number per duration', 'write it like 4/6h');
    const within = windowMs >= 60_000 && windowMs <= 30 * 86_400_000;
    if (Number(digits) < 1 || Number(digits) > 100 || !within)
      return bad(
        `${digits} per ${durationText(windowMs)} is out of bounds`,
        'allowed: 1 to 100 switches, per 1m to 30d',
      );
    return good({ count: Number(digits), windowMs });
  },
);
