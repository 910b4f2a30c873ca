import { excursion, failbackWaitMs, nextFreeMs, penaltyNow, spent } from './budget';
import { ago, duration } from './duration';
import { failingMs, failRatio, voteNow } from './health';
import type { Refusal } from './state';
import { answering, ballotsOf, better, candidate, countOf, healthOf, servesNot, standingOf, type View } from './view';

/** A named rule that may refuse a switch. Null: it has no objection. */
export type Guard = (view: View) => Refusal | null;

function no(guard: string, why: string, numbers: Refusal['numbers'], clears: string, page = false): Refusal {
  return { guard, why, numbers, clears, page };
}

const unread: Guard = ({ state }) =>
  state.read ? null : no('unread', 'the zone was not read since the start', {}, 'the first good reading of the zone');

const obstacle: Guard = ({ state: { durable } }) =>
  durable.obstacle === null
    ? null
    : no(durable.obstacle.by, durable.obstacle.why, {}, 'the zone holding what we expect', true);

const held: Guard = ({ state: { durable }, moment }) =>
  durable.hold === null
    ? null
    : no(
        'held',
        `held by ${durable.hold.actor ?? 'an order'}: ${durable.hold.why}`,
        { heldMs: moment.nowMs - durable.hold.sinceMs, untilMs: durable.hold.untilMs },
        durable.hold.untilMs === null ? 'the order resume' : 'its expiry, or the order resume',
      );

const pinned: Guard = ({ state: { durable } }) =>
  durable.pin === null
    ? null
    : no(
        'pinned',
        `pinned to ${durable.pin.site} by ${durable.pin.actor ?? durable.pin.by}: ${durable.pin.why}`,
        { untilMs: durable.pin.untilMs },
        durable.pin.untilMs === null ? 'the order resume' : 'its expiry, or the order resume',
      );

/** A fence that has not left yet does not stand in the way: the generation of any newer change fences as well. */
const underway: Guard = ({ state: { durable } }) =>
  durable.change === null ||
  (durable.change.kind === 'fence' && durable.change.phase !== 'sending' && durable.change.phase !== 'applied')
    ? null
    : no(
        'underway',
        `generation ${durable.change.generation} to ${durable.change.to} is not settled yet`,
        { generation: durable.change.generation, attempts: durable.change.attempts },
        'its verification on every authoritative server',
      );

/** The zone holds the last change already; users must not wait for one silent name server when its site is down as well. */
const unapplied: Guard = (view) => {
  const { change, active } = view.state.durable;
  return change?.phase === 'applied' && change.to === active ? null : underway(view);
};

const sick: Guard = ({ state }) =>
  state.sick === null ? null : no('sick', `this node does not trust itself: ${state.sick}`, {}, 'a healthy interval');

const isolated: Guard = ({ state, policy, moment }) => {
  const answers = answering(state, policy, moment.nowMs);
  const active = state.durable.active === null ? null : healthOf(state, state.durable.active);
  // A canary that has said nothing since the active site began to fail may have been cut off with it.
  const failingSinceMs = policy.canaries.length > 0 && active !== null && active.fails > 0 ? active.sinceMs : null;
  const spoke = answers.some((name) => {
    const canary = state.canaries[name];
    return failingSinceMs === null || (canary?.silent === 0 && canary.newestMs > failingSinceMs);
  });
  if (spoke) return null;
  const what = policy.canaries.length > 0 ? 'no canary answers' : 'no site answers';
  return no(
    'isolated',
    `${what}: this node may be the one that is cut off`,
    { canaries: policy.canaries.length, sites: policy.sites.length },
    policy.canaries.length > 0
      ? 'an answer of a canary'
      : 'an answer of any site; FAILOVERD_CANARIES tells the two apart',
    true,
  );
};

const activeUp: Guard = (view) => {
  const { state, policy, moment } = view;
  const active = state.durable.active;
  if (active === null) return no('active-unknown', 'the zone has no site of ours', {}, 'a reading of the zone');
  const { verdict, disputed } = standingOf(state, active);
  if (verdict === 'down' && !disputed) return null;
  const health = healthOf(state, active);
  const { down, fresh } = countOf(view, active);
  const failing = failingMs(health);
  const vantages = Math.max(policy.quorum, ballotsOf(view, active).length);
  const { quorum } = policy;
  const isAlone = voteNow(health, moment.nowMs, policy) === 'down' && down < quorum;
  const why = isAlone
    ? `${active} is down here, and ${down} of ${quorum} vantages say so`
    : health.fails === 0
      ? `${active} is ${verdict}`
      : `${active} is not failing long enough: ${health.fails} of ${policy.fall} fails, ${duration(failing)} of ${duration(policy.sustainMs)}`;
  return no(
    'not-down',
    why,
    {
      fails: health.fails,
      fall: policy.fall,
      failingMs: failing,
      sustainMs: policy.sustainMs,
      failRatio: failRatio(health),
      downRatio: policy.downRatio,
      downVotes: down,
      votes: fresh,
      quorum: policy.quorum,
    },
    `${policy.fall} consecutive fails over ${duration(policy.sustainMs)}, seen by ${policy.quorum} of ${vantages} vantage${vantages === 1 ? '' : 's'}`,
  );
};

const noStandby: Guard = (view) => {
  if (candidate(view) !== null) return null;
  const others = view.policy.sites.filter((site) => site.name !== view.state.durable.active);
  const seen = others.map(({ name }) => `${name} ${shown(view, name)}`).join(', ');
  return no(
    'no-standby',
    `no standby can serve: ${seen}; the record stays`,
    { standbys: others.length },
    `a standby with ${view.policy.rise} consecutive passes and open gates`,
    true,
  );
};

/** A verdict, and what keeps a site from serving all the same. */
function shown(view: View, site: string): string {
  const { verdict } = standingOf(view.state, site);
  return verdict === 'up' || verdict === 'recovering' ? `${verdict}, but ${servesNot(view, site)}` : verdict;
}

const commonCause: Guard = ({ state, policy, moment }) => {
  const common = state.commonCause;
  if (common === null || moment.nowMs - common.atMs >= policy.commonCauseMs) return null;
  return no(
    'common-cause',
    `every site failed in the same way (class ${common.class}), last ${ago(moment.nowMs - common.atMs)}: the cause is not the primary's`,
    { class: common.class, agoMs: moment.nowMs - common.atMs, windowMs: policy.commonCauseMs },
    `${duration(policy.commonCauseMs)} without that, or the order switch`,
    true,
  );
};

const budget: Guard = ({ state: { durable }, policy, moment }) => {
  const used = spent(durable, policy, moment.nowMs);
  const { count, windowMs } = policy.maxSwitches;
  if (used < count) return null;
  const free = nextFreeMs(durable, policy, moment.nowMs) ?? moment.nowMs;
  return no(
    'budget',
    `${used} of ${count} automatic switches in ${duration(windowMs)} are spent`,
    { used, count, windowMs, nextInMs: free - moment.nowMs },
    `${duration(free - moment.nowMs)} from now, or the order switch`,
    true,
  );
};

const elsewhere: Guard = ({ policy, moment }) =>
  moment.elsewhere < policy.switchCap
    ? null
    : no(
        'elsewhere',
        `${moment.elsewhere} other services switched within ${duration(policy.commonCauseMs)}: a common cause is suspected`,
        { services: moment.elsewhere, cap: policy.switchCap },
        `${duration(policy.commonCauseMs)} with fewer switches, or the order switch`,
        true,
      );

const dryRun: Guard = ({ policy }) =>
  policy.dryRun ? no('dry-run', 'FAILOVERD_DRY_RUN: decided, not written', {}, 'FAILOVERD_DRY_RUN=false') : null;

const betterUp: Guard = (view) => {
  if (better(view) !== null) return null;
  const { sites } = view.policy;
  const first = sites[0]?.name ?? '';
  if (view.state.durable.active === first) return no('at-home', `${first} is active and first in order`, {}, 'nothing');
  const { verdict } = standingOf(view.state, first);
  return no('not-up', `no better site is up: ${first} is ${verdict}`, {}, 'a site before the active one being up');
};

const manualFailback: Guard = ({ policy }) =>
  policy.failback === 'auto'
    ? null
    : no('manual-failback', 'FAILOVERD_FAILBACK=manual', {}, 'the order failback, or FAILOVERD_FAILBACK=auto');

const notLongEnough: Guard = (view) => {
  const { state, policy, moment } = view;
  const to = better(view);
  if (to === null) return null;
  const upMs = moment.nowMs - standingOf(state, to).sinceMs;
  const waitMs = failbackWaitMs(state.durable, policy, moment.nowMs);
  if (upMs >= waitMs) return null;
  return no(
    'settling',
    `${to} has been up for ${duration(upMs)} of ${duration(waitMs)}`,
    { upMs, waitMs, penalty: penaltyNow(state.durable, policy, moment.nowMs) },
    `${duration(waitMs - upMs)} more without a relapse`,
  );
};

const outsideWindow: Guard = ({ moment }) =>
  moment.failbackOpen
    ? null
    : no(
        'window',
        'outside FAILOVERD_FAILBACK_WINDOW',
        {},
        'the window opening with a trusted clock, or the order failback',
      );

/** Home from where a human's order put the record: bounded by that order, so the budget does not ask. */
const isReturn = ({ state: { durable } }: View): boolean => excursion(durable.switches.at(-1), durable.active) !== null;

const lastSwitch: Guard = (view) => {
  if (isReturn(view)) return null;
  const {
    state: { durable },
    policy,
    moment,
  } = view;
  const used = spent(durable, policy, moment.nowMs);
  if (used + 1 < policy.maxSwitches.count) return null;
  return no(
    'reserve',
    `a failback would leave no failover: ${used} of ${policy.maxSwitches.count} automatic switches are spent`,
    { used, count: policy.maxSwitches.count },
    'an older switch leaving the window, or the order failback',
  );
};

const budgetOfFailback: Guard = (view) => (isReturn(view) ? null : budget(view));

/** Every guard by the kind of move it stands before; a move is made when none refuses. Order is the order of explanation. */
export const guards = {
  failover: [
    activeUp,
    unread,
    obstacle,
    held,
    pinned,
    sick,
    isolated,
    commonCause,
    noStandby,
    budget,
    elsewhere,
    unapplied,
    dryRun,
  ],
  failback: [
    betterUp,
    unread,
    obstacle,
    held,
    pinned,
    sick,
    isolated,
    manualFailback,
    notLongEnough,
    outsideWindow,
    lastSwitch,
    budgetOfFailback,
    elsewhere,
    underway,
    dryRun,
  ],
  /** A human's move: only what would make it unsafe rather than unwise. */
  order: [unread, obstacle, dryRun],
  orderUnderway: [underway, unread, obstacle, dryRun],
  create: [unread, obstacle, held, underway, dryRun],
  /** The rest of a move that one of two providers has taken. */
  catchUp: [unread, obstacle, held, sick, isolated, dryRun],
} as const satisfies Record<string, readonly Guard[]>;

/** What each guard is called while it has no objection; a refusal may be more exact (`drift` for `obstacle`). */
export const guardNames = [
  ['not-down', activeUp],
  ['not-up', betterUp],
  ['unread', unread],
  ['obstacle', obstacle],
  ['held', held],
  ['pinned', pinned],
  ['sick', sick],
  ['isolated', isolated],
  ['common-cause', commonCause],
  ['no-standby', noStandby],
  ['manual-failback', manualFailback],
  ['settling', notLongEnough],
  ['window', outsideWindow],
  ['reserve', lastSwitch],
  ['budget', budget],
  ['budget', budgetOfFailback],
  ['elsewhere', elsewhere],
  ['underway', underway],
  ['underway', unapplied],
  ['dry-run', dryRun],
] as const satisfies readonly (readonly [string, Guard])[];
export type GuardName = (typeof guardNames)[number][0];

/** Guards that must still hold right before a failover or failback leaves this process: all but those the intent itself spends. */
export const sendGuards: { readonly failover: readonly Guard[]; readonly failback: readonly Guard[] } = {
  failover: [activeUp, unread, obstacle, held, pinned, sick, isolated, commonCause],
  failback: [unread, obstacle, held, pinned, sick, isolated, manualFailback],
};

/** What would keep a failover from being made whatever the active site did; for readiness. */
export const standingGuards: readonly Guard[] = [isolated, commonCause, elsewhere];

export function refusals(list: readonly Guard[], view: View): readonly Refusal[] {
  const found: Refusal[] = [];
  for (const guard of list) {
    const objection = guard(view);
    if (objection !== null) found.push(objection);
  }
  return found;
}
