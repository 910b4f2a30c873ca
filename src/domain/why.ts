import { type Answer, answerOf } from './answer';
import { type Decision, decide } from './decide';
import { earliestMs } from './earliest';
import { explain, type ServiceStatus, type SiteStatus, siteStatus } from './explain';
import { type Guard, guardNames, guards } from './guards';
import { passing } from './passing';
import type { Change, ChangeKind, Refusal } from './state';
import type { FailClass, Vote } from './types';
import { ballotsOf, better, candidate, countOf, eligible, healthOf, servesNot, type View } from './view';

/** Why the record is where it is, and what would change that: plain JSON, the shape of `GET …/why`. Times are milliseconds from now or ago. */
export interface Why {
  readonly record: string;
  /** One line; `code` names the guard it is about. */
  readonly answer: string;
  readonly code: string;
  readonly now: Pick<
    ServiceStatus,
    'active' | 'wanted' | 'write' | 'generation' | 'hold' | 'pin' | 'dryRun' | 'lastSwitch'
  > & {
    readonly change: Omit<Change, 'evidence'> | null;
  };
  readonly sites: readonly SiteWhy[];
  readonly quorum: { readonly needed: number; readonly vantages: number; readonly rule: string };
  /** Every rule that may refuse, by the kind of move it stands before. */
  readonly guards: Readonly<Record<'failover' | 'failback', readonly GuardWhy[]>>;
  /** What could happen next by itself. */
  readonly earliest: readonly Earliest[];
}

export interface SiteWhy extends SiteStatus {
  readonly votes: readonly {
    readonly vantage: string;
    readonly domain: string;
    readonly vote: Vote;
    readonly ageMs: number;
  }[];
  /** The arithmetic of the verdict, per failure domain. */
  readonly count: { readonly fresh: number; readonly up: number; readonly recovering: number; readonly down: number };
  readonly arithmetic: string;
  /** Whether it could take the traffic now, and if not, why. */
  readonly serves: 'up' | 'recovering' | null;
  readonly servesNot: string | null;
  readonly lastFailures: readonly Failure[];
}

export interface Failure {
  readonly class: FailClass;
  readonly why: string;
  readonly agoMs: number;
}

export interface GuardWhy {
  readonly guard: string;
  readonly verdict: 'passes' | 'refuses';
  readonly why: string;
  readonly numbers: Refusal['numbers'];
  /** What ends a refusal, and when at the earliest; null: nobody can date it. */
  readonly clears: string | null;
  readonly earliestMs: number | null;
}

export interface Earliest {
  readonly kind: ChangeKind;
  readonly to: string | null;
  /** Null: not by itself; `waitsFor` names what must happen. */
  readonly inMs: number | null;
  readonly waitsFor: readonly string[];
  /** What must be so until then. */
  readonly given: string;
}

export function why(view: View): Why {
  const { policy } = view;
  const decision = decide(view);
  const answer: Answer = answerOf(view, decision);
  const { active, wanted, write, generation, hold, pin, dryRun, change, lastSwitch } = explain(view);
  const failover = guards.failover.map((guard) => asked(guard, view));
  const failback = guards.failback.map((guard) => asked(guard, view));
  const vantages = new Set(policy.sites.flatMap(({ name }) => ballotsOf(view, name).map(({ vantage }) => vantage)));
  return {
    record: policy.record,
    answer: answer.then === undefined ? answer.text : `${answer.text}; ${answer.then}`,
    code: answer.code,
    now: { active, wanted, write, generation, hold, pin, dryRun, change, lastSwitch },
    sites: policy.sites.map(({ name }) => siteWhy(view, name)),
    quorum: {
      needed: policy.quorum,
      vantages: vantages.size,
      rule: `${policy.quorum} of ${vantages.size} must agree, one voice per failure domain`,
    },
    guards: { failover, failback },
    earliest: earliest(view, decision, failover, failback),
  };
}

/** One guard, asked: its refusal, or what it found good. */
function asked(guard: Guard, view: View): GuardWhy {
  const refusal = guard(view);
  if (refusal !== null) {
    const { why, numbers, clears } = refusal;
    return {
      guard: refusal.guard,
      verdict: 'refuses',
      why,
      numbers,
      clears,
      earliestMs: earliestMs(refusal.guard, view),
    };
  }
  const name = guardNames.find(([, one]) => one === guard)?.[0];
  const { why, numbers } = name === undefined ? { why: '', numbers: {} } : passing[name](view);
  return { guard: name ?? '', verdict: 'passes', why, numbers, clears: null, earliestMs: null };
}

function siteWhy(view: View, name: string): SiteWhy {
  const { policy } = view;
  const status = siteStatus(view, name);
  const { fresh, up, recovering, down } = countOf(view, name);
  const { lastFail } = status;
  const health = healthOf(view.state, name);
  return {
    ...status,
    votes: ballotsOf(view, name).map(({ vantage, domain, vote, ageMs }) => ({ vantage, domain, vote, ageMs })),
    count: { fresh, up, recovering, down },
    arithmetic: `${down} down, ${up} up, ${recovering} recovering of ${fresh} fresh; ${policy.quorum} needed`,
    serves: eligible(view, name),
    servesNot: eligible(view, name) === null ? servesNot(view, name) : null,
    lastFailures:
      lastFail === null || health.lastFail === null
        ? []
        : [{ class: health.lastFail.class, why: lastFail.why, agoMs: lastFail.agoMs }],
  };
}

/** Both automatic moves, when at the earliest, and on what condition. */
function earliest(
  view: View,
  decision: Decision,
  failover: readonly GuardWhy[],
  failback: readonly GuardWhy[],
): readonly Earliest[] {
  if (decision.move !== null) return [{ ...decision.move, inMs: 0, waitsFor: [], given: 'nothing' }];
  const { active } = view.state.durable;
  return [
    {
      kind: 'failover',
      to: candidate(view),
      ...ofAll(failover),
      given: `${ifDown(active, failover)}, a standby serves`,
    },
    ...(active === view.policy.sites[0]?.name
      ? []
      : [
          {
            kind: 'failback' as const,
            to: better(view),
            ...ofAll(failback),
            given: 'the better site passes from now on',
          },
        ]),
  ];
}

/** What a failover waits for: a failure; or, with one there already, the end of what keeps it. */
function ifDown(active: string | null, asked: readonly GuardWhy[]): string {
  const ends = asked.flatMap(({ guard, verdict }) => (verdict === 'refuses' ? (humanly[guard] ?? []) : []));
  const isDown = asked.some(({ guard, verdict }) => guard === 'not-down' && verdict === 'passes');
  if (ends.length === 0) return isDown ? `${active} is still down then` : `${active} fails from now on`;
  const are = ends.length === 1 ? 'is' : 'are';
  return `${active} is ${isDown ? 'still ' : ''}down when ${ends.join(' and ')} ${are} over`;
}

/** A human's word, which a human may end sooner. */
const humanly: Readonly<Record<string, string>> = { held: 'the hold', pinned: 'the pin' };

function ofAll(asked: readonly GuardWhy[]): Pick<Earliest, 'inMs' | 'waitsFor'> {
  const refusing = asked.filter(({ verdict }) => verdict === 'refuses');
  const undated = refusing.filter((one) => one.earliestMs === null);
  const times = refusing.map((one) => one.earliestMs ?? 0);
  return {
    inMs: undated.length > 0 ? null : Math.max(0, ...times),
    waitsFor: undated.map(({ guard, clears }) => `${guard}: ${clears}`),
  };
}
