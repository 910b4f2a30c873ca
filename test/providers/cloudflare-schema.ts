import { isIPv4, isIPv6 } from 'node:net';
import { isBody } from './cloudflare-zone';

/** A schema of OpenAPI 3.0.3: the JSON Schema subset the vendor's document uses, with `nullable`. */
export type Schema = Readonly<Record<string, unknown>>;

/** Keywords that ask nothing of a value. */
const annotations = new Set(['description', 'example', 'examples', 'default', 'title', 'deprecated', 'readOnly']);

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text),
  hostname: (text) =>
    text.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
};

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Everything wrong with `value`, as `path: why`. A keyword that is not known here throws: nothing goes unchecked in silence. */
export function problems(document: Schema, schema: unknown, value: unknown, path = '$'): readonly string[] {
  if (!isBody(schema)) throw new Error(`${path}: not a schema`);
  const { $ref: ref, nullable } = schema;
  if (typeof ref === 'string') return problems(document, resolve(document, ref), value, path);
  if (value === null && nullable === true) return [];
  return Object.entries(schema).flatMap(([keyword, wanted]) => check(document, schema, keyword, wanted, value, path));
}

function check(
  document: Schema,
  schema: Schema,
  keyword: string,
  wanted: unknown,
  value: unknown,
  path: string,
): readonly string[] {
  const fail = (ok: boolean) =>
    ok
      ? []
      : [`${path}: ${JSON.stringify(value)?.slice(0, 80)} fails ${keyword} ${JSON.stringify(wanted)?.slice(0, 80)}`];
  const each = () => list(wanted).map((one) => problems(document, one, value, path));
  const text = typeof value === 'string' ? value : null;
  const number = typeof value === 'number' ? value : null;
  switch (keyword) {
    case 'type':
      return fail(wanted === 'integer' ? Number.isInteger(value) : typeOf(value) === wanted);
    case 'enum':
      return fail(list(wanted).includes(value));
    case 'allOf':
      return each().flat();
    case 'anyOf':
      return fail(each().some((found) => found.length === 0));
    case 'oneOf':
      return fail(each().filter((found) => found.length === 0).length === 1);
    case 'required':
      return isBody(value)
        ? list(wanted).flatMap((key) => (String(key) in value ? [] : [`${path}: lacks ${key}`]))
        : [];
    case 'properties':
      if (!isBody(value) || !isBody(wanted)) return [];
      return Object.entries(wanted).flatMap(([key, one]) =>
        key in value ? problems(document, one, value[key], `${path}.${key}`) : [],
      );
    case 'items':
      return list(value).flatMap((item, index) => problems(document, wanted, item, `${path}[${index}]`));
    case 'uniqueItems':
      return fail(!Array.isArray(value) || new Set(value.map((item) => JSON.stringify(item))).size === value.length);
    case 'minimum':
      return fail(number === null || number >= Number(wanted));
    case 'maximum':
      return fail(number === null || number <= Number(wanted));
    case 'minLength':
      return fail(text === null || text.length >= Number(wanted));
    case 'maxLength':
      return fail(text === null || text.length <= Number(wanted));
    case 'pattern':
      return fail(text === null || new RegExp(String(wanted)).test(text));
    case 'format': {
      const format = formats[String(wanted)];
      if (format === undefined) throw new Error(`${path}: unknown format ${wanted}`);
      return fail(text === null || format(text));
    }
    case 'nullable':
      return [];
    default:
      if (annotations.has(keyword) || keyword.startsWith('x-')) return [];
      throw new Error(`${path}: unknown keyword ${keyword} in ${JSON.stringify(schema).slice(0, 200)}`);
  }
}

function resolve(document: Schema, ref: string): unknown {
  let at: unknown = document;
  for (const key of ref.replace(/^#\//, '').split('/')) at = isBody(at) ? at[key] : undefined;
  if (at === undefined) throw new Error(`no ${ref}`);
  return at;
}
