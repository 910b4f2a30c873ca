import { type AlertStatus, alertStatuses } from './alerts';
import { textOf } from './behind';
import { failbackWaitMs, penaltyNow, spent } from './budget';
import type { Convergence } from './convergence';
import { type Decision, decide, siteEvidence } from './decide';
import { refusals, standingGuards } from './guards';
import { inDoubt } from './health';
import { heldText, pinnedText } from './orders-text';
import { type SelftestStatus, selftestStatus, unproven } from './proven';
import type { Change, Gate, Hold, Pin, Switch } from './state';
import type { Observation, Verdict, Vote } from './types';
import { eligible, healthOf, standingOf, type View } from './view';

/** One service as operators see it; the shape of `GET /api/v1/status`. Times are milliseconds before now (`…AgoMs`). */
export interface ServiceStatus {
  readonly record: string;
  readonly active: string | null;
  readonly wanted: string | null;
  readonly write: 'settled' | 'wanted' | 'writing' | 'unsure' | 'verifying' | 'partial' | 'stuck';
  readonly generation: number;
  /** With two providers: who does not hold yet what the other does, and why; empty when nobody is behind. */
  readonly behind: readonly string[];
  readonly hold: {
    readonly by: string;
    readonly why: string;
    readonly until: number | null;
    readonly actor: string | null;
  } | null;
  readonly pin: (Pin & { readonly until: number | null }) | null;
  readonly dryRun: boolean;
  /** Could we fail over right now? Reasons are empty when we could. */
  readonly ready: boolean;
  readonly readyWhy: readonly string[];
  readonly sites: readonly SiteStatus[];
  readonly change: Omit<Change, 'evidence'> | null;
  readonly lastSwitch: (Switch & { readonly agoMs: number }) | null;
  /** Null: nothing was measured since the start. The decision does not know it; control adds it. */
  readonly convergence: Convergence | null;
  readonly budget: { readonly spent: number; readonly count: number; readonly windowMs: number };
  readonly penalty: number;
  readonly failbackWaitMs: number;
  /** The self-tests of the write path; null: they are off. */
  readonly selftest: SelftestStatus | null;
  /** Pages first, then what only has to be known, then what is over. */
  readonly alerts: readonly AlertStatus[];
  readonly options: Decision['options'];
}

export interface SiteStatus {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly verdict: Verdict;
  readonly disputed: boolean;
  /** How long it has had this verdict. */
  readonly forMs: number;
  readonly health: {
    readonly vote: Vote;
    readonly passes: number;
    readonly fails: number;
    /** Milliseconds since the first probe of the current streak began; null before the first. */
    readonly since: number | null;
    readonly failRatio: number | null;
    readonly ring: string;
    readonly inDoubt: boolean;
  };
  readonly last: Observation | null;
  readonly lastFail: { readonly agoMs: number; readonly class: string; readonly why: string } | null;
  readonly gates: readonly Gate[];
}

export function explain(view: View): ServiceStatus {
  const { state, policy, moment } = view;
  const { durable } = state;
  const decision = decide(view);
  const readyWhy = unreadiness(view);
  const last = durable.switches.at(-1);
  const { change } = durable;
  return {
    record: policy.record,
    active: durable.active,
    wanted: change !== null && change.kind !== 'fence' ? change.to : (durable.pin?.site ?? durable.active),
    write: writeOf(change, state.behind !== null),
    generation: durable.generation,
    behind:
      state.behind === null
        ? []
        : [...state.behind.parts, ...(state.behind.waits === null ? [] : [state.behind.waits])],
    hold: holdOf(durable.hold ?? durable.obstacle, moment.nowMs),
    pin: durable.pin === null ? null : { ...durable.pin, until: leftMs(durable.pin, moment.nowMs) },
    dryRun: policy.dryRun,
    ready: readyWhy.length === 0,
    readyWhy,
    sites: policy.sites.map((site) => siteStatus(view, site.name)),
    change: change === null ? null : withoutEvidence(change),
    lastSwitch: last === undefined ? null : { ...last, agoMs: moment.nowMs - last.atMs },
    convergence: null,
    budget: { spent: spent(durable, policy, moment.nowMs), ...policy.maxSwitches },
    penalty: penaltyNow(durable, policy, moment.nowMs),
    failbackWaitMs: failbackWaitMs(durable, policy, moment.nowMs),
    selftest: selftestStatus(view),
    alerts: alertStatuses(state.alerts, moment.nowMs),
    options: decision.options,
  };
}

function withoutEvidence({ evidence: _, ...rest }: Change): Omit<Change, 'evidence'> {
  return rest;
}

function holdOf(hold: Hold | null, nowMs: number): ServiceStatus['hold'] {
  if (hold === null) return null;
  return { by: hold.by, why: hold.why, until: leftMs(hold, nowMs), actor: hold.actor };
}

function leftMs({ untilMs }: Hold | Pin, nowMs: number): number | null {
  return untilMs === null ? null : untilMs - nowMs;
}

function writeOf(change: Change | null, behind: boolean): ServiceStatus['write'] {
  if (change === null) return 'settled';
  switch (change.phase) {
    case 'intended':
      return change.trouble === null ? 'wanted' : 'stuck';
    case 'sending':
      return 'writing';
    case 'unsure':
      return 'unsure';
    case 'applied':
      return behind || change.laggards.length > 0 ? 'partial' : 'verifying';
  }
}

/** One site as operators see it. */
export function siteStatus(view: View, name: string): SiteStatus {
  const { state, policy, moment } = view;
  const health = healthOf(state, name);
  const standing = standingOf(state, name);
  const { failRatio } = siteEvidence(view, name);
  const { vote, passes, fails, sinceMs, ring, lastFail } = health;
  return {
    name,
    addresses: policy.sites
      .filter((site) => site.name === name)
      .flatMap((site) => site.sets.flatMap((set) => set.values)),
    verdict: standing.verdict,
    disputed: standing.disputed,
    forMs: moment.nowMs - standing.sinceMs,
    health: {
      vote,
      passes,
      fails,
      since: sinceMs === null ? null : moment.nowMs - sinceMs,
      failRatio,
      ring,
      inDoubt: inDoubt(health, policy),
    },
    last: health.last,
    lastFail:
      lastFail === null ? null : { agoMs: moment.nowMs - lastFail.atMs, class: lastFail.class, why: lastFail.why },
    gates: state.gates[name] ?? [],
  };
}

/** Why a failover could not be made right now, were the active site to fail. */
function unreadiness(view: View): readonly string[] {
  const { state, policy, moment } = view;
  const { durable } = state;
  const why: string[] = [];
  if (!state.read) why.push('the zone was not read yet');
  if (state.unreadable !== null) {
    why.push(
      `${state.unreadable.partly === true ? 'one of two providers' : 'the zone'} cannot be read: ${state.unreadable.why}`,
    );
  }
  if (state.behind !== null) why.push(`a provider is behind: ${textOf(state.behind)}`);
  if (durable.obstacle !== null) why.push(durable.obstacle.why);
  if (durable.hold !== null) why.push(heldText(durable.hold));
  if (durable.pin !== null) why.push(pinnedText(durable.pin));
  if (state.sick !== null) why.push(`this node does not trust itself: ${state.sick}`);
  if (policy.dryRun) why.push('FAILOVERD_DRY_RUN');
  if (durable.active !== null && standingOf(state, durable.active).verdict === 'unknown') {
    why.push(`nothing is known of ${durable.active} yet`);
  }
  const standbys = policy.sites.filter((site) => site.name !== durable.active && eligible(view, site.name) !== null);
  if (standbys.length === 0) why.push('no standby is up');
  const used = spent(durable, policy, moment.nowMs);
  if (used >= policy.maxSwitches.count) why.push(`the switch budget is spent: ${used} of ${policy.maxSwitches.count}`);
  for (const { why: objection } of refusals(standingGuards, view)) why.push(objection);
  why.push(...unproven(view));
  if (durable.change?.trouble != null) why.push(`a write is stuck: ${durable.change.trouble.why}`);
  return why;
}
