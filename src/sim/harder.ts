import { crowded } from './crowded';
import { type Dice, diceOf } from './dice';
import type { Act, Episode, Fault, HandDoes } from './faults';
import type { Plan } from './plan';
import { seeded } from './time';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;

/** What else may become of a plan. */
interface Addition {
  readonly share: number;
  /** Where it makes sense; everywhere. */
  readonly fits?: (plan: Plan) => boolean;
  readonly add: (plan: Plan, dice: Dice) => Plan;
}

/** Each by dice of its own, so that one more of them leaves every seed without it what it was: new ones go to the end. */
const additions: readonly Addition[] = [
  { share: 0.2, add: (plan, dice) => sprinkled(plan, dice, strange) },
  { share: 0.2, add: (plan, dice) => sprinkled(plan, dice, claimed) },
  { share: 0.2, add: (plan, dice) => sprinkled(plan, dice, bad) },
  { share: 0.9, fits: ({ peers = 0 }) => peers > 0, add: (plan, dice) => sprinkled(plan, dice, peerless) },
  { share: 0.25, add: (plan, dice) => sprinkled(plan, dice, amid) },
  { share: 0.9, fits: withTwoHosts, add: (plan, dice) => ({ ...plan, second: dice.one(['owner', 'order'] as const) }) },
  { share: 0.2, add: (plan, dice) => sprinkled(plan, dice, told) },
  { share: 0.15, add: (plan, dice) => sprinkled(plan, dice, broken) },
  { share: 0.3, add: (plan, dice) => ({ ...plan, acts: plan.acts.map((act) => crowded(act, dice, plan)) }) },
];

/** A plan with what was thought of later; half of the seeds stay what they were. */
export function harder(plan: Plan): Plan {
  if (plan.quiet !== undefined || seeded(plan.seed * 2_246_822_519 + 12)() < 0.5) return plan;
  return additions.reduce((harder, { share, fits = () => true, add }, index) => {
    const dice = diceOf(seeded(plan.seed * 668_265_263 + index));
    return dice.chance(share) && fits(harder) ? add(harder, dice) : harder;
  }, plan);
}

/** The settings are edited for all hosts alike. */
function withTwoHosts({ hosts, acts }: Plan): boolean {
  return hosts > 1 && acts.every(({ episodes }) => episodes.every(({ fault }) => fault.kind !== 'reload'));
}

/** More faults in most of the acts, beside the trouble that is there. */
function sprinkled(plan: Plan, dice: Dice, faults: (dice: Dice, plan: Plan) => readonly Fault[]): Plan {
  const acts = plan.acts.map((act): Act => {
    if (!dice.chance(0.6)) return act;
    const more = faults(dice, plan).map(
      (fault): Episode => ({
        atMs: dice.span(secondMs, 5 * minuteMs),
        forMs: dice.span(secondMs, 12 * minuteMs),
        fault,
      }),
    );
    return { ...act, episodes: [...act.episodes, ...more] };
  });
  return { ...plan, acts };
}

function strange(dice: Dice, { policy, providers = [] }: Plan): readonly Fault[] {
  const site = dice.one(policy.sites).name;
  const at = providers.length < 2 || dice.chance(0.4) ? {} : { at: dice.below(providers.length) };
  const hand = (does: HandDoes): Fault => ({ kind: 'hand', does, site, ...at });
  return [hand(dice.one(['alias', 'stranger'] as const)), ...(dice.chance(0.5) ? [hand('clears')] : [])];
}

function claimed(dice: Dice, { policy }: Plan): readonly Fault[] {
  const text = 'heritage=external-dns,external-dns/owner=k8s';
  const mark = { tool: 'external-dns', owner: 'k8s', name: `a-${policy.record}`, text } as const;
  return [{ kind: 'claims', claims: dice.chance(0.7) ? [mark] : null }];
}

const ways = ['provider', 'servers', 'canaries'] as const;

function bad(dice: Dice, { policy, hosts, peers = 0 }: Plan): readonly Fault[] {
  const to = dice.one([...policy.sites.map(({ name }) => name), ...ways]);
  const lossy = { how: 'lossy', share: dice.one([0.05, 0.2, 0.5, 0.9]) } as const;
  const slow = { how: 'slow', ms: dice.span(50, 2 * policy.timeoutMs) } as const;
  return [{ kind: 'path', daemon: dice.below(hosts + peers), to, what: dice.chance(0.6) ? lossy : slow }];
}

/** One of the other vantages alone sees less, or something else, than all others. */
function peerless(dice: Dice, { policy, hosts, peers = 1 }: Plan): readonly Fault[] {
  const daemon = hosts + dice.below(peers);
  const to = dice.one([...policy.sites.map(({ name }) => name), 'sites']);
  return [dice.chance(0.7) ? { kind: 'path', daemon, to } : { kind: 'isolated', daemon, knows: dice.chance(0.3) }];
}

/** It dies between the calls of one change: one that is on its way, or the next. */
function amid(dice: Dice, { policy, hosts }: Plan): readonly Fault[] {
  const { name } = dice.one(policy.sites);
  const crash = { kind: 'crash', daemon: dice.below(hosts), crossings: 1 + dice.below(8) } as const;
  return [
    { ...crash, downMs: dice.span(100, 3 * minuteMs), amid: true },
    dice.chance(0.5)
      ? { kind: 'hand', does: 'moves', site: name }
      : { kind: 'order', daemon: 0, order: 'switch', site: name, forMs: null },
  ];
}

function told(dice: Dice, { policy }: Plan): readonly Fault[] {
  const site = dice.one(policy.sites).name;
  const what = dice.one([{ how: 'denies' }, { how: 'empty' }, { how: 'lame' }, { how: 'misleads', site }] as const);
  return [{ kind: 'server', server: dice.one(['ns1', 'ns2', 'ns3']), what }];
}

function broken(dice: Dice, { hosts }: Plan): readonly Fault[] {
  return [{ kind: 'disk', daemon: dice.below(hosts), how: 'broken' }];
}
