import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fishCompletion } from '../../src/cli/completion-fish';
import { run, type Stand } from './completion-program';

/** A name, and what it says beside it. */
export type Described = readonly string[];

/** What one fish offers behind each of these lines; it needs no terminal for that (`complete -C`). */
export async function fishOffers(lines: readonly string[], stand: Stand): Promise<readonly (readonly Described[])[]> {
  writeFileSync(join(stand.directory, 'script.fish'), fishCompletion());
  const ask = 'source script.fish; for line in $argv; complete -C "failoverd $line"; echo =; end';
  const out = await run(stand, 'fish', ['--no-config', '-c', ask, ...lines]);
  const parts = out.split('=\n').slice(0, -1);
  return parts.map((part) => part.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')])));
}
