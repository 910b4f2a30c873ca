/** Whether a value is a T. Small shapes compose into large ones; a field the type gains is a compile error until it is checked. */
export type Shape<T> = (value: unknown) => value is T;

export const text: Shape<string> = (value): value is string => typeof value === 'string';
export const flag: Shape<boolean> = (value): value is boolean => typeof value === 'boolean';
/** A finite number. */
export const number: Shape<number> = (value): value is number => Number.isFinite(value);
/** A whole number from 0 up, exact. */
export const count: Shape<number> = (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value): value is T | null => value === null || shape(value);
}

export function either<A, B>(a: Shape<A>, b: Shape<B>): Shape<A | B> {
  return (value): value is A | B => a(value) || b(value);
}

/** One of some words; the table must name every word of the union. */
export function oneOf<T extends string>(words: Readonly<Record<T, true>>): Shape<T> {
  return (value): value is T => typeof value === 'string' && Object.hasOwn(words, value);
}

export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(shape);
}

export function table<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => isObject(value) && Object.values(value).every(shape);
}

/** For a field that older states lack: absent, or of this shape. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value): value is T | undefined => value === undefined || shape(value);
}

/** An object with at least these fields. More are let through: they come from a later version of the same schema. */
export function fields<T>(shapes: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  return (value): value is T => {
    if (!isObject(value)) return false;
    for (const key in shapes) if (!shapes[key](Object.hasOwn(value, key) ? value[key] : undefined)) return false;
    return true;
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a JSON text says; undefined if it is not JSON. Never throws. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
