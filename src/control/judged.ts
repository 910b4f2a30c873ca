import type { View } from '../domain/view';
import { type GuardWhy, why } from '../domain/why';

/** What every guard said, and how the votes on each site were counted, as the journal keeps it: short, by name. */
export interface Judged {
  readonly failover: Said;
  readonly failback: Said;
  readonly sites: Readonly<Record<string, readonly [verdict: string, arithmetic: string]>>;
}
interface Said {
  readonly refuses: Readonly<Record<string, string>>;
  readonly passes: Readonly<Record<string, string>>;
}

/** The same at length, for those who ask. */
export interface JudgedThen {
  readonly guards: readonly GuardThen[];
  readonly sites: readonly { readonly name: string; readonly verdict: string; readonly arithmetic: string }[];
}
export interface GuardThen {
  readonly before: 'failover' | 'failback';
  readonly guard: string;
  readonly verdict: 'passes' | 'refuses';
  readonly why: string;
}

/** Asks for it with every new decision and when a guard or a verdict turns: the same words again would only fill the journal. */
export function createJudging(): (view: View) => Judged | null {
  let told = '';
  return (view) => {
    const { guards, sites } = why(view);
    // A change under way has lines of its own.
    const turning = [...guards.failover, ...guards.failback].filter(({ guard }) => guard !== 'underway');
    const verdicts = [...turning, ...sites].map(({ verdict }) => verdict);
    const news = JSON.stringify([verdicts, view.state.durable.issued]);
    if (news === told) return null;
    told = news;
    return {
      failover: said(guards.failover),
      // At home there is nowhere to go back to.
      failback: said(guards.failback[0]?.guard === 'at-home' ? [] : guards.failback),
      sites: Object.fromEntries(sites.map(({ name, verdict, arithmetic }) => [name, [verdict, arithmetic]])),
    };
  };
}

function said(guards: readonly GuardWhy[]): Said {
  const of = (wanted: GuardWhy['verdict']) =>
    Object.fromEntries(guards.filter(({ verdict }) => verdict === wanted).map(({ guard, why }) => [guard, why]));
  return { refuses: of('refuses'), passes: of('passes') };
}

export function atLength({ failover, failback, sites }: Judged): JudgedThen {
  const guards = Object.entries({ failover, failback }).flatMap(([move, { refuses, passes }]) =>
    Object.entries({ refuses, passes }).flatMap(([verdict, all]) =>
      Object.entries(all).map(([guard, why]) => ({
        before: move === 'failback' ? ('failback' as const) : ('failover' as const),
        guard,
        verdict: verdict === 'refuses' ? ('refuses' as const) : ('passes' as const),
        why,
      })),
    ),
  );
  return {
    guards,
    sites: Object.entries(sites).map(([name, [verdict, arithmetic]]) => ({ name, verdict, arithmetic })),
  };
}
