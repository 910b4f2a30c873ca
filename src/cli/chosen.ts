import { noService } from '../config/nearest';
import type { Options, Terminal } from './command';

/** The services that `--record` asks for; says which there are when there is none of that name. */
export function chosen<T>(
  all: readonly T[],
  nameOf: (one: T) => string,
  options: Options,
  terminal: Terminal,
): readonly T[] {
  const found = all.filter((one) => options.record === null || nameOf(one) === options.record);
  if (found.length === 0) terminal.err(noService(options.record ?? '', all.map(nameOf)));
  return found;
}
