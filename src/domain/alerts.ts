import { behindAlert } from './behind';
import type { Decision } from './decide';
import { duration } from './duration';
import type { Effect } from './events';
import { voteNow } from './health';
import { obstacleRemedies } from './obstacles';
import { heldText, lastingYet, pinnedText } from './orders-text';
import { selftestAlerts, toldByTest } from './proven';
import { refusedAlerts } from './refused';
import type { Alert, State } from './state';
import { countOf, healthOf, standingOf, type View } from './view';

type Found = Omit<Alert, 'sinceMs' | 'lastMs' | 'lingers' | 'over'> & { readonly lingers?: boolean };

const stuckAfterMs = 30_000;
const partialAfterMs = 60_000;
const unreadableAfterMs = 30_000;
const lingerMs = 60_000;

/** Everything that is wrong now, by code: a function of the state, so that an alert can be neither lost nor left behind (L3). */
function alertsOf(view: View, decision: Decision): readonly Found[] {
  const coming = [...self(view), ...sites(view), ...refusedAlerts(view, decision)];
  return [
    ...holds(view),
    ...write(view),
    ...behindAlert(view),
    ...selftestAlerts(view),
    ...coming.map((found) => ({ ...found, lingers: true })),
  ];
}

function holds({ state: { durable }, policy, moment }: View): readonly Found[] {
  const found: Found[] = [];
  const resume = `failoverd resume --record ${policy.record}`;
  const { hold, obstacle, pin } = durable;
  if (obstacle !== null)
    found.push({ code: obstacle.by, page: true, why: obstacle.why, remedy: obstacleRemedies[obstacle.by] });
  if (hold !== null) {
    const why = heldText(hold, lastingYet(hold, moment.nowMs));
    found.push({ code: 'held', page: false, why, ended: heldText(hold), remedy: resume });
  }
  if (pin !== null) {
    const why = pinnedText(pin, lastingYet(pin, moment.nowMs));
    found.push({ code: 'pinned', page: false, why, ended: pinnedText(pin), remedy: resume });
  }
  return found;
}

function write({ state, moment }: View): readonly Found[] {
  const { durable, unsaved, unreadable, laggards, behind } = state;
  const found: Found[] = [];
  const { change } = durable;
  const trouble = change?.trouble ?? null;
  if (change !== null && trouble !== null) {
    const forMs = moment.nowMs - trouble.sinceMs;
    const what = `generation ${change.generation} to ${change.to}`;
    if (trouble.code === 'unverified') {
      const why = `${what} was taken by the provider, but ${change.laggards.join(', ')} still answer otherwise`;
      if (forMs >= partialAfterMs && behind === null)
        found.push({ code: 'partial', page: true, why, remedy: 'look at those name servers' });
    } else if (trouble.code === 'waits') {
      const why = `${what} waits: ${trouble.why}`;
      if (forMs >= partialAfterMs)
        found.push({ code: 'write-stuck', page: true, why, remedy: 'failoverd why shows what the zone holds' });
    } else if (trouble.code === 'denied' || forMs >= stuckAfterMs) {
      const why = `${what} cannot be written: ${trouble.code}: ${trouble.why}`;
      found.push({ code: 'write-stuck', page: true, why, remedy: 'failoverd check shows what the provider refuses' });
    }
  }
  // One cause, one page: what is behind is told with its servers and readings.
  const told = (behind !== null && unreadable?.partly === true) || toldByTest(state);
  if (unreadable !== null && !told && moment.nowMs - unreadable.sinceMs >= unreadableAfterMs) {
    const what = unreadable.partly === true ? 'one of two providers' : 'the zone';
    const why = `${what} cannot be read for ${duration(moment.nowMs - unreadable.sinceMs)}: ${unreadable.why}`;
    found.push({ code: 'unreadable', page: true, why, remedy: 'failoverd check shows what the provider refuses' });
  }
  if (change === null && behind === null && laggards.length > 0) {
    const why = `name servers differ from the zone: ${laggards.join('; ')}`;
    found.push({ code: 'servers-differ', page: true, why, remedy: 'look at those name servers' });
  }
  if (unsaved !== null) {
    const why = `the state cannot be saved: ${unsaved}; decisions go on from memory, the zone is the record`;
    found.push({ code: 'unsaved', page: true, why, remedy: 'make room in FAILOVERD_STATE_DIR' });
  }
  return found;
}

function self({ state }: View): readonly Found[] {
  if (state.sick === null) return [];
  return [
    { code: 'sick', page: true, why: `this node does not trust itself: ${state.sick}`, remedy: 'look at this host' },
  ];
}

function sites(view: View): readonly Found[] {
  return view.policy.sites.flatMap(({ name }): readonly Found[] => {
    const { verdict, disputed } = standingOf(view.state, name);
    const health = healthOf(view.state, name);
    const { last, lastFail } = health;
    const found: Found[] = [];
    const cause = lastFail === null ? 'seen by other vantages' : `${lastFail.class}: ${lastFail.why}`;
    const active = name === view.state.durable.active;
    const code = `down:${name}`;
    if (verdict === 'down') {
      const why = `${active ? 'active' : 'standby'} ${name} is down: ${cause}`;
      found.push({ code, page: false, why, remedy: `look at ${name}` });
    }
    if (disputed)
      found.push({
        code: `disputed:${name}`,
        page: false,
        why: `vantages disagree on ${name}`,
        remedy: `look at ${name}`,
      });
    if (last?.result === 'unknown' && verdict === 'unknown') {
      const why = `nothing is known of ${name}: ${last.why}`;
      found.push({ code: `blind:${name}`, page: active, why, remedy: 'look at this host' });
    }
    if (verdict === 'unknown' && voteNow(health, view.moment.nowMs, view.policy) === 'down') {
      const { fresh } = countOf(view, name);
      const why = `${name} is down here (${cause}), and only ${fresh} of the ${view.policy.quorum} vantages that it takes are heard`;
      found.push({ code: `blind:${name}`, page: active, why, remedy: 'look at the other vantages' });
    }
    if (last?.result === 'pass' && last.warning !== undefined) {
      found.push({ code: `warning:${name}`, page: false, why: `${name}: ${last.warning}`, remedy: `look at ${name}` });
    }
    return found;
  });
}

/** The alerts that began and ended, as state and as things to tell. */
export function raise(
  view: View,
  decision: Decision,
): { readonly alerts: State['alerts']; readonly effects: readonly Effect[] } {
  const { nowMs } = view.moment;
  const before = view.state.alerts;
  const next: Record<string, Alert> = {};
  const effects: Effect[] = [];
  for (const { lingers = false, ...found } of alertsOf(view, decision)) {
    const known = before[found.code];
    next[found.code] = { ...found, lingers, over: false, sinceMs: known?.sinceMs ?? nowMs, lastMs: nowMs };
    // One that had only to be known, and now calls for a human, is told once more.
    if (known === undefined || (found.page && !known.page)) effects.push(tell(found, true));
  }
  const calmMs = Math.max(lingerMs, 3 * view.policy.intervalMs);
  for (const known of Object.values(before)) {
    if (next[known.code] !== undefined) continue;
    const may = known.lingers && !isEndedByHand(view, known);
    if (may && nowMs - known.lastMs < calmMs) next[known.code] = { ...known, over: true };
    else effects.push(tell(known, false));
  }
  return { alerts: next, effects };
}

/** What a human's order ends does not come back by itself. */
function isEndedByHand({ state: { durable } }: View, { code }: Alert): boolean {
  return code === 'pinned-down' && durable.pin?.site !== durable.active;
}

function tell(alert: Pick<Alert, 'code' | 'page' | 'why' | 'ended' | 'remedy'>, begins: boolean): Effect {
  const level = begins ? (alert.page ? 'error' : 'warn') : 'info';
  const text = begins ? alert.why : `over: ${alert.ended ?? alert.why}`;
  const fields = { alert: alert.code, remedy: alert.remedy, ...(begins ? {} : { paged: alert.page }) };
  return {
    type: 'tell',
    tell: { code: begins ? 'alert' : 'cleared', level, page: begins && alert.page, text, fields },
  };
}

/** `overForMs`: since when its cause is away; null: it is there. What is over counts for nothing any more. */
export type AlertStatus = Omit<Alert, 'over' | 'ended'> & { readonly overForMs: number | null };

/** Pages first, then what only has to be known, then what is over. */
export function alertStatuses(alerts: State['alerts'], nowMs: number): readonly AlertStatus[] {
  const rank = ({ overForMs, page }: AlertStatus): number => (overForMs !== null ? 2 : page ? 0 : 1);
  return Object.values(alerts)
    .map(({ over, ended: _, ...alert }) => ({ ...alert, overForMs: over ? nowMs - alert.lastMs : null }))
    .sort((one, other) => rank(one) - rank(other));
}
