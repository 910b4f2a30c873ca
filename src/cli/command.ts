import { printable } from '../domain/printable';

/** What a command may touch; `main.ts` makes the real one. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly isTty: boolean;
}

/** Exit codes of every command, as in the README. */
export const exits = { done: 0, refused: 1, usage: 2, unreachable: 69, configuration: 78 } as const;
export type Exit = (typeof exits)[keyof typeof exits];

/** Options that commands share, after parsing. */
export interface Options {
  readonly json: boolean;
  readonly record: string | null;
  readonly limit: number;
  /** Why a human orders it. */
  readonly reason: string | null;
  /** How long an order holds, as a duration. */
  readonly time: string | null;
}

/** The services that --record names, all without it; when it names none, says which there are. */
export function chosen<T>(
  services: readonly T[],
  recordOf: (service: T) => string,
  { record }: Options,
  terminal: Terminal,
): readonly T[] {
  if (record === null) return services;
  const found = services.filter((service) => recordOf(service) === record);
  if (found.length === 0) {
    const shown = services.slice(0, maxNamed).map(recordOf);
    const more = services.length > shown.length ? ` and ${services.length - shown.length} more` : '';
    terminal.err(`no service "${printable(record)}"; there are ${shown.join(', ')}${more}`);
  }
  return found;
}

const maxNamed = 10;
