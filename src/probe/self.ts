/** Wall and monotonic clocks may drift apart by this much between two looks. */
const divergenceMs = 5_000;
const stallsKept = 32;

/** Watches this very process, so that what it did to itself is never held against a site. Times are of `performance.now()`. */
export interface SelfWatch {
  /** Why this process does not trust itself now, for people; null when it does. */
  sick(): string | null;
  /** Why nothing seen since `sinceMs` is evidence: a stall longer than `toleratedMs` or a clock jump fell into it. */
  disturbed(sinceMs: number, toleratedMs: number): string | null;
  /** Whether the wall clock jumped lately: certificate dates then prove nothing. */
  clockSuspect(): boolean;
  /** A probe ran out of something every probe needs (EMFILE …). */
  exhausted(why: string): void;
  close(): void;
}

export interface SelfOptions {
  /** How long a jump, a stop or an exhaustion is remembered: at least one probe interval. */
  readonly holdMs: number;
  readonly tickMs?: number;
  readonly monotonicMs?: () => number;
  readonly wallMs?: () => number;
}

interface Trouble {
  readonly atMs: number;
  readonly why: string;
}

/**
 * Starts watching with one unreferenced timer. A stop of the process (SIGSTOP, a frozen container) shows as a gap on the monotonic
 * clock; a suspend of the machine, or a hand on the clock, as a jump of the wall clock against it.
 */
export function watchSelf(options: SelfOptions): SelfWatch {
  const { holdMs, tickMs = 100, monotonicMs = () => performance.now(), wallMs = Date.now } = options;
  let lookedMs = monotonicMs();
  let offsetMs = wallMs() - lookedMs;
  let tickedMs = lookedMs;
  let stalls: readonly { readonly endMs: number; readonly lengthMs: number }[] = [];
  let jump: Trouble | null = null;
  let stopped: Trouble | null = null;
  let empty: Trouble | null = null;

  const look = (): number => {
    const nowMs = monotonicMs();
    const driftMs = wallMs() - nowMs - offsetMs;
    if (Math.abs(driftMs) > divergenceMs) jump = { atMs: nowMs, why: jumpWhy(driftMs) };
    offsetMs += driftMs;
    lookedMs = nowMs;
    return nowMs;
  };
  /** How long the loop has been unable to tick, up to this moment. */
  const pendingMs = (nowMs: number): number => nowMs - tickedMs - tickMs;
  const tick = (): void => {
    const nowMs = look();
    const lengthMs = pendingMs(nowMs);
    tickedMs = nowMs;
    if (lengthMs < tickMs / 2) return;
    stalls = [...stalls.slice(1 - stallsKept), { endMs: nowMs, lengthMs }];
    if (lengthMs > divergenceMs) stopped = { atMs: nowMs, why: `this process stood still for ${seconds(lengthMs)}` };
  };
  const timer = setInterval(tick, tickMs).unref();
  const lately = (trouble: Trouble | null): string | null =>
    trouble !== null && lookedMs - trouble.atMs <= holdMs ? trouble.why : null;

  return {
    sick() {
      if (pendingMs(look()) > divergenceMs) tick();
      return lately(jump) ?? lately(stopped) ?? lately(empty);
    },
    disturbed(sinceMs, toleratedMs) {
      const nowMs = look();
      if (jump !== null && jump.atMs >= sinceMs) return jump.why;
      const overlaps = stalls.map(({ endMs, lengthMs }) => Math.min(lengthMs, endMs - sinceMs));
      const longestMs = Math.max(0, Math.min(pendingMs(nowMs), nowMs - sinceMs), ...overlaps);
      return longestMs > toleratedMs ? stallWhy(longestMs) : null;
    },
    clockSuspect() {
      look();
      return lately(jump) !== null;
    },
    exhausted(why) {
      empty = { atMs: look(), why };
    },
    close: () => clearInterval(timer),
  };
}

/** How a held-up event loop is told to people. */
export function stallWhy(lengthMs: number): string {
  return `our event loop stood still for ${Math.round(lengthMs)} ms during the probe`;
}

function jumpWhy(driftMs: number): string {
  return driftMs > 0
    ? `the wall clock jumped ahead by ${seconds(driftMs)}: it was set, or the machine was suspended`
    : `the wall clock was set back by ${seconds(-driftMs)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
