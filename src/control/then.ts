import { shortfall } from '../domain/answer';
import { duration } from '../domain/duration';
import { staleAfterMs } from '../domain/health';
import type { Policy } from '../domain/types';
import { utcText } from '../domain/wall';
import type { ReadHistory } from './chain';
import { atLength, type Judged, type JudgedThen } from './judged';
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
  /** When what the answer rests on was written or seen; null: nothing is kept. */
  readonly answeredAt: string | null;
  /** The newest recorded probe before that moment, on which `sites` rests. */
  readonly probedAt: string | null;
  readonly sites: readonly SiteThen[];
  /** What every guard said and how the votes were counted, as it was last written before that moment; null: it was not kept. */
  readonly judged: (JudgedThen & { readonly at: string; readonly id: number }) | null;
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
  /** Absent: as on the line before, or an older version wrote it. */
  readonly judged?: Judged;
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
  // A new process tells anew what stands; what ended while none ran has no line of its end.
  const [start] = source.history({ codes: ['started'], untilWallMs: atMs, limit: 1 });
  const alerts = alertsAt(
    source.history({
      ...{ record, codes: ['alert', 'cleared'], untilWallMs: atMs, limit: rowsRead },
      ...(start === undefined ? {} : { sinceWallMs: start.wallMs - Number(start.data['tookMs'] ?? 0) }),
    }),
  );
  const after = source
    .history({ record, codes: nextCodes, after: rows[0]?.id ?? 0, limit: 20, oldest: true })
    .find((row) => row.wallMs > atMs);
  const healths = policy.sites.map(({ name }) => ({ name, health: replayed(probes, name, policy), atMs }));
  const active = stood?.active ?? null;
  const failing = healths.find(({ name, health }) => name === active && health.fails > 0)?.health ?? null;
  const standsFor = stood !== null && !passing.includes(stood.code);
  const judgedRow = rows.find((row) => (row.data['stood'] as Stood | undefined)?.judged !== undefined) ?? null;
  const judged = (judgedRow?.data['stood'] as Stood | undefined)?.judged ?? null;
  const alert = alerts.find(({ code }) => guardsTold.includes(code) && stillStands(code)) ?? null;
  const told = failing !== null && !standsFor ? alert : null;
  const short = failing === null || standsFor ? null : shortfall(failing, policy, atMs);
  const probedMs = probes.at(-1)?.wallMs ?? null;
  const at = utcText(atMs);
  return {
    about: 'moment',
    record,
    at,
    code: told?.code ?? (short === null ? (stood?.code ?? 'unknown') : 'not-down'),
    answer: `${at}: ${answer()}`,
    active,
    answeredAt: answeredAt(),
    probedAt: probedMs === null ? null : utcText(probedMs),
    judged:
      judged === null || judgedRow === null
        ? null
        : { ...atLength(judged), at: utcText(judgedRow.wallMs), id: judgedRow.id },
    sites: healths.map((one) => siteThen(probes, one.name, one)),
    alerts,
    before: rows
      .filter(({ kind }) => kind !== 'effect')
      .slice(0, rowsShown)
      .map(happened)
      .reverse(),
    next: after === undefined ? null : happened(after),
  };

  /** An alert lingers after its cause is gone: what the guard itself said last counts, and what the probes say of the active site. */
  function stillStands(code: string): boolean {
    if (judged !== null && judged.failover.refuses[code] === undefined) return false;
    return failing?.vote === 'down' || blinding.includes(code);
  }

  function answeredAt(): string | null {
    if (told !== null) return told.at;
    if (short !== null && probedMs !== null) return utcText(probedMs);
    return last === null ? null : utcText(last.wallMs);
  }

  /** What the probes saw after the line from which the answer is. */
  function sinceThen(lineMs: number): string {
    const health = healths.find(({ name }) => name === active)?.health ?? null;
    if (health === null || health.sinceMs === null || health.sinceMs <= lineMs) return '';
    return `; after that ${active} ${health.fails > 0 ? `failed ${health.fails} times` : `passed ${health.passes} times`} in a row`;
  }

  /** What was not seen cannot be told: the probes of that time are no longer kept, or none was made. */
  function blind(): string {
    if (probedMs === null) return '; no probes of that time are kept';
    const silentMs = atMs - probedMs;
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
    return `${stood.answer}${agoMs < 1_000 ? '' : ` (as of ${duration(agoMs)} before)`}${sinceThen(last.wallMs)}${blind()}`;
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
/** Of these, the ones under which failures do not count. */
const blinding: readonly string[] = ['isolated', 'sick'];
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
