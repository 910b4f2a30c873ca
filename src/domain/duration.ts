const units: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** A duration as people write it: `850ms`, `2.4s`, `5m`, `1h30m`; at most two units. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))}s`;
  const at = units.findIndex(([, size]) => ms >= size);
  const [unit, size] = units[at] ?? ['s', 1_000];
  const [lesser, lesserSize] = units[at + 1] ?? ['s', 1_000];
  const whole = Math.floor(ms / size);
  const rest = Math.floor((ms - whole * size) / lesserSize);
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${lesser}`;
}

/** `just now` where no number tells more. */
export function ago(ms: number): string {
  return ms < 1_000 ? 'just now' : `${duration(ms)} ago`;
}

const sizes: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `10s`, `5m`, `2h` or `1d`; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, digits, unit] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? [];
  const size = unit === undefined ? undefined : sizes[unit];
  return digits === undefined || size === undefined ? null : Number(digits) * size;
}

/** The exact duration as `parseDuration` reads it, in the largest unit that divides it. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(sizes).findLast(([, each]) => ms > 0 && ms % each === 0) ?? ['s', 1_000];
  return `${ms / size}${unit}`;
}
