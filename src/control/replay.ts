import { failRatio, observe, unseen } from '../domain/health';
import type { Health, Observation, Policy } from '../domain/types';
import type { Failure } from '../domain/why';
import type { ObservationRow } from './ports';

/** What this node knew of a site at a past moment: its recorded probes, counted again with the settings of now. */
export interface SiteThen {
  readonly name: string;
  readonly vote: Health['vote'];
  readonly passes: number;
  readonly fails: number;
  /** Since the first probe of the streak began; null: nothing was recorded. */
  readonly forMs: number | null;
  readonly failRatio: number | null;
  readonly ring: string;
  readonly lastFailures: readonly Failure[];
}

const failuresShown = 5;

/** Every recorded observation until then, oldest first, into the counters. Times are wall times: differences of them are all that counts. */
export function replayed(rows: readonly ObservationRow[], site: string, policy: Policy): Health {
  let health = unseen;
  let pacedMs = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    if (row.site !== site) continue;
    const startedMs = row.wallMs - (row.latencyMs ?? 0);
    // Which were confirmations is not recorded; the pace tells them apart.
    const paced = startedMs - pacedMs >= 0.8 * policy.intervalMs;
    if (paced) pacedMs = startedMs;
    health = observe(health, { startedMs, nowMs: row.wallMs, paced, observation: observationOf(row) }, policy);
  }
  return health;
}

export function siteThen(
  rows: readonly ObservationRow[],
  site: string,
  { health, atMs }: { readonly health: Health; readonly atMs: number },
): SiteThen {
  const { vote, passes, fails, sinceMs, ring } = health;
  const forMs = sinceMs === null ? null : Math.max(0, atMs - sinceMs);
  return {
    name: site,
    vote,
    passes,
    fails,
    forMs,
    failRatio: failRatio(health),
    ring,
    lastFailures: failuresOf(rows.toReversed(), site, atMs),
  };
}

/** The last failures of a site before a moment, newest first, of rows in that order. */
export function failuresOf(newestFirst: readonly ObservationRow[], site: string, atMs: number): readonly Failure[] {
  const failed: Failure[] = [];
  for (const row of newestFirst) {
    if (row.site !== site || row.class === null) continue;
    failed.push({ class: row.class, why: row.why ?? '', agoMs: Math.max(0, atMs - row.wallMs) });
    if (failed.length === failuresShown) break;
  }
  return failed;
}

function observationOf({ result, class: failClass, why, latencyMs }: ObservationRow): Observation {
  if (result === 'unknown' || (result === 'fail' && failClass === null)) return { result: 'unknown', why: why ?? '' };
  if (result === 'pass' || failClass === null) return { result: 'pass', latencyMs: latencyMs ?? 0 };
  return { result: 'fail', class: failClass, why: why ?? '', latencyMs: latencyMs ?? 0 };
}
