import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Start, ToThread } from './protocol';

/** A started name-server thread. */
export interface Thread {
  send(message: ToThread): void;
  /** Ends it where it stands. */
  kill(): void;
}

export interface ThreadEvents {
  readonly message: (message: unknown) => void;
  /** Once, however it ended. */
  readonly ended: (why: string) => void;
}

export type Spawn = (start: Start, events: ThreadEvents) => Thread;

/** Starts the real one: it gets no environment (no secrets), and a small heap of its own. */
export const spawnThread: Spawn = (start, events) => {
  try {
    return watch(
      new Worker(join(__dirname, 'worker.js'), {
        workerData: start,
        env: {},
        resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 },
      }),
      events,
    );
  } catch (error) {
    queueMicrotask(() => events.ended(String(error).slice(0, 200)));
    return { send: () => undefined, kill: () => undefined };
  }
};

function watch(worker: Worker, events: ThreadEvents): Thread {
  let why = '';
  worker.on('message', events.message);
  worker.on('error', (error) => {
    why = String(error.message).slice(0, 200);
  });
  worker.on('exit', (code) => events.ended(why === '' ? `exit code ${code}` : why));
  return { send: (message) => worker.postMessage(message), kill: () => void worker.terminate() };
}
