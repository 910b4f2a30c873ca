import type { DaysAnswer } from '../control/day-answers';
import { kindsOf } from '../control/kinds';
import type { JournalRow } from '../control/ports';
import { utcText } from '../domain/wall';
import { ask, exitOf } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import { newestLast, oldestFirst } from './history-csv';
import { daysText, moreDays } from './history-days';
import { type Paint, paint, table } from './table';
import { widthOf, wrap } from './width';

type Answered = { readonly history: readonly JournalRow[]; readonly older: number | null };

/** `failoverd history`: what happened, newest last in every format; by day; or as a file for other programs. */
export async function history(stateDir: string, options: Options, terminal: Terminal): Promise<Exit> {
  const wrong = contradiction(options);
  if (wrong !== null) {
    terminal.err(`failoverd: ${wrong} (see failoverd history --help)`);
    return exits.usage;
  }
  const path = `/api/v1/history${options.days ? '/days' : ''}?${queryOf(options)}`;
  const fetched = await ask<Answered & DaysAnswer & string>(stateDir, path);
  if (!fetched.ok) {
    terminal.err(fetched.why);
    return exitOf(fetched.code);
  }
  const { body, next } = fetched;
  const colour = paint(terminal.colour);
  const { format, json, days } = options;
  const columns = terminal.columns();
  if (format === 'csv') {
    const { csv, oldest } = newestLast(body, days);
    terminal.out(csv.replace(/\r\n$/, ''));
    // Into the table it would not fit, and who only has that would take it for all.
    if (next !== undefined) terminal.err(`failoverd: ${days ? moreDays : more(oldest)}`);
  } else if (format !== null) terminal.out(body.replace(/\n$/, ''));
  else if (days && json) {
    const { since, truncated } = body;
    terminal.out(JSON.stringify({ since, truncated, days: oldestFirst(body.days, ({ day }) => day) }, null, 2));
  } else if (days) terminal.out(daysText(body, colour, columns));
  else if (json) terminal.out(JSON.stringify({ history: body.history.toReversed(), older: body.older }, null, 2));
  else terminal.out(linesText(body, options, colour, columns));
  return exits.done;
}

function more(oldest: string): string {
  return `there is more before; --limit, or --until ${oldest}`;
}

function contradiction({ all, kind, days, format, json, limit }: Options): string | null {
  if (json && format !== null) return `--json and --format ${format} are two formats: give one`;
  if (all && kind.length > 0) return '--all prints every kind: give it or --kind';
  const chosen = all || kind.length > 0 || limit !== null;
  if (days && chosen) return '--days adds up days and takes neither --all, --kind nor --limit';
  if (format === 'openmetrics' && chosen)
    return '--format openmetrics counts the lines of each day and takes neither --all, --kind nor --limit';
  return null;
}

function queryOf({ since, until, kind, record, limit, all, days, format }: Options): URLSearchParams {
  const counted = days || format === 'openmetrics';
  return new URLSearchParams({
    ...(limit === null ? {} : { limit: String(limit) }),
    ...(counted || all ? {} : { kind: kind.length === 0 ? 'main' : kind.join() }),
    ...(record === null ? {} : { record }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
    ...(format === null ? {} : { format }),
  });
}

function linesText(
  { history: rows, older }: Answered,
  { all }: Options,
  colour: Paint,
  columns: number | null,
): string {
  if (rows.length === 0) return all ? 'nothing has happened yet' : 'nothing has happened there; --all tells every line';
  const cells = rows
    .toReversed()
    .map((row) => [colour('dim', utcText(row.wallMs)), row.record || 'failoverd', what(row, all), textOf(row)]);
  const lines = table(cells).split('\n');
  // Under its own column; where that leaves too little, under the time.
  const before = widthOf(table(cells.map((row) => [...row.slice(0, -1), '|'])).split('\n')[0] ?? '') - 1;
  const fitted = (line: string, indent: number): string =>
    columns === null ? line : wrap(line, columns, ' '.repeat(indent));
  const indent = columns !== null && before > columns / 2 ? 4 : before;
  const rest = `… ${more(utcText(rows.at(-1)?.wallMs ?? 0))}`;
  return [
    ...(older === null ? [] : [colour('dim', fitted(rest, 2))]),
    ...lines.map((line) => fitted(line, indent)),
  ].join('\n');
}

/** Of an order also how it came: who gave it is what it says of itself. */
function textOf({ kind, code, text, data }: JournalRow): string {
  if (kind !== 'event' || code !== 'ordered') return text;
  const { via } = data;
  return via === 'token'
    ? `${text}; it came over HTTP with the token`
    : via === 'socket'
      ? `${text}; it came over the socket`
      : text;
}

function what(row: JournalRow, all: boolean): string {
  if (all) return `${row.kind}:${row.code}`;
  const alert = row.data['alert'];
  const kinds = kindsOf(row).join(',');
  return typeof alert === 'string' ? `${kinds}:${alert}` : kinds;
}
