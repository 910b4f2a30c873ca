import type { Hono } from 'hono';
import { noService } from '../config/nearest';
import type { HistoryFilter, JournalRow } from '../control/ports';
import type { ServiceStatus } from '../domain/explain';
import { normalName } from '../domain/records';
import type { StripOf } from './strip';

/** How long one answer serves everybody who asks. */
const freshMs = 2_000;
const maxSwitches = 100;

export interface StripsInput {
  readonly statuses: () => readonly Pick<ServiceStatus, 'record' | 'sites'>[];
  readonly strip: StripOf;
  readonly history: (filter: HistoryFilter) => readonly JournalRow[];
  readonly wallMs: () => number;
}

/** `GET /api/v1/services/{record}/observations?minutes=60`: what the probes saw, in columns of equal steps per site, and the switches. */
export function addStrips(api: Hono, input: StripsInput): void {
  const answers = new Map<string, { readonly atMs: number; readonly json: string }>();

  function answerOf(record: string, sites: readonly string[], minutes: number): string {
    const atMs = input.wallMs();
    const columns = sites.map((name) => ({ name, ...input.strip(record, name, minutes, atMs) }));
    const rows = input.history({
      record,
      codes: ['switched'],
      sinceWallMs: atMs - minutes * 60_000,
      limit: maxSwitches,
    });
    const switches = rows.toReversed().map(({ wallMs, data: { from, to, kind, generation } }) => ({
      atMs: wallMs,
      from,
      to,
      kind,
      generation,
    }));
    return JSON.stringify({ record, atMs, minutes, sites: columns, switches });
  }

  api.get('/api/v1/services/:record/observations', (context) => {
    const record = normalName(context.req.param('record'));
    const minutes = context.req.query('minutes') ?? '60';
    if (!/^\d{1,4}$/.test(minutes) || Number(minutes) < 1 || Number(minutes) > 1_440) {
      return context.json({ error: 'minutes is 1 to 1440' }, 400);
    }
    const key = `${Number(minutes)} ${record}`;
    const kept = answers.get(key);
    const nowMs = input.wallMs();
    if (kept !== undefined && Math.abs(nowMs - kept.atMs) < freshMs) return context.body(kept.json, 200, json);
    const statuses = input.statuses();
    const status = statuses.find((one) => one.record === record);
    if (status === undefined) {
      const records = statuses.map((one) => one.record);
      return context.json({ error: noService(record, records) }, 404);
    }
    const answer = answerOf(
      record,
      status.sites.map(({ name }) => name),
      Number(minutes),
    );
    for (const [old, { atMs }] of answers) if (Math.abs(nowMs - atMs) >= freshMs) answers.delete(old);
    answers.set(key, { atMs: nowMs, json: answer });
    return context.body(answer, 200, json);
  });
}

const json = { 'Content-Type': 'application/json' };
