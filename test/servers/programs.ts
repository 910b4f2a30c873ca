import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program lies, also if only root's PATH leads there; null: it is not installed. */
export function findProgram(program: string): string | null {
  const { PATH = '' } = process.env;
  const places = [...PATH.split(delimiter), '/usr/sbin'].map((directory) => join(directory, program));
  return places.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
