import type { Policy } from '../domain/types';
import type { Fault } from './faults';
import { createNetwork, serverNames } from './network';
import type { Script, Span } from './operator-scenarios';
import { withoutServiceMs } from './operator-users';
import { createWitness, type Move } from './operator-witness';
import { createHost } from './process';
import { createTime, seeded } from './time';
import { foundAt } from './world';
import { createZone } from './zone';

/** What one repetition came to. */
export interface Played {
  readonly moves: readonly Move[];
  /** When the first site served nobody. */
  readonly failing: readonly Span[];
  /** Without service, by user. */
  readonly usersMs: readonly number[];
  readonly playedMs: number;
  /** What the zone says at the end. */
  readonly end: string;
}

const beganMs = 10_000_000;
const secret = 'simulated';
/** Spread evenly over the TTL, so that the worst-placed is within a fortieth of it. */
const users = 40;

/** The real daemon code plays one script. The other sites, the provider and its name servers work throughout. */
export async function playScript(policy: Policy, settleMs: number, script: Script, seed: number): Promise<Played> {
  const time = createTime(beganMs);
  const chance = seeded(seed ^ 0x5bd1e995);
  const first = policy.sites[0]?.name ?? '';
  // The provider takes up to `settleMs` to publish, each of its servers its own share of that.
  const lags = serverNames.map((server) => ({ server, ms: chance() * settleMs }));
  const standing = new Set<Fault>(
    lags.map(({ server, ms }) => ({ kind: 'server', server, what: { how: 'lags', ms } }) as const),
  );
  let faults: readonly Fault[] = [...standing];
  const witness = createWitness({
    policy,
    failing: script.failing,
    sinceMs: () => time.nowMs() - beganMs - script.warmMs,
    change: () => host.service()?.view().state.durable.change ?? null,
  });
  const zone = createZone({
    time,
    random: chance,
    first: foundAt(policy, first),
    swaps: true,
    secret,
    sent: () => undefined,
    landed: witness.landed,
  });
  const network = createNetwork({
    host: 0,
    policy,
    time,
    random: chance,
    zone,
    faults: () => faults,
    answered: () => undefined,
  });
  const host = createHost({
    index: 0,
    policy,
    time,
    random: seeded(seed),
    network,
    secret,
    conditions: { disk: () => 'ok', stalledMs: () => 0, failbackOpen: () => true },
    crossing: () => false,
    told: witness.told,
    probed: () => undefined,
  });

  /** Asks a canary for as long as the world lasts. */
  async function canary(name: string): Promise<void> {
    host.service()?.post({ type: 'canary', name, ok: await network.canary() });
    time.after(policy.intervalMs * (0.9 + 0.2 * chance()), () => void canary(name));
  }

  host.start();
  for (const name of policy.canaries) void canary(name);
  await time.run(script.warmMs);
  for (const { atMs, forMs, fault } of script.episodes) {
    time.after(atMs, () => {
      standing.add(fault);
      faults = [...standing];
    });
    time.after(atMs + forMs, () => {
      standing.delete(fault);
      faults = [...standing];
    });
  }
  await time.run(script.leastMs);
  await time.until(() => {
    const { active, change } = host.service()?.view().state.durable ?? {};
    return active === first && change === null;
  }, script.mostMs - script.leastMs);
  host.crash();

  const playedMs = time.nowMs() - beganMs - script.warmMs;
  const usersMs = Array.from({ length: users }, (_, index) => {
    const lagMs = lags[index % lags.length]?.ms ?? 0;
    const answers = witness.shown.map(({ atMs, site }) => ({ atMs: atMs + lagMs, site }));
    const user = { ttlMs: policy.ttlMs, phaseMs: (policy.ttlMs * (index + chance())) / users, untilMs: playedMs };
    return withoutServiceMs(answers, { site: first, spans: script.failing }, user);
  });
  return { moves: witness.moves, failing: script.failing, usersMs, playedMs, end: witness.shown.at(-1)?.site ?? first };
}
