/** Those who listen to one stream of messages: each message is encoded once, and nobody's slowness costs more than a bounded buffer. */
export interface Watchers {
  size(): number;
  /** A new listener, who gets `first` before anything else, and is got rid of by `cut`; null: there are too many. */
  add(first: readonly string[], cut: () => void): ReadableStream<Uint8Array> | null;
  send(message: string): void;
  /** Ends every stream. */
  close(): void;
}

/** What may wait for one listener; who lets it grow beyond is cut off, and asks again when it can. */
const maxWaitingBytes = 1_000_000;

/** At most so many listeners at a time. */
export function createWatchers(most: number): Watchers {
  const watchers = new Map<ReadableStreamDefaultController<Uint8Array>, () => void>();
  const encoder = new TextEncoder();

  return {
    size: () => watchers.size,
    add(first, cut) {
      if (watchers.size >= most) return null;
      const bytes = encoder.encode(first.join(''));
      let self: ReadableStreamDefaultController<Uint8Array> | null = null;
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            self = controller;
            watchers.set(controller, cut);
            controller.enqueue(bytes);
          },
          cancel() {
            if (self !== null) watchers.delete(self);
          },
        },
        // The whole status of many services may be large by itself: it does not count against whoever just came.
        new ByteLengthQueuingStrategy({ highWaterMark: maxWaitingBytes + bytes.byteLength }),
      );
    },
    send(message) {
      if (watchers.size === 0) return;
      const bytes = encoder.encode(message);
      for (const [watcher, cut] of watchers) {
        if ((watcher.desiredSize ?? 0) > 0) {
          watcher.enqueue(bytes);
          continue;
        }
        watchers.delete(watcher);
        cut();
      }
    },
    close() {
      for (const watcher of watchers.keys()) watcher.close();
      watchers.clear();
    },
  };
}
