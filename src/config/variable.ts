import type { Parser } from './parse';

/**
 * One variable: its parser, default, meaning, and whether it is a secret. Its name in a table is its key in the services file, and
 * `FAILOVERD_` with that name in capitals is the environment variable.
 */
export interface Variable<T> {
  readonly parser: Parser<T>;
  readonly fallback: Fallback<T>;
  /** For the manual. */
  readonly meaning: string;
  /** Never shown; may be given as `X_FILE`. */
  readonly secret?: true;
  /** One value per site: `FAILOVERD_CHECK_<SITE>`, a mapping in the services file. */
  readonly perSite?: string;
}

/** What holds when a variable is not set: nothing (it is required), a text like any other, or a value that texts cannot say. */
export type Fallback<T> =
  | { readonly kind: 'required' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: T; readonly shown: string };

export type Table = Readonly<Record<string, Variable<unknown>>>;
export type Values<T extends Table> = { readonly [K in keyof T]: T[K] extends Variable<infer V> ? V : never };

/** A fallback that texts cannot say: `shown` describes it. */
export function otherwise<T>(shown: string, value: T): Fallback<T> {
  return { kind: 'value', value, shown };
}

/** The environment variable of a table's key. */
export function envName(table: Table, key: string): string {
  return `FAILOVERD_${(table[key]?.perSite ?? key).toUpperCase()}`;
}

/** The default, for the manual and for `check`. */
export function fallbackText(fallback: Fallback<unknown>): string {
  if (fallback.kind === 'required') return 'required';
  return fallback.kind === 'text' ? fallback.text : fallback.shown;
}
