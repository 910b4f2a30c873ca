import type { DayAnswer } from '../control/day-answers';
import { kindsOf } from '../control/kinds';
import type { JournalRow } from '../control/ports';
import { utcText } from '../domain/wall';

/** Tables as RFC 4180 has them: CRLF after each line, quotes where a cell needs them. */

type Cell = string | number | null;

const fields = ['alert', 'kind', 'from', 'to', 'generation', 'actor', 'reason', 'detectMs', 'decideMs', 'writeMs'];
const more = [...fields, 'verifyMs', 'tookMs'];

/** The history, a line each; what is not a line's own is in columns named as in its `data`. */
export function historyCsv(rows: readonly JournalRow[]): string {
  const head = [
    'id',
    'time',
    'record',
    'kinds',
    'code',
    'text',
    ...more.map((name) => (name === 'kind' ? 'change' : name)),
  ];
  const lines = rows.map((row) =>
    line([
      row.id,
      utcText(row.wallMs),
      row.record,
      kindsOf(row).join(' '),
      row.code,
      row.text,
      ...more.map((name) => cellOf(row.data[name])),
    ]),
  );
  return [line(head), ...lines].join('');
}

/** The days, a line for each site of each service. */
export function daysCsv(days: readonly DayAnswer[]): string {
  const head = [
    ...['day', 'record', 'watchedSeconds', 'switches', 'site', 'activeSeconds', 'upSeconds', 'downSeconds'],
    ...['unknownSeconds', 'passSeconds', 'failSeconds', 'availability'],
  ];
  const lines = days.flatMap(({ day, record, watchedSeconds, switches, sites }) =>
    sites.map((site) =>
      line([
        ...[day, record, watchedSeconds, switches, site.name, site.activeSeconds, site.upSeconds, site.downSeconds],
        ...[site.unknownSeconds, site.passSeconds, site.failSeconds, site.availability],
      ]),
    ),
  );
  return [line(head), ...lines].join('');
}

function cellOf(value: unknown): Cell {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function line(cells: readonly Cell[]): string {
  return `${cells.map(written).join(',')}\r\n`;
}

/**
 * A spreadsheet takes a text that begins with one of these for a formula and may run it (OWASP, CSV Injection, read 2026-11-23): an
 * apostrophe before it says that it is text. Numbers are ours.
 */
function written(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : `${cell}`;
  // Nearly every cell, and there may be 170,000.
  if (!/^[=+\-@\t＝＋－＠]|[",\r\n]/.test(cell)) return cell;
  const harmless = /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
