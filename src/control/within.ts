import type { Clock } from './ports';

/** Does `work` with a signal that aborts after `ms` on the port's clock, or with one of `others`: simulated time ends waits too. */
export async function within<T>(
  clock: Pick<Clock, 'after'>,
  ms: number,
  others: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const cancel = clock.after(ms, () => deadline.abort());
  const result = await work(AbortSignal.any([...others, deadline.signal]));
  cancel();
  return result;
}

/** Waits for `ms` on the port's clock, or until the signal aborts. */
export function pause(clock: Pick<Clock, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
