import { step } from '../domain/step';
import type { Policy } from '../domain/types';
import { firstWorld, type Left, type Setup, smallPolicy, type World } from './small';
import { actsOf } from './small-acts';
import { policyOf } from './small-daemon';
import { keyOf } from './small-key';

/** What a walk through the small world met. */
export interface Walk {
  readonly states: number;
  readonly transitions: number;
  /** Every world that can be reached with so many events was looked at. */
  readonly depth: number;
  /** Nothing is left to be walked: the world was walked through whole. */
  readonly whole: boolean;
  /** The first broken promise, by one of the shortest ways to it. */
  readonly broken: { readonly why: readonly string[]; readonly way: readonly string[] } | null;
}

/** Breadth first from the start, each world once, every promise at every transition; ends at the first broken one. */
export function explore(setup: Setup, limit: { readonly depth: number; readonly states: number }): Walk {
  const alike = new Set(setup.policies.map(({ owner }) => owner)).size === 1;
  const policy = policyOf(setup, 0);
  const first = firstWorld(setup);
  const seen = new Set([keyOf(first, policy, alike)]);
  // By number of the world: whence and by what it was first reached.
  const parents: number[] = [-1];
  const names: string[] = [''];
  let transitions = 0;
  let edge: { readonly world: World; readonly number: number }[] = [{ world: first, number: 0 }];
  let depth = 0;

  function wayTo(number: number, last: string): readonly string[] {
    const way = [last];
    for (let at = number; at > 0; at = parents[at] ?? 0) way.push(names[at] ?? '');
    return way.reverse();
  }

  const walk = (whole: boolean, broken: Walk['broken']): Walk => ({
    states: seen.size,
    transitions,
    depth,
    whole,
    broken,
  });
  while (edge.length > 0 && depth < limit.depth) {
    const next: typeof edge = [];
    for (const { world, number } of edge) {
      if (seen.size >= limit.states) return walk(false, null);
      for (const act of actsOf(setup, world)) {
        transitions += 1;
        const after = act.happens();
        if (after.broken.length > 0) return walk(false, { why: after.broken, way: wayTo(number, act.name) });
        const key = keyOf(after.world, policy, alike);
        if (seen.has(key)) continue;
        seen.add(key);
        parents.push(number);
        names.push(act.name);
        next.push({ world: after.world, number: parents.length - 1 });
      }
    }
    edge = next;
    depth += 1;
  }
  return walk(edge.length === 0, null);
}

const calm: Left = { hands: 0, orders: 0, crashes: 0, faults: 0 };
const patient: Policy = { ...smallPolicy, fall: 2, sustainMs: 30_000, intervalMs: 15_000 };

/** The small worlds that are walked: who is there, and how often something may go wrong. */
export const setups: Readonly<Record<string, Setup>> = {
  'one daemon': setupOf([smallPolicy], calm),
  'one daemon, a hand': setupOf([smallPolicy], { ...calm, hands: 1 }),
  'one daemon, an order': setupOf([smallPolicy], { ...calm, orders: 1 }),
  'one daemon, a crash': setupOf([smallPolicy], { ...calm, crashes: 1 }),
  'one daemon, a fault': setupOf([smallPolicy], { ...calm, faults: 1 }),
  'one daemon, everything': setupOf([smallPolicy], { hands: 1, orders: 1, crashes: 1, faults: 2 }),
  'one patient daemon, a crash and a fault': setupOf([patient], { ...calm, crashes: 1, faults: 1 }),
  'two of one owner': setupOf([smallPolicy, smallPolicy], { ...calm, crashes: 1, faults: 1 }),
  'two of two owners': setupOf([smallPolicy, { ...smallPolicy, owner: 'ops' }], { ...calm, hands: 1, faults: 1 }),
};

function setupOf(policies: readonly Policy[], left: Left): Setup {
  return { policies, swaps: true, left, step };
}
