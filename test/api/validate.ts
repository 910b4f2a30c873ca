import type { Schema } from '../../src/api/schema';

/**
 * What is wrong with a value by its schema, each with its path; nothing: all is well. Stricter than JSON Schema: a key that is not
 * described is wrong too.
 */
export function faultsOf(
  value: unknown,
  schema: Schema,
  known: Readonly<Record<string, Schema>>,
  at = '',
): readonly string[] {
  const here = at === '' ? 'the answer' : at;
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    const named = known[name];
    return named === undefined ? [`${here}: no schema ${name}`] : faultsOf(value, named, known, at);
  }
  if (schema.anyOf !== undefined) {
    const all = schema.anyOf.map((one) => faultsOf(value, one, known, at));
    // The nearest one tells the most.
    return all.reduce((least, one) => (one.length < least.length ? one : least));
  }
  const type = typeOf(value);
  if (schema.type !== undefined && schema.type !== type && !(schema.type === 'number' && type === 'integer'))
    return [`${here}: ${type}, not ${schema.type}`];
  if (schema.const !== undefined && value !== schema.const) return [`${here}: not ${schema.const}`];
  if (schema.enum !== undefined && !schema.enum.some((one) => one === value))
    return [`${here}: ${String(value)} is none of ${schema.enum.join(', ')}`];
  if (schema.minimum !== undefined && Number(value) < schema.minimum) return [`${here}: below ${schema.minimum}`];
  if (schema.maxLength !== undefined && String(value).length > schema.maxLength) return [`${here}: too long`];
  if (schema.format === 'date-time' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(value)))
    return [`${here}: ${String(value)} is no time`];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((one, index) => faultsOf(one, items, known, `${at}[${index}]`));
  }
  if (typeof value === 'object' && value !== null) return keysOf(value, schema, known, at);
  return [];
}

function keysOf(value: object, schema: Schema, known: Readonly<Record<string, Schema>>, at: string): readonly string[] {
  if (schema.properties === undefined && schema.additionalProperties === undefined) return [];
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  const entries = Object.entries(value).flatMap(([name, one]) => {
    const path = at === '' ? name : `${at}.${name}`;
    const described = schema.properties?.[name] ?? schema.additionalProperties;
    if (described === undefined || described === false) return [`${path}: not described`];
    return described === true ? [] : faultsOf(one, described, known, path);
  });
  return [...missing.map((name) => `${at === '' ? name : `${at}.${name}`}: missing`), ...entries];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
