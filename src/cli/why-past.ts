import type { WhySwitch } from '../control/chain';
import type { Happened, WhyThen } from '../control/then';
import { duration } from '../domain/duration';
import type { SiteEvidence } from '../domain/state';
import type { Failure } from '../domain/why';
import { type paint, table } from './table';

export type Paint = ReturnType<typeof paint>;

/** A titled block, or nothing where there are no lines. */
export function sections(colour: Paint): (title: string, lines: readonly string[]) => readonly string[] {
  return (title, lines) => (lines.length === 0 ? [] : ['', colour('bold', title), ...lines]);
}

/** The last failures, newest first; those alike in one line. */
export function failures(all: readonly Failure[], since: 'ago' | 'before'): readonly string[] {
  const times = new Map<string, readonly number[]>();
  for (const { class: what, why, agoMs } of all) {
    const key = `${what}: ${why}`;
    times.set(key, [...(times.get(key) ?? []), agoMs]);
  }
  return [...times].map(([what, agos]) => {
    const [newest = 0] = agos;
    const when =
      agos.length === 1
        ? duration(newest)
        : `${agos.length} times from ${duration(agos.at(-1) ?? 0)} to ${duration(newest)}`;
    return `      failed ${when} ${since}: ${what}`;
  });
}

function rows(cells: readonly (readonly string[])[]): readonly string[] {
  return cells.length === 0 ? [] : table(cells).split('\n');
}

/** One switch, for people: its answer, the evidence, every step, and each server's last word. */
export function switchText(chain: WhySwitch, colour: Paint): string {
  const section = sections(colour);
  const { evidence, stages, servers, requestId } = chain;
  const times = Object.entries(stages).flatMap(([name, ms]) =>
    ms === null ? [] : [`  ${name.replace(/Ms$/, '')} ${duration(ms)}`],
  );
  return [
    colour('bold', chain.answer),
    ...section('evidence', rows((evidence?.sites ?? []).map(siteRow))),
    ...section(
      'other moves that were refused then',
      (evidence?.refusals ?? []).map(({ guard, why }) => `  ${guard}: ${why}`),
    ),
    ...section('steps', rows(chain.steps.map(({ at, afterMs, text }) => [`  ${at}`, signed(afterMs), text]))),
    ...section(
      'servers',
      rows(servers.map(({ server, agrees, why }) => [`  ${agrees ? 'agrees' : 'differs'}`, server, why])),
    ),
    ...section('stages', times),
    ...section('request id of the provider', requestId === null ? [] : [`  ${requestId}`]),
  ].join('\n');
}

function siteRow({ name, verdict, disputed, votes, passes, fails, failRatio, lastFail }: SiteEvidence) {
  return [
    `  ${name}`,
    disputed ? `${verdict} (disputed)` : verdict,
    votes.map(({ vantage, vote, ageMs }) => `${vantage} says ${vote} ${duration(ageMs)} ago`).join(', '),
    fails > 0 ? `${fails} fails` : `${passes} passes`,
    failRatio === null ? '' : `${Math.round(100 * failRatio)} % failed`,
    lastFail === null ? '' : `last failure ${lastFail.class}: ${lastFail.why}`,
  ];
}

function signed(ms: number): string {
  return ms < 0 ? duration(ms) : `+${duration(ms)}`;
}

/** What the journal keeps of every guard and of the count of the votes, with its time: it may be older than the probes above it. */
function judged({ judged: kept }: WhyThen, section: ReturnType<typeof sections>): readonly string[] {
  if (kept === null) return section('guards', ['  not kept in the history of that time']);
  const asOf = `as of ${kept.at}, line ${kept.id} of the history`;
  const said = (move: 'failover' | 'failback'): readonly string[] =>
    rows(
      kept.guards
        .filter(({ before }) => before === move)
        .map(({ verdict, guard, why }) => [`  ${verdict}`, guard, why]),
    );
  return [
    ...section(
      `votes, ${asOf}`,
      rows(kept.sites.map(({ name, verdict, arithmetic }) => [`  ${name}`, verdict, arithmetic])),
    ),
    ...section(`before a failover, ${asOf}`, said('failover')),
    ...section(`before a failback, ${asOf}`, said('failback')),
  ];
}

/** A past moment, for people. */
export function thenText(then: WhyThen, colour: Paint): string {
  const section = sections(colour);
  const happened = ({ id, at, code, text }: Happened) => [`  ${id}`, at, code, text];
  return [
    colour('bold', then.answer),
    ...section(
      `sites, by the recorded probes of this node until ${then.probedAt ?? 'then, of which none are kept'} and the settings of now`,
      then.sites.flatMap(({ name, vote, fails, passes, forMs, ring, lastFailures }) => [
        `${name === then.active ? '* ' : '  '}${name}  ${vote}, ${fails > 0 ? `${fails} fails` : `${passes} passes`} over ${duration(forMs ?? 0)}${ring === '' ? '' : `  ${ring}`}`,
        ...failures(lastFailures, 'before').map((line) => colour('dim', line)),
      ]),
    ),
    ...judged(then, section),
    ...section(
      'alerts then',
      then.alerts.map(({ code, why, at }) => `  ${code}: ${why} (since ${at})`),
    ),
    ...section('what had happened', rows(then.before.map(happened))),
    ...section('what was decided or ordered next', then.next === null ? [] : rows([happened(then.next)])),
  ].join('\n');
}
