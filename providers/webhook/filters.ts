import { printable } from '../../src/domain/printable';
import { markerName, normalName } from '../../src/domain/records';
import { isObject } from '../json';
import type { Finding } from '../provider';

/** Which names a provider says it serves. */
export interface Filters {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** It also has patterns, in a dialect that is not ours; they are not looked at. */
  readonly patterns: boolean;
}

/** Reads the answer to the negotiation: null and `{}` filter nothing, `filters` is the older name of `include`; null: not understood. */
export function readFilters(body: unknown): Filters | null {
  if (body === null) return { include: [], exclude: [], patterns: false };
  if (!isObject(body)) return null;
  const { include = body['filters'] ?? body['Filters'], exclude, regexInclude, regexExclude } = body;
  const [included, excluded] = [names(include), names(exclude)];
  if (included === null || excluded === null) return null;
  const patterns = [regexInclude, regexExclude].some((one) => typeof one === 'string' && one !== '');
  return { include: included, exclude: excluded, patterns };
}

function names(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return null;
  const texts = value.filter((one): one is string => typeof one === 'string');
  return texts.length < value.length ? null : texts.map(normalName).filter((name) => name !== '');
}

/** Whether the provider serves the name, as far as its lists tell. A filter that begins with a dot means what is below it only. */
export function serves({ include, exclude }: Filters, name: string): boolean {
  return (
    (include.length === 0 || include.some((one) => covers(one, name))) && !exclude.some((one) => covers(one, name))
  );
}

function covers(filter: string, name: string): boolean {
  return filter.startsWith('.') ? name.endsWith(filter) : name === filter || name.endsWith(`.${filter}`);
}

/** What the provider may change beside our two names: whoever reaches its port may, too. */
export function widthFindings(filters: Filters, record: string, strangers: number): readonly Finding[] {
  const parent = record.slice(record.indexOf('.') + 1);
  // A name that nobody has, beside ours: a filter that takes it in takes in more than it must.
  if (!serves(filters, `failoverd-check.${parent}`)) return [];
  const now = filters.include.length === 0 ? 'has no domain filter' : `has the domain filter ${shown(filters.include)}`;
  const text = `the provider ${now}, wider than ${record} and ${markerName(record)}, and lists ${strangers} other names that it could change: narrow it (--domain-filter), or give its credential a small zone`;
  return [{ level: 'warn', text }];
}

function shown(names: readonly string[]): string {
  return printable(names.slice(0, 3).join(', ')) + (names.length > 3 ? `, … (${names.length})` : '');
}
