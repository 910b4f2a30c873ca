import type { Options, Terminal } from './command';

/** The services that `--record` asks for; says which there are when there is none of that name. */
export function chosen<T>(
  all: readonly T[],
  nameOf: (one: T) => string,
  options: Options,
  terminal: Terminal,
): readonly T[] {
  const found = all.filter((one) => options.record === null || nameOf(one) === options.record);
  if (found.length === 0)
    terminal.err(`no service "${options.record ?? ''}"; there are: ${all.map(nameOf).join(', ')}`);
  return found;
}
