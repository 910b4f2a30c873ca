import type { CommandRow } from './command';
import { commands, fixedWords } from './commands';
import type { OptionRow, Words } from './option';
import { options } from './options';

/**
 * The script for bash 3.2 and later. `$1` of `_failoverd_offer` is what stands before the last comma of a list; nothing in a list is offered twice. Names from the daemon are compared and quoted by the script itself: `compgen -W` would expand
 * what stands in them (bash(1), Programmable Completion, read 2026-11-23).
 */
export function bashCompletion(): string {
  const rows = Object.entries<OptionRow<unknown>>(options);
  const valued = rows.filter(([, { value }]) => value !== null);
  return `# bash completion for failoverd; made by: failoverd completion bash
_failoverd_offer() {
  local each
  while IFS= read -r each; do
    [[ -n $each && $1$each == "$word"* && ",$1" != *",$each,"* ]] && COMPREPLY+=("$1$(printf %q "$each")")
  done
}

_failoverd() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command='' place=0 index record='' list=''
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      ${valued.map(([name]) => `--${name}`).join(' | ')})
        [[ \${COMP_WORDS[index]} == --record ]] && record=1
        [[ \${COMP_WORDS[index + 1]} == = ]] && ((index++))
        ((index++))
        [[ $record == 1 ]] && record=\${COMP_WORDS[index]//[\\\\\\"\\']/}
        ;;
      -* | =) ;;
      *) if [[ -z $command ]]; then command=\${COMP_WORDS[index]}; else ((place++)); fi ;;
    esac
  done
  [[ $before == = ]] && before=\${COMP_WORDS[COMP_CWORD - 2]}
  [[ $word == = ]] && before=\${COMP_WORDS[COMP_CWORD - 1]} word=''
  [[ $word == *,* ]] && list=\${word%,*},
  case $before in
${valued.map(([name, { words, many }]) => `    --${name})${offer(words, many)} return ;;`).join('\n')}
  esac
  case $command in
    '') ${words([...Object.keys(commands), '--help', '--version'])} ;;
${Object.entries<CommandRow>(commands).map(commandCase).join('\n')}
  esac
}
complete -F _failoverd failoverd`;
}

function commandCase([name, { args, options: taken }]: readonly [string, CommandRow]): string {
  const places = args.map((one, index) => `      ((place == ${index})) &&${offer(one.words)}`);
  const names = [...taken, 'help'].map((one) => `--${one}`);
  return [`    ${name})`, ...places, `      [[ -z \${COMPREPLY[0]} ]] && ${words(names)}`, '      ;;'].join('\n');
}

function offer(from: Words | null, many = false): string {
  if (from === null) return '';
  const fixed = fixedWords(from);
  if (fixed !== null) return ` ${words(fixed, many)};`;
  const of = from === 'sites' ? ` \${record:+--record "$record"}` : '';
  return ` _failoverd_offer < <(failoverd completion ${from}${of} 2> /dev/null);`;
}

function words(all: readonly string[], many = false): string {
  return `_failoverd_offer${many ? ' "$list"' : ''} <<< $'${all.join('\\n')}'`;
}
