import { randomUUID } from 'node:crypto';
import { printable } from '../domain/printable';
import type { Durable } from '../domain/state';
import { quarantine } from './aside';
import type { SavedClock } from './clock';
import type { FileOpened } from './file';
import { clockRow, instanceRow, readClock, readInstance, readState } from './rows';
import { type FoundRow, readSealed, removeSealed, type SealedRow, sealedTables } from './sealed';
import { faultOf, type Sqlite } from './sqlite';

/** What must survive a restart, as it stood in the file. */
export interface Loaded {
  readonly instance: string;
  readonly clock: SavedClock | null;
  readonly states: ReadonlyMap<string, Durable>;
  /** What is still to be told, by key. */
  readonly outbox: ReadonlyMap<string, string>;
}

type Loading =
  | ({ readonly ok: true; readonly rows: readonly SealedRow[]; readonly notes: readonly string[] } & Loaded)
  | { readonly ok: false; readonly code: 'unusable'; readonly why: string };

/** Takes over every sealed row that is as it was written and reads well; puts each other one aside and notes it. Never throws. */
export function load(directory: string, opened: Extract<FileOpened, { ok: true }>): Loading {
  const { sqlite } = opened;
  const rows: SealedRow[] = [];
  const notes: string[] = [];
  const states = new Map<string, Durable>();
  const outbox = new Map<string, string>();
  let instance: string | null = null;
  let clock: SavedClock | null = null;
  let latestMs: number | null = null;

  function takeOver(row: FoundRow): boolean {
    if (!row.intact) return false;
    if (row.table === 'outbox') {
      outbox.set(row.key, row.json);
      return true;
    }
    if (row.table === 'state') {
      const state = readState(row.json);
      if (state === null) return false;
      states.set(row.key, state.durable);
      latestMs = Math.max(latestMs ?? 0, state.clockMs);
      return true;
    }
    if (row.key === 'clock') clock = readClock(row.json);
    if (row.key === 'instance') instance = readInstance(row.json);
    return row.key === 'clock' ? clock !== null : row.key === 'instance' && instance !== null;
  }

  try {
    const found = sealedTables.flatMap((table) => readSealed(sqlite, table));
    for (const row of found) {
      if (takeOver(row)) rows.push({ table: row.table, key: row.key, json: row.json });
      else notes.push(remove(directory, sqlite, row));
    }
  } catch (error) {
    const fault = faultOf(error);
    return {
      ok: false,
      code: 'unusable',
      why: `the state in ${directory} cannot be read: ${fault.text} (${fault.code})`,
    };
  }
  if (clock === null && latestMs !== null) {
    clock = { bootId: '', uptimeMs: 0, nowMs: latestMs };
    rows.push(clockRow(clock));
    notes.push('the saved clock was lost; it goes on from the newest saved state');
  }
  if (instance === null) {
    instance = randomUUID();
    rows.push(instanceRow(instance));
  }
  return { ok: true, instance, clock, states, outbox, rows, notes };
}

function remove(directory: string, sqlite: Sqlite, row: FoundRow): string {
  const what = `the saved ${row.table} of ${printable(row.key)} was ${row.intact ? 'not understood' : 'changed outside failoverd'}`;
  try {
    const kept = quarantine(directory, { table: row.table, key: row.key, json: row.json });
    removeSealed(sqlite, row);
    return `${what}: moved to ${kept}, starting without it`;
  } catch (error) {
    return `${what} and could not be moved aside (${faultOf(error).text}): starting without it`;
  }
}
