export interface Dice {
  chance(share: number): boolean;
  below(count: number): number;
  one<T>(items: readonly [T, ...T[]] | readonly T[]): T;
  /** Between two durations, each order of magnitude as likely as the next. */
  span(leastMs: number, mostMs: number): number;
}

/** Chance as plans need it, from a source of numbers in [0, 1). */
export function diceOf(random: () => number): Dice {
  return {
    chance: (share) => random() < share,
    below: (count) => Math.floor(random() * count),
    one: (items) => items[Math.floor(random() * items.length)] as (typeof items)[number],
    span: (leastMs, mostMs) => Math.round(leastMs * (mostMs / leastMs) ** random()),
  };
}
