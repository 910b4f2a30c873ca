import type { Plan } from './plan';
import { type Listen, type Outcome, play } from './play';

/** Takes away from a plan, act by act and fault by fault, what the broken promise does not need; bounded in runs. */
export async function shrink(
  plan: Plan,
  broken: Outcome,
  listen?: Listen,
  runs = 60,
): Promise<{ readonly plan: Plan; readonly outcome: Outcome }> {
  const promise = broken.violations[0]?.promise;
  let best = { plan, outcome: broken };
  let left = runs;
  for (let changed = true; changed && left > 0; ) {
    changed = false;
    for (const smaller of smallerThan(best.plan)) {
      if (left <= 0) break;
      left -= 1;
      const outcome = await play(smaller, listen);
      if (outcome.violations[0]?.promise !== promise) continue;
      best = { plan: smaller, outcome };
      changed = true;
      break;
    }
  }
  return best;
}

function* smallerThan(plan: Plan): Generator<Plan> {
  const { acts } = plan;
  for (const [at, act] of acts.entries()) {
    yield { ...plan, acts: acts.filter((_, index) => index !== at) };
    for (const [gone] of act.episodes.entries()) {
      if (act.episodes.length === 1) continue;
      const episodes = act.episodes.filter((_, index) => index !== gone);
      yield { ...plan, acts: acts.map((one, index) => (index === at ? { ...act, episodes } : one)) };
    }
  }
}
