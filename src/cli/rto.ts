import { duration } from '../domain/duration';
import { rto as compute, type Rto, type Stage } from '../domain/rto';
import type { Policy } from '../domain/types';
import type { Look } from './status-text';
import { paint, table } from './table';
import { padded, widthOf, wrap } from './width';

/** The bars are at most so wide, and left out where what each stage comes from would have less room than that. */
const mostBar = 36;
const leastWhy = 44;
const leastBar = 8;

/**
 * One service's recovery time: each stage, its worst case, and what it comes from. On a terminal each stage is a bar that begins where
 * the one before ends, over the bar of what FAILOVERD_RTO allows.
 */
export function rtoText(policy: Policy, settleMs: number, promisedMs: number | null, look: Look): string {
  const all = compute(policy, settleMs);
  const promise = promisedMs === null ? '' : `, promised FAILOVERD_RTO ${duration(promisedMs)}`;
  const head = `${policy.record}: worst case ${duration(all.totalMs)}${promise}`;
  const rows = [
    ...all.stages.map(({ stage, ms, why }) => ({ cells: [`  ${stage}`, duration(ms)], why })),
    ...(promisedMs === null
      ? []
      : [{ cells: ['  promise', duration(promisedMs)], why: left(promisedMs - all.totalMs) }]),
  ];
  if (look.columns === null) return `${head}\n${table(rows.map(({ cells, why }) => [...cells, why]))}`;
  const { columns } = look;
  const starts = table(rows.map(({ cells }) => cells)).split('\n');
  const widest = Math.max(...starts.map(widthOf));
  const room = Math.min(mostBar, columns - widest - 4 - leastWhy);
  const drawn = room < leastBar ? null : barsOf(all, promisedMs, room, look);
  const lines = rows.map(({ why }, index) => {
    const cells = [padded(starts[index] ?? '', widest), ...(drawn === null ? [] : [padded(drawn[index] ?? '', room)])];
    const start = `${cells.join('  ')}  `;
    return wrap(`${start}${why}`, columns, ' '.repeat(Math.min(widthOf(start), columns - 16)));
  });
  return [wrap(head, columns, '  '), ...lines].join('\n');
}

function left(ms: number): string {
  return ms < 0 ? `FAILOVERD_RTO is missed by ${duration(-ms)}` : `FAILOVERD_RTO, ${duration(ms)} to spare`;
}

const stageColours = {
  notice: 'cyan',
  confirm: 'cyan',
  write: 'yellow',
  verify: 'yellow',
  clients: 'dim',
} as const satisfies Readonly<Record<Stage['stage'], string>>;

/** A bar for each stage, and one for the promise. */
function barsOf({ stages, totalMs }: Rto, promisedMs: number | null, room: number, look: Look): readonly string[] {
  const colour = paint(look.colour);
  const cellMs = Math.max(totalMs, promisedMs ?? 0, 1) / room;
  let atMs = 0;
  const bars = stages.map(({ stage, ms }) => {
    const from = Math.min(room - 1, Math.round(atMs / cellMs));
    atMs += ms;
    const to = Math.max(from + 1, Math.round(atMs / cellMs));
    return ' '.repeat(from) + colour(stageColours[stage], '█'.repeat(to - from));
  });
  if (promisedMs === null) return bars;
  const length = Math.max(1, Math.round(promisedMs / cellMs));
  return [...bars, colour(totalMs > promisedMs ? 'red' : 'green', `${'─'.repeat(length - 1)}┤`)];
}
