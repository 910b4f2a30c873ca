import type { ObservationRow } from '../control/ports';
import type { FailClass } from '../domain/types';
import { idAt } from './at';
import { Queue } from './queue';
import { atMost, bytes, decoded, type Row, type Sqlite } from './sqlite';

export interface WaitingObservation extends ObservationRow {
  readonly record: string;
}

/** The numbers that stand in the file. Never give one a new meaning. */
const resultNumbers: Readonly<Record<ObservationRow['result'], number>> = { pass: 0, fail: 1, unknown: 2 };
const classNumbers: Readonly<Record<FailClass, number>> = {
  connect: 1,
  timeout: 2,
  reset: 3,
  tls: 4,
  status: 5,
  body: 6,
  latency: 7,
  protocol: 8,
  oversize: 9,
  redirect: 10,
  dns: 11,
  gate: 12,
};
const results = inverse(resultNumbers);
const classes = inverse(classNumbers);

function inverse<T extends string>(numbers: Readonly<Record<T, number>>): ReadonlyMap<number, T> {
  const words = new Map<number, T>();
  for (const word in numbers) words.set(numbers[word], word);
  return words;
}

/** Observations waiting for the next transaction, at most 4,096. */
export function observationQueue(): Queue<WaitingObservation> {
  return new Queue(4_096, Number.POSITIVE_INFINITY, () => 0);
}

/** Appends observations in order. Throws. */
export function insertObservations(sqlite: Sqlite, waiting: readonly WaitingObservation[]): void {
  const sites = new Map<string, number>();
  const insert = sqlite.prepare('INSERT INTO observation VALUES (NULL, ?, ?, ?, ?, ?, ?)');
  for (const { record, site, wallMs, result, class: failClass, latencyMs, why } of waiting) {
    const key = JSON.stringify([record, site]);
    const id = sites.get(key) ?? siteId(sqlite, record, site);
    sites.set(key, id);
    const latencyUs = latencyMs === null || !Number.isFinite(latencyMs) ? null : Math.round(latencyMs * 1000);
    insert.run([
      id,
      Number.isFinite(wallMs) ? Math.round(wallMs) : 0,
      resultNumbers[result],
      failClass === null ? null : classNumbers[failClass],
      latencyUs,
      result === 'pass' || why === null ? null : why.slice(0, 200),
    ]);
  }
}

function siteId(sqlite: Sqlite, record: string, name: string): number {
  sqlite.run('INSERT OR IGNORE INTO site VALUES (NULL, ?, ?)', [record, name]);
  return sqlite.number('SELECT id FROM site WHERE record = ? AND name = ?', [record, name]);
}

/** So many rows of all services are looked at, so that one question never holds up the probes. */
const walked = 50_000;

/** The newest observations of one service until a moment, newest first, at most 10,000. Throws. */
export function readObservations(
  sqlite: Sqlite,
  record: string,
  limit: number,
  untilWallMs?: number,
): readonly ObservationRow[] {
  const newest =
    untilWallMs === undefined
      ? sqlite.number('SELECT max(id) FROM observation')
      : idAt(sqlite, 'observation', untilWallMs);
  // CROSS JOIN keeps SQLite to this order (sqlite.org/optoverview.html §6.1, November 2026): down the ids, and not past the limit.
  const rows = sqlite.all<Column>(
    `SELECT ${bytes('name')}, wall_ms, result, class, latency_us, ${bytes('why')} FROM observation
     CROSS JOIN site ON site.id = observation.site
     WHERE observation.id BETWEEN ? AND ? AND +site.record = ? ORDER BY observation.id DESC LIMIT ?`,
    [newest - walked, newest, record, atMost(10_000, limit)],
  );
  return rows.map(observationRow);
}

/** Observations of all services, newest first, from below this id on, at most 10,000; null: from the newest. Throws. */
export function readPage(sqlite: Sqlite, before: number | null, limit: number): ObservationPage {
  const rows = sqlite.all<'id' | 'record' | Column>(
    `SELECT observation.id AS id, ${bytes('record')}, ${bytes('name')}, wall_ms, result, class, latency_us, ${bytes('why')}
     FROM observation JOIN site ON site.id = observation.site WHERE observation.id < ? ORDER BY observation.id DESC LIMIT ?`,
    [before ?? Number.MAX_SAFE_INTEGER, atMost(10_000, limit)],
  );
  const last = rows.at(-1);
  return {
    rows: rows.map((row) => ({ record: decoded(row.record) ?? '', ...observationRow(row) })),
    nextId: last === undefined ? null : Number(last.id),
  };
}

/** `nextId`: where the next page goes on; null: there is none. */
export interface ObservationPage {
  readonly rows: readonly WaitingObservation[];
  readonly nextId: number | null;
}

type Column = 'name' | 'wall_ms' | 'result' | 'class' | 'latency_us' | 'why';

function observationRow(row: Row<Column>): ObservationRow {
  const latencyUs = row.latency_us;
  return {
    site: decoded(row.name) ?? '',
    wallMs: Number(row.wall_ms),
    result: results.get(Number(row.result)) ?? 'unknown',
    class: classes.get(Number(row.class)) ?? null,
    latencyMs: typeof latencyUs === 'number' ? latencyUs / 1000 : null,
    why: decoded(row.why),
  };
}
