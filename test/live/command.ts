import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { mustNotShow } from '../canary';

/** The file of the program, as it is published. */
export const main = join(__dirname, '..', '..', 'src/main.js');

export interface Ended {
  /** -1: it was ended by a signal, or after its time. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** All it printed. */
  readonly text: string;
}

/** Runs a command of failoverd to its end. Rejects when it printed a secret. */
export async function failoverd(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  timeout = 30_000,
): Promise<Ended> {
  const ended = await new Promise<Ended>((resolve) => {
    execFile(process.execPath, [main, ...words], { env, timeout }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err, text: out + err });
    });
  });
  mustNotShow([[`failoverd ${words.join(' ')}`, ended.text]]);
  return ended;
}
