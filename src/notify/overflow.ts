import type { Waiting } from './courier';

/** What may wait for one channel. */
const limit = 200;

/**
 * What gives way when more than 200 wait: first what only tells, then incidents that are over before anybody can have been told that they
 * began, then the oldest beginning (an end that is not told would leave it open for good). They are counted, and the next message says how many there were; the history has them all.
 */
export function fold(waiting: readonly Waiting[]): {
  readonly kept: readonly Waiting[];
  readonly gone: readonly Waiting[];
} {
  if (waiting.length <= limit) return { kept: waiting, gone: [] };
  const gone = oldestInfo(waiting) ?? oldestOver(waiting) ?? oldestBeginning(waiting) ?? waiting.slice(0, 1);
  return { kept: waiting.filter((one) => !gone.includes(one)), gone };
}

function oldestInfo(waiting: readonly Waiting[]): readonly Waiting[] | null {
  const found = waiting.find(({ message }) => message.action === 'info' || message.action === 'acknowledge');
  return found === undefined ? null : [found];
}

function oldestOver(waiting: readonly Waiting[]): readonly Waiting[] | null {
  for (const { message, attempts } of waiting) {
    if (message.action !== 'trigger' || attempts > 0) continue;
    const same = waiting.filter((one) => one.message.incident === message.incident);
    if (same.some((one) => one.message.action === 'resolve')) return same;
  }
  return null;
}

function oldestBeginning(waiting: readonly Waiting[]): readonly Waiting[] | null {
  const found = waiting.find(({ message }) => message.action === 'trigger');
  return found === undefined ? null : [found];
}
