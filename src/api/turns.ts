/** Takes turns with those who ask for something that costs. */
export interface Turns {
  /** Runs the work when its turn comes; null: too many wait already. */
  take<T>(work: () => Promise<T>): Promise<T> | null;
}

/** After a piece of work so many times its length belong to everybody else: probes, decisions and orders. */
const restTimes = 3;
const maxWaiting = 1_000;

/**
 * One question at a time, and never more than a quarter of the event loop for all of them: whoever floods the API waits longer
 * for answers, but does not keep a probe from being seen in time, which would make this node blind.
 */
export function createTurns(
  nowMs: () => number = () => performance.now(),
  rest: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Turns {
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  return {
    take(work) {
      if (waiting >= maxWaiting) return null;
      waiting += 1;
      let tookMs = 0;
      const answer = last.then(async () => {
        waiting -= 1;
        const beganMs = nowMs();
        try {
          return await work();
        } finally {
          tookMs = nowMs() - beganMs;
        }
      });
      const over = (): Promise<void> => rest(restTimes * tookMs);
      last = answer.then(over, over);
      return answer;
    },
  };
}
