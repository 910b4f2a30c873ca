import type { JournalLine } from '../control/ports';
import type { Change, Evidence, SiteEvidence } from '../domain/state';
import type { Policy } from '../domain/types';

/** As it may stand in a journal that was written by anybody. */
type Kept = Partial<Omit<Change, 'evidence'>> & { readonly evidence?: Partial<Evidence> };

/** What the journal lacks for the decision of this generation to be recomputed (S19); null: nothing. */
export function lacking(lines: readonly JournalLine[], generation: number, policy: Policy): string | null {
  const kept = lines
    .map((line) => line.data['change'] as Kept | undefined)
    .findLast((change) => change?.generation === generation);
  if (kept === undefined) return 'no line of the journal holds it';
  const { why = '', kind, from, to, evidence = {} } = kept;
  const { sites = [], refusals = [] } = evidence;
  if (why === '') return 'it has no reason';
  const unseen = policy.sites.filter(({ name }) => !sites.some((one) => one.name === name));
  if (unseen.length > 0) return `nothing is kept of ${unseen.map(({ name }) => name).join(', ')}`;
  const says = (site: string | null | undefined, words: readonly string[]): boolean =>
    votes(
      sites.find(({ name }) => name === site),
      words,
    ) >= policy.quorum;
  if (kind === 'failover' && !says(from, ['down'])) return `no quorum of votes says that ${from} is down`;
  if (kind === 'failover' && !says(to, ['up', 'recovering'])) return `no quorum of votes says that ${to} serves`;
  if (kind === 'failover' && !sites.some((one) => one.name === from && counts(one, policy.rise)))
    return `no counter speaks against ${from}`;
  if (kind !== 'failback') return null;
  if (!says(to, ['up'])) return `no quorum of votes says that ${to} is up`;
  // Why it did not flee instead: whichever guard kept it, with its numbers.
  const isExplained = refusals.some(({ numbers }) => Object.keys(numbers).length > 0);
  return isExplained ? null : `the guards of a flight from ${from} left no numbers`;
}

function votes(site: SiteEvidence | undefined, words: readonly string[]): number {
  return site?.votes.filter(({ vote }) => words.includes(vote)).length ?? 0;
}

/** Its own probes failed, or others voted; or it passes again after its last failure, and not RISE times yet. */
function counts({ fails, failRatio, votes: ballots, passes, lastFail }: SiteEvidence, rise: number): boolean {
  const recovers = (lastFail ?? null) !== null && passes < rise;
  return fails > 0 || (failRatio ?? 0) > 0 || ballots.length > 1 || recovers;
}
