import type { WhySwitch } from '../control/chain';
import type { Happened, WhyThen } from '../control/then';
import { duration } from '../domain/duration';
import type { SiteEvidence } from '../domain/state';
import type { Failure } from '../domain/why';
import type { Look } from './status-text';
import { fitted, type Paint, paint } from './table';
import { wrap } from './width';

export type { Paint };

/** A titled block, or nothing where there are no lines. */
export function sections(colour: Paint, look: Look): (title: string, block: readonly string[]) => readonly string[] {
  return (title, block) =>
    block.length === 0 ? [] : ['', ...lines(title, look, 2, (line) => colour('bold', line)), ...block];
}

/** A text as the lines of a terminal, those after the first that far in; in a pipe it is one. */
export function lines(
  text: string,
  { columns }: Look,
  indent: number,
  coloured: (line: string) => string = (line) => line,
): readonly string[] {
  return (columns === null ? text : wrap(text, columns, ' '.repeat(indent))).split('\n').map(coloured);
}

/** The last failures, newest first; those alike in one line. There may have been more before: only the newest are kept. */
export function failures(all: readonly Failure[], since: 'ago' | 'before'): readonly string[] {
  const times = new Map<string, readonly number[]>();
  for (const { class: what, why, agoMs } of all) {
    const key = `${what}: ${why}`;
    times.set(key, [...(times.get(key) ?? []), agoMs]);
  }
  return [...times].map(([what, agos]) => {
    const [newest = 0] = agos;
    const when = agos.length === 1 ? duration(newest) : `from ${duration(agos.at(-1) ?? 0)} to ${duration(newest)}`;
    const last = `last ${all.length} failures,`;
    const which = agos.length === 1 ? 'failed' : agos.length === all.length ? last : `${agos.length} of the ${last}`;
    return `      ${which} ${when} ${since}: ${what}`;
  });
}

/** One switch, for people: its answer, the evidence, every step, and each server's last word. */
export function switchText(chain: WhySwitch, look: Look): string {
  const colour = paint(look.colour);
  const section = sections(colour, look);
  const rows = (cells: readonly (readonly string[])[]) => fitted(cells, look.columns);
  const { evidence, stages, servers, requestId } = chain;
  const times = Object.entries(stages).flatMap(([name, ms]) =>
    ms === null ? [] : [`  ${name.replace(/Ms$/, '')} ${duration(ms)}`],
  );
  return [
    ...lines(chain.answer, look, 0, (line) => colour('bold', line)),
    ...section('evidence', rows((evidence?.sites ?? []).map(siteRow))),
    ...section(
      'other moves that were refused then',
      (evidence?.refusals ?? []).flatMap(({ guard, why }) => lines(`  ${guard}: ${why}`, look, 4)),
    ),
    ...section('steps', rows(chain.steps.map(({ at, afterMs, text }) => [`  ${at}`, signed(afterMs), text]))),
    ...section(
      'servers',
      rows(servers.map(({ server, agrees, why }) => [`  ${agrees ? 'agrees' : 'differs'}`, server, why])),
    ),
    ...section('stages', times),
    ...section('request id of the provider', requestId === null ? [] : lines(`  ${requestId}`, look, 2)),
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
function judged({ judged: kept }: WhyThen, section: ReturnType<typeof sections>, look: Look): readonly string[] {
  const rows = (cells: readonly (readonly string[])[]) => fitted(cells, look.columns);
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
export function thenText(then: WhyThen, look: Look): string {
  const colour = paint(look.colour);
  const section = sections(colour, look);
  const rows = (cells: readonly (readonly string[])[]) => fitted(cells, look.columns);
  const happened = ({ id, at, code, text }: Happened) => [`  ${id}`, at, code, text];
  return [
    ...lines(then.answer, look, 0, (line) => colour('bold', line)),
    ...section(
      `sites, by the recorded probes of this node until ${then.probedAt ?? 'then, of which none are kept'} and the settings of now`,
      then.sites.flatMap(({ name, vote, fails, passes, forMs, ring, lastFailures }) => [
        ...lines(
          `${name === then.active ? '* ' : '  '}${name}  ${vote}, ${fails > 0 ? `${fails} fails` : `${passes} passes`} over ${duration(forMs ?? 0)}${ring === '' ? '' : `  ${ring}`}`,
          look,
          6,
        ),
        ...failures(lastFailures, 'before').flatMap((line) => lines(line, look, 8, (each) => colour('dim', each))),
      ]),
    ),
    ...judged(then, section, look),
    ...section(
      'alerts then',
      then.alerts.flatMap(({ code, why, at }) => lines(`  ${code}: ${why} (since ${at})`, look, 4)),
    ),
    ...section('what had happened', rows(then.before.map(happened))),
    ...section('what was decided or ordered next', then.next === null ? [] : rows([happened(then.next)])),
  ].join('\n');
}
