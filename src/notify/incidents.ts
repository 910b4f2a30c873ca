import type { JournalLine } from '../control/ports';
import { duration } from '../domain/duration';
import type { Action } from './message';

/**
 * What the journal's lines mean to people: an alert is an incident from its beginning until it has stayed away for a while, so that one that
 * comes and goes is told once, with how often it came. A beginning is never delayed; only the end is.
 */
export interface Incident {
  /** `<record>/<alert>/<when it began>`: the same over retries and restarts. */
  readonly key: string;
  readonly record: string;
  readonly code: string;
  /** A human must act, or had to. */
  readonly page: boolean;
  readonly what: string;
  readonly next: string;
  readonly sinceMs: number;
  readonly count: number;
  readonly acknowledged: boolean;
  /** Since when its cause has stayed away; null: it is there. */
  readonly goneMs: number | null;
}

/** What is to be told of a line; the rest of the message is the same for all. */
export interface Draft {
  readonly id: string;
  readonly incident: string;
  readonly action: Action;
  readonly page: boolean;
  readonly code: string;
  readonly what: string;
  readonly next: string;
  readonly count: number;
  readonly evidence: readonly string[];
}

export interface Read {
  /** As they are now; those of other records and codes are untouched. */
  readonly incidents: readonly Incident[];
  readonly drafts: readonly Draft[];
}

const nothing: Read = { incidents: [], drafts: [] };

/** What one line of the journal means, given the open incidents of its record. */
export function readLine(open: readonly Incident[], record: string, line: JournalLine): Read {
  if (line.kind !== 'tell') return nothing;
  const { code, data } = line;
  if (code === 'alert' || code === 'cleared') {
    const alert = textOf(data['alert']);
    const known = open.find((one) => one.code === alert) ?? null;
    if (code === 'alert') return began(known, record, alert, line);
    return known === null || known.goneMs !== null
      ? nothing
      : { incidents: [{ ...known, goneMs: line.atMs }], drafts: [] };
  }
  const told = infos[code];
  if (told === undefined) return nothing;
  const incident = `${record}/${code}/${line.atMs}`;
  const info: Draft = {
    id: incident,
    incident,
    action: 'info',
    page: false,
    code,
    what: line.text,
    next: told,
    count: 1,
    evidence: evidenceOf(data),
  };
  return code === 'ordered' ? withAcknowledged(open, info, line.text) : { incidents: [], drafts: [info] };
}

/** What is told though nobody must act, and where to look next. */
const infos: Readonly<Record<string, string>> = {
  switched: 'failoverd status',
  ordered: 'failoverd status; failoverd resume ends a hold or a pin',
  'order-expired': 'failoverd status',
  'moved-by-hand': 'failoverd resume hands back',
  'landed-late': 'failoverd history',
};

function began(known: Incident | null, record: string, alert: string, line: JournalLine): Read {
  const page = line.data['page'] === true;
  const next = textOf(line.data['remedy']);
  if (known === null) {
    const incident: Incident = {
      key: `${record}/${alert}/${line.atMs}`,
      record,
      code: alert,
      page,
      what: line.text,
      next,
      sinceMs: line.atMs,
      count: 1,
      acknowledged: false,
      goneMs: null,
    };
    return { incidents: [incident], drafts: [draftOf(incident, 'trigger', `${incident.key}/trigger`)] };
  }
  const worse = page && !known.page;
  const again = known.goneMs === null ? known.count : known.count + 1;
  const now = { ...known, page: page || known.page, what: line.text, next, count: again, goneMs: null };
  return { incidents: [now], drafts: worse ? [draftOf(now, 'trigger', `${known.key}/page`)] : [] };
}

/** Somebody gave an order: what was open is in somebody's hands. */
function withAcknowledged(open: readonly Incident[], info: Draft, text: string): Read {
  const hand = open.filter((one) => one.page && !one.acknowledged);
  return {
    incidents: hand.map((one) => ({ ...one, acknowledged: true })),
    drafts: [
      ...hand.map((one) => ({
        ...draftOf(one, 'acknowledge', `${one.key}/acknowledge`),
        what: `${text}; ${one.what}`,
      })),
      info,
    ],
  };
}

/** The end of an incident. */
export function resolved(incident: Incident, nowMs: number): Draft {
  const lasted = duration(Math.max(0, (incident.goneMs ?? nowMs) - incident.sinceMs));
  return { ...draftOf(incident, 'resolve', `${incident.key}/resolve`), evidence: [`lasted ${lasted}`], next: '' };
}

function draftOf(incident: Incident, action: Action, id: string): Draft {
  const { key, page, code, what, next, count } = incident;
  return { id, incident: key, action, page, code, what, next, count, evidence: [] };
}

/** The numbers of a switch or an order, for people; the stages add up to what it took. */
function evidenceOf(data: JournalLine['data']): readonly string[] {
  const spans = ['detectMs', 'decideMs', 'writeMs', 'verifyMs'].flatMap((name) => {
    const ms = data[name];
    return typeof ms === 'number' ? [`${name.replace('Ms', '')} ${duration(ms)}`] : [];
  });
  const took = typeof data['tookMs'] === 'number' ? `took ${duration(data['tookMs'])}: ` : '';
  const words = ['why', 'from', 'to', 'generation', 'actor', 'reason'].flatMap((name) => {
    const value = data[name];
    return typeof value === 'string' || typeof value === 'number' ? [`${name}: ${value}`] : [];
  });
  return [...words, ...(spans.length === 0 ? [] : [`${took}${spans.join(', ')}`])];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An incident as it was stored; null for anything else. */
export function readIncident(json: string): Incident | null {
  try {
    const value: unknown = JSON.parse(json);
    return isIncident(value) ? value : null;
  } catch {
    return null;
  }
}

function isIncident(value: unknown): value is Incident {
  if (typeof value !== 'object' || value === null) return false;
  const found = new Map<string, unknown>(Object.entries(value));
  const goneMs = found.get('goneMs');
  return (
    ['key', 'record', 'code', 'what', 'next'].every((name) => typeof found.get(name) === 'string') &&
    ['sinceMs', 'count'].every((name) => Number.isFinite(found.get(name))) &&
    ['page', 'acknowledged'].every((name) => typeof found.get(name) === 'boolean') &&
    (goneMs === null || Number.isFinite(goneMs))
  );
}
