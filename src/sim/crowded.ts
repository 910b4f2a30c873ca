import type { Dice } from './dice';
import type { Act, Fault, ProviderFault } from './faults';
import type { Plan } from './plan';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;

/**
 * One decision close on the other while the zone is read as it was a while ago and a write is not what its answer said; and the process may
 * die in between. Each of these alone is drawn often; all of them within one minute were not in twenty thousand years.
 */
export function crowded(act: Act, dice: Dice, { policy, hosts, providers = [] }: Plan): Act {
  if (!dice.chance(0.5)) return act;
  const decidesMs = policy.sustainMs + (policy.fall + 1) * policy.confirmIntervalMs;
  const stepMs = (): number => decidesMs + dice.span(100, 20 * secondMs);
  const lastsMs = (): number => (dice.chance(0.5) ? stepMs() : dice.span(minuteMs, 8 * minuteMs));
  const firstMs = dice.span(secondMs, 2 * minuteMs);
  const secondAtMs = firstMs + stepMs();
  const thirdMs = secondAtMs + stepMs();

  const fails = (index: number): Fault => {
    const what = { how: 'wrong', class: dice.one(['status', 'connect', 'reset'] as const) } as const;
    return { kind: 'site', site: policy.sites[index]?.name ?? '', what };
  };
  const at = providers.length < 2 || dice.chance(0.6) ? {} : { at: dice.below(providers.length) };
  const provider = (what: ProviderFault): Fault => ({ kind: 'provider', what, ...at });
  const isWrong = dice.one<ProviderFault>([
    { how: 'lies' },
    { how: 'lies' },
    { how: 'hangs' },
    { how: 'no-answer', landsMs: null },
    { how: 'no-answer', landsMs: dice.span(10, 2 * minuteMs) },
  ]);
  const isOld: ProviderFault = { how: 'stale-reads', ms: dice.span(secondMs, minuteMs) };
  const crossings = 1 + dice.below(dice.one([4, 30, 300]));
  const crash: Fault = { kind: 'crash', daemon: dice.below(hosts), crossings, downMs: dice.span(100, 20 * secondMs) };
  const order: Fault = { kind: 'order', daemon: 0, order: 'switch', site: dice.one(policy.sites).name, forMs: null };

  const drawn: readonly (readonly [share: number, atMs: number, forMs: number, fault: Fault])[] = [
    [0.9, firstMs, lastsMs(), fails(0)],
    [0.7, secondAtMs, lastsMs(), fails(1)],
    [0.3, thirdMs, lastsMs(), fails(0)],
    [0.8, dice.one([firstMs, secondAtMs]), dice.span(10 * secondMs, 4 * minuteMs), provider(isOld)],
    [0.8, dice.one([firstMs, secondAtMs]), stepMs(), provider(isWrong)],
    [0.5, dice.one([firstMs, secondAtMs, thirdMs]), secondMs, dice.chance(0.5) ? crash : { ...crash, amid: true }],
    [0.3, dice.one([secondAtMs, thirdMs]), secondMs, order],
  ];
  const more = drawn.filter(([share]) => dice.chance(share)).map(([, atMs, forMs, fault]) => ({ atMs, forMs, fault }));
  return { ...act, episodes: [...act.episodes, ...more] };
}
