import { dirname } from 'node:path';
import { recordFindings } from '../findings';
import type {
  CreateProvider,
  Finding,
  Guarantees,
  Provider,
  ProviderInput,
  Replacement,
  SettingsProblems,
} from '../provider';
import { type Looked, type Name, replaceReread, type Written } from '../reread';
import { ownUid, rightsFindings, rootFindings } from '../rights';
import { type Read, readFindings, readFound, readOutcome } from './contract';
import { openProgram } from './program';

const guarantees: Guarantees = {
  atomic: false,
  compareAndSwap: false,
  note:
    'what the program does is its own affair: it is told what must still be there, its word "applied" is checked by reading, and a value ' +
    'that somebody writes between our reading and its writing is overwritten unless it looks itself.',
};

export const problemsOf: SettingsProblems = ({ env: { EXEC_PROVIDER_COMMAND: command = '' } }) => {
  const argv = wordsOf(command);
  if (/^\/.*[^/]$/.test(argv[0] ?? '') && argv.length <= 64) return [];
  const why =
    command === '' ? 'is not set' : 'is not the absolute path of a program and up to 63 arguments, apart by spaces';
  const remedy = 'write it like /usr/local/bin/my-dns --production; what needs quotes goes into a script';
  return [{ name: 'EXEC_PROVIDER_COMMAND', why, remedy }];
};

function wordsOf(command: string): readonly string[] {
  return command.split(/\s+/).filter((word) => word !== '');
}

/** The adapter that runs a program for each action. */
export const create: CreateProvider = async (input) => {
  const problems = problemsOf(input);
  if (problems.length > 0) return { ok: false, problems };
  const { EXEC_PROVIDER_COMMAND: command = '', ...env } = input.env;
  return { ok: true, provider: provider(wordsOf(command), env, input) };
};

/** What a program finds of PATH when we have none ourselves. */
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function provider(argv: readonly string[], env: Readonly<Record<string, string>>, input: ProviderInput): Provider {
  const { record } = input;
  const program = openProgram({ argv, env: { PATH: path, ...env } }, input);

  async function look(signal: AbortSignal): Promise<Looked<Read>> {
    const reply = await program.ask('read', null, signal);
    if (!reply.ok) return reply;
    const seen = readFound(reply.value, program.shown);
    return seen === null ? program.unreadable('read') : { ok: true, seen };
  }

  async function write(_: Read, wanted: Replacement, signal: AbortSignal): Promise<Written> {
    const reply = await program.ask('replace', wanted, signal);
    if (!reply.ok) return reply;
    const outcome = readOutcome(reply.value, program.shown);
    if (outcome === null) return program.unreadable('replace');
    const { code, ...rest } = outcome;
    return code === 'applied' ? { ok: true, ...rest } : { ok: false, code, ...rest };
  }

  async function preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    const told = await program.ask('preflight', null, signal);
    const own = told.ok ? readFindings(told.value, program.shown) : null;
    const silent: Finding = {
      level: 'warn',
      text: `the program says nothing to preflight: ${told.ok ? 'no list of findings' : told.why}`,
    };
    const looked = await look(signal);
    const seen: readonly Finding[] = looked.ok
      ? recordFindings(record, looked.seen.found)
      : [{ level: 'error', text: looked.why }];
    return [...(own ?? [silent]), ...seen, ...(await rights())];
  }

  async function rights(): Promise<readonly Finding[]> {
    const [path = ''] = argv;
    const uid = ownUid();
    const places = [path, dirname(path)].map((place) => rightsFindings(place, 'moves the name', uid));
    return [...(await Promise.all(places)).flat(), ...rootFindings(uid, 'the program')];
  }

  const name: Name<Read> = { record, look, write };
  return {
    name: 'exec',
    guarantees,
    async read(signal) {
      const looked = await look(signal);
      if (looked.ok) return { ok: true, ...looked.seen };
      return { ...looked, code: looked.code === 'conflict' ? 'unknown' : looked.code };
    },
    replace: (wanted, signal) => replaceReread(name, wanted, signal),
    nameservers: async () => [],
    preflight,
    close: program.close,
  };
}
