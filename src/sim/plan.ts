import type { Policy, Site } from '../domain/types';
import { type Dice, diceOf } from './dice';
import type { Act, Episode, Fault } from './faults';
import { harder } from './harder';
import type { Second } from './place';
import { reloading } from './reloads';
import { seeded } from './time';
import { pressing, twisted } from './twists';
import type { Manner } from './zone';

/** Everything one seed is: settings and acts, plain JSON. */
export interface Plan {
  readonly seed: number;
  readonly policy: Policy;
  readonly hosts: number;
  readonly swaps: boolean;
  /** How each of the providers writes; absent: one, by `swaps`. */
  readonly providers?: readonly Manner[];
  /** Records that one daemon serves, and vantages elsewhere that vote; absent: one, and none. */
  readonly services?: number;
  readonly peers?: number;
  /** How the second of two hosts is configured; absent: as the first. */
  readonly second?: Second;
  /** Nothing goes wrong but processes that end and start (S8), or nothing at all (S10). */
  readonly quiet?: 'restarts' | 'nothing';
  readonly acts: readonly Act[];
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const names = ['asia-east1', 'europe-west1', 'us-central1', 'sa-east1'] as const;
const kinds = [
  'site',
  'all-sites',
  'path',
  'isolated',
  'provider',
  'server',
  'disk',
  'crash',
  'stall',
  'wall',
  'hand',
  'order',
] as const;

/** Swarm testing: every seed has its own settings, and its own few kinds of fault, because all at once hide each other. */
export function planOf(seed: number): Plan {
  return pressing(harder(reloading(twisted(plainPlanOf(seed)))));
}

/** One record at one provider, seen from one place. */
export function plainPlanOf(seed: number): Plan {
  const random = seeded(seed * 2_654_435_761);
  const dice = diceOf(random);
  const policy = policyOf(dice);
  const hosts = dice.chance(0.12) ? 2 : 1;
  const enabled = new Set(kinds.filter((kind) => kind === 'site' || dice.chance(0.4)));
  const acts = Array.from({ length: 4 + dice.below(8) }, () => actOf(dice, policy, hosts, enabled));
  return { seed, policy, hosts, swaps: dice.chance(0.8), acts };
}

function policyOf(dice: Dice): Policy {
  const sites = names.slice(0, 2 + dice.below(3)).map((name, index): Site => {
    const a = { type: 'A' as const, ttl: 60, values: [`203.0.113.${10 + index}`] };
    const aaaa = { type: 'AAAA' as const, ttl: 60, values: [`2001:db8::${10 + index}`] };
    return { name, sets: index % 2 === 1 || dice.chance(0.5) ? [a, aaaa] : [a] };
  });
  const intervalMs = dice.one([secondMs, 2 * secondMs, 5 * secondMs, 10 * secondMs, 10 * secondMs, 30 * secondMs]);
  const fall = 1 + dice.below(4);
  return {
    record: 'www.example.test',
    sites,
    owner: 'sre',
    vantage: 'here',
    domain: 'here',
    quorum: 1,
    ttlMs: dice.one([5, 30, 60, 300]) * secondMs,
    intervalMs,
    timeoutMs: Math.min(intervalMs, dice.one([1, 2, 5]) * secondMs),
    fall,
    rise: 1 + dice.below(6),
    sustainMs: dice.one([0, 2, 5, 20, 60]) * secondMs,
    confirmIntervalMs: dice.chance(0.7) ? Math.min(intervalMs, secondMs) : intervalMs,
    window: dice.one([0, 10, 30, 30]),
    downRatio: 0.4,
    upRatio: 0.1,
    failback: dice.chance(0.8) ? 'auto' : 'manual',
    failbackAfterMs: dice.one([10 * secondMs, minuteMs, 5 * minuteMs]),
    dampingHalfLifeMs: dice.one([5 * minuteMs, 30 * minuteMs]),
    dampingCapMs: dice.one([10 * minuteMs, 2 * hourMs]),
    maxSwitches: { count: 2 + dice.below(5), windowMs: dice.one([hourMs, 6 * hourMs]) },
    canaries: dice.chance(0.4) ? ['canary-1', 'canary-2'].slice(0, 1 + dice.below(2)) : [],
    create: dice.chance(0.2),
    owned: false,
    dryRun: dice.chance(0.02),
    switchCap: 5,
    commonCauseMs: minuteMs,
    selftest: dice.chance(0.4) ? { everyMs: 10 * minuteMs, settleMs: 1_000 } : null,
  };
}

function actOf(dice: Dice, policy: Policy, hosts: number, enabled: ReadonlySet<Kind>): Act {
  const calmMs = dice.span(dayMs, 250 * dayMs);
  const episodes: Episode[] = [];
  const count = 1 + dice.below(4);
  for (let index = 0; index < count; index++) {
    // The active site failing is what everything else must not spoil.
    const kind = index === 0 && dice.chance(0.6) ? 'site' : dice.one([...enabled]);
    episodes.push({
      atMs: dice.span(secondMs, 4 * minuteMs),
      forMs: dice.span(secondMs, 12 * minuteMs),
      fault: faultOf(kind, dice, policy, hosts),
    });
  }
  return { calmMs, episodes };
}

type Kind = (typeof kinds)[number];

function faultOf(kind: Kind, dice: Dice, policy: Policy, hosts: number): Fault {
  const site = dice.chance(0.6) ? (policy.sites[0]?.name ?? '') : dice.one(policy.sites).name;
  const daemon = dice.below(hosts);
  const failClass = dice.one(['status', 'connect', 'timeout', 'tls', 'reset'] as const);
  switch (kind) {
    case 'site':
      return {
        kind,
        site,
        what: dice.one([
          { how: 'wrong', class: failClass },
          { how: 'wrong', class: failClass },
          { how: 'hole' },
          { how: 'slow', ms: dice.span(100, 2 * policy.timeoutMs) },
          { how: 'flaps', periodMs: dice.span(secondMs, 2 * minuteMs), class: failClass },
          { how: 'lossy', share: dice.one([0.02, 0.1, 0.3, 0.6]) },
          { how: 'breaks-under-load' },
        ] as const),
      };
    case 'all-sites':
      return { kind, class: failClass };
    case 'path':
      return {
        kind,
        daemon,
        to: dice.one([...policy.sites.map((one) => one.name), 'provider', 'servers', 'canaries']),
      };
    case 'isolated':
      return { kind, daemon, knows: dice.chance(0.3) };
    case 'provider':
      return {
        kind,
        what: dice.one([
          {
            how: 'refuses',
            code: dice.one(['throttled', 'denied', 'unavailable'] as const),
            retryAfterMs: dice.chance(0.3) ? dice.span(secondMs, 10 * minuteMs) : null,
          },
          { how: 'hangs' },
          { how: 'no-answer', landsMs: dice.chance(0.7) ? dice.span(10, 6 * minuteMs) : null },
          { how: 'no-answer', landsMs: dice.chance(0.7) ? dice.span(10, 6 * minuteMs) : null },
          { how: 'delivers-twice', againMs: dice.span(secondMs, 6 * minuteMs) },
          { how: 'lies' },
          { how: 'stale-reads', ms: dice.span(secondMs, minuteMs) },
          { how: 'slow', ms: dice.span(100, 8 * secondMs) },
        ] as const),
      };
    case 'server':
      return {
        kind,
        server: dice.one(['ns1', 'ns2', 'ns3']),
        what: dice.one([
          { how: 'lags', ms: dice.span(secondMs, 5 * minuteMs) },
          { how: 'silent' },
          { how: 'lies' },
        ] as const),
      };
    case 'disk':
      return { kind, daemon, how: dice.one(['full', 'full', 'lost', 'torn'] as const) };
    case 'crash':
      return { kind, daemon, crossings: 1 + dice.below(300), downMs: dice.span(100, 3 * minuteMs) };
    case 'stall':
      return { kind, daemon };
    case 'wall':
      return { kind, byMs: (dice.chance(0.5) ? -1 : 1) * dice.span(secondMs, 30 * dayMs) };
    case 'hand':
      return { kind, does: dice.one(['moves', 'moves', 'foreign', 'removes', 'ttl', 'claims'] as const), site };
    case 'order':
      return {
        kind,
        daemon,
        order: dice.one(['hold', 'resume', 'switch', 'failback', 'drill'] as const),
        site,
        forMs: dice.chance(0.7) ? dice.span(secondMs, 10 * minuteMs) : null,
      };
  }
}
