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
  const voices = [...domains(ballots).values()].map(voice).filter((vote) => vote !== 'unknown');
  const up = voices.filter((vote) => vote === 'up').length;
  const recovering = voices.filter((vote) => vote === 'recovering').length;
  const down = voices.filter((vote) => vote === 'down').length;
  const counted = { fresh: voices.length, up, recovering, down, disputed: false };
  if (voices.length < quorum) return { ...counted, verdict: 'unknown' };
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
    byDomain.set(ballot.domain, [...(byDomain.get(ballot.domain) ?? []), ballot.vote]);
  }
  return byDomain;
}

/** What most vantages of one domain say; without a majority the domain abstains. */
function voice(votes: readonly Vote[]): Vote {
  const spoken = votes.filter((vote) => vote !== 'unknown');
  return spoken.find((vote) => spoken.filter((other) => other === vote).length * 2 > spoken.length) ?? 'unknown';
}

/** The newest vote of each vantage. One that is played again, comes late or says it is from later than now replaces none (S17). */
export function withVote(votes: readonly PeerVote[], vote: PeerVote, nowMs: number): readonly PeerVote[] {
  const known = votes.find(({ vantage }) => vantage === vote.vantage);
  if (vote.atMs > nowMs || (known !== undefined && vote.atMs < known.atMs)) return votes;
  return [...votes.filter((one) => one !== known), vote];
}
