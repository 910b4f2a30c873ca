import type { ServerWord } from '../domain/events';
import { detectionMs, type Stages } from '../domain/outcome';
import type { Change, ChangeKind, Evidence } from '../domain/state';
import { utcText } from '../domain/wall';
import { chainText } from './chain-text';
import type { HistoryFilter, JournalRow } from './ports';

/** One switch as the journal tells it: evidence → decision → generation → each attempt → the provider's id → each server → seconds of each stage. */
export interface WhySwitch {
  readonly about: 'switch';
  readonly record: string;
  /** When it was decided. */
  readonly at: string;
  readonly answer: string;
  readonly code: 'switched' | 'fenced' | 'dropped' | 'superseded' | 'underway';
  readonly generation: number;
  readonly kind: ChangeKind;
  readonly from: string | null;
  readonly to: string;
  readonly why: string;
  /** What the decision rested on; null: the line that held it is gone. */
  readonly evidence: Evidence | null;
  readonly requestId: string | null;
  /** What every server said when it was asked last. */
  readonly servers: readonly ServerWord[];
  /** Detection counts from the end of a hold or pin, which outlasted the beginning of the failure. */
  readonly released: boolean;
  readonly stages: Stages & { readonly tookMs: number | null };
  readonly steps: readonly ChainStep[];
}

export interface ChainStep {
  readonly at: string;
  /** Since the decision; negative before it. */
  readonly afterMs: number;
  readonly text: string;
}

export type ReadHistory = (filter: HistoryFilter) => readonly JournalRow[];

const pageRows = 500;
const mostPages = 20;
/** The first lines of one switch: what a write that fails for days repeats is not needed. */
const rowsOfOne = 2_000;
/** So many lines of the same step may stand before the decision. */
const sameStep = 20;

/** The newest switch with this generation; `last`: the newest of all that was no fence. Null: the journal knows none. */
export function switchOf(history: ReadHistory, record: string, generation: number | 'last'): WhySwitch | null {
  const wanted = (row: JournalRow): boolean =>
    generation === 'last'
      ? row.data['kind'] !== 'fence' && typeof row.data['generation'] === 'number'
      : row.data['generation'] === generation;
  const decided = find(history, { record, codes: ['decided'] }, wanted);
  if (decided === null) return null;
  const number = Number(decided.data['generation']);
  const ofIt = (row: JournalRow): boolean => row.data['generation'] === number;
  const end = find(history, { record, codes: ['switched', 'fenced', 'dropped'], after: decided.id }, ofIt);
  const next =
    end === null ? history({ record, codes: ['decided'], after: decided.id, limit: 1, oldest: true })[0] : undefined;
  const until = end === null ? {} : { before: end.id + 1 };
  const rows = history({ record, after: decided.id - sameStep, ...until, limit: rowsOfOne, oldest: true });
  const change = rows.flatMap((row) => changeIn(row, number))[0] ?? null;
  return chain(
    decided,
    rows.filter((row) => ofIt(row) && row.id >= decided.id),
    end ?? next ?? null,
    change,
  );
}

/** The newest line that is wanted. */
function find(
  history: ReadHistory,
  filter: Omit<HistoryFilter, 'limit'>,
  wanted: (row: JournalRow) => boolean,
): JournalRow | null {
  let before = Number.MAX_SAFE_INTEGER;
  for (let page = 0; page < mostPages; page++) {
    const rows = history({ ...filter, before, limit: pageRows });
    const found = rows.find(wanted);
    if (found !== undefined || rows.length < pageRows) return found ?? null;
    before = rows.at(-1)?.id ?? 0;
  }
  return null;
}

/** The intent as it was made, with its evidence: what the store was given is what it gives back. */
function changeIn(row: JournalRow, generation: number): readonly Change[] {
  const change = row.data['change'] as Change | undefined;
  return change?.generation === generation && change.evidence !== undefined ? [change] : [];
}

function chain(
  decided: JournalRow,
  rows: readonly JournalRow[],
  end: JournalRow | null,
  change: Change | null,
): WhySwitch {
  const sent = rows.find(({ code, kind }) => code === 'sending' && kind === 'event') ?? null;
  const applied = rows.find(({ code, kind }) => code === 'applied' && kind === 'tell') ?? null;
  const settled = end?.code === 'switched' || end?.code === 'fenced' ? end : null;
  const fromMs = change === null ? null : detectionMs(change);
  const detectMs = change === null || fromMs === null ? null : change.decidedMs - fromMs;
  const ms = (from: JournalRow | null, to: JournalRow | null): number | null =>
    from === null || to === null ? null : to.atMs - from.atMs;
  const verified = rows.findLast(({ code, kind }) => code === 'verified' && kind === 'event');
  const requestId = rows.map(({ data }) => data['requestId']).find((id) => typeof id === 'string');
  const { kind, from, to, generation, why } = decided.data;
  const known = {
    about: 'switch' as const,
    record: decided.record,
    at: utcText(decided.wallMs),
    code: codeOf(end),
    generation: Number(generation),
    kind: String(kind) as ChangeKind,
    from: typeof from === 'string' ? from : null,
    to: String(to),
    why: String(why),
    evidence: change?.evidence ?? null,
    requestId: typeof requestId === 'string' ? requestId : null,
    servers: (verified?.data['answers'] ?? []) as readonly ServerWord[],
    released: change?.releasedMs != null,
    stages: {
      detectMs,
      decideMs: ms(decided, sent),
      writeMs: ms(sent, applied),
      verifyMs: ms(applied, settled),
      tookMs: settled === null ? null : settled.atMs - decided.atMs + (detectMs ?? 0),
    },
  };
  return { ...known, ...chainText(known, decided, rows) };
}

function codeOf(end: JournalRow | null): WhySwitch['code'] {
  switch (end?.code) {
    case 'switched':
    case 'fenced':
    case 'dropped':
      return end.code;
    case 'decided':
      return 'superseded';
    default:
      return 'underway';
  }
}
