import type { Message } from './message';

const firstMs = 2_000;
const capMs = 5 * 60_000;
/** What nobody took for so long is old news; the history has it. */
const oldMs = 24 * 3_600_000;

/** The pause after so many failures in a row: doubling up to five minutes, half of it by chance, so that many hosts do not come at once. */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(capMs, firstMs * 2 ** Math.min(failures - 1, 20));
  return whole / 2 + (whole / 2) * random;
}

export function isOld(message: Message, nowMs: number): boolean {
  return nowMs - message.atMs > oldMs;
}
