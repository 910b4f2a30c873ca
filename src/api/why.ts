import type { Hono } from 'hono';
import { noService } from '../config/nearest';
import { type ReadHistory, switchOf } from '../control/chain';
import type { ObservationRow } from '../control/ports';
import type { Service } from '../control/service';
import { whyThen } from '../control/then';
import { normalName } from '../domain/records';
import { utcText } from '../domain/wall';
import { momentOf } from './moment';

/** What explanations are made from. */
export interface WhySource {
  /** Null: no such service. */
  readonly service: (record: string) => Pick<Service, 'why' | 'policy'> | null;
  readonly history: ReadHistory;
  /** Newest first. */
  readonly observed: (record: string, limit: number, untilWallMs: number) => readonly ObservationRow[];
  readonly wallMs: () => number;
}

/** `GET /api/v1/services/{record}/why`: the answer, and everything it rests on; now, at a past moment, or of one switch. */
export function addWhy(api: Hono, source: WhySource, records: () => readonly string[]): void {
  api.get('/api/v1/services/:record/why', (context) => {
    const record = normalName(context.req.param('record'));
    const service = source.service(record);
    if (service === null) return context.json({ error: noService(record, records()) }, 404);
    const at = context.req.query('at');
    const which = context.req.query('switch');
    if (at !== undefined && which !== undefined)
      return context.json({ error: 'ask for a moment (at) or for a switch (switch), not for both' }, 400);
    if (which !== undefined) {
      if (!/^(\d{1,15}|last)$/.test(which))
        return context.json({ error: '"switch" is a generation, such as 7, or last' }, 400);
      const chain = switchOf(source.history, record, which === 'last' ? which : Number(which));
      const none = which === 'last' ? 'no switch in the history' : `no switch with generation ${which} in the history`;
      return chain === null ? context.json({ error: none }, 404) : context.json(chain);
    }
    if (at === undefined) return context.json({ about: 'now', at: utcText(source.wallMs()), ...service.why() });
    const moment = pastMoment(at, record, source);
    return 'error' in moment
      ? context.json({ error: moment.error }, moment.status)
      : context.json(whyThen(source, service.policy, moment.atMs));
  });
}

const usage =
  '"at" is a time such as 2026-11-23T09:50:00Z, its milliseconds, a duration ago such as 10m, or the id of a line of the history';

type Moment = { readonly atMs: number } | { readonly error: string; readonly status: 400 | 404 };

/** A moment in wall milliseconds, or what is wrong with it. */
function pastMoment(text: string, record: string, { history, wallMs }: WhySource): Moment {
  const nowMs = wallMs();
  let atMs = momentOf(text, nowMs);
  if (/^\d{1,10}$/.test(text)) {
    const [row] = history({ record, before: Number(text) + 1, limit: 1 });
    if (row === undefined || row.id !== Number(text))
      return { error: `the history of ${record} has no line ${text}`, status: 404 };
    atMs = row.wallMs;
  }
  if (atMs === null) return { error: usage, status: 400 };
  return atMs > nowMs ? { error: 'that moment has not come yet', status: 400 } : { atMs };
}
