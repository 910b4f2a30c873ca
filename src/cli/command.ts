import type { Words } from './option';
import type { OptionName } from './options';

export type { Options } from './options';

/** What a command may touch; `main.ts` makes the real one. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly isTty: boolean;
  /** Whether to colour what goes out. */
  readonly colour: boolean;
  /** Of the terminal, as wide as it is now; null: it is none. */
  columns(): number | null;
}

/** Exit codes of every command. */
export const exits = { done: 0, refused: 1, usage: 2, unreachable: 69, configuration: 78 } as const;
export type Exit = (typeof exits)[keyof typeof exits];

/** What each exit code says. */
export const exitMeanings: readonly (readonly [Exit, string])[] = [
  [exits.done, 'done'],
  [exits.refused, 'refused or failed'],
  [exits.usage, 'wrong usage'],
  [exits.unreachable, 'the daemon cannot be reached'],
  [exits.configuration, 'the configuration is wrong, or the state cannot be used until a human acts'],
];

/** A word that stands after the command. */
export interface Argument {
  readonly name: string;
  readonly words: Words;
  readonly optional: boolean;
}

/** One command: its help, its page in the manual and its completion are made from this. */
export interface CommandRow {
  readonly summary: string;
  /** What one should know before using it; one entry per paragraph. */
  readonly text: readonly string[];
  readonly args: readonly Argument[];
  readonly options: readonly OptionName[];
  /** The line without `failoverd`, and what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
}
