import { spawn } from 'node:child_process';
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

/** All that a program we start finds in its environment. */
export const commandEnv: Readonly<Record<string, string>> = { PATH: path, LANG: 'C.UTF-8' };

/**
 * Runs a program without a shell, in a session of its own (a Ctrl-C is not for it), for at most ten seconds; kills it at the abort. Keeps
 * `maxBytes` of what it writes, the rest is thrown away.
 */
export function run(command: readonly string[], signal: AbortSignal, maxBytes = 16 * 1024): Promise<Ran> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    if (signal.aborted)
      return resolve({ kind: 'not-started', why: `${program} was not started: the deadline had passed` });
    const child = spawn(program, args, {
      cwd: '/',
      env: commandEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const keep = (chunk: Buffer): void => {
      if (bytes < maxBytes) chunks.push(chunk.subarray(0, maxBytes - bytes));
      bytes += chunk.length;
    };
    let drain: NodeJS.Timeout | undefined;
    const settle = (ran: Ran): void => {
      clearTimeout(deadline);
      clearTimeout(drain);
      signal.removeEventListener('abort', stop);
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(ran);
    };
    const stop = (): void =>
      settle({ kind: 'killed', why: `${program} was still running at the deadline and was killed` });
    const deadline = setTimeout(stop, deadlineMs);
    signal.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => settle({ kind: 'not-started', why: `${program}: ${printable(error.message)}` }));
    child.once('exit', (status, killer) => {
      const ended = (): void => {
        const output = Buffer.concat(chunks).toString('utf8');
        settle(
          status === null
            ? { kind: 'killed', why: `${program} was killed by ${killer ?? 'a signal'}` }
            : { kind: 'ended', status, output },
        );
      };
      child.once('close', ended);
      drain = setTimeout(ended, drainMs);
    });
  });
}

/** What a program said, on one line, cut and safe to print. */
export function said(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  return printable(lines.filter((line) => line !== '').join('; ')) || 'it said nothing';
}
