import {
  type Marker,
  markerName,
  markerText,
  type RecordSet,
  type RecordType,
  recordSet,
} from '../../src/domain/records';
import type { OutcomeCode } from '../../src/domain/state';
import type { Found } from '../../src/domain/types';
import { hintObstacle, mayHint } from '../hints';
import { isObject, parseJson } from '../json';
import { readMarker } from '../marker';
import type { Finding, Replacement } from '../provider';
import type { Failed } from '../reread';

/** The contract with the program, as its README tells it. */

export type Action = 'read' | 'replace' | 'preflight';

export interface Subject {
  readonly record: string;
  readonly zone: string | null;
  readonly ttl: number;
}

/** What the program finds on its stdin. */
export function request(action: Action, { record, zone, ttl }: Subject, wanted: Replacement | null): string {
  const about = { version: 1, action, record, zone, ttl, markerName: markerName(record) };
  if (wanted === null) return JSON.stringify(about);
  const { from, to, marker } = wanted;
  return JSON.stringify({
    ...about,
    from: { sets: from.sets, marker: textOf(from.marker) },
    to,
    marker: textOf(marker),
  });
}

function textOf(marker: Marker | null): string | null {
  return marker === null ? null : markerText(marker);
}

/** What the program wrote, as JSON; null: it is no object. */
export function readReply(stdout: string): Readonly<Record<string, unknown>> | null {
  const reply = parseJson(stdout);
  return isObject(reply) ? reply : null;
}

/** How the program's own words are made fit to be shown. */
export type Shown = (text: string) => string;

export interface Read {
  readonly found: Found;
  readonly proof: 'dns' | 'api';
}

/** The answer to `read`; null: it is not one. Both lists must be there: leaving one out is not "absent". */
export function readFound(reply: Readonly<Record<string, unknown>>, shown: Shown): Read | null {
  const { sets: listed, texts, obstacles = [], proof = 'dns' } = reply;
  if (!Array.isArray(listed) || !isTexts(texts) || !isTexts(obstacles)) return null;
  if (proof !== 'dns' && proof !== 'api') return null;
  const sets: RecordSet[] = [];
  const hinting: string[] = [];
  for (const item of listed) {
    const { type, ttl, values } = isObject(item) ? item : {};
    if (typeof type !== 'string') return null;
    if (isTexts(values) && mayHint(type, values)) hinting.push(type);
    if (!isManaged(type)) continue;
    if (typeof ttl !== 'number' || !Number.isSafeInteger(ttl) || ttl < 0 || !isTexts(values)) return null;
    const set = recordSet(type, ttl, values);
    if (set === null || values.length === 0 || sets.some((one) => one.type === type)) return null;
    sets.push(set);
  }
  sets.sort((one, two) => (one.type < two.type ? -1 : 1));
  const stuck = hinting.map((type) => hintObstacle('the name', type));
  return { found: { sets, ...readMarker(texts), obstacles: [...obstacles.map(shown), ...stuck] }, proof };
}

/** The answer to `replace`, or a failure of any action; null: it is neither. */
export function readOutcome(
  reply: Readonly<Record<string, unknown>>,
  shown: Shown,
): (Pick<Failed, 'why' | 'retryAfterMs'> & { readonly code: OutcomeCode; readonly requestId?: string }) | null {
  const { outcome: code, why, retryAfterMs, requestId } = reply;
  if (!isOutcome(code)) return null;
  const waitMs = typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? Math.min(retryAfterMs, retryAfterCapMs) : null;
  return {
    code,
    why: typeof why === 'string' ? shown(why) : `the program said ${code}`,
    ...(waitMs === null ? {} : { retryAfterMs: waitMs }),
    ...(typeof requestId === 'string' ? { requestId: shown(requestId) } : {}),
  };
}

const retryAfterCapMs = 300_000;
const outcomes: readonly OutcomeCode[] = ['applied', 'conflict', 'throttled', 'denied', 'unavailable', 'unknown'];

function isOutcome(value: unknown): value is OutcomeCode {
  return outcomes.some((one) => one === value);
}

/** The answer to `preflight`; null: it is not one. */
export function readFindings(reply: Readonly<Record<string, unknown>>, shown: Shown): readonly Finding[] | null {
  const { findings: listed } = reply;
  if (!Array.isArray(listed)) return null;
  const findings = listed.slice(0, 50).map((item: unknown): Finding | null => {
    const { level, text } = isObject(item) ? item : {};
    if ((level !== 'ok' && level !== 'warn' && level !== 'error') || typeof text !== 'string') return null;
    return { level, text: shown(text) };
  });
  const read = findings.filter((finding) => finding !== null);
  return read.length < findings.length ? null : read;
}

function isManaged(type: string): type is RecordType {
  return type === 'A' || type === 'AAAA' || type === 'CNAME';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
