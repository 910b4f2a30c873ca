import type { Clock } from '../control/ports';

/** Virtual time: it moves only while `run` or `until` do, from one appointed call to the next. */
export interface Time extends Clock {
  run(ms: number): Promise<void>;
  /** Runs until the condition holds, at most `ms`; answers how long that took, or null when it never held. */
  until(holds: () => boolean, ms: number): Promise<number | null>;
  /** Resolves after `ms` of virtual time. */
  sleep(ms: number): Promise<void>;
  /** The host sleeps: all clocks go on, every appointment is late by as much. */
  leap(ms: number): void;
  /** Sets the wall clock off by so much; nothing else notices. */
  skewWall(ms: number): void;
}

interface Appointment {
  atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

const wallOffsetMs = Date.UTC(2026, 0, 1);

export function createTime(startMs: number): Time {
  let nowMs = startMs;
  let order = 0;
  let skewMs = 0;
  const queue: Appointment[] = [];

  function after(ms: number, run: () => void): () => void {
    const one: Appointment = { atMs: nowMs + Math.max(0, ms), order: order++, run, cancelled: false };
    let low = 0;
    for (let high = queue.length; low < high; ) {
      const middle = (low + high) >> 1;
      const other = queue[middle];
      if (other !== undefined && other.atMs <= one.atMs) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, one);
    return () => {
      one.cancelled = true;
    };
  }

  async function until(holds: () => boolean, ms: number): Promise<number | null> {
    const fromMs = nowMs;
    const endMs = nowMs + ms;
    await drained();
    while (!holds()) {
      const next = queue[0];
      if (next === undefined || next.atMs > endMs) {
        nowMs = endMs;
        return null;
      }
      queue.shift();
      if (next.cancelled) continue;
      nowMs = next.atMs;
      next.run();
      await drained();
    }
    return nowMs - fromMs;
  }

  return {
    nowMs: () => nowMs,
    wallMs: () => wallOffsetMs + skewMs + nowMs,
    after,
    until,
    run: async (ms) => void (await until(() => false, ms)),
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    leap(ms) {
      nowMs += ms;
      for (const one of queue) one.atMs += ms;
    },
    skewWall(ms) {
      skewMs += ms;
    },
  };
}

/** What a process waits for that does not live any more. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

/** Lets every promise that can go on do so: immediates come after all of them. */
function drained(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
