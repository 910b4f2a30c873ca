import type { Event, Moment } from './events';
import { forget, observe } from './health';
import type { State } from './state';
import type { FailClass, Health, Policy } from './types';
import { answering, healthOf, standingOf, type View } from './view';

/** Until something answers there is no telling whose fault silence is: what began to be asked before that stays in the dark. */
export function darkened({ state, policy, moment: { nowMs } }: View): State {
  return answering(state, policy, nowMs).length === 0 ? { ...state, darkMs: nowMs } : state;
}

export function onObserved(view: View, event: Extract<Event, { type: 'observed' }>): State {
  const { policy, moment } = view;
  if (!policy.sites.some((site) => site.name === event.site)) return view.state;
  const state = darkened(view);
  const seen = observe(healthOf(state, event.site), { ...event, nowMs: moment.nowMs }, policy);
  const wasDark = state.darkMs !== null && event.startedMs < state.darkMs;
  const health = seen.silent > 0 && wasDark ? forget(seen) : seen;
  const next: State = { ...state, health: { ...state.health, [event.site]: health } };
  if (event.observation.result !== 'fail') return next;
  if (answering(next, policy, moment.nowMs).length === 0) return { ...next, health: forgetAll(next.health) };
  return { ...next, commonCause: commonCause(next, policy, moment) };
}

/** Nothing answers: what was gathered on the way into the dark is no evidence, and must not be acted on when the light returns. */
function forgetAll(health: State['health']): State['health'] {
  const next: Record<string, Health> = {};
  for (const [site, one] of Object.entries(health)) next[site] = forget(one);
  return next;
}

/**
 * Every site failing in the same way at once points at a cause they share (a deploy, a certificate store), not at the primary. Once may be a
 * blip; of a site that nothing good is known of, as after a start, it is enough.
 */
function commonCause(state: State, policy: Policy, moment: Moment): State['commonCause'] {
  const classes = new Set<FailClass | null>();
  for (const site of policy.sites) {
    const { last, fails } = healthOf(state, site.name);
    const enough = standingOf(state, site.name).verdict === 'unknown' ? 1 : 2;
    classes.add(last?.result === 'fail' && fails >= enough ? last.class : null);
  }
  const [only] = classes;
  return classes.size === 1 && only !== undefined && only !== null
    ? { class: only, atMs: moment.nowMs }
    : state.commonCause;
}
