import { excursion } from './budget';
import { moveBy } from './change';
import type { Decision, Option } from './decide';
import { duration } from './duration';
import { downInMs, latestMs } from './earliest';
import { against, isFresh } from './health';
import { obstacleRemedies } from './obstacles';
import type { Change, Refusal } from './state';
import type { Health, Policy } from './types';
import { better, countOf, healthOf, standingOf, type View } from './view';

/** The answer in one line; `code` is the guard it is about, or what happens instead of standing still. */
export interface Answer {
  readonly code: string;
  readonly text: string;
  /** While all is well: what would happen if the active site failed. */
  readonly then?: string;
}

/**
 * Why the record is where it is, in the order in which one thing makes the next irrelevant.
 *
 *   a change is under way                       where it has come to
 *   unread, something in the zone               nothing is decided
 *   the active site is down                     which guards refuse a failover
 *   sick, isolated                              no evidence counts
 *   held, pinned                                a human's word
 *   the vantages disagree, nothing is known     the votes
 *   failing, not long enough                    how much is missing, and when at the earliest
 *   away from home                              which guard refuses a failback
 *   at home                                     nothing; what a failover would do
 */
export function answerOf(view: View, decision: Decision): Answer {
  const { state, policy } = view;
  const { change, active, obstacle } = state.durable;
  const { record } = policy;
  if (change !== null) return { code: 'underway', text: `${record} ${moving(view, change)}` };
  if (!state.read) {
    const why = state.unreadable === null ? '' : `: ${state.unreadable.why}`;
    return { code: 'unread', text: `${record} is left as it is: the zone was not read since the start${why}` };
  }
  if (obstacle !== null) {
    const text = `${record} is left as it is (${obstacle.by}): ${obstacle.why}; what to do: ${obstacleRemedies[obstacle.by]}`;
    return { code: obstacle.by, text };
  }
  const [option] = decision.options;
  if (active === null || option?.kind !== 'failover') return notMoved(view, option ?? null);
  return standing(view, decision, active, option);
}

/** What keeps an order or a creation from being made. */
function notMoved({ policy }: View, option: Option | null): Answer {
  const [first] = option?.refusals ?? [];
  const what = option === null ? 'nothing is decided' : `${option.kind} to ${option.to} is not made`;
  return {
    code: first?.guard ?? 'undecided',
    text: `${policy.record}: ${what}${first === undefined ? '' : `: ${said(first)}`}`,
  };
}

function standing(view: View, decision: Decision, active: string, failover: Option): Answer {
  const { state, policy } = view;
  const stays = `${policy.record} stays at ${active}`;
  const health = healthOf(state, active);
  const { verdict, disputed } = standingOf(state, active);
  if (policy.sites.every((site) => healthOf(state, site.name).last === null))
    return { code: 'unknown', text: `${stays}: no probe has come back since the start` };
  const blockers = failover.refusals.filter(({ guard }) => guard !== 'not-down');
  const [first] = blockers;
  if (first !== undefined && (verdict === 'down' || ownWord.includes(first.guard))) {
    const clause =
      verdict === 'down' || health.fails > 0
        ? `, which ${verdict === 'down' ? 'is down' : 'fails'} (${evidence(view, active)})`
        : `, which is ${verdict}`;
    return { code: first.guard, text: `${stays}${clause}: ${saidAll(view, blockers)}` };
  }
  const then = first === undefined ? '' : `; even then nothing would move: ${first.why}`;
  if (disputed) {
    const { up, recovering, down } = countOf(view, active);
    const votes = `${down} say down, ${up + recovering} say up, ${policy.quorum} needed (QUORUM)`;
    return { code: 'disputed', text: `${stays}: the vantages disagree: ${votes}${then}` };
  }
  if (health.fails > 0) return { code: 'not-down', text: `${stays}: ${failing(view, active)}${then}` };
  if (verdict === 'unknown' || verdict === 'down') {
    const { newestMs } = health;
    const agoMs = newestMs === null ? null : view.moment.nowMs - newestMs;
    const why =
      health.last?.result === 'unknown'
        ? health.last.why
        : agoMs !== null && !isFresh(newestMs, view.moment.nowMs, policy)
          ? `nothing was seen of it for ${duration(agoMs)}`
          : `${health.passes} of ${policy.rise} passes (RISE)`;
    return { code: 'unknown', text: `${stays}: too little is known of it yet: ${why}${then}` };
  }
  return calm(view, decision, active, failover);
}

/** Refusals that are the whole answer, whatever the active site does. */
const ownWord: readonly string[] = ['sick', 'isolated', 'held', 'pinned'];

function calm(view: View, decision: Decision, active: string, failover: Option): Answer {
  const { policy, state } = view;
  const home = policy.sites[0]?.name;
  const blocker = failover.refusals.find(({ guard }) => guard !== 'not-down');
  const then =
    blocker === undefined
      ? `if it failed, ${failover.to} would take over${readable(view)}`
      : `if it failed, nothing would move: ${blocker.why}`;
  if (active === home) {
    const text = `${policy.record} is at ${active}, first in order and ${standingOf(state, active).verdict}`;
    return { code: 'at-home', text, then };
  }
  const to = better(view);
  const refusals = decision.options.find(({ kind }) => kind === 'failback')?.refusals ?? [];
  const why = refusals.length === 0 ? 'a failback is due' : saidAll(view, refusals);
  const again = excursion(state.durable.switches.at(-1), active) === null ? ' again' : '';
  const where = to === null ? `${active}, which is up` : `${active} although ${to} is up${again}`;
  return { code: refusals[0]?.guard ?? 'failback', text: `${policy.record} stays at ${where}: ${why}`, then };
}

/** A move begins with a reading of the zone. */
function readable({ state: { unreadable }, moment }: View): string {
  if (unreadable === null || unreadable.partly === true) return '';
  return `, as soon as the zone can be read, which it cannot for ${duration(moment.nowMs - unreadable.sinceMs)}: ${unreadable.why}`;
}

/** A refusal with what ends it. */
function said({ why, clears }: Refusal): string {
  return clears === '' ? why : `${why} (clears: ${clears})`;
}

/** The first refusal whole, the others by their reason, and when at the earliest the last of them ends. */
function saidAll(view: View, [first, ...others]: readonly Refusal[]): string {
  if (first === undefined) return '';
  const also = others.length === 0 ? '' : `; also: ${others.map(({ why }) => why).join('; ')}`;
  const ms = latestMs(
    [first, ...others].map(({ guard }) => guard),
    view,
  );
  const dated = others.length === 0 && first.clears.includes('from now');
  const soonest = ms === null || ms <= 0 || dated ? '' : `; earliest in ${duration(ms)}`;
  return `${said(first)}${also}${soonest}`;
}

function evidence({ state, policy, moment }: View, site: string): string {
  const health = healthOf(state, site);
  const { fails, newestMs, lastFail } = health;
  if (fails === 0) return lastFail === null ? 'seen by peers' : `last failure ${lastFail.class}`;
  const { what, forMs } = against(health, policy);
  return `${what} over ${duration(forMs + moment.nowMs - (newestMs ?? moment.nowMs))}, last ${lastFail?.class ?? 'unknown'}: ${lastFail?.why ?? ''}`;
}

/** The commonest question: it fails, and nothing moves yet. */
function failing(view: View, site: string): string {
  const { policy, moment } = view;
  const health = healthOf(view.state, site);
  const { down, fresh } = countOf(view, site);
  if (health.vote === 'down') {
    const last = `last ${health.lastFail?.class ?? 'unknown'}: ${health.lastFail?.why ?? ''}`;
    return `it fails, but ${down} of ${fresh} vantages call it down, ${policy.quorum} needed (QUORUM; ${last})`;
  }
  const ms = downInMs(health, policy, moment.nowMs);
  return `${shortfall(health, policy, moment.nowMs)}${ms === null || ms <= 0 ? '' : `; earliest move in ${duration(ms)}`}`;
}

/** What a failing site lacks to be called down by this vantage. */
export function shortfall(health: Health, policy: Policy, nowMs: number): string {
  const forMs = nowMs - (health.sinceMs ?? nowMs);
  const lacks = [
    ...(forMs < policy.sustainMs ? [`for ${duration(forMs)} of the ${duration(policy.sustainMs)} (SUSTAIN)`] : []),
    ...(health.fails < policy.fall ? [`${health.fails} of the ${policy.fall} times (FALL)`] : []),
  ];
  const last = `last ${health.lastFail?.class ?? 'unknown'}: ${health.lastFail?.why ?? ''}`;
  return lacks.length === 0
    ? `it fails, and its next failed probe decides (${last})`
    : `it fails, but ${lacks.join(' and ')} needed (${last})`;
}

function moving({ moment }: View, change: Change): string {
  const { from, to, kind, generation, phase, trouble, decidedMs } = change;
  const what = kind === 'fence' ? `at ${to} is written anew` : `from ${from ?? 'nothing'} to ${to}`;
  const whole = `${what} (${moveBy(kind, change.evidence.actor)}, generation ${generation}, decided ${duration(moment.nowMs - decidedMs)} ago)`;
  const stuck = trouble === null ? '' : `: ${trouble.code}: ${trouble.why}; it is tried again by itself`;
  switch (phase) {
    case 'intended':
      return trouble === null ? `is about to move ${whole}: ${change.why}` : `should move ${whole}${stuck}`;
    case 'sending':
      return `is moving ${whole}: the request is on its way`;
    case 'unsure':
      return `may have moved ${whole}${stuck === '' ? ': no answer came yet' : stuck}; the zone is read before anything else`;
    case 'applied':
      return change.laggards.length === 0
        ? `has moved ${whole}: its servers are being asked`
        : `has moved ${whole}, but ${change.laggards.length} do not show it yet: ${change.laggards.join('; ')}`;
  }
}
