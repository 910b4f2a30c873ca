import type { CommandRow } from './command';
import { commands, fixedWords } from './commands';
import type { OptionRow, Words } from './option';
import { type OptionName, options } from './options';

/**
 * The script for zsh: an autoloaded function `_failoverd`, or sourced after compinit (zshcompsys(1), read 2026-11-23). `_arguments` puts its own
 * options for compadd before the kind of names. It knows no option in front of the command, so the script looks for the command itself.
 */
export function zshCompletion(): string {
  const rows = Object.entries<CommandRow>(commands);
  const valued = Object.entries<OptionRow<unknown>>(options).filter(([, { value }]) => value !== null);
  return `#compdef failoverd
# zsh completion for failoverd; made by: failoverd completion zsh
_failoverd_names() {
  local -a names of
  [[ $argv[-1] == sites && -n $record ]] && of=(--record $record)
  names=(\${(f)"$(failoverd completion $argv[-1] $of 2> /dev/null)"})
  compadd "\${(@)argv[1,-2]}" -a names
}

_failoverd_commands() {
  local -a commands
  commands=(
${rows.map(([name, { summary }]) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  _describe -t commands command commands "$@"
}

_failoverd() {
  local curcontext=$curcontext record='' index command=0
  for ((index = 2; index < CURRENT; index++)); do
    case $words[index] in
      --record=*) record=\${(Q)words[index]#*=} ;;
      --record) ((index++)); record=\${(Q)words[index]} ;;
      ${valued.flatMap(([name]) => (name === 'record' ? [] : [`--${name}`])).join(' | ')}) ((index++)) ;;
      -*) ;;
      *) ((command)) || command=$index ;;
    esac
  done
  if ((!command)); then
    ((index > CURRENT)) && return 1
    if [[ $words[CURRENT] == -* ]]; then _arguments ${about('help')} ${about('version')}; else _failoverd_commands; fi
    return
  fi
  shift $((command - 1)) words
  ((CURRENT -= command - 1))
  curcontext="\${curcontext%:*:*}:failoverd-$words[1]:"
  case $words[1] in
${rows.map(([name, row]) => `    ${name}) _arguments ${specs(row)} ;;`).join('\n')}
  esac
}

if [[ $funcstack[1] == _failoverd ]]; then _failoverd "$@"; else compdef _failoverd failoverd; fi`;
}

function specs({ args, options: taken }: CommandRow): string {
  const places = args.map(({ name, optional, words }, index) =>
    quoted(`${index + 1}:${optional ? ':' : ''}${name}:${action(words)}`),
  );
  return [...taken.map(about), about('help'), ...places].join(' ');
}

/** An option as `_arguments` takes it; its letter is not offered beside its name. */
function about(name: OptionName): string {
  const { value, summary, words, many }: OptionRow<unknown> = options[name];
  const text = `[${summary.replace(/[[\]:]/g, '\\$&')}]`;
  if (value === null) return quoted(`--${name}${text}`);
  return quoted(`${many ? '*' : ''}--${name}=${text}:${value}:${words === null ? ' ' : action(words, many)}`);
}

function action(from: Words, many = false): string {
  const fixed = fixedWords(from);
  if (fixed === null) return `_failoverd_names ${from}`;
  if (from === 'commands') return '_failoverd_commands';
  return many ? `_sequence compadd - ${fixed.join(' ')}` : `(${fixed.join(' ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
