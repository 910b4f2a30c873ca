import { printable } from '../../src/domain/printable';
import type { Replacement } from '../provider';
import type { Failed } from '../reread';
import { type Action, readOutcome, readReply, request, type Shown, type Subject } from './contract';
import { type Program, type Ran, run } from './process';

export interface OpenProgram {
  /** One run; what it wrote, or why that does not count. Never rejects, and tells no value of the environment. */
  ask(
    action: Action,
    wanted: Replacement | null,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly value: Readonly<Record<string, unknown>> } | Failed>;
  unreadable(action: Action): Failed;
  /** The program's words with the values of its variables blotted out, escaped and cut. */
  readonly shown: Shown;
  /** Kills what is still running. */
  close(): Promise<void>;
}

/** Shorter values would be found in innocent text. */
const shortestSecret = 4;

export function openProgram(program: Program, subject: Subject): OpenProgram {
  const { argv, env } = program;
  const closing = new AbortController();
  const secrets = Object.entries(env).filter(
    ([name, value]) => name.startsWith('EXEC_PROVIDER_') && value.length >= shortestSecret,
  );
  const shown = (text: string): string =>
    printable(secrets.reduce((rest, [name, value]) => rest.replaceAll(value, `[${name}]`), text));

  return {
    async ask(action, wanted, signal) {
      const ran = await run(program, request(action, subject, wanted), AbortSignal.any([signal, closing.signal]));
      const reply = ran.kind === 'ended' ? readReply(ran.stdout) : null;
      const failed = failureOf(`${argv[0]} ${action}`, ran, reply, shown);
      if (failed !== null) return failed;
      return reply === null ? unreadable(action) : { ok: true, value: reply };
    },
    unreadable,
    shown,
    close: async () => closing.abort(),
  };
}

function unreadable(action: Action): Failed {
  return {
    ok: false,
    code: 'unknown',
    why: `the program ended well, but wrote no answer to "${action}" that is understood`,
  };
}

/**
 * Why a run does not count, or null. A word of failure is believed with any exit code, a word of success with 0 alone.
 *
 * | the program                                 | code        |
 * |---------------------------------------------|-------------|
 * | may not be run                              | denied      |
 * | is not there, or cannot be started (EMFILE) | unavailable |
 * | was killed, at the deadline or the limit    | unknown     |
 * | wrote an outcome other than applied         | that        |
 * | exited with another code than 0             | unknown     |
 */
function failureOf(
  what: string,
  ran: Ran,
  reply: Readonly<Record<string, unknown>> | null,
  shown: Shown,
): Failed | null {
  if (ran.kind === 'not-started') {
    const code = ran.code === 'EACCES' || ran.code === 'ENOEXEC' ? 'denied' : 'unavailable';
    return { ok: false, code, why: `${what}: not started (${ran.code})` };
  }
  if (ran.kind === 'killed') return { ok: false, code: 'unknown', why: `${what}: ${ran.why}, and was killed` };
  const outcome = reply === null ? null : readOutcome(reply, shown);
  if (outcome !== null && outcome.code !== 'applied') {
    const { code, why, retryAfterMs } = outcome;
    return { ok: false, code, why: `${what}: ${why}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  if (ran.code === 0) return null;
  const line = ran.stderr.split('\n').find((text) => text.trim() !== '') ?? '';
  const said = line === '' ? '' : `, "${shown(line.trim())}"`;
  return {
    ok: false,
    code: 'unknown',
    why: `${what}: ${ran.code === null ? 'killed by a signal' : `exit ${ran.code}`}${said}`,
  };
}
