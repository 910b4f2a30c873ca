import { added, nothing, type Range, type Run, type Tally } from './tally';

export type Summed =
  | { readonly ok: true; readonly tally: Tally; readonly run: Run }
  | { readonly ok: false; readonly why: string };

/** Adds up the lines of several runs: of one commit, and no seed twice. */
export function summed(text: string): Summed {
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  const runs = lines.map((line): Tally & Run => JSON.parse(line));
  const [first] = runs;
  if (first === undefined) return no('there is no line of a run: make them with --json');
  const unnamed = runs.findIndex(({ commit, ranges }) => commit === undefined || ranges === undefined);
  if (unnamed >= 0) return no(`line ${unnamed + 1} names no commit and no seeds, as --json does`);
  const other = runs.findIndex(({ commit }) => commit !== first.commit);
  if (other >= 0) return no(`line ${other + 1} is of commit ${runs[other]?.commit}, line 1 of ${first.commit}`);
  const playedIn = new Map<number, number>();
  for (const [index, { ranges }] of runs.entries()) {
    for (const seed of ranges.flatMap(seedsOf)) {
      const before = playedIn.get(seed);
      if (before !== undefined) return no(`lines ${before + 1} and ${index + 1} both played seed ${seed}`);
      playedIn.set(seed, index);
    }
  }
  const seconds = runs.reduce((sum, one) => sum + one.seconds, 0);
  return { ok: true, tally: runs.reduce<Tally>(added, nothing), run: { commit: first.commit, seconds } };
}

function seedsOf({ from, stride, seeds }: Range): readonly number[] {
  return Array.from({ length: seeds }, (_, index) => from + index * stride);
}

function no(why: string): Summed {
  return { ok: false, why: `these runs cannot be summed: ${why}` };
}
