import { planOf } from '../../src/sim/plan';
import { play } from '../../src/sim/play';
import { maxSeeds } from './mutant';

/** Plays seeds until a promise breaks, and says which seed and which promise: 0 when none does, 3 when one did. */
async function main(): Promise<number> {
  for (let seed = 1; seed <= maxSeeds; seed++) {
    const [broken] = (await play(planOf(seed))).violations;
    if (broken === undefined) continue;
    // Code that cannot even be played breaks no promise.
    if (broken.promise === 'threw') throw new Error(broken.why);
    process.stdout.write(`seed ${seed}: ${broken.promise}`);
    return 3;
  }
  return 0;
}

void main().then((code) => {
  process.exitCode = code;
});
