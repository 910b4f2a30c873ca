import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { printable } from '../domain/printable';
import type { Observation } from '../domain/types';
import { attempt, fail, failure, pass } from './attempt';
import type { ProbeContext } from './context';
import type { Deadline } from './deadline';

const maxOutputBytes = 64 * 1024;
const keptBytes = 1024;
/** Output may still be under way when the program has exited. */
const drainMs = 50;
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Command {
  /** Program and arguments; no shell looks at them. */
  readonly argv: readonly string[];
  /** Added to PATH and LANG, which are all else the program finds in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs a program: exit 0 passes, any other end fails with the first line it wrote. Its whole process group is killed at the
 * deadline, and what it left behind when it exits.
 */
export function probeExec(command: Command, context: ProbeContext, deadline: Deadline): Promise<Observation> {
  const [program = '', ...args] = command.argv;
  return attempt(context, deadline, (settle) => {
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH: path, LANG: 'C.UTF-8', ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let drain: NodeJS.Timeout | undefined;
    let output = '';
    let bytes = 0;
    const keep = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (output.length < keptBytes) output += chunk.toString('utf8', 0, keptBytes);
      if (bytes > maxOutputBytes)
        settle(fail(deadline, 'oversize', `${program} wrote more than ${maxOutputBytes} bytes`));
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => settle(failure(error, context, deadline)));
    child.on('exit', (code, signal) => {
      const finish = (): void => {
        if (code === 0) settle(pass(deadline));
        else settle(fail(deadline, 'status', `${program} ${signal ?? `exit ${code}`}: ${firstLine(output)}`));
      };
      child.on('close', finish);
      drain = setTimeout(finish, drainMs);
    });
    const stop = (): void => {
      clearTimeout(drain);
      killGroup(child.pid, context);
      for (const stream of [child.stdout, child.stderr] satisfies Readable[]) stream.destroy();
    };
    return { waiting: () => `${program} still running`, stop };
  });
}

function killGroup(groupId: number | undefined, context: ProbeContext): void {
  if (groupId === undefined) return;
  try {
    context.killGroup(groupId);
  } catch {
    // ESRCH: nothing of it is left, which is what was wanted.
  }
}

function firstLine(output: string): string {
  const line = output.split('\n').find((text) => text.trim() !== '');
  return line === undefined ? 'no output' : printable(line.trim());
}
