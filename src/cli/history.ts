import type { JournalRow } from '../control/ports';
import { ask } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import { table } from './table';

/** `failoverd history`: what happened, newest last. */
export async function history(stateDir: string, options: Options, terminal: Terminal): Promise<Exit> {
  const query = new URLSearchParams({ limit: String(options.limit) });
  if (options.record !== null) query.set('record', options.record);
  const fetched = await ask<{ readonly history: readonly JournalRow[] }>(stateDir, `/api/v1/history?${query}`);
  if (!fetched.ok) {
    terminal.err(fetched.why);
    return fetched.code === 'unreachable' ? exits.unreachable : exits.refused;
  }
  const rows = [...fetched.body.history].reverse();
  if (options.json) terminal.out(JSON.stringify({ history: rows }, null, 2));
  else if (rows.length === 0) terminal.out('nothing has happened yet');
  else {
    terminal.out(
      table(rows.map((row) => [new Date(row.wallMs).toISOString(), row.record, `${row.kind}:${row.code}`, row.text])),
    );
  }
  return exits.done;
}
