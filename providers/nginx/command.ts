import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { printable } from '../../src/domain/printable';

export type Ran =
  /** It ended by itself. `output`: what it wrote, both streams, cut. */
  | { readonly kind: 'ended'; readonly status: number; readonly output: string }
  | { readonly kind: 'not-started'; readonly why: string }
  /** It was killed, by us at the deadline or by somebody else: what it did is not known. */
  | { readonly kind: 'killed'; readonly why: string };

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const deadlineMs = 10_000;
/** Output may still be under way when the program has exited. */
const drainMs = 50;

/**
 * Starts a program without a shell, with an environment of PATH and LANG, in a session of its own: a Ctrl-C is not for it. What Node tells by
 * an `error` event is the caller's to hear; what it throws instead (ENOTDIR, say) comes back as text.
 */
export function startProgram(command: readonly string[], input: 'ignore' | 'pipe'): ChildProcess | string {
  const [program = '', ...args] = command;
  const env = { PATH: path, LANG: 'C.UTF-8' };
  const options: SpawnOptions = { cwd: '/', env, stdio: [input, 'pipe', 'pipe'], detached: true };
  try {
    return spawn(program, args, options);
  } catch (error) {
    return printable(String(error));
  }
}

/** Runs a program for at most ten seconds; kills it at the abort. Keeps `maxBytes` of what it writes, the rest is thrown away. */
export function run(command: readonly string[], signal: AbortSignal, maxBytes = 16 * 1024): Promise<Ran> {
  const program = command[0] ?? '';
  return new Promise((resolve) => {
    const never = (why: string): void => resolve({ kind: 'not-started', why: `${program} was not started: ${why}` });
    if (signal.aborted) return never('the deadline had passed');
    const child = startProgram(command, 'ignore');
    if (typeof child === 'string') return never(child);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const keep = (chunk: Buffer): void => {
      if (bytes < maxBytes) chunks.push(chunk.subarray(0, maxBytes - bytes));
      bytes += chunk.length;
    };
    let drain: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(deadline);
      clearTimeout(drain);
      signal.removeEventListener('abort', stop);
      child.kill('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const stop = (): void => {
      end();
      resolve({ kind: 'killed', why: `${program} was still running at the deadline and was killed` });
    };
    const deadline = setTimeout(stop, deadlineMs);
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', (error) => {
      end();
      never(printable(error.message));
    });
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('exit', (status, killer) => {
      const ended = (): void => {
        end();
        if (status === null) resolve({ kind: 'killed', why: `${program} was killed by ${killer ?? 'a signal'}` });
        else resolve({ kind: 'ended', status, output: Buffer.concat(chunks).toString('utf8') });
      };
      child.once('close', ended);
      drain = setTimeout(ended, drainMs);
    });
  });
}

/** What a program said, on one line, cut and safe to print; of nginx's messages only the errors, where there are any. */
export function said(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const errors = lines.filter((line) => /\[(emerg|alert|crit|error)\]/.test(line));
  const told = errors.length > 0 ? errors : lines.filter((line) => line !== '');
  return printable(told.join('; ')) || 'it said nothing';
}
