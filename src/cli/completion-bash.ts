import type { CommandRow } from './command';
import { commands, fixedWords } from './commands';
import type { OptionRow, Words } from './option';
import { options } from './options';

/**
 * The script for bash 3.2 and later. Names from the daemon are compared and quoted by the script itself: `compgen -W` would expand
 * what stands in them (bash(1), Programmable Completion, read 2026-11-23).
 */
export function bashCompletion(): string {
  const rows = Object.entries<OptionRow<unknown>>(options);
  const valued = rows.filter(([, { value }]) => value !== null);
  return `# bash completion for failoverd; made by: failoverd completion bash
_failoverd_offer() {
  local each
  while IFS= read -r each; do
    [[ -n $each && $each == "$word"* ]] && COMPREPLY+=("$(printf %q "$each")")
  done
}

_failoverd() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command='' place=0 index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      ${valued.map(([name]) => `--${name}`).join(' | ')})
        [[ \${COMP_WORDS[index + 1]} == = ]] && ((index++))
        ((index++))
        ;;
      -* | =) ;;
      *) if [[ -z $command ]]; then command=\${COMP_WORDS[index]}; else ((place++)); fi ;;
    esac
  done
  [[ $before == = ]] && before=\${COMP_WORDS[COMP_CWORD - 2]}
  [[ $word == = ]] && before=\${COMP_WORDS[COMP_CWORD - 1]} word=''
  case $before in
${valued.map(([name, { words }]) => `    --${name})${offer(words)} return ;;`).join('\n')}
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

function offer(from: Words | null): string {
  if (from === null) return '';
  const fixed = fixedWords(from);
  return fixed === null ? ` _failoverd_offer < <(failoverd completion ${from} 2> /dev/null);` : ` ${words(fixed)};`;
}

function words(all: readonly string[]): string {
  return `_failoverd_offer <<< $'${all.join('\\n')}'`;
}
