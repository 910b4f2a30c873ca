import type { Moment } from './events';
import { isFresh, unseen, voteNow } from './health';
import { leadsTo } from './hints';
import { type Ballot, type Count, count } from './quorum';
import type { RecordSet } from './records';
import type { State } from './state';
import type { Health, Policy, Site, Standing } from './types';

/** State, policy and the moment together: all that guards, decision and explanation look at. */
export interface View {
  readonly state: State;
  readonly policy: Policy;
  readonly moment: Moment;
}

export function healthOf(state: State, site: string): Health {
  return state.health[site] ?? unseen;
}

export function standingOf(state: State, site: string): Standing {
  return state.standings[site] ?? { verdict: 'unknown', disputed: false, sinceMs: 0 };
}

/** This vantage's vote and the peers', stale ones as unknown. */
export function ballotsOf(view: View, site: string): readonly Ballot[] {
  const { state, policy, moment } = view;
  const own = healthOf(state, site);
  const peers = state.peers[site] ?? [];
  return [
    {
      vantage: policy.vantage,
      domain: policy.domain,
      vote: voteNow(own, moment.nowMs, policy),
      ageMs: moment.nowMs - (own.newestMs ?? moment.nowMs),
    },
    ...peers.map((peer) => ({
      vantage: peer.vantage,
      domain: peer.domain,
      vote: isFresh(peer.atMs, moment.nowMs, policy) ? peer.vote : ('unknown' as const),
      ageMs: moment.nowMs - peer.atMs,
    })),
  ];
}

export function countOf(view: View, site: string): Count {
  return count(ballotsOf(view, site), standingOf(view.state, site).verdict, view.policy.quorum);
}

/** The standings as of this moment; `sinceMs` moves only when a verdict changes. */
export function standings(view: View): Readonly<Record<string, Standing>> {
  const next: Record<string, Standing> = {};
  for (const site of view.policy.sites) {
    const before = view.state.standings[site.name];
    const { verdict, disputed } = countOf(view, site.name);
    const same = before !== undefined && before.verdict === verdict;
    if (same && before.disputed === disputed) next[site.name] = before;
    else next[site.name] = { verdict, disputed, sinceMs: same ? before.sinceMs : view.moment.nowMs };
  }
  return next;
}

/**
 * What answers us now. A failure is evidence only while something else answers: a configured canary, or without canaries another
 * site. One lost probe does not silence a peer; two in a row do, and one that we ourselves could not make.
 */
export function answering(state: State, policy: Policy, nowMs: number): readonly string[] {
  const speaks = (silent: number, newestMs: number | null): boolean => silent < 2 && isFresh(newestMs, nowMs, policy);
  if (policy.canaries.length > 0) {
    return policy.canaries.filter((name) => {
      const canary = state.canaries[name];
      return canary !== undefined && speaks(canary.silent, canary.newestMs);
    });
  }
  return policy.sites
    .filter((site) => {
      const health = healthOf(state, site.name);
      return health.last?.result !== 'unknown' && speaks(health.silent, health.newestMs);
    })
    .map((site) => site.name);
}

/** Whether a site could take the traffic now: up or recovering by quorum, its newest probe fresh and good, its gates open. */
export function eligible(view: View, name: string): 'up' | 'recovering' | null {
  const { state, policy, moment } = view;
  const { verdict, disputed } = standingOf(state, name);
  const health = healthOf(state, name);
  if ((verdict !== 'up' && verdict !== 'recovering') || disputed) return null;
  // Not what was forgotten with an isolation either: other vantages may say up while all that we know of it is a failure.
  if (health.passes === 0 || !isFresh(health.newestMs, moment.nowMs, policy)) return null;
  if ((state.gates[name] ?? []).some((gate) => !gate.open)) return null;
  return verdict;
}

/** The first reason why a site could not take the traffic now; the same questions as `eligible`. */
export function servesNot(view: View, name: string): string {
  const { state, policy, moment } = view;
  const { verdict, disputed } = standingOf(state, name);
  const health = healthOf(state, name);
  if (disputed) return 'the vantages disagree';
  // After a start a site has to pass for a while before anything is known of it.
  if (verdict === 'unknown' && health.passes > 0)
    return `it is unknown yet (${health.passes} of ${policy.rise} passes)`;
  if (verdict !== 'up' && verdict !== 'recovering') return `it is ${verdict}`;
  if (health.fails > 0) return `its newest probe failed (${health.lastFail?.class ?? 'unknown'})`;
  if (!isFresh(health.newestMs, moment.nowMs, policy) || health.passes === 0) return 'nothing was seen of it lately';
  const closed = (state.gates[name] ?? []).find((gate) => !gate.open);
  return closed === undefined ? '' : `gate ${closed.name} is closed: ${closed.why}`;
}

/** Where a failover would go: the first eligible site in priority order that is up, else the first that is recovering. */
export function candidate(view: View): string | null {
  const others = view.policy.sites.filter((site) => site.name !== view.state.durable.active);
  const up = others.find((site) => eligible(view, site.name) === 'up');
  return (up ?? others.find((site) => eligible(view, site.name) === 'recovering'))?.name ?? null;
}

/** The first site before the active one that is up: where a failback would go. */
export function better(view: View): string | null {
  const rank = view.policy.sites.findIndex((site) => site.name === view.state.durable.active);
  const before = view.policy.sites.slice(0, Math.max(rank, 0));
  return before.find((site) => eligible(view, site.name) === 'up')?.name ?? null;
}

export function siteNamed(policy: Policy, name: string | null): Site | null {
  return policy.sites.find((site) => site.name === name) ?? null;
}

/** The configured site that publishes exactly these values, TTL aside; null: nobody's. */
export function siteWith(policy: Policy, sets: readonly RecordSet[]): Site | null {
  return policy.sites.find((site) => leadsTo(sets, site)) ?? null;
}
