import { jitter } from '../domain/rto';
import type { Clock, Event } from './ports';

export interface Canaries {
  start(): void;
  stop(): void;
}

/** Asks each canary at its pace and tells every service: what must answer for us to trust ourselves. */
export function createCanaries(
  names: readonly string[],
  intervalMs: number,
  ports: { readonly clock: Clock; readonly random: () => number; readonly ask: (name: string) => Promise<boolean> },
  tell: (event: Event) => void,
): Canaries {
  const cancels = new Map<string, () => void>();
  let stopped = false;

  async function ask(name: string): Promise<void> {
    const ok = await ports.ask(name);
    if (stopped) return;
    tell({ type: 'canary', name, ok });
    const waitMs = intervalMs * (1 + jitter * (2 * ports.random() - 1));
    cancels.set(
      name,
      ports.clock.after(waitMs, () => void ask(name)),
    );
  }

  return {
    start: () => {
      for (const name of names) void ask(name);
    },
    stop() {
      stopped = true;
      for (const cancel of cancels.values()) cancel();
    },
  };
}
