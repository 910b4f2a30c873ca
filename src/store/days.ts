import type { DayCount, DayFilter, DayRow } from '../control/ports';
import { idAt } from './at';
import { kindOf } from './journal';
import { bytes, decoded, integer, type Param, type Sqlite } from './sqlite';

const dayMs = 86_400_000;
const rowsLimit = 20_000;
const codesLimit = 50;

/** Adds to what each day holds. Throws. */
export function addDays(sqlite: Sqlite, rows: readonly DayRow[]): void {
  const add = sqlite.prepare(
    `INSERT INTO day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, record, site) DO UPDATE SET
     active_ms = active_ms + excluded.active_ms, up_ms = up_ms + excluded.up_ms, down_ms = down_ms + excluded.down_ms,
     unknown_ms = unknown_ms + excluded.unknown_ms, pass_ms = pass_ms + excluded.pass_ms, fail_ms = fail_ms + excluded.fail_ms`,
  );
  for (const { day, record, site, ...row } of rows) {
    const spans = [row.activeMs, row.upMs, row.downMs, row.unknownMs, row.passMs, row.failMs];
    add.run([whole(day), record, site, ...spans.map(whole)]);
  }
}

function whole(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0;
}

/** Newest day first. Throws. */
export function readDays(
  sqlite: Sqlite,
  { record, fromDay, toDay }: DayFilter,
): { readonly rows: readonly DayRow[]; readonly firstDay: number | null } {
  const spans = 'active_ms, up_ms, down_ms, unknown_ms, pass_ms, fail_ms';
  const [condition, params]: [string, readonly Param[]] =
    record === undefined ? ['', []] : ['AND record = ?', [record]];
  const found = sqlite.all<'day' | 'record' | 'site' | `${'active' | 'up' | 'down' | 'unknown' | 'pass' | 'fail'}_ms`>(
    `SELECT day, ${bytes('record')}, ${bytes('site')}, ${spans} FROM day
     WHERE day BETWEEN ? AND ? ${condition} ORDER BY day DESC, record, site LIMIT ?`,
    [whole(fromDay), whole(toDay), ...params, rowsLimit],
  );
  const rows = found.map((row) => ({
    day: integer(row.day),
    record: decoded(row.record) ?? '',
    site: decoded(row.site) ?? '',
    activeMs: integer(row.active_ms),
    upMs: integer(row.up_ms),
    downMs: integer(row.down_ms),
    unknownMs: integer(row.unknown_ms),
    passMs: integer(row.pass_ms),
    failMs: integer(row.fail_ms),
  }));
  const none = sqlite.number('SELECT count(*) FROM (SELECT 1 FROM day LIMIT 1)') === 0;
  return { rows, firstDay: none ? null : sqlite.number('SELECT min(day) FROM day') };
}

/** How many lines of these codes each day has. Throws. */
export function readCounts(
  sqlite: Sqlite,
  { record, fromDay, toDay }: DayFilter,
  codes: readonly string[],
): readonly DayCount[] {
  // A day more at both ends, for a clock that was set back or forth.
  const sinceId = idAt(sqlite, 'journal', (fromDay - 1) * dayMs);
  const untilId = idAt(sqlite, 'journal', (toDay + 2) * dayMs);
  const [condition, params]: [string, readonly Param[]] =
    record === undefined ? ['', []] : ['AND +record = ?', [record]];
  // One walk of the (code, id) index per code. What is damaged has no `what`, and is counted all the same.
  return [...new Set(codes)].slice(0, codesLimit).flatMap((code) =>
    sqlite
      .all<'day' | 'record' | 'kind' | 'what' | 'count'>(
        `SELECT day, ${bytes('record')}, ${bytes('kind')}, ${bytes('what')}, count(*) AS count FROM
         (SELECT wall_ms / ${dayMs} AS day, record, kind,
            CASE WHEN json_valid(data) THEN coalesce(json_extract(data, '$.alert'), json_extract(data, '$.kind'), '') ELSE '' END AS what
          FROM journal WHERE code = ? AND id > ? AND id <= ? AND wall_ms >= ? AND wall_ms < ? ${condition})
         GROUP BY day, record, kind, what ORDER BY day, record, kind, what`,
        [code, sinceId, untilId, whole(fromDay) * dayMs, (whole(toDay) + 1) * dayMs, ...params],
      )
      .map((row) => ({
        day: integer(row.day),
        record: decoded(row.record) ?? '',
        kind: kindOf(decoded(row.kind)),
        code,
        what: decoded(row.what) ?? '',
        count: integer(row.count),
      })),
  );
}

const daysKept = 400;

/** Removes all but the newest days there are rows of, whatever the wall clock says today. Throws. */
export function pruneDays(sqlite: Sqlite): void {
  // One step down the primary key for each day kept.
  const newest = `WITH RECURSIVE kept (day) AS
    (SELECT max(day) FROM day UNION ALL SELECT (SELECT max(day) FROM day WHERE day < kept.day) FROM kept WHERE kept.day IS NOT NULL LIMIT ?)
    SELECT min(day) FROM kept WHERE day IS NOT NULL`;
  sqlite.run(`DELETE FROM day WHERE day < (${newest})`, [daysKept]);
}
