import type { Answer, DecodedPacket } from 'dns-packet';
import { markerName, markerText, normalName, parseMarker, recordSet } from '../../src/domain/records';
import { svcbFromWire } from '../../src/domain/svcb-wire';
import type { Found } from '../../src/domain/types';
import { isHinting } from '../hints';
import { meaning } from './rcodes';
import type { Failed, Session } from './session';
import { managedTypes, notInUse, prerequisites, question, type Standing } from './update';
import { types } from './wire';

export type Looked =
  | {
      readonly ok: true;
      readonly found: Found;
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

type Sections = Pick<Partial<DecodedPacket>, 'answers' | 'authorities'>;
type Answered = { readonly ok: true; readonly standing: Standing; readonly obstacles: readonly string[] } | Failed;

async function askAll(session: Session, zone: string, names: { record: string; marker: string }): Promise<Answered> {
  const asked = [
    { name: names.record, type: 'A' },
    { name: names.record, type: 'AAAA' },
    { name: names.record, type: 'HTTPS' },
    { name: names.record, type: 'SVCB' },
    { name: names.marker, type: 'TXT' },
  ] as const;
  const answers: Answer[][] = [];
  for (const { name, type } of asked) {
    const one = await session.ask({ opcode: 'query', name, type: types[type] });
    if (!one.ok) return one;
    const packet: Sections = one.packet ?? {};
    const obstacle = elsewhere(zone, name, packet);
    if (obstacle !== null) return { ok: true, standing: { sets: [], texts: [], alias: null }, obstacles: [obstacle] };
    if (one.rcode !== 'NOERROR' && one.rcode !== 'NXDOMAIN') {
      const { code, why } = meaning(one.rcode, zone);
      return failed(code === 'denied' ? 'denied' : 'unavailable', `${type} of ${name}: ${why}`);
    }
    if (!one.aa) {
      const why = `${type} of ${name} is answered without authority for ${zone}; RFC2136_SERVER must be its primary`;
      return failed('denied', why);
    }
    answers.push((packet.answers ?? []).filter((answer) => normalName(answer.name) === name));
  }
  return standingOf(names.record, answers);
}

/** Why what is at the name does not lie in the zone itself; null: it does. */
function elsewhere(zone: string, name: string, packet: Sections): string | null {
  const dname = (packet.answers ?? []).find(
    (answer) => answer.type === 'DNAME' && name.endsWith(`.${normalName(answer.name)}`),
  );
  if (dname !== undefined)
    return `${name} lies below ${normalName(dname.name)}, a DNAME: what is written there is never answered`;
  const cut = (packet.authorities ?? []).find((one) => one.type === 'NS' && normalName(one.name) !== zone);
  if (cut === undefined || (packet.answers ?? []).length > 0) return null;
  return `${name} is delegated at ${normalName(cut.name)}: another zone than ${zone} answers for it`;
}

function standingOf(record: string, answers: readonly (readonly Answer[])[]): Answered {
  const beside = answers.at(-1) ?? [];
  const at = answers.slice(0, -1).flat();
  const sets: Found['sets'][number][] = [];
  for (const type of managedTypes) {
    const own = at.filter((one) => typeName(one) === type);
    const values = own.map(shownValue);
    const set = recordSet(type, Math.min(...own.map(ttlOf)), values);
    if (set === null) return failed('unknown', `${type} of ${record} holds what is no ${type}`);
    const isNeighbour = (type === 'HTTPS' || type === 'SVCB') && !isHinting(type, values);
    if (own.length > 0 && !isNeighbour) sets.push(set);
  }
  const texts = beside.flatMap((one) =>
    one.type === 'TXT' ? [[one.data].flat().map((part) => Buffer.from(part))] : [],
  );
  const alias = beside.flatMap((one) => (one.type === 'CNAME' ? [normalName(one.data)] : []))[0] ?? null;
  return { ok: true, standing: { sets, texts, alias }, obstacles: [] };
}

/** The codec knows neither HTTPS nor SVCB: it names them by number, and hands them over as bytes. */
function typeName({ type }: Pick<Answer, 'type'>): string {
  const number = /^UNKNOWN_(\d+)$/.exec(type)?.[1];
  return number === undefined
    ? type
    : Number(number) === types.HTTPS
      ? 'HTTPS'
      : Number(number) === types.SVCB
        ? 'SVCB'
        : type;
}

function ttlOf(answer: Answer): number {
  return 'ttl' in answer ? (answer.ttl ?? 0) : 0;
}

function shownValue(answer: Answer): string {
  const data: unknown = 'data' in answer ? answer.data : '';
  return Buffer.isBuffer(data) ? (svcbFromWire(data) ?? '') : String(data);
}

function blocked({ obstacles }: Extract<Answered, { ok: true }>): Looked {
  return { ok: true, found: { sets: [], marker: null, foreignMarker: null, obstacles }, wildcard: false };
}

function told({ sets, texts, alias }: Standing, wildcard: boolean): Looked {
  const [only, ...more] = texts;
  // A marker is one TXT of one string, spelt as we spell it: what is spelt otherwise no prerequisite of ours would match.
  const text = more.length === 0 && only?.length === 1 ? Buffer.concat(only).toString('utf8') : '';
  const parsed = parseMarker(text);
  const marker = parsed !== null && markerText(parsed) === text ? parsed : null;
  const others = marker === null ? texts.map((strings) => plain(Buffer.concat(strings).toString('utf8'))) : [];
  const obstacles = alias === null ? [] : [`the marker's name is a CNAME to ${plain(alias)}; remove it`];
  const foreignMarker = others.length === 0 ? null : plain(others.join(' | '));
  return { ok: true, found: { sets, marker, foreignMarker, obstacles }, wildcard };
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
