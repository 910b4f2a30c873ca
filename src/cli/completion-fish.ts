import type { CommandRow } from './command';
import { commands, fixedWords, takers } from './commands';
import type { OptionRow, Words } from './option';
import { type OptionName, options } from './options';

/**
 * The script for fish: one line for each command and option (fish `complete`, fishshell.com/docs/current/cmds/complete.html, read 2026-11-23).
 * `__fish_seen_subcommand_from` would find a command in the value of an option and in `help switch`, so the script reads the line itself.
 */
export function fishCompletion(): string {
  const rows = Object.entries<CommandRow>(commands);
  const all = Object.keys(options) as OptionName[];
  const valued = all.filter((name) => options[name].value !== null).map((name) => `--${name}`);
  return [
    `# fish completion for failoverd; made by: failoverd completion fish
# Prints the service, the command, and how many words stand behind it, or "value" where this word is that of an option.
function __failoverd_line
    set -l words (commandline -opc)
    set -l service
    set -l option
    set -l seen
    set -e words[1]
    for word in $words
        if set -q option[1]
            test $option = --record; and set service $word
            set -e option
        else
            switch "$word"
                case '--record=*'
                    set service (string replace -- --record= '' $word)
                case ${valued.join(' ')}
                    set option $word
                case '-*'
                case '*'
                    set -a seen $word
            end
        end
    end
    set -l place (count $seen[2..])
    set -q option[1]; and set place value
    string join -- \\n "$service" "$seen[1]" $place
end

function __failoverd_command
    contains -- (__failoverd_line)[2] $argv
end

function __failoverd_place
    set -l line (__failoverd_line)
    test "$line[2..]" = "$argv"
end

# What the daemon knows; silent too where the program is not in the path.
function __failoverd_names
    set -l service (__failoverd_line)[1]
    test $argv = sites -a -n "$service"; and set -a argv --record $service
    type -q failoverd; and failoverd completion $argv 2> /dev/null
end

# A list item by item; nothing in it is offered twice.
function __failoverd_list
    set -l before (commandline -ct | string replace -r -- '^--[a-z]+=' '' | string replace -r -- '[^,]*$' '')
    for each in $argv
        contains -- $each (string split -- , "$before"); or echo "$before$each"
    end
end

complete -c failoverd -f`,
    ...rows.map(([name, { summary }]) => line("__failoverd_place '' 0", `-a ${name}`, summary)),
    ...rows.flatMap(([name, { args }]) =>
      args.map((one, place) => line(`__failoverd_place ${name} ${place}`, `-a ${offered(one.words)}`, one.name)),
    ),
    ...all.map((name) => {
      const { value, summary, short, words, many }: OptionRow<unknown> = options[name];
      const letter = short === null ? '' : `-s ${short} `;
      const takes = value === null ? '' : ` -x${words === null ? '' : ` -a ${offered(words, many)}`}`;
      return line(condition(name), `${letter}-l ${name}${takes}`, summary);
    }),
  ].join('\n');
}

/** Every command explains itself; the version is asked of none. */
function condition(name: OptionName): string | null {
  if (name === 'help') return null;
  return `__failoverd_command ${takers(name).length === 0 ? "''" : takers(name).join(' ')}`;
}

function line(when: string | null, what: string, summary: string): string {
  return `complete -c failoverd ${when === null ? '' : `-n ${quoted(when)} `}${what} -d ${quoted(summary)}`;
}

function offered(from: Words, many = false): string {
  const fixed = fixedWords(from);
  if (fixed !== null) return quoted(many ? `(__failoverd_list ${fixed.join(' ')})` : fixed.join(' '));
  return quoted(`(__failoverd_names ${from})`);
}

/** Within single quotes fish knows two escapes, \\\\ and \\'. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
