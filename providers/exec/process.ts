import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { isObject } from '../json';

export interface Program {
  /** Absolute path, then arguments. No shell looks at them. */
  readonly argv: readonly string[];
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
}

/** How one run ended. */
export type Ran =
  | {
      readonly kind: 'ended';
      /** Null: it was killed by a signal. */
      readonly code: number | null;
      readonly stdout: string;
      readonly stderr: string;
    }
  /** It never ran; the system's code says why. */
  | { readonly kind: 'not-started'; readonly code: string }
  /** It was killed, and may have done anything. */
  | { readonly kind: 'killed'; readonly why: string };

const maxOutputBytes = 1024 * 1024;
const keptErrorBytes = 4096;
/** One run from start to end, whatever its caller allows. */
const deadlineMs = 30_000;
/** Output may still be under way when the program has exited. */
const drainMs = 100;

/**
 * Runs a program once: `input` on its stdin, what it writes taken to the limit. At the deadline it is killed with its whole process
 * group, and so is what it leaves behind that still holds its output open.
 */
export function run({ argv, env }: Program, input: string, signal: AbortSignal): Promise<Ran> {
  const [program = '', ...args] = argv;
  if (signal.aborted) return Promise.resolve({ kind: 'not-started', code: 'stopped before it was started' });
  return new Promise((resolve) => {
    let child: ChildProcessWithoutNullStreams;
    try {
      child = spawn(program, args, { cwd: '/', env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    } catch (error) {
      return resolve({ kind: 'not-started', code: codeOf(error) });
    }
    const stop = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    let drain: NodeJS.Timeout | undefined;

    const settle = (ran: Ran, leftovers: boolean): void => {
      clearTimeout(drain);
      stop.removeEventListener('abort', onStop);
      if (leftovers) killGroup(child.pid);
      // Out of file descriptors, Node makes a child without streams.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      resolve(ran);
    };
    const kill = (why: string): void => {
      child.kill('SIGKILL');
      settle({ kind: 'killed', why }, true);
    };
    const onStop = (): void => kill(signal.aborted ? 'stopped before it ended' : `not ended within ${deadlineMs} ms`);
    stop.addEventListener('abort', onStop, { once: true });
    child.on('error', (error) => settle({ kind: 'not-started', code: codeOf(error) }, false));
    child.on('exit', (code) => {
      const end = (leftovers: boolean): void =>
        settle({ kind: 'ended', code, stdout: Buffer.concat(chunks).toString(), stderr }, leftovers);
      child.on('close', () => end(false));
      drain = setTimeout(() => end(true), drainMs);
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxOutputBytes) kill(`wrote more than ${maxOutputBytes} bytes`);
      else chunks.push(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < keptErrorBytes) stderr += chunk.toString('utf8', 0, keptErrorBytes);
    });
    // A program that does not read its input closes it: that is its own affair.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function codeOf(error: unknown): string {
  const { code } = isObject(error) ? error : {};
  return typeof code === 'string' ? code : 'no code';
}

/**
 * Node's own `kill` of a child reaches that one process only, and a request that a grandchild has begun would go on. The program leads a
 * group of its own (`detached`), which any POSIX shell can kill. Where there is no shell, or the program has left its group, what it
 * started lives on.
 */
function killGroup(groupId: number | undefined): void {
  if (groupId === undefined) return;
  const killer = spawn('/bin/sh', ['-c', 'kill -s KILL -- "-$0"', String(groupId)], {
    cwd: '/',
    env: {},
    stdio: 'ignore',
  });
  killer.on('error', () => undefined);
}
