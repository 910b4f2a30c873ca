/** What may stand in a place: fixed words, the commands, or names that only the running daemon knows. Shells complete them. */
export type Words = readonly string[] | 'commands' | 'sites' | 'records';

/** One option: how it is written, read, printed and completed. */
export interface OptionRow<T> {
  /** What stands for its value in a usage; null: it takes none. */
  readonly value: string | null;
  readonly summary: string;
  readonly short: string | null;
  readonly words: Words | null;
  /** May be given more than once. */
  readonly many: boolean;
  readonly fallback: T;
  /** What `read` takes, to complete "it takes …". */
  readonly accepts: string;
  /** Its value with this given too; undefined: no good. */
  read(text: string, before: T): T | undefined;
}

/** An option without a value. */
export function flag(summary: string, short: string | null = null): OptionRow<boolean> {
  const how = { value: null, short, words: null, many: true, fallback: false, accepts: 'no value' };
  return { ...how, summary, read: () => true };
}

/** Any text that `read` does not refuse; null where it is not given. */
export function text(
  value: string,
  summary: string,
  accepts = 'a text',
  read: (text: string) => string | undefined = (text) => text,
  words: Words | null = null,
): OptionRow<string | null> {
  return {
    value,
    summary,
    short: null,
    words,
    many: false,
    fallback: null,
    accepts,
    read: (given) => (given.trim() === '' ? undefined : read(given)),
  };
}

/** One of these words. */
export function oneOf(value: string, summary: string, words: readonly string[]): OptionRow<string | null> {
  return text(value, summary, anyOf(words), (given) => (words.includes(given) ? given : undefined), words);
}

/** A whole number within bounds. */
export function whole<T extends number | null>(
  value: string,
  summary: string,
  fallback: T,
  least: number,
  most: number,
): OptionRow<T | number> {
  return {
    value,
    summary,
    short: null,
    words: null,
    many: false,
    fallback,
    accepts: `a whole number from ${least} to ${most}`,
    read(given) {
      const number = /^\d{1,15}$/.test(given) ? Number(given) : -1;
      return number >= least && number <= most ? number : undefined;
    },
  };
}

/** Several values: comma-separated, or the option again. */
export function list(
  value: string,
  summary: string,
  accepts: string,
  good: (item: string) => boolean,
  words: Words | null = null,
): OptionRow<readonly string[]> {
  return {
    value,
    summary,
    short: null,
    words,
    many: true,
    fallback: [],
    accepts,
    read(given, before) {
      const items = given.split(',').map((item) => item.trim());
      return items.every(good) ? [...before, ...items] : undefined;
    },
  };
}

/** `a, b or c`. */
export function anyOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
