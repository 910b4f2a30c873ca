const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `10s`, `5m`, `2h` or `1d`; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, digits, unit] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? [];
  const size = unit === undefined ? undefined : units[unit];
  return digits === undefined || size === undefined ? null : Number(digits) * size;
}

/** The exact duration as `parseDuration` reads it, in the largest unit that divides it. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(units).findLast(([, each]) => ms > 0 && ms % each === 0) ?? ['s', 1_000];
  return `${ms / size}${unit}`;
}
