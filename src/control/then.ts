import { shortfall } from '../domain/answer';
import { duration } from '../domain/duration';
import { staleAfterMs } from '../domain/health';
import type { Policy } from '../domain/types';
import { utcText } from '../domain/wall';
import type { ReadHistory } from './chain';
import type { JournalRow, ObservationRow } from './ports';
import { replayed, type SiteThen, siteThen } from './replay';

/** What stood at a past moment, from the journal and the recorded probes. */
export interface WhyThen {
  readonly about: 'moment';
  readonly record: string;
  readonly at: string;
  readonly answer: string;
  readonly code: string;
  readonly active: string | null;
  readonly sites: readonly SiteThen[];
  /** What was being told to people. */
  readonly alerts: readonly { readonly code: string; readonly why: string; readonly at: string }[];
  /** What happened last before it, newest last, and what was decided or ordered next. */
  readonly before: readonly Happened[];
  readonly next: Happened | null;
}

export interface Happened {
  readonly id: number;
  readonly at: string;
  readonly code: string;
  readonly text: string;
}

/** What the journal keeps of the state with every event that mattered. */
export interface Stood {
  readonly code: string;
  readonly answer: string;
  readonly active: string | null;
}

const rowsRead = 300;
const rowsShown = 8;
const observationsRead = 5_000;

export function whyThen(
  source: {
    readonly history: ReadHistory;
    readonly observed: (record: string, limit: number, untilWallMs: number) => readonly ObservationRow[];
  },
  policy: Policy,
  atMs: number,
): WhyThen {
  const { record } = policy;
  const rows = source.history({ record, untilWallMs: atMs, limit: rowsRead });
  const probes = source.observed(record, observationsRead, atMs).toReversed();
  const last = rows.find((row) => row.data['stood'] !== undefined) ?? null;
  const stood = (last?.data['stood'] ?? null) as Stood | null;
  const alerts = alertsAt(source.history({ record, codes: ['alert', 'cleared'], untilWallMs: atMs, limit: rowsRead }));
  const after = source
    .history({ record, codes: nextCodes, after: rows[0]?.id ?? 0, limit: 20, oldest: true })
    .find((row) => row.wallMs > atMs);
  const healths = policy.sites.map(({ name }) => ({ name, health: replayed(probes, name, policy), atMs }));
  const active = stood?.active ?? null;
  const failing = healths.find(({ name, health }) => name === active && health.fails > 0)?.health ?? null;
  const standsFor = stood !== null && !passing.includes(stood.code);
  const alert = alerts.find(({ code }) => guardsTold.includes(code)) ?? null;
  const told = failing !== null && !standsFor ? alert : null;
  const short = failing === null || standsFor ? null : shortfall(failing, policy, atMs);
  const at = utcText(atMs);
  return {
    about: 'moment',
    record,
    at,
    code: told?.code ?? (short === null ? (stood?.code ?? 'unknown') : 'not-down'),
    answer: `${at}: ${answer()}`,
    active,
    sites: healths.map((one) => siteThen(probes, one.name, one)),
    alerts,
    before: rows
      .filter(({ kind }) => kind !== 'effect')
      .slice(0, rowsShown)
      .map(happened)
      .reverse(),
    next: after === undefined ? null : happened(after),
  };

  /** What was not seen cannot be told: the probes of that time are no longer kept, or none was made. */
  function blind(): string {
    const newestMs = probes.at(-1)?.wallMs ?? null;
    if (newestMs === null) return '; no probes of that time are kept';
    const silentMs = atMs - newestMs;
    return silentMs <= staleAfterMs(policy)
      ? ''
      : `; no probe in the ${duration(silentMs)} before: the daemon may not have run`;
  }

  function answer(): string {
    if (stood === null || last === null) return `the journal does not reach back to what stood then for ${record}`;
    const stays = `${record} stays at ${active}`;
    if (told !== null) return `${stays}: ${told.why}`;
    if (short !== null) return `${stays}: ${short}`;
    const agoMs = atMs - last.wallMs;
    return `${stood.answer}${agoMs < 1_000 ? '' : ` (as of ${duration(agoMs)} before)`}${blind()}`;
  }
}

/** Answers that hold only while the active site passes; its probes know better. */
const passing: readonly string[] = [
  'at-home',
  'not-down',
  'not-up',
  'settling',
  'manual-failback',
  'window',
  'reserve',
  'failback',
  'unknown',
];
/** Guards that are told as alerts when they stand between users and a standby. */
const guardsTold: readonly string[] = ['isolated', 'common-cause', 'no-standby', 'budget', 'elsewhere', 'sick'];
const nextCodes: readonly string[] = ['decided', 'ordered', 'order-refused', 'moved-by-hand'];

/** The alerts that had begun and not ended, from their lines, newest first. */
function alertsAt(rows: readonly JournalRow[]): WhyThen['alerts'] {
  const standing = new Map<string, WhyThen['alerts'][number]>();
  for (const { code, text, data, wallMs } of rows.toReversed()) {
    const alert = String(data['alert']);
    if (code === 'cleared') standing.delete(alert);
    else standing.set(alert, { code: alert, why: text, at: utcText(wallMs) });
  }
  return [...standing.values()].reverse();
}

function happened({ id, wallMs, code, text }: JournalRow): Happened {
  return { id, at: utcText(wallMs), code, text };
}
