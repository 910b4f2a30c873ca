import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zshCompletion } from '../../src/cli/completion-zsh';
import { run, type Stand } from './completion-program';

/** What zsh offers behind a line, described where it is, and the line after the key. */
export interface Offered {
  readonly names: readonly string[];
  readonly about: readonly string[];
  readonly line: string;
}

/**
 * Presses the key behind every line in one interactive zsh on a pseudo-terminal (zshmodules(1), zsh/zpty), which completes with its own
 * functions; compinit finds the script in the path of functions, unless it is sourced. What they hand to compadd is written down on the way: the list that it draws is columns cut to the terminal.
 */
export async function zshOffers(lines: readonly string[], stand: Stand, sourced = false): Promise<Offered[]> {
  const { directory } = stand;
  const out = join(directory, 'zsh.out');
  writeFileSync(out, '');
  writeFileSync(join(directory, sourced ? 'script.zsh' : '_failoverd'), `${zshCompletion()}\n`);
  writeFileSync(join(directory, 'zsh.in'), inner(lines, sourced ? 'source ./script.zsh' : '', out));
  const script = `zmodload zsh/zpty && zpty host ${quoted('TERM=xterm exec zsh -f -i')} && zpty -w host ${quoted('source ./zsh.in')} || exit 1
while zpty -r host line; do print -r -- $line; done`;
  const said = await run(stand, 'zsh', ['-f', '-c', script]);
  const parts = readFileSync(out, 'utf8').split('\0\n').slice(0, -1);
  if (parts.length !== lines.length) throw new Error(`zsh answered ${parts.length} of ${lines.length} lines: ${said}`);
  return parts.map((part) => {
    const rows = part.split('\n');
    const hits = rows.slice(0, -1).map((row) => row.split('\t'));
    return {
      names: hits.map(([name = '']) => name),
      about: hits.flatMap(([, about]) => (about === undefined || about === '' ? [] : [about])),
      line: rows.at(-1) ?? '',
    };
  });
}

function inner(lines: readonly string[], load: string, out: string): string {
  return `PS1= fpath=($PWD $fpath)
autoload -Uz compinit && compinit -D -u
${load}
unsetopt auto_menu
zstyle ':completion:*' completer _complete
compadd() {
  if [[ -n \${argv[(r)-[OAD]]} ]]; then builtin compadd "$@"; return; fi
  local -a hits shown prefix text
  local index at=\${argv[(I)-d]}
  if ((at)); then
    text=("\${(@P)argv[at + 1]}")
    shown=("\${(@)text}")
  fi
  builtin compadd -A hits -D shown "$@"
  zparseopts -E -a prefix P: p:
  for ((index = 1; index <= $#hits; index++)); do
    print -r -- "$IPREFIX\${prefix[2]}$hits[index]"$'\\t'"\${shown[index]#*-- }" >> ${quoted(out)}
  done
  builtin compadd "$@"
}
ask() {
  local each COLUMNS=400
  for each in ${lines.map((line) => quoted(`failoverd ${line}`)).join(' ')}; do
    BUFFER=$each CURSOR=$#each
    zle complete-word
    printf '%s\\0\\n' "$BUFFER" >> ${quoted(out)}
  done
  exit
}
zle -N ask
zle-line-init() { ask }
zle -N zle-line-init
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
