import type { Effect, Event, Moment, Tell } from '../../src/domain/events';
import { observe, unseen } from '../../src/domain/health';
import type { State } from '../../src/domain/state';
import { initial, step } from '../../src/domain/step';
import type { FailClass, Found, Health, Observation, Policy, Site } from '../../src/domain/types';
import type { View } from '../../src/domain/view';

export const [a, b, c] = ['asia-east1', 'europe-west1', 'us-central1'] as const;

export function siteAt(name: string, address: string): Site {
  return { name, sets: [{ type: 'A', ttl: 60, values: [address] }] };
}

/** The defaults of the program, with three sites; a test names what it is about. */
export function policyOf(changes: Partial<Policy> = {}): Policy {
  return {
    record: 'www.example.test',
    sites: [siteAt(a, '203.0.113.10'), siteAt(b, '198.51.100.7'), siteAt(c, '192.0.2.5')],
    owner: 'sre',
    vantage: 'here',
    domain: 'here',
    quorum: 1,
    ttlMs: 60_000,
    intervalMs: 10_000,
    timeoutMs: 5_000,
    fall: 3,
    rise: 6,
    sustainMs: 20_000,
    confirmIntervalMs: 1_000,
    window: 30,
    downRatio: 0.4,
    upRatio: 0.1,
    failback: 'auto',
    failbackAfterMs: 300_000,
    dampingHalfLifeMs: 1_800_000,
    dampingCapMs: 7_200_000,
    maxSwitches: { count: 4, windowMs: 6 * 3_600_000 },
    canaries: [],
    create: false,
    owned: false,
    dryRun: false,
    switchCap: 5,
    commonCauseMs: 60_000,
    selftest: null,
    ...changes,
  };
}

export const pass: Observation = { result: 'pass', latencyMs: 10 };
export const unknown: Observation = { result: 'unknown', why: 'no route' };
export function fail(failClass: FailClass = 'status'): Observation {
  return { result: 'fail', class: failClass, why: `injected ${failClass}`, latencyMs: 10 };
}

export function momentAt(nowMs: number, changes: Partial<Moment> = {}): Moment {
  return { nowMs, failbackOpen: true, elsewhere: 0, ...changes };
}

export function viewOf(state: State, policy: Policy, nowMs: number, changes: Partial<Moment> = {}): View {
  return { state, policy, moment: momentAt(nowMs, changes) };
}

/** The zone pointing at a site, with our marker of a generation, or without any. */
export function foundAt(site: string, generation: number | null = null, policy: Policy = policyOf()): Found {
  return {
    sets: policy.sites.find((one) => one.name === site)?.sets ?? [],
    marker: generation === null ? null : { owner: policy.owner, generation, site },
    foreignMarker: null,
    obstacles: [],
  };
}

/** Observations of one site, one per letter (p f u), each starting `everyMs` after the one before and taking no time. */
export function healthAfter(letters: string, policy: Policy, everyMs = policy.intervalMs, health = unseen): Health {
  let next = health;
  for (const [index, letter] of [...letters].entries()) {
    const nowMs = index * everyMs;
    next = observe(next, { startedMs: nowMs, nowMs, paced: true, observation: observationOf(letter) }, policy);
  }
  return next;
}

export function observationOf(letter: string): Observation {
  return letter === 'p' ? pass : letter === 'u' ? unknown : fail();
}

/** A service's decision without its world: events in, what was told and asked for kept. */
export interface Bench {
  state: State;
  nowMs: number;
  readonly policy: Policy;
  readonly effects: Effect[];
  moment: Partial<Moment>;
  post(event: Event): void;
  /** One paced observation of a site, starting and ending now. */
  see(site: string, observation: Observation): void;
  /** Everything of a site up and fresh: RISE passes of each, now. */
  allUp(...sites: readonly string[]): void;
  wait(ms: number): void;
  view(): View;
  tells(code: string): readonly Tell[];
  /** The provider takes the change under way and every server answers it. */
  settle(): void;
}

export function benchOf(policy: Policy, state: State = initial(null)): Bench {
  const bench: Bench = {
    state,
    nowMs: 1_000_000,
    policy,
    effects: [],
    moment: {},
    post(event) {
      const next = step(bench.state, event, policy, momentAt(bench.nowMs, bench.moment));
      bench.state = next.state;
      bench.effects.push(...next.effects);
    },
    see: (site, observation) =>
      bench.post({ type: 'observed', site, startedMs: bench.nowMs, paced: true, observation }),
    allUp(...sites) {
      for (let round = 0; round < policy.rise; round++) for (const site of sites) bench.see(site, pass);
    },
    wait(ms) {
      bench.nowMs += ms;
    },
    view: () => viewOf(bench.state, policy, bench.nowMs, bench.moment),
    tells: (code) =>
      bench.effects.flatMap((effect) => (effect.type === 'tell' && effect.tell.code === code ? [effect.tell] : [])),
    settle() {
      const generation = bench.state.durable.change?.generation ?? -1;
      bench.post({ type: 'sending', generation });
      bench.post({ type: 'wrote', generation, outcome: 'applied', why: '', requestId: null, retryAfterMs: null });
      bench.post({ type: 'verified', generation, laggards: [] });
    },
  };
  return bench;
}
