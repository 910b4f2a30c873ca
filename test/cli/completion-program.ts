import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { CommandRow } from '../../src/cli/command';
import { commands } from '../../src/cli/commands';

/** A `failoverd` in the path of a shell whose daemon knows these names; the last ones want to be run, or to be file names. */
export const sites = ['asia-east1', 'europe-west1', '$(touch hacked)', '`touch hacked`'];
export const records = ['www.example.com', '*.example.com'];

/** What it prints to which question; `*.example.com` has one site, any other service none. */
const answers: readonly (readonly [question: string, answer: readonly string[]])[] = [
  ['completion sites', sites],
  ['completion sites --record *.example.com', ['of-star']],
  ['completion records', records],
];

/** Every command with its options. */
export const optionsOf = Object.entries<CommandRow>(commands).map(([name, { options }]) => {
  return [name, [...options, 'help'].map((one) => `--${one}`)] as const;
});

/** The directory that a shell is started in: its home, with that program and a file that must not be offered. */
export interface Stand {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  close(): void;
}

export function openStand(program = pretended()): Stand {
  const directory = mkdtempSync(join(tmpdir(), 'failoverd-completion-'));
  writeFileSync(join(directory, 'failoverd'), `#!/bin/sh\n${program}\n`);
  chmodSync(join(directory, 'failoverd'), 0o700);
  writeFileSync(join(directory, 'x.example.com'), '');
  const { PATH = '' } = process.env;
  return {
    directory,
    env: { PATH: `${directory}${delimiter}${PATH}`, HOME: directory },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** What a shell prints there. */
export async function run({ directory: cwd, env }: Stand, shell: string, args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(shell, args, { cwd, env, encoding: 'utf8', timeout: 60_000 })).stdout;
}

/** The program of this build, whose daemon's state is in that directory. */
export function real(stateDir: string): string {
  const main = join(__dirname, '..', '..', 'src', 'main.js');
  return `FAILOVERD_STATE_DIR='${stateDir}' exec '${process.execPath}' '${main}' "$@"`;
}

function pretended(): string {
  const cases = answers.map(([question, answer]) => {
    return `  '${question}') printf '%s\\n' ${answer.map((name) => `'${name}'`).join(' ')} ;;`;
  });
  return `case "$*" in\n${cases.join('\n')}\nesac`;
}
