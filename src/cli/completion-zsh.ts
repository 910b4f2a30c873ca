import type { CommandRow } from './command';
import { commands, fixedWords } from './commands';
import type { OptionRow, Words } from './option';
import { type OptionName, options } from './options';

/**
 * The script for zsh: an autoloaded function `_failoverd`, or sourced after compinit (zshcompsys(1), read 2026-11-23). `_arguments` puts its own
 * options for compadd before the kind of names.
 */
export function zshCompletion(): string {
  const rows = Object.entries<CommandRow>(commands);
  return `#compdef failoverd
# zsh completion for failoverd; made by: failoverd completion zsh
_failoverd_names() {
  local -a names
  names=(\${(f)"$(failoverd completion \${@[-1]} 2> /dev/null)"})
  compadd \${@[1,-2]} -a names
}

_failoverd() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a commands
  commands=(
${rows.map(([name, { summary }]) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  _arguments -C ${quoted(specOf('help'))} ${quoted(specOf('version'))} '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $words[1] in
${rows.map(([name, row]) => `        ${name}) _arguments ${specs(row).map(quoted).join(' ')} ;;`).join('\n')}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _failoverd ]]; then _failoverd "$@"; else compdef _failoverd failoverd; fi`;
}

function specs({ args, options: taken }: CommandRow): readonly string[] {
  const places = args.map(({ name, optional, words }, index) => {
    return `${index + 1}:${optional ? ':' : ''}${name}:${action(words)}`;
  });
  return [...taken.map(specOf), specOf('help'), ...places];
}

function specOf(name: OptionName): string {
  const { value, summary, words, many }: OptionRow<unknown> = options[name];
  const about = `[${summary.replace(/[[\]:]/g, '\\$&')}]`;
  if (value === null) return `--${name}${about}`;
  return `${many ? '*' : ''}--${name}=${about}:${value}:${words === null ? ' ' : action(words)}`;
}

function action(from: Words): string {
  const fixed = fixedWords(from);
  return fixed === null ? `_failoverd_names ${from}` : `(${fixed.join(' ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
