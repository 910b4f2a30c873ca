import type { Answer, DecodedPacket } from 'dns-packet';
import { normalName, recordSet } from '../../src/domain/records';
import { svcbFromWire } from '../../src/domain/svcb-wire';
import type { Found } from '../../src/domain/types';
import { isHinting } from '../hints';
import { meaning } from './rcodes';
import type { Failed, Session } from './session';
import { type Binding, bindingTypes, managedTypes, type Standing } from './update';
import { types } from './wire';

/** The primary's signed answers to questions for the managed name and its marker. */

/** HTTPS and SVCB as they stand at the name now, hinting (`sets`) or not; for a change that has to state them. */
export async function askBindings(
  session: Session,
  zone: string,
  record: string,
): Promise<Pick<Standing, 'sets' | 'bindings'> | Failed> {
  const answers: Answer[][] = [];
  for (const type of bindingTypes) {
    const one = await askOne(session, zone, record, type);
    if (!one.ok) return one;
    answers.push(one.answers);
  }
  const answered = standingOf(record, [...answers, []]);
  return answered.ok ? answered.standing : answered;
}

type Sections = Pick<Partial<DecodedPacket>, 'answers' | 'authorities'>;
export type Answered =
  | { readonly ok: true; readonly standing: Standing; readonly obstacles: readonly string[] }
  | Failed;

/** What the answers say stands at the name and at its marker's; not yet that all of it does at one moment. */
export async function askAll(
  session: Session,
  zone: string,
  names: { record: string; marker: string },
): Promise<Answered> {
  const asked = [
    { name: names.record, type: 'A' },
    { name: names.record, type: 'AAAA' },
    { name: names.record, type: 'HTTPS' },
    { name: names.record, type: 'SVCB' },
    { name: names.marker, type: 'TXT' },
  ] as const;
  const answers: Answer[][] = [];
  for (const { name, type } of asked) {
    const one = await askOne(session, zone, name, type);
    if (!one.ok) return one;
    if (one.obstacle !== null) return { ok: true, standing: nothing, obstacles: [one.obstacle] };
    answers.push(one.answers);
  }
  return standingOf(names.record, answers);
}

export const nothing: Standing = { sets: [], texts: [], alias: null, bindings: [] };

type One = { readonly ok: true; readonly answers: Answer[]; readonly obstacle: string | null } | Failed;

async function askOne(
  session: Session,
  zone: string,
  name: string,
  type: Exclude<keyof typeof types, 'ANY' | 'TSIG'>,
): Promise<One> {
  const one = await session.ask({ opcode: 'query', name, type: types[type] });
  if (!one.ok) return one;
  const packet: Sections = one.packet ?? {};
  const obstacle = elsewhere(zone, name, packet);
  if (obstacle !== null) return { ok: true, answers: [], obstacle };
  if (one.rcode !== 'NOERROR' && one.rcode !== 'NXDOMAIN') {
    const { code, why } = meaning(one.rcode, zone);
    return failed(code === 'denied' ? 'denied' : 'unavailable', `${type} of ${name}: ${why}`);
  }
  if (!one.aa) {
    const why = `${type} of ${name} is answered without authority for ${zone}; RFC2136_SERVER must be its primary`;
    return failed('denied', why);
  }
  const answers = (packet.answers ?? []).filter((answer) => normalName(answer.name) === name);
  return { ok: true, answers, obstacle: null };
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
  return { ok: true, standing: { sets, texts, alias, bindings: at.flatMap(bindingOf) }, obstacles: [] };
}

function bindingOf(answer: Answer): readonly Binding[] {
  const type = bindingTypes.find((one) => one === typeName(answer));
  const data: unknown = 'data' in answer ? answer.data : null;
  return type !== undefined && Buffer.isBuffer(data) ? [{ type, data }] : [];
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

function failed(code: Failed['code'], why: string): Failed {
  return { ok: false, code, why };
}
