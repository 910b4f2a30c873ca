/** A timer this late was held up by the event loop, not by the clock's grain. */
const lateMs = 20;
/** What sockets get to speak after the loop was held up. */
const graceMs = 50;

export type DeadlineEnd = 'expired' | 'cancelled';

/** The one time limit of a round: everything from the first DNS question to the last byte. Times are of `performance.now()`. */
export interface Deadline {
  readonly startedMs: number;
  readonly timeoutMs: number;
  /** By how much the event loop missed the moment; 0 until it was missed. */
  lateMs(): number;
  /** Calls back once at the end, at once if it is over; the returned function unsubscribes. */
  onEnd(run: (how: DeadlineEnd) => void): () => void;
  cancel(): void;
}

/**
 * Starts a deadline. A timer that fires late proves nothing against the target: its answer may lie unread in a socket, behind the
 * timer in the same turn of the loop. So a deadline always lets one poll phase pass, and 50 ms more when it was late.
 */
export function startDeadline(timeoutMs: number): Deadline {
  const startedMs = performance.now();
  const listeners = new Set<(how: DeadlineEnd) => void>();
  let ended: DeadlineEnd | null = null;
  let late = 0;
  let timer = setTimeout(() => {
    late = Math.max(0, performance.now() - startedMs - timeoutMs);
    setImmediate(() => {
      if (late <= lateMs) return end('expired');
      timer = setTimeout(end, graceMs, 'expired');
    });
  }, timeoutMs);

  const end = (how: DeadlineEnd): void => {
    if (ended !== null) return;
    ended = how;
    clearTimeout(timer);
    for (const run of [...listeners]) run(how);
    listeners.clear();
  };
  return {
    startedMs,
    timeoutMs,
    lateMs: () => late,
    onEnd(run) {
      if (ended !== null) run(ended);
      else listeners.add(run);
      return () => listeners.delete(run);
    },
    cancel: () => end('cancelled'),
  };
}

/** The promise's value, or null when the deadline ends first. The promise must not reject. */
export function within<T>(deadline: Deadline, promise: Promise<T>): Promise<T | null> {
  return new Promise((resolve) => {
    const forget = deadline.onEnd(() => resolve(null));
    void promise.then((value) => {
      forget();
      resolve(value);
    });
  });
}
