/** How long to wait before attempt `n` (0: at once): doubling from `firstMs`, capped, half of it chance so that a herd spreads out. */
export function backoffMs(attempt: number, random: () => number, firstMs: number, capMs: number): number {
  if (attempt <= 0) return 0;
  const fullMs = Math.min(capMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return fullMs / 2 + (random() * fullMs) / 2;
}
