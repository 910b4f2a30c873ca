/** A JSON Schema (2020-12, as OpenAPI 3.1 takes it), as far as this API needs it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Of an object whose keys are data. */
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly format?: 'date-time';
}

/** Keys that may be missing. */
type Optional<T> = { [Key in keyof T]-?: T extends Record<Key, T[Key]> ? never : Key }[keyof T];

/**
 * An object with exactly the keys of `T`: one that is added there and not described here does not compile. Those that may be missing
 * there are not required.
 */
export function objectOf<T extends object>(
  properties: { readonly [Key in keyof T]-?: Schema },
  optional: readonly Optional<T>[],
  description?: string,
): Schema {
  const all = Object.entries<Schema>(properties);
  const may: readonly unknown[] = optional;
  const required = all.map(([name]) => name).filter((name) => !may.includes(name));
  return { type: 'object', ...about(description), properties: Object.fromEntries(all), required };
}

/** Exactly the words of a union, each with its meaning. */
export function wordsOf<T extends string>(meanings: Readonly<Record<T, string>>): Schema {
  const all = Object.entries<string>(meanings);
  const told = all.filter(([, meaning]) => meaning !== '').map(([word, meaning]) => `\`${word}\`: ${meaning}`);
  return { type: 'string', ...about(told.length === 0 ? undefined : told.join('. ')), enum: all.map(([word]) => word) };
}

/** The same with an extra meaning for null. */
export function nullable(schema: Schema, meaning?: string): Schema {
  return { anyOf: [schema, { type: 'null' }], ...about(meaning === undefined ? undefined : `null: ${meaning}`) };
}

export function text(description?: string): Schema {
  return { type: 'string', ...about(description) };
}

export function whole(description?: string): Schema {
  return { type: 'integer', ...about(description) };
}

export function number(description?: string): Schema {
  return { type: 'number', ...about(description) };
}

/** Milliseconds; with fractions where they are measured. */
export function ms(description?: string): Schema {
  return { type: 'number', description: `milliseconds${description === undefined ? '' : `: ${description}`}` };
}

export function flag(description?: string): Schema {
  return { type: 'boolean', ...about(description) };
}

export function instant(description?: string): Schema {
  return { type: 'string', format: 'date-time', ...about(description) };
}

export function list(items: Schema, description?: string): Schema {
  return { type: 'array', ...about(description), items };
}

/** An object whose keys are data. */
export function map(values: Schema | true, description?: string): Schema {
  return { type: 'object', ...about(description), additionalProperties: values };
}

/** One of several shapes. */
export function either(...of: readonly Schema[]): Schema {
  return { anyOf: of };
}

/** One that stands under this name in `components`. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

function about(description: string | undefined): { readonly description?: string } {
  return description === undefined ? {} : { description };
}
