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
