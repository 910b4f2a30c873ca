import { printable } from '../../src/domain/printable';
import { startProgram } from './command';

export type Locked =
  /** `held`: false once the lock was lost, because somebody killed the program that holds it. */
  | { readonly ok: true; readonly held: () => boolean; readonly release: () => Promise<void> }
  | { readonly ok: false; readonly code: 'conflict' | 'denied' | 'unavailable'; readonly why: string };

const grantMs = 3_000;

/**
 * Makes us the only writer that takes this lock, on this machine, until `release` or the end of this process, however it ends.
 *
 * Node has no flock(2). So flock(1) (util-linux, BusyBox) holds the lock for as long as the program below it runs, which is cat, for as
 * long as we keep its input open: the kernel closes that when we die, and there is no stale lock to be guessed at. Cat repeats the first
 * line it is given, so we know when the lock is ours.
 */
export function takeLock(path: string, signal: AbortSignal): Promise<Locked> {
  const late = { ok: false, code: 'unavailable', why: `the lock ${path} was not granted in time` } as const;
  const unable = (why: string): Locked => ({ ok: false, code: 'denied', why: `the lock ${path}: ${why}` });
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(late);
    const child = startProgram(['flock', '-n', path, 'cat'], 'pipe');
    if (typeof child === 'string') return resolve(unable(child));
    let complaint = '';
    const ended = new Promise<void>((over) => {
      child.once('exit', () => over());
      child.once('error', () => over());
    });
    const held = (): boolean => child.exitCode === null && child.signalCode === null;
    const release = async (): Promise<void> => {
      child.stdin?.destroy();
      const kill = setTimeout(() => child.kill('SIGKILL'), grantMs);
      await ended;
      clearTimeout(kill);
    };
    const settle = (locked: Locked): void => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', stop);
      if (!locked.ok) child.stdin?.destroy();
      resolve(locked);
    };
    const stop = (): void => settle(late);
    const deadline = setTimeout(stop, grantMs);
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', (error) => settle(unable(`${printable(error.message)}; install util-linux`)));
    // It may end before it reads; its end is heard below.
    child.stdin?.on('error', () => undefined);
    child.stdin?.write('mine\n');
    child.stdout?.once('data', () => settle({ ok: true, held, release }));
    child.stderr?.on('data', (chunk: Buffer) => {
      if (complaint.length < 1_000) complaint += chunk.toString('utf8');
    });
    child.once('close', () => {
      const busy = { ok: false, code: 'conflict', why: `another writer holds ${path} at this moment` } as const;
      settle(complaint === '' ? busy : unable(printable(complaint.trim())));
    });
  });
}
