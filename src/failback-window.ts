import { createTask } from 'node-cron';

export interface FailbackWindow {
  /** Whether an automatic failback may be made at this wall time; a wall clock that cannot be believed opens nothing. */
  isOpen(wallMs: number, clockSuspect: boolean): boolean;
  close(): void;
}

/** FAILOVERD_FAILBACK_WINDOW: cron expressions name minutes, in local time, and it is open for all of each. None: always open. */
export function createFailbackWindow(expressions: readonly string[]): FailbackWindow {
  const tasks = expressions.map((expression) => createTask(expression, () => undefined));
  return {
    isOpen(wallMs, clockSuspect) {
      if (tasks.length === 0) return true;
      const minute = new Date(Math.floor(wallMs / 60_000) * 60_000);
      return !clockSuspect && tasks.some((task) => task.match(minute));
    },
    close() {
      for (const task of tasks) void task.destroy();
    },
  };
}
