import { integer, type Sqlite } from './sqlite';

/**
 * The id of the newest row that was written at a wall time or before it; 0: there is none. Found by halving, in some twenty reads: a walk
 * from the newest row would hold up the probes while it lasts. Ids and wall times rise together, but where the clock was set back.
 */
export function idAt(sqlite: Sqlite, table: 'journal' | 'observation', wallMs: number): number {
  let low = sqlite.number(`SELECT min(id) FROM ${table}`) - 1;
  let high = sqlite.number(`SELECT max(id) FROM ${table}`) + 1;
  let found = 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const [row] = sqlite.all<'id' | 'wall_ms'>(`SELECT id, wall_ms FROM ${table} WHERE id >= ? ORDER BY id LIMIT 1`, [
      middle,
    ]);
    const id = integer(row?.id);
    if (row !== undefined && id < high && integer(row.wall_ms) <= wallMs) {
      found = id;
      low = id;
    } else high = middle;
  }
  return found;
}
