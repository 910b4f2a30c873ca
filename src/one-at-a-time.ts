export interface OneAtATime {
  /** Does the work now, or once more when what is under way has ended, however often it is asked meanwhile. */
  ask(): void;
  /** Takes no more, and resolves when what is under way has ended. */
  close(): Promise<void>;
}

/** Work that must never overlap itself, asked for at any moment. The work does not throw. */
export function oneAtATime(work: () => Promise<void>): OneAtATime {
  let asked = false;
  let closed = false;
  let underway: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (asked && !closed) {
      asked = false;
      await work();
    }
    underway = null;
  }

  return {
    ask() {
      asked = true;
      if (!closed) underway ??= run();
    },
    async close() {
      closed = true;
      await underway;
    },
  };
}
