import { bashCompletion } from '../../src/cli/completion-bash';
import { run, type Stand } from './completion-program';

/** What bash offers when the key is pressed behind this line, whose words are split as readline does. */
export async function bashOffers(words: readonly string[], stand: Stand): Promise<readonly string[]> {
  const script = `${bashCompletion()}
complete -p failoverd > /dev/null || exit 1
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_failoverd failoverd; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = await run(stand, 'bash', ['--norc', '--noprofile', '-c', script, 'bash', 'failoverd', ...words]);
  return out.split('\n').filter((line) => line !== '');
}
