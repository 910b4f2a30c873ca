import type { Setup, World } from './small';
import { actsOf } from './small-acts';
import { keyOf } from './small-key';
import { firstWorld } from './small-worlds';

/** What a walk through the small world met. */
export interface Walk {
  readonly states: number;
  readonly transitions: number;
  /** Every world that can be reached with so many events was looked at. */
  readonly depth: number;
  /** `closed`: no event leads to anything new; `deep`: whole to this depth; `cut`: there were too many states, or a promise broke. */
  readonly end: 'closed' | 'deep' | 'cut';
  /** The highest generation that took effect, and the most switches on any way that was walked: each state by one of its shortest. */
  readonly generation: number;
  readonly switches: number;
  /** How often requests that nobody waited for arrived, and what became of them. */
  readonly landings: Readonly<Record<string, number>>;
  /** How often each promise was judged. */
  readonly checks: Readonly<Record<string, number>>;
  /** The first broken promise, by one of the shortest ways to it. */
  readonly broken: { readonly why: readonly string[]; readonly way: readonly string[] } | null;
}

/** Breadth first from the start, each world once, every promise at every transition; ends at the first broken one. */
export function explore(setup: Setup, limit: { readonly depth: number; readonly states: number }): Walk {
  const first = firstWorld(setup);
  const seen = new Set([keyOf(setup, first)]);
  // By number of the world: whence and by what it was first reached.
  const parents: number[] = [-1];
  const names: string[] = [''];
  const landings: Record<string, number> = {};
  const checks: Record<string, number> = {};
  let { generation, switches } = first.history;
  let transitions = 0;
  let edge: { readonly world: World; readonly number: number }[] = [{ world: first, number: 0 }];
  let depth = 0;

  function wayTo(number: number, last: string): readonly string[] {
    const way = [last];
    for (let at = number; at > 0; at = parents[at] ?? 0) way.push(names[at] ?? '');
    return way.reverse();
  }

  const walk = (end: Walk['end'], broken: Walk['broken'] = null): Walk => ({
    ...{ states: seen.size, transitions, depth, end, generation, switches, landings, checks, broken },
  });
  while (edge.length > 0 && depth < limit.depth) {
    const next: typeof edge = [];
    for (const { world, number } of edge) {
      if (seen.size >= limit.states) return walk('cut');
      for (const act of actsOf(setup, world)) {
        transitions += 1;
        const after = act.happens();
        for (const what of after.landings) landings[what] = (landings[what] ?? 0) + 1;
        for (const { promise } of after.checks) checks[promise] = (checks[promise] ?? 0) + 1;
        const why = after.checks.flatMap(({ broken }) => broken ?? []);
        if (why.length > 0) return walk('cut', { why, way: wayTo(number, act.name) });
        const key = keyOf(setup, after.world);
        if (seen.has(key)) continue;
        seen.add(key);
        parents.push(number);
        names.push(act.name);
        generation = Math.max(generation, after.world.history.generation);
        switches = Math.max(switches, after.world.history.switches);
        next.push({ world: after.world, number: parents.length - 1 });
      }
    }
    edge = next;
    depth += 1;
  }
  return walk(edge.length === 0 ? 'closed' : 'deep');
}

export function walkText(name: string, walk: Walk, seconds: number): string {
  const { states, transitions, depth, end, generation, switches, landings, checks, broken } = walk;
  const told = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .sort(([left], [right]) => left.localeCompare(right, 'en', { numeric: true }))
      .map(([what, count]) => `${what} ${count}`)
      .join('; ') || 'none';
  const reach = { closed: 'nothing new beyond', deep: 'walked whole', cut: 'cut' }[end];
  return [
    `${name}: ${depth} events deep, ${reach}; ${states} states, ${transitions} transitions, ${seconds.toFixed(1)} s`,
    `  highest generation landed ${generation}, most switches in a history ${switches}`,
    `  landings: ${told(landings)}`,
    `  checked: ${told(checks)}`,
    ...(broken === null ? [] : [...broken.way, ...broken.why.map((why) => `BROKEN ${why}`)].map((line) => `  ${line}`)),
  ].join('\n');
}
