import { guards, refusals } from './guards';
import { failRatio } from './health';
import type { ChangeKind, Evidence, Refusal, SiteEvidence } from './state';
import { ballotsOf, better, candidate, healthOf, siteNamed, standingOf, type View } from './view';

/** One way the record could move, where to, and who objects. */
export interface Option {
  readonly kind: ChangeKind;
  readonly to: string | null;
  readonly refusals: readonly Refusal[];
}

/** All options of the moment; `move` is the first that nobody refuses. `explain` prints the same object. */
export interface Decision {
  readonly options: readonly Option[];
  readonly move: { readonly kind: ChangeKind; readonly to: string } | null;
}

/**
 * The decision. A pin is followed; an empty zone is filled where that is allowed; otherwise failover, which is never damped, comes before
 * failback, which always is.
 */
export function decide(view: View): Decision {
  const options = optionsOf(view);
  for (const option of options) {
    if (option.to !== null && option.refusals.length === 0)
      return { options, move: { kind: option.kind, to: option.to } };
  }
  return { options, move: null };
}

function optionsOf(view: View): readonly Option[] {
  const { durable } = view.state;
  const { pin, active } = durable;
  // A site that was taken out of the settings cannot be followed: such a pin keeps the record where it is, and an empty one is filled elsewhere.
  if (pin !== null && pin.site !== active && siteNamed(view.policy, pin.site) !== null) {
    const kind = pin.by === 'drill' ? 'drill' : 'order';
    const list = durable.change?.to === pin.site ? guards.orderUnderway : guards.order;
    return [{ kind, to: pin.site, refusals: refusals(list, view) }];
  }
  if (view.state.read && active === null && durable.obstacle === null) {
    return [{ kind: 'create', to: firstHome(view), refusals: refusals(guards.create, view) }];
  }
  return [
    { kind: 'failover', to: candidate(view), refusals: refusals(guards.failover, view) },
    { kind: 'failback', to: better(view), refusals: refusals(guards.failback, view) },
  ];
}

/** Where a record that does not exist is made to point: where it last was, else the first site. */
function firstHome({ state, policy }: View): string | null {
  const last = siteNamed(policy, state.durable.switches.at(-1)?.to ?? null);
  return (last ?? policy.sites[0])?.name ?? null;
}

/** What the decision rests on, kept with the change so that it can be recomputed (S19). */
export function evidenceOf(view: View, options: readonly Option[], actor: string | null): Evidence {
  return {
    actor,
    sites: view.policy.sites.map((site) => siteEvidence(view, site.name)),
    refusals: options.flatMap((option) => option.refusals),
  };
}

export function siteEvidence(view: View, name: string): SiteEvidence {
  const health = healthOf(view.state, name);
  const standing = standingOf(view.state, name);
  return {
    name,
    verdict: standing.verdict,
    disputed: standing.disputed,
    votes: ballotsOf(view, name).map(({ vantage, vote, ageMs }) => ({ vantage, vote, ageMs })),
    passes: health.passes,
    fails: health.fails,
    failRatio: failRatio(health),
    sinceMs: health.sinceMs,
    lastFail: health.lastFail === null ? null : { class: health.lastFail.class, why: health.lastFail.why },
  };
}
