import type { DaysAnswer } from '../control/day-answers';
import { kindsOf } from '../control/kinds';
import type { JournalRow } from '../control/ports';
import { utcText } from '../domain/wall';
import { ask } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import { daysText } from './history-days';
import { type Paint, paint, table } from './table';

type Answered = { readonly history: readonly JournalRow[]; readonly older: number | null };

/** `failoverd history`: what happened, newest last; by day; or as a file for other programs. */
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
    return fetched.code === 'unreachable' ? exits.unreachable : exits.refused;
  }
  const { body } = fetched;
  const colour = paint(terminal.colour);
  if (options.format !== null) terminal.out(body.replace(/\r?\n$/, ''));
  else if (options.days) terminal.out(options.json ? JSON.stringify(body, null, 2) : daysText(body, colour));
  else if (options.json) terminal.out(JSON.stringify({ history: body.history.toReversed() }, null, 2));
  else terminal.out(linesText(body, options, colour));
  return exits.done;
}

function contradiction({ all, kind, days, format, json }: Options): string | null {
  if (json && format !== null) return `--json and --format ${format} are two formats: give one`;
  if (all && kind.length > 0) return '--all prints every kind: give it or --kind';
  if (days && (all || kind.length > 0)) return '--days adds up days and takes neither --all nor --kind';
  return null;
}

function queryOf({ since, until, kind, record, limit, all, format }: Options): URLSearchParams {
  return new URLSearchParams({
    limit: String(limit),
    ...(all ? {} : { kind: kind.length === 0 ? 'main' : kind.join() }),
    ...(record === null ? {} : { record }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
    ...(format === null ? {} : { format }),
  });
}

function linesText({ history: rows, older }: Answered, { all }: Options, colour: Paint): string {
  if (rows.length === 0) return all ? 'nothing has happened yet' : 'nothing has happened there; --all tells every line';
  const lines = table(
    rows
      .toReversed()
      .map((row) => [colour('dim', utcText(row.wallMs)), row.record || 'failoverd', what(row, all), row.text]),
  );
  return older === null
    ? lines
    : `${colour('dim', `… there is more before; --limit, or --until ${utcText(rows.at(-1)?.wallMs ?? 0)}`)}\n${lines}`;
}

function what(row: JournalRow, all: boolean): string {
  if (all) return `${row.kind}:${row.code}`;
  const alert = row.data['alert'];
  const kinds = kindsOf(row).join(',');
  return typeof alert === 'string' ? `${kinds}:${alert}` : kinds;
}
