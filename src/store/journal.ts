import type { HistoryFilter, JournalLine, JournalRow } from '../control/ports';
import { idAt } from './at';
import { Queue } from './queue';
import { parsed } from './shape';
import { atMost, decoded, integer, type Param, type Sqlite } from './sqlite';

/** A journal line as it will stand in the file. */
export interface WrittenLine {
  readonly record: string;
  readonly atMs: number;
  readonly wallMs: number;
  readonly kind: JournalLine['kind'];
  readonly code: string;
  readonly text: string;
  readonly data: string;
}

const textLimit = 4_000;
const dataLimit = 256 * 1024;
const rowsLimit = 10_000;
const codesLimit = 50;

/** Lines waiting for a disk that takes them: at most 1,000 and about 8 million characters. */
export function lineQueue(): Queue<WrittenLine> {
  return new Queue(1_000, 8_000_000, (line) => line.text.length + line.data.length + 200);
}

/** A line with every value made storable: nothing in one line may keep the others from being written. */
export function writtenLine(record: string, line: JournalLine): WrittenLine {
  return {
    record,
    atMs: whole(line.atMs),
    wallMs: whole(line.wallMs),
    kind: line.kind,
    code: line.code.slice(0, 200),
    text: line.text.slice(0, textLimit),
    data: dataText(line.data),
  };
}

function dataText(data: JournalLine['data']): string {
  try {
    const json = JSON.stringify(data) ?? '{}';
    return json.length <= dataLimit
      ? json
      : JSON.stringify({ omitted: `${json.length} characters, over ${dataLimit}` });
  } catch {
    return JSON.stringify({ omitted: 'not JSON' });
  }
}

function whole(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0;
}

/** Appends lines in order. Throws. */
export function insertLines(sqlite: Sqlite, lines: readonly WrittenLine[]): void {
  const insert = sqlite.prepare('INSERT INTO journal VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)');
  for (const line of lines) {
    insert.run([line.record, line.atMs, line.wallMs, line.kind, line.code, line.text, line.data]);
  }
}

/** The lines that match, newest first unless the oldest are asked for, at most 10,000. Throws. */
export function readHistory(sqlite: Sqlite, filter: HistoryFilter): readonly JournalRow[] {
  const limit = atMost(rowsLimit, filter.limit);
  if (filter.codes === undefined) return select(sqlite, filter, null, limit);
  // One walk down the (code, id) index per code: no sorting of everything that ever matched.
  const codes = [...new Set(filter.codes)].slice(0, codesLimit);
  const rows = codes.flatMap((code) => select(sqlite, filter, code, limit));
  const sign = filter.oldest === true ? -1 : 1;
  return rows.sort((a, b) => sign * (b.id - a.id)).slice(0, limit);
}

function select(sqlite: Sqlite, filter: HistoryFilter, code: string | null, limit: number): readonly JournalRow[] {
  const where: string[] = [];
  const params: Param[] = [];
  const add = (condition: string, value: Param | undefined) => {
    if (value === undefined || value === null) return;
    where.push(condition);
    params.push(value);
  };
  add('code = ?', code);
  // With a code given, the plus keeps SQLite off the other index.
  add(code === null ? 'record = ?' : '+record = ?', filter.record);
  add('id < ?', filter.before);
  add('id > ?', filter.after);
  add('+kind = ?', filter.kind);
  add('wall_ms >= ?', filter.sinceWallMs);
  // The walk must begin and end there, not at the newest or the first row; a day more, for a clock that was set back.
  if (filter.sinceWallMs !== undefined) add('id > ?', idAt(sqlite, 'journal', filter.sinceWallMs - 86_400_000));
  if (filter.untilWallMs !== undefined) add('id <= ?', idAt(sqlite, 'journal', filter.untilWallMs));
  // One column of JSON is read twice as fast as eight.
  const line = 'json_array(id, at_ms, wall_ms, record, kind, code, text, data)';
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  const sql = `SELECT CAST(${line} AS BLOB) AS line FROM journal ${condition} ORDER BY id ${filter.oldest === true ? 'ASC' : 'DESC'} LIMIT ?`;
  return sqlite.all<'line'>(sql, [...params, limit]).map((row) => journalRow(decoded(row.line) ?? ''));
}

/** What stands in the column; anything else is taken for an event. */
export function kindOf(text: unknown): JournalLine['kind'] {
  return text === 'effect' || text === 'tell' ? text : 'event';
}

function journalRow(line: string): JournalRow {
  const value = parsed(line);
  const columns: readonly unknown[] = Array.isArray(value) ? value : [];
  const [id, atMs, wallMs, record, kind, code, text, data] = columns;
  return {
    id: integer(id),
    record: decoded(record) ?? '',
    atMs: integer(atMs),
    wallMs: integer(wallMs),
    kind: kindOf(kind),
    code: decoded(code) ?? '',
    text: decoded(text) ?? '',
    data: dataOf(decoded(data) ?? ''),
  };
}

function dataOf(json: string): Readonly<Record<string, unknown>> {
  const value = parsed(json);
  if (value === undefined) return { unreadable: json.slice(0, 200) };
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
