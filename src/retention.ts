import { createTask } from 'node-cron';
import type { Clock } from './control/ports';

export interface Retention {
  start(): void;
  stop(): void;
}

/** Between two batches, so that probes and the mailboxes have their turn. */
const nextBatchMs = 1_000;

/**
 * Has old history removed every five minutes, in batches: `prune` removes one and says whether there may be more. Asks until there is
 * none, so that the file keeps to its retention however fast observations come.
 */
export function createRetention(
  prune: () => boolean,
  clock: Pick<Clock, 'after'>,
  schedule = '*/5 * * * *',
): Retention {
  let cancel = (): void => undefined;
  function batch(): void {
    cancel();
    if (prune()) cancel = clock.after(nextBatchMs, batch);
  }
  const task = createTask(schedule, batch, { noOverlap: true });
  return {
    start: () => void task.start(),
    stop() {
      void task.destroy();
      cancel();
    },
  };
}
