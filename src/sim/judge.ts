/** A promise broken: which, when, and what was seen. */
export interface Violation {
  readonly promise: string;
  readonly atMs: number;
  readonly why: string;
}

/** Where promises are judged: how often each was, and what was broken. One for all services of a world. */
export interface Judge {
  readonly violations: readonly Violation[];
  /** How often each promise was looked at. */
  readonly counts: Readonly<Record<string, number>>;
  check(promise: string, holds: boolean, why: () => string): void;
  fail(promise: string, why: string): void;
}

export function createJudge(nowMs: () => number): Judge {
  const violations: Violation[] = [];
  const counts: Record<string, number> = {};
  function fail(promise: string, why: string): void {
    if (violations.length < 20) violations.push({ promise, atMs: nowMs(), why });
  }
  return {
    violations,
    counts,
    fail,
    check(promise, holds, why) {
      counts[promise] = (counts[promise] ?? 0) + 1;
      if (!holds) fail(promise, why());
    },
  };
}
