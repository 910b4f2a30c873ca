import { type Dice, diceOf } from './dice';
import type { Act, Episode, Fault } from './faults';
import type { Plan } from './plan';
import { seeded } from './time';
import type { Manner } from './zone';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;

/** What may be added to the acts of a plan; each seed enables some, as plans do. */
const extras = [
  'slow-under-load',
  'reorders',
  'read-only',
  'breaks-off',
  'blind',
  'sick',
  'restart',
  'stuck',
  'votes',
] as const;
type Extra = (typeof extras)[number];

/**
 * A plan with more to it, by dice of its own, so that what a plain seed plays stays what it was: two providers, one that takes several calls
 * for a change, several records, other vantages, further faults; or so much less that nothing may be written at all.
 */
export function twisted(plan: Plan): Plan {
  const dice = diceOf(seeded(plan.seed * 1_597_334_677 + 1));
  if (dice.chance(0.06)) return quiet(plan, dice);
  const providers = providersOf(plan, dice);
  const services = dice.chance(0.1) ? 2 + dice.below(2) : 1;
  const peers = dice.chance(0.12) ? 2 : 0;
  const enabled = extras.filter(() => dice.chance(0.25));
  const acts = plan.acts.map((act) => actOf(act, dice, plan, providers.length, enabled));
  return {
    ...plan,
    policy: {
      ...plan.policy,
      quorum: peers > 0 ? 2 : plan.policy.quorum,
      switchCap: services > 1 ? 1 + dice.below(services) : plan.policy.switchCap,
    },
    providers,
    services,
    peers,
    acts,
  };
}

/**
 * Now and then a plan ends with hours in which every site breaks as soon as the users are on it, and the process dies in between: what the
 * budget of switches is for (S3), over restarts.
 */
export function pressing(plan: Plan): Plan {
  const dice = diceOf(seeded(plan.seed * 668_265_263 + 3));
  if (plan.quiet !== undefined || !dice.chance(0.08)) return plan;
  const forMs = dice.span(20 * minuteMs, 90 * minuteMs);
  const breaks = plan.policy.sites.map(({ name }): Episode => {
    const fault: Fault = { kind: 'site', site: name, what: { how: 'breaks-under-load' } };
    return { atMs: secondMs, forMs, fault };
  });
  const dies: Episode = {
    atMs: dice.span(minuteMs, forMs),
    forMs: secondMs,
    fault: { kind: 'crash', daemon: 0, crossings: 1 + dice.below(300), downMs: dice.span(100, 3 * minuteMs) },
  };
  const act: Act = { calmMs: dice.span(minuteMs, 60 * minuteMs), episodes: [...breaks, dies] };
  const maxSwitches = { ...plan.policy.maxSwitches, count: 2 };
  return { ...plan, policy: { ...plan.policy, maxSwitches }, acts: [...plan.acts, act] };
}

function providersOf({ swaps }: Plan, dice: Dice): readonly Manner[] {
  const plain: Manner = swaps ? 'swaps' : 'rereads';
  const manner = (): Manner => dice.one(['swaps', 'swaps', 'rereads', 'per-record'] as const);
  if (dice.chance(0.3)) return [manner(), manner()];
  return [dice.chance(0.15) ? 'per-record' : plain];
}

function quiet(plan: Plan, dice: Dice): Plan {
  const what = dice.chance(0.6) ? 'restarts' : 'nothing';
  const acts = plan.acts.map(({ calmMs }): Act => {
    const count = what === 'restarts' ? 1 + dice.below(5) : 1;
    return { calmMs, episodes: Array.from({ length: count }, () => ({ ...when(dice), fault: harmless(what, dice) })) };
  });
  return { ...plan, quiet: what, hosts: 1, providers: providersOf(plan, dice), acts };
}

function when(dice: Dice): Omit<Episode, 'fault'> {
  return { atMs: dice.span(secondMs, 4 * minuteMs), forMs: dice.span(secondMs, 12 * minuteMs) };
}

function harmless(what: 'restarts' | 'nothing', dice: Dice): Fault {
  if (what === 'nothing') return { kind: 'wall', byMs: 0 };
  const downMs = dice.span(100, 3 * minuteMs);
  return dice.one<Fault>([
    { kind: 'crash', daemon: 0, crossings: 1 + dice.below(300), downMs },
    { kind: 'crash', daemon: 0, crossings: 1 + dice.below(30), downMs },
    { kind: 'restart', daemon: 0, downMs },
    { kind: 'stuck', daemon: 0 },
    { kind: 'stall', daemon: 0 },
  ]);
}

/** What concerns a provider or a hand strikes one of two, or both; and one more fault may come. */
function actOf(act: Act, dice: Dice, plan: Plan, providers: number, enabled: readonly Extra[]): Act {
  const episodes = act.episodes.map((episode): Episode => {
    const { fault } = episode;
    if (providers === 1 || (fault.kind !== 'provider' && fault.kind !== 'hand') || dice.chance(0.3)) return episode;
    return { ...episode, fault: { ...fault, at: dice.below(providers) } };
  });
  if (enabled.length === 0 || !dice.chance(0.6)) return { ...act, episodes };
  const more = faultOf(dice.one(enabled), dice, plan, providers);
  return { ...act, episodes: [...episodes, { ...when(dice), fault: more }] };
}

function faultOf(extra: Extra, dice: Dice, { policy, hosts }: Plan, providers: number): Fault {
  const daemon = dice.below(hosts);
  const at = providers === 1 || dice.chance(0.3) ? {} : { at: dice.below(providers) };
  switch (extra) {
    case 'slow-under-load': {
      const { name } = dice.one(policy.sites);
      return { kind: 'site', site: name, what: { how: extra, ms: dice.span(100, 4 * policy.timeoutMs) } };
    }
    case 'reorders':
      return { kind: 'provider', what: { how: extra, ms: dice.span(secondMs, 2 * minuteMs) }, ...at };
    case 'read-only':
      return { kind: 'provider', what: { how: extra, code: dice.one(['denied', 'throttled', 'unavailable']) }, ...at };
    case 'breaks-off':
      return { kind: 'provider', what: { how: extra, share: dice.one([0.1, 0.3, 0.6]) }, ...at };
    case 'blind':
      return { kind: 'path', daemon, to: dice.one(['sites', 'sites', 'canaries']) };
    case 'sick':
    case 'stuck':
      return { kind: extra, daemon };
    case 'restart':
      return { kind: extra, daemon, downMs: dice.span(100, 3 * minuteMs) };
    case 'votes':
      return { kind: extra, how: dice.one(['silent', 'replayed', 'stale', 'ours', 'foreign']) };
  }
}
