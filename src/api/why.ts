import type { Hono } from 'hono';
import type { HistoryFilter, JournalRow, ObservationRow } from '../control/ports';
import type { Service } from '../control/service';
import type { Failure, Why } from '../domain/why';

/** What explanations are made from. */
export interface WhySource {
  /** Null: no such service. */
  readonly service: (record: string) => Pick<Service, 'why' | 'policy'> | null;
  readonly history: (filter: HistoryFilter) => readonly JournalRow[];
  /** Newest first. */
  readonly observed: (record: string, limit: number, untilWallMs?: number) => readonly ObservationRow[];
  readonly wallMs: () => number;
}

/** The present, with its wall time. */
export interface WhyNow extends Why {
  readonly at: string;
}

const failuresShown = 5;
const observationsRead = 600;

/** `GET /api/v1/services/{record}/why`: the answer, and everything it rests on. */
export function addWhy(api: Hono, source: WhySource): void {
  api.get('/api/v1/services/:record/why', (context) => {
    const record = context.req.param('record');
    const service = source.service(record);
    if (service === null) return context.json({ error: 'no such service' }, 404);
    return context.json(now(service.why(), source));
  });
}

/** The state remembers the last failure of each site; the store remembers those before it. */
function now(why: Why, { observed, wallMs }: WhySource): WhyNow {
  const atMs = wallMs();
  const rows = observed(why.record, observationsRead);
  const sites = why.sites.map((site) => {
    const failures = failuresOf(rows, site.name, atMs);
    return failures.length === 0 ? site : { ...site, lastFailures: failures };
  });
  return { at: new Date(atMs).toISOString(), ...why, sites };
}

/** The last failures of a site before a moment, newest first. */
function failuresOf(rows: readonly ObservationRow[], site: string, atMs: number): readonly Failure[] {
  const failed: Failure[] = [];
  for (const row of rows) {
    if (row.site !== site || row.class === null) continue;
    failed.push({ class: row.class, why: row.why ?? '', agoMs: Math.max(0, atMs - row.wallMs) });
    if (failed.length === failuresShown) break;
  }
  return failed;
}
