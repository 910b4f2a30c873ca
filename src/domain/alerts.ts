import { behindAlert } from './behind';
import type { Decision } from './decide';
import { duration } from './duration';
import type { Effect } from './events';
import { selftestAlerts, toldByTest } from './proven';
import type { Alert, State } from './state';
import { healthOf, standingOf, type View } from './view';

type Found = Omit<Alert, 'sinceMs' | 'lastMs' | 'lingers'> & { readonly lingers?: boolean };

const stuckAfterMs = 30_000;
const partialAfterMs = 60_000;
const unreadableAfterMs = 30_000;
const lingerMs = 60_000;

/** Everything that is wrong now, by code: a function of the state, so that an alert can be neither lost nor left behind (L3). */
function alertsOf(view: View, decision: Decision): readonly Found[] {
  const coming = [...self(view), ...sites(view), ...refused(view, decision)];
  return [
    ...holds(view),
    ...write(view),
    ...behindAlert(view),
    ...selftestAlerts(view),
    ...coming.map((found) => ({ ...found, lingers: true })),
  ];
}

function holds({ state: { durable } }: View): readonly Found[] {
  const found: Found[] = [];
  const { hold, obstacle, pin } = durable;
  if (obstacle !== null)
    found.push({ code: obstacle.by, page: true, why: obstacle.why, remedy: obstacleRemedies[obstacle.by] });
  if (hold !== null) {
    found.push({
      code: 'held',
      page: false,
      why: `held by ${hold.actor ?? 'an order'}: ${hold.why}`,
      remedy: 'failoverd resume',
    });
  }
  if (pin !== null) {
    found.push({ code: 'pinned', page: false, why: `pinned to ${pin.site}: ${pin.why}`, remedy: 'failoverd resume' });
  }
  return found;
}

/** What puts right each thing that keeps the record from being written at all. */
export const obstacleRemedies = {
  order: 'failoverd resume',
  drift: 'put one of the configured sites back into the zone, or add the new address to FAILOVERD_SITES',
  foreign: 'take the record out of the other’s hands (docs/coexistence.md), then failoverd adopt',
  absent: 'create the record, or set FAILOVERD_CREATE=true',
  twin: 'stop the other failoverd, or give it another FAILOVERD_OWNER; then restart this one',
  obstacle: 'replace the record by a plain A, AAAA or CNAME record',
  diverged: 'put the same values of one configured site into both providers, or take one out of FAILOVERD_PROVIDER',
} as const;

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
    const { last, lastFail } = healthOf(view.state, name);
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
    if (last?.result === 'pass' && last.warning !== undefined) {
      found.push({ code: `warning:${name}`, page: false, why: `${name}: ${last.warning}`, remedy: `look at ${name}` });
    }
    return found;
  });
}

/**
 * A guard that refuses while the active site is down (or, for `isolated`, while all is silent) is what stands between users and a standby.
 * A change on its way is the answer already; if anything stood against it, it would be dropped.
 */
function refused({ state, policy }: View, decision: Decision): readonly Found[] {
  const failover = decision.options.find((option) => option.kind === 'failover');
  const { change } = state.durable;
  const answered = change !== null && change.phase !== 'applied' && change.kind !== 'fence';
  if (failover === undefined || !state.read || answered) return [];
  const objections = failover.refusals;
  const down = !objections.some((one) => one.guard === 'not-down' || one.guard === 'active-unknown');
  const silent =
    policy.canaries.length > 0
      ? policy.canaries.every((name) => (state.canaries[name]?.silent ?? 0) >= 2)
      : policy.sites.every((site) => healthOf(state, site.name).silent >= 2);
  const { pin, active } = state.durable;
  const found: Found[] = objections
    .filter((one) => (one.guard === 'isolated' && silent) || (down && (one.page || one.guard === 'dry-run')))
    .filter((one) => !(one.guard in obstacleRemedies))
    .map((one) => ({ code: one.guard, page: one.page, why: one.why, remedy: one.clears }));
  if (down && pin !== null && pin.site === active) {
    found.push({
      code: 'pinned-down',
      page: true,
      why: `${active} is down and pinned: ${pin.why}`,
      remedy: 'failoverd resume, or switch',
    });
  }
  return found;
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
    next[found.code] = { ...found, lingers, sinceMs: known?.sinceMs ?? nowMs, lastMs: nowMs };
    // One that had only to be known, and now calls for a human, is told once more.
    if (known === undefined || (found.page && !known.page)) effects.push(tell(found, true));
  }
  const calmMs = Math.max(lingerMs, 3 * view.policy.intervalMs);
  for (const known of Object.values(before)) {
    if (next[known.code] !== undefined) continue;
    if (known.lingers && nowMs - known.lastMs < calmMs) next[known.code] = known;
    else effects.push(tell(known, false));
  }
  return { alerts: next, effects };
}

function tell(alert: Pick<Alert, 'code' | 'page' | 'why' | 'remedy'>, begins: boolean): Effect {
  const level = begins ? (alert.page ? 'error' : 'warn') : 'info';
  const text = begins ? alert.why : `over: ${alert.why}`;
  const fields = { alert: alert.code, remedy: alert.remedy, ...(begins ? {} : { paged: alert.page }) };
  return {
    type: 'tell',
    tell: { code: begins ? 'alert' : 'cleared', level, page: begins && alert.page, text, fields },
  };
}
