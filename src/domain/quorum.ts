import type { PeerVote, Verdict, Vote } from './types';

/** One vantage's vote on one site; a stale one counts as `unknown`. */
export interface Ballot {
  readonly vantage: string;
  /** Failure domain: vantages that share a fate have one voice together. */
  readonly domain: string;
  readonly vote: Vote;
  readonly ageMs: number;
}

export interface Count {
  readonly verdict: Verdict;
  readonly disputed: boolean;
  /** Domains with an opinion, and what they say. */
  readonly fresh: number;
  readonly up: number;
  readonly recovering: number;
  readonly down: number;
}

/**
 * The verdict over all vantages.
 *
 *   | fresh votes        | verdict                        |
 *   |--------------------|--------------------------------|
 *   | fewer than quorum  | unknown                        |
 *   | down ≥ quorum      | down                           |
 *   | up ≥ quorum        | up                             |
 *   | up + recovering ≥  | recovering                     |
 *   | none of these      | as before, shown as disputed   |
 */
export function count(ballots: readonly Ballot[], previous: Verdict, quorum: number): Count {
  const said = { up: 0, recovering: 0, down: 0, unknown: 0 };
  for (const votes of domains(ballots).values()) said[voice(votes)] += 1;
  const { up, recovering, down } = said;
  const fresh = up + recovering + down;
  const counted = { fresh, up, recovering, down, disputed: false };
  if (fresh < quorum) return { ...counted, verdict: 'unknown' };
  if (down >= quorum) return { ...counted, verdict: 'down' };
  if (up >= quorum) return { ...counted, verdict: 'up' };
  if (up + recovering >= quorum) return { ...counted, verdict: 'recovering' };
  return { ...counted, verdict: previous, disputed: true };
}

/** One vote per vantage: a second ballot of the same vantage is not counted (S17). */
function domains(ballots: readonly Ballot[]): Map<string, Vote[]> {
  const seen = new Set<string>();
  const byDomain = new Map<string, Vote[]>();
  for (const ballot of ballots) {
    if (seen.has(ballot.vantage)) continue;
    seen.add(ballot.vantage);
    const votes = byDomain.get(ballot.domain);
    if (votes === undefined) byDomain.set(ballot.domain, [ballot.vote]);
    else votes.push(ballot.vote);
  }
  return byDomain;
}

/** What most vantages of one domain say; without a majority the domain abstains. */
function voice(votes: readonly Vote[]): Vote {
  const [first = 'unknown'] = votes;
  if (votes.length === 1) return first;
  const spoken = votes.filter((vote) => vote !== 'unknown');
  return spoken.find((vote) => spoken.filter((other) => other === vote).length * 2 > spoken.length) ?? 'unknown';
}

/** The newest vote of each vantage. One that is played again, comes late or says it is from later than now replaces none (S17). */
export function withVote(votes: readonly PeerVote[], vote: PeerVote, nowMs: number): readonly PeerVote[] {
  const known = votes.find(({ vantage }) => vantage === vote.vantage);
  if (vote.atMs > nowMs || (known !== undefined && vote.atMs < known.atMs)) return votes;
  return [...votes.filter((one) => one !== known), vote];
}
