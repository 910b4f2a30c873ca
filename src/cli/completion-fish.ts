import type { CommandRow } from './command';
import { commands, fixedWords, takers } from './commands';
import type { OptionRow, Words } from './option';
import { type OptionName, options } from './options';

/** The script for fish: one line for each command and option (fish `complete`, fishshell.com/docs/current/cmds/complete.html, read 2026-11-23). */
export function fishCompletion(): string {
  const rows = Object.entries<CommandRow>(commands);
  const all = Object.keys(options) as OptionName[];
  return [
    '# fish completion for failoverd; made by: failoverd completion fish',
    'complete -c failoverd -f',
    ...rows.map(([name, { summary }]) => line('__fish_use_subcommand', `-a ${name}`, summary)),
    ...rows.flatMap(([name, { args }]) => args.map((one) => line(after([name]), offered(one.words), one.name))),
    ...all.map((name) => {
      const { value, summary, short, words }: OptionRow<unknown> = options[name];
      const letter = short === null ? '' : `-s ${short} `;
      const takes = value === null ? '' : ` -x${words === null ? '' : ` ${offered(words)}`}`;
      return line(takers(name).length === 0 ? null : after(takers(name)), `${letter}-l ${name}${takes}`, summary);
    }),
  ].join('\n');
}

function line(when: string | null, what: string, summary: string): string {
  return `complete -c failoverd ${when === null ? '' : `-n ${quoted(when)} `}${what} -d ${quoted(summary)}`;
}

function after(names: readonly string[]): string {
  return `__fish_seen_subcommand_from ${names.join(' ')}`;
}

function offered(from: Words): string {
  const fixed = fixedWords(from);
  return `-a ${quoted(fixed === null ? `(failoverd completion ${from} 2> /dev/null)` : fixed.join(' '))}`;
}

/** Within single quotes fish knows two escapes, \\\\ and \\'. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
