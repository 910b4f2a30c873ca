import { duration } from './duration';
import { awaited, isBroken, type Selftest, type TestStep, untestable } from './selftest';
import type { Alert, State } from './state';
import type { View } from './view';

/** What the self-tests of the write path mean for people: alerts, readiness, status. */

const daysMs = 86_400_000;
const warnedAheadMs = 14 * daysMs;
const pagedAheadMs = 3 * daysMs;

function textOf({ step, why }: Selftest): string {
  return `at step ${step ?? 'preflight'}: ${why}`;
}

/** The reading, or what comes before it, fails in the test: the page of the test tells it, and no second one is needed. */
export function toldByTest({ selftest, alerts }: State): boolean {
  const early = selftest?.step === 'preflight' || selftest?.step === 'read';
  return isBroken(selftest) && early && alerts['write-path'] !== undefined;
}

const remedies: Readonly<Record<TestStep, string>> = {
  preflight: 'failoverd check shows what the provider refuses; renew the credential or give back its permission',
  read: 'failoverd check shows what the provider refuses',
  write:
    'give the credential the right to write the record and its TXT, or raise the quota; failoverd check shows more',
  servers: 'look at those name servers: they do not take over changes of the zone',
};

/** What the tests say people must know. One cause, one page: what readings or the servers' comparison tell already is not told again. */
export function selftestAlerts({ state, moment }: View): readonly Pick<Alert, 'code' | 'page' | 'why' | 'remedy'>[] {
  const { selftest, alerts } = state;
  if (selftest === null) return [];
  const covered =
    alerts['write-path'] === undefined &&
    (state.unreadable !== null || (selftest.step === 'servers' && state.laggards.length > 0));
  const why = `nothing could be switched now: the self-test of the write path fails ${textOf(selftest)}`;
  const broken =
    isBroken(selftest) && !covered
      ? [{ code: 'write-path', page: true, why, remedy: remedies[selftest.step ?? 'preflight'] }]
      : [];
  const soon = selftest.credentials
    .map(({ text, endsMs }) => ({ text, leftMs: endsMs - moment.nowMs }))
    .filter(({ leftMs }) => leftMs <= warnedAheadMs)
    .sort((left, right) => left.leftMs - right.leftMs);
  const [next] = soon;
  if (next === undefined) return broken;
  const ends = soon.map(({ text, leftMs }) => `${leftMs > 0 ? `in ${daysText(leftMs)}` : 'by now'}: ${text}`);
  return [
    ...broken,
    {
      code: 'credential-ends',
      page: next.leftMs <= pagedAheadMs,
      why: `a credential of the write path ends ${ends.join('; ')}`,
      remedy: 'renew it at the provider, put the new one into the configuration, and restart',
    },
  ];
}

/** Whole days, so that the text stands still between two looks. */
function daysText(ms: number): string {
  return ms >= daysMs ? `${Math.floor(ms / daysMs)}d` : 'less than a day';
}

/** Why the write path is not known to work, for `ready`. */
export function unproven(view: View): readonly string[] {
  const { selftest } = view.state;
  const { selftest: wanted } = view.policy;
  if (selftest === null || wanted === null) return [];
  if (selftest.result === 'failed') return [`the self-test of the write path fails ${textOf(selftest)}`];
  const forMs = view.moment.nowMs - selftest.okMs;
  if (forMs <= 2 * wanted.everyMs) return [];
  const waits = untestable(view);
  return [`the write path was not tested for ${duration(forMs)}${waits === null ? '' : `: ${waits}`}`];
}

/** As operators see it; null: it is off. */
export interface SelftestStatus {
  readonly result: Selftest['result'];
  readonly step: TestStep | null;
  readonly why: string;
  readonly everyMs: number;
  /** Since the last one ended; null before the first. */
  readonly agoMs: number | null;
  /** Since the last good one, or since the wait for the first began. */
  readonly okAgoMs: number;
  readonly tookMs: number | null;
  /** Why it is not made now; null: it is. */
  readonly waits: string | null;
  readonly credentials: readonly { readonly text: string; readonly leftMs: number }[];
}

export function selftestStatus(view: View): SelftestStatus | null {
  const { state, policy, moment } = view;
  if (policy.selftest === null) return null;
  const { nowMs } = moment;
  const known = awaited(state, policy, nowMs).selftest;
  if (known === null) return null;
  return {
    result: known.result,
    step: known.step,
    why: known.why,
    everyMs: policy.selftest.everyMs,
    agoMs: known.result === 'untested' ? null : nowMs - known.atMs,
    okAgoMs: nowMs - known.okMs,
    tookMs: known.tookMs,
    waits: untestable(view),
    credentials: known.credentials.map(({ text, endsMs }) => ({ text, leftMs: endsMs - nowMs })),
  };
}
