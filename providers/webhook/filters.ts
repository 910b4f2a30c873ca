import { normalName } from '../../src/domain/records';
import { isObject } from '../json';

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
