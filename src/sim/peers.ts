import type { Event } from '../domain/events';
import { inDoubt, observe, unseen, voteNow } from '../domain/health';
import type { Health, Policy } from '../domain/types';
import { createEvidence, type Evidence } from './evidence';
import type { VoteFault } from './faults';
import type { Network } from './network';
import type { Time } from './time';

type Voted = Extract<Event, { type: 'voted' }>;

/** Vantages elsewhere: each probes every site for itself and casts its vote after every probe. */
export interface Peers {
  readonly evidence: readonly Evidence[];
  start(): void;
}

export interface PeersInput {
  readonly policy: Policy;
  readonly time: Time;
  readonly random: () => number;
  readonly networks: readonly Network[];
  readonly faults: () => readonly VoteFault[];
  readonly post: (vote: Voted) => void;
}

export function createPeers({ policy, time, random, networks, faults, post }: PeersInput): Peers {
  const evidence = networks.map(() => createEvidence());

  async function watch(peer: number, site: string): Promise<void> {
    const own = evidence[peer];
    const network = networks[peer];
    if (own === undefined || network === undefined) return;
    let health: Health = unseen;
    /** The first vote that said `down`, to be played again. */
    let old: Voted | null = null;
    async function look(paced: boolean): Promise<void> {
      const startedMs = time.nowMs();
      const observation = (await network?.probe(site)) ?? { result: 'unknown' as const, why: '' };
      own?.add(site, startedMs, time.nowMs(), observation);
      health = observe(health, { startedMs, nowMs: time.nowMs(), paced, observation }, policy);
      const nowMs = time.nowMs();
      const vantage = `peer-${peer + 1}`;
      const vote: Voted = {
        type: 'voted',
        site,
        vote: { vantage, domain: vantage, vote: voteNow(health, nowMs, policy), atMs: nowMs },
      };
      const has = (how: VoteFault): boolean => faults().includes(how);
      if (!has('silent')) post(vote);
      if (vote.vote.vote === 'down') old ??= vote;
      if (has('replayed') && old !== null) post(old);
      const lie = { ...vote.vote, vote: 'down' as const };
      if (has('stale')) post({ ...vote, vote: { ...lie, vantage: 'gone', domain: 'gone', atMs: nowMs - 3_600_000 } });
      if (has('ours')) post({ ...vote, vote: { ...lie, vantage: policy.vantage, domain: 'elsewhere' } });
      if (has('foreign')) post({ ...vote, site: 'no-such-site', vote: lie });
      const delayMs = inDoubt(health, policy) ? policy.confirmIntervalMs : policy.intervalMs * (0.9 + 0.2 * random());
      time.after(delayMs, () => void look(delayMs > policy.confirmIntervalMs));
    }
    await look(true);
  }

  return {
    evidence,
    start() {
      for (const peer of networks.keys()) for (const { name } of policy.sites) void watch(peer, name);
    },
  };
}
