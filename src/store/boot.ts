/** What the kernel tells of its time; `main.ts` reads it. */
export interface Kernel {
  /** Text of /proc/sys/kernel/random/boot_id; null where it is hidden. */
  readonly bootId: string | null;
  /** BOOT_ID of the environment: the systemd unit hides the kernel's file (ProcSubset=pid) and says it there, without hyphens. */
  readonly saidBootId: string | undefined;
  /** Seconds since boot, asleep or awake, perhaps in whole seconds. */
  readonly uptime: () => number;
  /** CLOCK_MONOTONIC in nanoseconds: time awake. */
  readonly awake: () => bigint;
}

/** Identifies this boot of the kernel, so that time passed while we were away can be told; empty where it cannot be known. */
export function bootIdOf(kernel: Kernel): string {
  return (kernel.bootId ?? kernel.saidBootId ?? '').trim().replaceAll('-', '');
}

/**
 * Milliseconds since boot, awake or asleep. Where /proc/uptime is hidden, Node tells uptime in whole seconds (20.20 and 24, tried
 * 2026-11), so only what it is ahead of the time awake is taken from it.
 */
export function sinceBoot(kernel: Kernel): () => number {
  let asleepMs = 0;
  return () => {
    // In this order: a stall between the two must not look like sleep.
    const upMs = kernel.uptime() * 1_000;
    const awakeMs = Number(kernel.awake() / 1_000n) / 1_000;
    asleepMs = Math.max(asleepMs, upMs - awakeMs);
    return awakeMs + asleepMs;
  };
}

/** What the store asks the machine. */
export interface Machine {
  readonly bootId: string;
  readonly uptimeMs: () => number;
  readonly wallMs: () => number;
}
