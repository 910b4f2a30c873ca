import type { Policy } from '../domain/types';
import { serverNames } from './network';

/** How often something was done within the last minute. */
export interface Minute {
  /** Once more; how often that makes. */
  add(nowMs: number): number;
  clear(): void;
}

export function createMinute(): Minute {
  const times: number[] = [];
  return {
    add(nowMs) {
      times.push(nowMs);
      while (nowMs - (times[0] ?? nowMs) >= 60_000) times.shift();
      return times.length;
    },
    clear: () => void times.splice(0),
  };
}

/**
 * How often one process may read one record at its provider in a minute (S16), with the least that chance makes of every pause: the beat with its
 * own retries (1 s doubling) 8 times; the attempts of a change (0.5 s doubling) 8 times, and of one more that takes its place; the rounds of four
 * self-tests, three each. Most seen in 300 seeds: 17.
 */
export function mostReads({ selftest }: Policy): number {
  return 8 + 2 * 8 + (selftest === null ? 0 : 4 * 3);
}

/**
 * How many questions it may put to name servers in a minute: a round asks each server for every type. A change that they do not show asks in 18
 * rounds (0.1 s doubling, 10 s at the most), one that takes its place in 8 more before it slows down, the beat in 2; a self-test asks for one
 * text in 17. Most seen in 300 seeds: 120.
 */
export function mostQuestions({ selftest }: Policy): number {
  return serverNames.length * (3 * (18 + 8 + 2) + (selftest === null ? 0 : 17));
}
