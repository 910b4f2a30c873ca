import { excursion, nextFreeMs, spent } from './budget';
import { duration } from './duration';
import type { GuardName } from './guards';
import { against } from './health';
import type { Refusal } from './state';
import { answering, better, candidate, countOf, eligible, healthOf, standingOf, type View } from './view';

/** What a guard looked at and found good. */
export interface Passing {
  readonly why: string;
  readonly numbers: Refusal['numbers'];
}

function yes(why: string, numbers: Refusal['numbers'] = {}): Passing {
  return { why, numbers };
}

/** The numbers of every guard that lets a move pass: an explanation shows what was asked, not only what said no. */
export const passing: Readonly<Record<GuardName, (view: View) => Passing>> = {
  'not-down': (view) => {
    const active = view.state.durable.active ?? '';
    const { down, fresh } = countOf(view, active);
    const { fails } = healthOf(view.state, active);
    const { what, forMs: failing } = against(healthOf(view.state, active), view.policy);
    return yes(`${active} is down: ${down} of ${fresh} say so, ${what} over ${duration(failing)}`, {
      downVotes: down,
      votes: fresh,
      quorum: view.policy.quorum,
      fails,
      fall: view.policy.fall,
      failingMs: failing,
      sustainMs: view.policy.sustainMs,
    });
  },
  'not-up': (view) => yes(`${better(view)} is up and stands before the active site`),
  unread: () => yes('the zone was read'),
  obstacle: () => yes('the zone holds what we expect'),
  held: () => yes('nobody holds'),
  pinned: () => yes('no site is pinned'),
  sick: () => yes('this node trusts itself'),
  isolated: ({ state, policy, moment }) => {
    const names = answering(state, policy, moment.nowMs);
    return yes(`answers come from ${names.join(', ')}`, { answering: names.length });
  },
  'common-cause': ({ state, moment }) => {
    const { commonCause } = state;
    return commonCause === null
      ? yes('not every site fails in the same way')
      : yes(`every site failed alike ${duration(moment.nowMs - commonCause.atMs)} ago, and not since`);
  },
  'no-standby': (view) => {
    const to = candidate(view);
    return yes(`${to} can serve: it is ${to === null ? 'unknown' : eligible(view, to)}`, {
      passes: to === null ? null : healthOf(view.state, to).passes,
      rise: view.policy.rise,
    });
  },
  'manual-failback': () => yes('FAILOVERD_FAILBACK=auto'),
  settling: (view) => {
    const to = better(view);
    if (to === null) return yes('there is no better site to wait for');
    const upMs = view.moment.nowMs - standingOf(view.state, to).sinceMs;
    return yes(`${to} has been up for ${duration(upMs)}, long enough`, { upMs });
  },
  window: () => yes('FAILOVERD_FAILBACK_WINDOW is open'),
  reserve: (view) => yes(`${spentText(view)}: ${leftText(view)}`, budgetOf(view)),
  budget: (view) => yes(spentText(view), budgetOf(view)),
  elsewhere: ({ policy, moment }) =>
    yes(`${moment.elsewhere} other services switched within ${duration(policy.commonCauseMs)}`, {
      services: moment.elsewhere,
      cap: policy.switchCap,
    }),
  underway: () => yes('no change is under way'),
  'dry-run': () => yes('writing is allowed'),
};

function spentText({ state, policy, moment }: View): string {
  const { count, windowMs } = policy.maxSwitches;
  return `${spent(state.durable, policy, moment.nowMs)} of ${count} automatic switches in ${duration(windowMs)} are spent`;
}

function leftText({ state: { durable } }: View): string {
  return excursion(durable.switches.at(-1), durable.active) === null
    ? 'a failover is left after it'
    : 'the way home from where an order put the record costs none';
}

function budgetOf({ state, policy, moment }: View): Refusal['numbers'] {
  const free = nextFreeMs(state.durable, policy, moment.nowMs);
  return {
    used: spent(state.durable, policy, moment.nowMs),
    ...policy.maxSwitches,
    nextInMs: free === null ? null : free - moment.nowMs,
  };
}
