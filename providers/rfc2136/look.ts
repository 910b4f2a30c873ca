import { markerName, markerText, parseMarker } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { type Answered, askAll, nothing } from './answers';
import { meaning } from './rcodes';
import type { Failed, Session } from './session';
import { notInUse, prerequisites, question, type Standing } from './update';

export type Looked =
  | {
      readonly ok: true;
      readonly found: Found;
      readonly standing: Standing;
      /** The name has no record of its own, yet is answered for by a wildcard. */
      readonly wildcard: boolean;
    }
  | Failed;

/** Readings that may be thrown away because a change ran through them. */
const rounds = 3;

/**
 * Reads the managed name and its marker, as the zone holds them at one moment.
 *
 * Answers alone do not show that: they come one by one, so a change may fall between them, and a wildcard's look just like the
 * name's own (RFC 4592). So what they said goes back to the server as the prerequisites of an UPDATE that changes nothing: NOERROR
 * says that the zone itself holds exactly this, all at once. Otherwise a name that is not in use (RFC 2136 section 2.4.5) has only
 * been answered for, and holds nothing; and if that was not it, there was a change, and the next round sees it.
 */
export async function look(session: Session, zone: string, record: string): Promise<Looked> {
  const names = { record, marker: markerName(record) };
  for (let round = 0; round < rounds; round++) {
    const answered = await askAll(session, zone, names);
    if (!answered.ok || answered.obstacles.length > 0) return answered.ok ? blocked(answered) : answered;
    const same = await holds(session, zone, record, answered.standing);
    if (same === true) return told(answered.standing, false);
    if (same !== false) return same;
    const recordFree = await ask(session, zone, [notInUse(names.record)]);
    if (typeof recordFree !== 'boolean') return recordFree;
    const markerFree = await ask(session, zone, [notInUse(names.marker)]);
    if (typeof markerFree !== 'boolean') return markerFree;
    if (!recordFree && !markerFree) continue;
    const own: Standing = {
      sets: recordFree ? [] : answered.standing.sets,
      bindings: recordFree ? [] : answered.standing.bindings,
      texts: markerFree ? [] : answered.standing.texts,
      alias: markerFree ? null : answered.standing.alias,
    };
    const confirmed = await holds(session, zone, record, own);
    if (confirmed === true) return told(own, recordFree && answered.standing.sets.length > 0);
    if (confirmed !== false) return confirmed;
  }
  return failed('unavailable', `${record} changed ${rounds} times while it was being read; read again`);
}

/** Whether the zone holds exactly this now. */
export async function holds(session: Session, zone: string, record: string, standing: Standing) {
  return ask(session, zone, prerequisites(record, standing));
}

async function ask(session: Session, zone: string, lines: Parameters<typeof question>[1]): Promise<boolean | Failed> {
  const heard = await session.ask(question(zone, lines));
  if (!heard.ok) return heard;
  const { code, why } = meaning(heard.rcode, zone);
  if (code === 'applied' || code === 'conflict') return code === 'applied';
  return failed(code === 'denied' ? 'denied' : 'unavailable', `asking by an UPDATE that changes nothing: ${why}`);
}

function blocked({ obstacles }: Extract<Answered, { ok: true }>): Looked {
  const found = { sets: [], marker: null, foreignMarker: null, obstacles };
  return { ok: true, found, standing: nothing, wildcard: false };
}

function told(standing: Standing, wildcard: boolean): Looked {
  const { sets, texts, alias } = standing;
  const [only, ...more] = texts;
  // A marker is one TXT of one string, spelt as we spell it: what is spelt otherwise no prerequisite of ours would match.
  const text = more.length === 0 && only?.length === 1 ? Buffer.concat(only).toString('utf8') : '';
  const parsed = parseMarker(text);
  const marker = parsed !== null && markerText(parsed) === text ? parsed : null;
  const others = marker === null ? texts.map((strings) => plain(Buffer.concat(strings).toString('utf8'))) : [];
  const obstacles = alias === null ? [] : [`the marker's name is a CNAME to ${plain(alias)}; remove it`];
  const foreignMarker = others.length === 0 ? null : plain(others.join(' | '));
  return { ok: true, found: { sets, marker, foreignMarker, obstacles }, standing, wildcard };
}

/** Remote text made safe to show: control and format characters escaped, at most 200 characters. */
function plain(text: string): string {
  return text
    .slice(0, 200)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)
    .slice(0, 200);
}

function failed(code: Failed['code'], why: string): Failed {
  return { ok: false, code, why };
}
