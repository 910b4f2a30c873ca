import { excursion } from './budget';
import { type Decision, evidenceOf } from './decide';
import { duration } from './duration';
import type { Effect } from './events';
import { guards, refusals, sendGuards } from './guards';
import { against } from './health';
import { startOf } from './pressed';
import type { Change, ChangeKind, Refusal, State, Switch } from './state';
import { eligible, healthOf, siteNamed, type View } from './view';

/** The life of one change: intended → sending → applied → settled; unsure or dropped on the way. */

export interface Next {
  readonly state: State;
  readonly effects: readonly Effect[];
}

const keptSwitches = 200;

/** Makes the intent durable-to-be: a new generation, counted against the budget from now on. */
export function begin(view: View, kind: ChangeKind, to: string, decision: Decision): Next {
  const { state, moment } = view;
  const { durable } = state;
  const from = durable.active;
  const pin = kind === 'order' || kind === 'drill' ? durable.pin : null;
  const beganMs = kind === 'failover' && from !== null ? causeMs(view, from) : null;
  const { releasedMs = null } = durable;
  const why = pin?.why ?? reason(view, kind, to);
  const { attempts, trouble, ...rest } = startOf(view, kind);
  const pause = { attempt: attempts, ...rest };
  const change: Change = {
    generation: durable.issued + 1,
    from,
    to,
    kind,
    decidedMs: moment.nowMs,
    causeMs: beganMs,
    // Automation was not allowed to act before: that is no slowness of its own.
    releasedMs: beganMs !== null && releasedMs !== null && releasedMs > beganMs ? releasedMs : null,
    // What an older attempt may still do is remembered: dropping this change must fence that one too.
    phase: durable.change?.phase === 'sending' || durable.change?.phase === 'unsure' ? 'unsure' : 'intended',
    attempts,
    sentMs: null,
    appliedMs: null,
    requestId: null,
    laggards: [],
    trouble,
    why,
    evidence: evidenceOf(view, decision.options, pin?.actor ?? null),
  };
  const { actor } = change.evidence;
  const entry: Switch = {
    ...{ atMs: moment.nowMs, generation: change.generation, from, to, kind, verifiedMs: null, why, actor },
  };
  const switches = kind === 'fence' ? durable.switches : [...durable.switches, entry].slice(-keptSwitches);
  return {
    state: { ...state, durable: { ...durable, issued: change.generation, change, switches } },
    effects: [
      {
        type: 'tell',
        tell: {
          code: 'decided',
          level: 'warn',
          page: false,
          text: `decided: ${moveBy(kind, actor)} from ${from ?? 'nothing'} to ${to}`,
          fields: { kind, from, to, generation: change.generation, why },
        },
      },
      { type: 'point', generation: change.generation, ...pause },
    ],
  };
}

/** A kind of move for people: an order says whose. */
export function moveBy(kind: ChangeKind, actor: string | null | undefined): string {
  const what = kind === 'order' ? 'switch' : kind;
  return actor === null || actor === undefined ? kind : `${what} by ${actor}`;
}

/** When what speaks against a site began. */
function causeMs({ state, policy }: View, site: string): number | null {
  const health = healthOf(state, site);
  return health.fails === 0 || health.newestMs === null
    ? health.sinceMs
    : health.newestMs - against(health, policy).forMs;
}

function reason(view: View, kind: ChangeKind, to: string): string {
  const { active } = view.state.durable;
  if (kind === 'failover' && active !== null) {
    const health = healthOf(view.state, active);
    const { what } = against(health, view.policy);
    const failing = view.moment.nowMs - (causeMs(view, active) ?? view.moment.nowMs);
    return `${active} is down: ${what} over ${duration(failing)}, last ${health.lastFail?.class ?? 'seen by peers'}`;
  }
  if (kind === 'failback') return whyHome(view, to);
  if (kind === 'create') return 'the zone has no record';
  if (kind === 'fence' && view.state.behind !== null) return `brings into line: ${view.state.behind.parts.join('; ')}`;
  return kind === 'fence' ? 'an earlier write may still be under way; a newer generation shuts it out' : 'an order';
}

/** A site that was left by an order was perhaps never down. */
function whyHome({ state: { durable } }: View, to: string): string {
  const ordered = excursion(durable.switches.at(-1), durable.active);
  if (ordered === null) return `${to} is up again and calm`;
  const what = ordered.kind === 'drill' ? 'the drill' : 'the pin';
  const whose = ordered.actor == null ? '' : ` of ${ordered.actor}`;
  return `${what}${whose} is over, and ${to} is up and calm`;
}

/** Why the change must not be sent now; empty: send it. Asked right before every attempt, and whenever anything was learnt. */
export function objections(view: View, change: Change): readonly Refusal[] {
  const { durable } = view.state;
  const drop = (why: string): readonly Refusal[] => [
    { guard: 'superseded', why, numbers: {}, clears: '', page: false },
  ];
  // Asked of every kind: a change of the run before this one may still be open.
  if (view.policy.dryRun) return drop('FAILOVERD_DRY_RUN');
  if (siteNamed(view.policy, change.to) === null) return drop(`${change.to} is not configured any more`);
  if (durable.obstacle !== null) return drop(durable.obstacle.why);
  if (change.phase === 'applied') {
    return change.to === durable.active ? objectionsToRest(view) : drop('the record was moved meanwhile');
  }
  switch (change.kind) {
    case 'fence':
      return change.to === durable.active ? [] : drop('the earlier write has landed');
    case 'create':
      return durable.hold !== null ? drop('held') : durable.active === null ? [] : drop('the record exists now');
    case 'order':
    case 'drill':
      return durable.pin?.site === change.to ? [] : drop('the order was withdrawn, ran out, or another took its place');
    case 'failover':
    case 'failback': {
      const target = eligible(view, change.to);
      const able = target === 'up' || (target === 'recovering' && change.kind === 'failover');
      if (change.from !== durable.active) return drop('the record was moved meanwhile');
      return able ? refusals(sendGuards[change.kind], view) : drop(`${change.to} cannot serve any more`);
    }
  }
}

/** Why the active site must not be written now to the provider that is behind the other. */
export function objectionsToRest(view: View): readonly Refusal[] {
  const { active, pin } = view.state.durable;
  if (active === null)
    return [{ guard: 'active-unknown', why: 'no site is active', numbers: {}, clears: '', page: false }];
  // What was found in the zone at one provider is no word of a human about the other.
  if (pin?.site === active && pin.by !== 'zone') return refusals(guards.order, view);
  if (eligible(view, active) === null)
    return [{ guard: 'not-up', why: `${active} cannot serve now`, numbers: {}, clears: '', page: false }];
  return refusals(guards.catchUp, view);
}

/** Takes back a change that is surely not in the zone, and its place in the budget. */
export function withdraw(state: State): State {
  const { change, switches } = state.durable;
  const kept = change === null ? switches : switches.filter((one) => one.generation !== change.generation);
  return { ...state, durable: { ...state.durable, change: null, switches: kept } };
}

/**
 * An attempt leaves: from here on its outcome is unknown until somebody says otherwise. After an attempt whose outcome stayed unknown the
 * change remains `unsure`, whatever later attempts bring: the old request may still be on its way.
 */
export function onSending(view: View, generation: number): State {
  const { change } = view.state.durable;
  if (change === null || change.generation !== generation || change.phase === 'applied') return view.state;
  const phase = change.phase === 'unsure' ? 'unsure' : 'sending';
  const sentMs = change.sentMs ?? view.moment.nowMs;
  return withChange(view.state, { ...change, phase, sentMs, attempts: change.attempts + 1 });
}

export function withChange(state: State, change: Change | null): State {
  return { ...state, durable: { ...state.durable, change } };
}
