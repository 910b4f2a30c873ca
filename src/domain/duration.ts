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
