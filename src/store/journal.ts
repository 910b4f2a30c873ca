import type { HistoryFilter, JournalLine, JournalRow } from '../control/ports';
import { idAt } from './at';
import { Queue } from './queue';
import { isObject, parsed } from './shape';
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
/** So many of the longest lines stay below what SQLite takes for one value. */
const blockRows = 250;

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
  const ids = matching(sqlite, filter, atMost(rowsLimit, filter.limit));
  const blocks = Array.from({ length: Math.ceil(ids.length / blockRows) }, (_, block) =>
    ids.slice(block * blockRows, (block + 1) * blockRows),
  );
  return blocks.flatMap((block) => linesAt(sqlite, block, orderOf(filter)));
}

function orderOf({ oldest }: HistoryFilter): 'ASC' | 'DESC' {
  return oldest === true ? 'ASC' : 'DESC';
}

/** The ids alone, so that nothing is read of lines that are not wanted. */
function matching(sqlite: Sqlite, filter: HistoryFilter, limit: number): readonly number[] {
  // One walk down the (code, id) index per code, merged: no sorting of everything that ever matched.
  const codes = filter.codes === undefined ? [null] : [...new Set(filter.codes)].slice(0, codesLimit);
  if (codes.length === 0) return [];
  const within = boundsOf(sqlite, filter);
  const selects = codes.map((code) => whereOf(filter, code, within));
  const union = selects.map(({ where }) => `SELECT id FROM journal ${where}`).join(' UNION ALL ');
  const found = sqlite.all<'ids'>(
    `SELECT CAST(group_concat(id) AS BLOB) AS ids FROM (${union} ORDER BY id ${orderOf(filter)} LIMIT ?)`,
    [...selects.flatMap(({ params }) => params), limit],
  );
  const ids = decoded(found[0]?.ids) ?? '';
  return ids === '' ? [] : ids.split(',').map(Number);
}

type Bounds = readonly (readonly [condition: string, value: number])[];

/** The walk must begin and end there, not at the newest or the first row; a day more, for a clock that was set back. */
function boundsOf(sqlite: Sqlite, { sinceWallMs, untilWallMs }: HistoryFilter): Bounds {
  const at = (wallMs: number): number => idAt(sqlite, 'journal', wallMs);
  return [
    ...(sinceWallMs === undefined ? [] : ([['id > ?', at(sinceWallMs - 86_400_000)]] as const)),
    ...(untilWallMs === undefined ? [] : ([['id <= ?', at(untilWallMs)]] as const)),
  ];
}

interface Where {
  readonly where: string;
  readonly params: readonly Param[];
}

function whereOf(filter: HistoryFilter, code: string | null, within: Bounds): Where {
  const conditions: string[] = [];
  const params: Param[] = [];
  const add = (condition: string, ...values: readonly (Param | undefined)[]) => {
    const given = values.filter((value) => value !== undefined && value !== null);
    if (given.length < values.length) return;
    conditions.push(condition);
    params.push(...given);
  };
  add('code = ?', code);
  // With a code given, the plus keeps SQLite off the other index.
  add(code === null ? 'record = ?' : '+record = ?', filter.record);
  add('id < ?', filter.before);
  add('id > ?', filter.after);
  add('+kind = ?', filter.kind);
  add('wall_ms >= ?', filter.sinceWallMs);
  for (const [condition, value] of within) add(condition, value);
  if (filter.alerts !== undefined && (code === 'alert' || code === 'cleared')) {
    const { named, pages } = filter.alerts;
    // An older end does not say whether it was one of a page. What is damaged is of no kind.
    const page = code === 'alert' ? "json_type(data, '$.page') IS 'true'" : "json_type(data, '$.paged') IS NOT 'false'";
    const name = `json_extract(data, '$.alert') IN (${named.map(() => '?').join()})`;
    add(`CASE WHEN json_valid(data) THEN ${pages ? `${page} OR ` : ''}${name} END`, ...named);
  }
  return { where: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, params };
}

/** Many lines in one row, as a text of JSON each: every row of libsql costs more than its reading does. */
function linesAt(sqlite: Sqlite, ids: readonly number[], order: 'ASC' | 'DESC'): readonly JournalRow[] {
  const line = 'json_array(id, at_ms, wall_ms, record, kind, code, text, data) AS line';
  const found = sqlite.all<'lines'>(
    `SELECT CAST(group_concat(line, char(10)) AS BLOB) AS lines FROM
     (SELECT ${line} FROM journal WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id ${order})`,
    [JSON.stringify(ids)],
  );
  const lines = decoded(found[0]?.lines) ?? '';
  return lines === '' ? [] : lines.split('\n').map(journalRow);
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
  return isObject(value) ? value : {};
}
