import { markerName, type RecordType } from '../../src/domain/records';
import type { Finding } from '../provider';
import { look } from './look';
import type { Session } from './session';
import type { Settings } from './settings';
import { fudgeS, hashBytes } from './tsig';
import { deleteValue, notInUse, prerequisites, type Standing } from './update';
import { classes, type Line, nameData, numbers, types } from './wire';
import { findZone } from './zone';

export interface Inspected {
  readonly session: Session;
  readonly settings: Settings;
  readonly configured: string | null;
  readonly record: string;
  readonly mixedFamilies: boolean;
  readonly thorough: boolean;
}

const ok = (text: string): Finding => ({ level: 'ok', text });
const warn = (text: string): Finding => ({ level: 'warn', text });
const error = (text: string): Finding => ({ level: 'error', text });

/** What `failoverd check` should know, from the key to the permission to write. Changes nothing. */
export async function findings(inspected: Inspected): Promise<readonly Finding[]> {
  const { session, settings, record } = inspected;
  const found = keyFindings(settings);
  const where = await findZone(session, record, inspected.configured);
  if (!where.ok) return [...found, error(where.why)];
  found.push(ok(`zone ${where.zone}, serial ${where.serial}, answered and signed by ${settings.host}`));
  found.push(...(await clockFindings(session, where.zone)));
  const looked = await look(session, where.zone, record);
  if (!looked.ok) return [...found, error(looked.why)];
  const { sets, foreignMarker, obstacles } = looked.found;
  const values = sets.map((set) => `${set.type} ${set.values.join(' ')}`).join(', ');
  found.push(ok(`${record} can be read: ${values === '' ? 'no A, AAAA or CNAME' : values}`));
  if (looked.wildcard) found.push(warn(`${record} has no record of its own: a wildcard is what answers for it`));
  for (const text of obstacles) found.push(error(text));
  if (foreignMarker !== null)
    found.push(error(`the marker of ${record} is somebody else's (${foreignMarker}); find out whose, then remove it`));
  if (obstacles.length > 0 || foreignMarker !== null) return found;
  found.push(...(await permissionFindings(inspected, where.zone, looked.standing)));
  if (inspected.thorough) found.push(...(await scopeFindings(inspected, where.zone)));
  return found;
}

function keyFindings({ key }: Settings): Finding[] {
  const wanted = hashBytes[key.algorithm];
  if (key.secret.length >= wanted) return [ok(`key ${key.name}, ${key.algorithm}, ${key.secret.length} bytes`)];
  // "the secret … should be at least as long as the keyed hash output" (RFC 8945 section 8).
  const text = `the secret of key ${key.name} has ${key.secret.length} bytes; ${key.algorithm} deserves ${wanted}: make a new one with tsig-keygen`;
  return [warn(text)];
}

async function clockFindings(session: Session, zone: string): Promise<readonly Finding[]> {
  const heard = await session.ask({ opcode: 'query', name: zone, type: types.SOA });
  if (!heard.ok) return [error(heard.why)];
  const text = `the server's clock is ${Math.abs(heard.aheadS)} s ${heard.aheadS < 0 ? 'behind' : 'ahead of'} ours`;
  if (Math.abs(heard.aheadS) <= fudgeS / 10) return [ok(`${text}; up to ${fudgeS} s is taken`)];
  return [warn(`${text}; from ${fudgeS} s on it refuses everything: synchronise both`)];
}

/** Values that no record has: the IPv4 dummy address (RFC 7600), the prefix for discarding (RFC 6666), a name that cannot be. */
const dummies = {
  A: '192.0.0.8',
  AAAA: '100::',
  CNAME: 'failoverd-check.invalid',
  HTTPS: '65535 failoverd-check.invalid',
  SVCB: '65535 failoverd-check.invalid',
  TXT: 'failoverd check',
} as const;
const conflicts = ['NXRRSET', 'YXRRSET', 'NXDOMAIN', 'YXDOMAIN'];

/**
 * Whether the key may write, by deleting values that are not there: it changes nothing, yet needs the permission that a switch needs.
 * All of it in one message, as in a switch: one of Knot's acl rules has to allow the whole message.
 */
async function permissionFindings(
  { session, record, mixedFamilies }: Inspected,
  zone: string,
  standing: Standing,
): Promise<readonly Finding[]> {
  const there = standing.sets.map(({ type }) => type);
  if (standing.sets.some(({ type, values }) => values.includes(dummies[type])))
    return [warn(`${record} holds an address that is nobody's; whether the key may update it was not tried`)];
  const probe = async (some: readonly (RecordType | 'TXT')[]): Promise<string> => {
    const updates = some.map((type) => deleteValue(type === 'TXT' ? markerName(record) : record, type, dummies[type]));
    const heard = await session.ask({
      opcode: 'update',
      zone,
      prerequisites: prerequisites(record, standing),
      updates,
    });
    return heard.ok ? heard.rcode : heard.why;
  };
  // What sites will publish where there is nothing yet, only they know.
  const choices: readonly (readonly RecordType[])[] =
    there.length === 0 && !mixedFamilies
      ? [['A'], ['AAAA'], ['CNAME']]
      : [mixedFamilies && !there.includes('CNAME') ? ['A', 'AAAA'] : there];
  const marker = `TXT of ${markerName(record)}`;
  const refusals: string[] = [];
  for (const choice of choices) {
    const told = await probe([...choice, 'TXT']);
    const names = `${choice.join(', ')} of ${record} and ${marker}`;
    if (told === 'NOERROR') return [ok(`the key may update ${names}`)];
    if (conflicts.includes(told)) return [warn(`${record} changed while this was looked at; check again`)];
    const refused: string[] = [];
    for (const type of [...choice, 'TXT'] as const) if ((await probe([type])) !== 'NOERROR') refused.push(type);
    refusals.push(
      refused.length > 0
        ? `the key may not update ${names} (refused: ${refused.join(', ')}): ${told}`
        : `the key may update ${names}, but not in one message, as a switch must: in Knot, allow them in one acl rule (${told})`,
    );
  }
  return refusals.slice(0, 1).map(error);
}

/**
 * Whether the key reaches further than it must: changes asked for in the same harmless way, at a name that nobody uses and of a type that is
 * never ours; and a transfer, whose first message alone is read. That one comes last, as the rest of it is still under way.
 */
async function scopeFindings({ session, settings, record }: Inspected, zone: string): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const mayDelete = async (line: Line, prerequisites: readonly Line[]): Promise<boolean> => {
    const heard = await session.ask({ opcode: 'update', zone, prerequisites, updates: [line] });
    return heard.ok && heard.rcode === 'NOERROR';
  };
  const name = `_failoverd-check.${zone}`;
  if (await mayDelete(deleteValue(name, 'A', dummies.A), [notInUse(name)]))
    found.push(
      warn(`the key may update other names of ${zone} too, ${name} for one; allow it the record and its marker only`),
    );
  const mail = { name: record, type: types.MX, class: classes.NONE, ttl: 0, data: mailData };
  if (await mayDelete(mail, []))
    found.push(
      warn(
        `the key may update other types of ${record} too, MX for one; allow it those types only that the sites publish`,
      ),
    );
  if (settings.transport === 'udp') return found;
  const transfer = await session.ask({ opcode: 'query', name: zone, type: types.AXFR });
  if (transfer.ok && transfer.rcode === 'NOERROR' && (transfer.packet?.answers ?? []).length > 0)
    found.push(ok(`the key may also transfer ${zone} whole, which is not needed; leave it out of allow-transfer`));
  return found;
}

/** Preference 65535 and a name that cannot be: no such MX exists. */
const mailData = Buffer.concat([numbers(0xffff), nameData('failoverd-check.invalid')]);
