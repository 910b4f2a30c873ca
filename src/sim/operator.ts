import type { Policy } from '../domain/types';
import { type Played, playScript } from './operator-play';
import { type Scenario, scriptOf } from './operator-scenarios';
import { type Summary, summaryOf } from './operator-summary';
import { seeded } from './time';

/** What an operator wants to see played with settings of his own. */
export interface Wish {
  readonly policy: Policy;
  /** What the provider takes to publish. */
  readonly settleMs: number;
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
}

/** So many ticks and probes are played for one wish at most, where that leaves any repetitions: some seconds on one core. */
const mostSteps = 400_000;
const most = { outage: 8, loss: 2, flap: 1 } as const;
const least = { outage: 2, loss: 1, flap: 1 } as const;

/** Plays every scenario several times, the trouble at another moment of the interval each time; in half of them packets vanish. */
export async function simulate(wish: Wish, progress: (share: number) => void): Promise<readonly Summary[]> {
  const { settleMs, scenarios } = wish;
  // It is one daemon, and it writes. The self-test is left out: it moves nothing.
  const policy: Policy = { ...wish.policy, quorum: 1, dryRun: false, selftest: null };
  const counts = repetitionsOf(policy, settleMs, scenarios);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const summaries: Summary[] = [];
  let done = 0;
  for (const [at, scenario] of scenarios.entries()) {
    const repetitions = counts[at] ?? least[scenario.kind];
    // Of its own, so that a scenario played alone shows the same as among others.
    const random = seeded(wish.seed);
    const played: Played[] = [];
    for (let index = 0; index < repetitions; index++) {
      const how = { phase: (index + random()) / repetitions, hole: index % 2 === 0 };
      const script = scriptOf(scenario, policy, settleMs, how);
      played.push(await playScript(policy, settleMs, script, Math.floor(random() * 2 ** 32)));
      done += 1;
      progress(done / total);
    }
    summaries.push(summaryOf(scenario, policy, played));
  }
  return summaries;
}

/** How often each is played: less often where settings or lengths make it dear, and the same on every machine. */
export function repetitionsOf(policy: Policy, settleMs: number, scenarios: readonly Scenario[]): readonly number[] {
  const perSecond = 1 + (4 * policy.sites.length * 1_000) / policy.intervalMs;
  const steps = scenarios.map((scenario) => {
    const { warmMs, mostMs } = scriptOf(scenario, policy, settleMs, { phase: 0, hole: true });
    return (most[scenario.kind] * perSecond * (warmMs + mostMs)) / 1_000;
  });
  const share = Math.min(1, mostSteps / steps.reduce((sum, each) => sum + each, 0));
  return scenarios.map((scenario) => Math.max(least[scenario.kind], Math.floor(share * most[scenario.kind])));
}
