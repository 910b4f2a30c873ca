import { normalIpv4, normalIpv6 } from '../../src/domain/address-text';
import { isHostName, markerName, normalName } from '../../src/domain/records';
import type { Created, ProviderInput } from '../provider';
import type { Attachment } from './protocol';

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly attachment: Attachment;
}

export type Problem = Extract<Created, { readonly ok: false }>['problems'][number];

const defaultListen = '127.0.0.1:5353';
/** Room for the endings of the zone's files in a file name of 255. */
const longestZone = 200;

/** Where to listen and what to serve, or everything that is wrong with it. */
export function readSettings(
  input: ProviderInput,
): { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly problems: readonly Problem[] } {
  const { record } = input;
  const { BUILTIN_DNS_LISTEN: given = defaultListen } = input.env;
  const listen = parseListen(given);
  const zone = input.zone === null ? parentOf(record) : normalName(input.zone);
  const problems: Problem[] = [];
  if (listen === null)
    problems.push({
      name: 'BUILTIN_DNS_LISTEN',
      why: `${shown(given)} is not an address and a port`,
      remedy: 'write it as 127.0.0.1:5353, 0.0.0.0:53 or [::1]:5353; port 0 takes any free port',
    });
  if (!isHostName(zone) || zone.length > longestZone)
    problems.push({
      name: 'FAILOVERD_ZONE',
      why: `${shown(zone)} is not the name of a zone (a host name of at most ${longestZone} characters)`,
      remedy: 'name the zone the built-in server answers for, such as example.com',
    });
  else if (record !== zone && !record.endsWith(`.${zone}`))
    problems.push({
      name: 'FAILOVERD_ZONE',
      why: `${record} is not in the zone ${zone}`,
      remedy: `name a zone that ends ${record}, or leave it unset for ${parentOf(record)}`,
    });
  if (listen === null || problems.length > 0) return { ok: false, problems };
  return { ok: true, settings: { ...listen, attachment: { record, zone, directory: input.directory } } };
}

/** `www.example.com` is in `example.com`; a name of two labels or fewer is its own zone, as nobody serves a top-level domain here. */
function parentOf(record: string): string {
  const parent = record.slice(record.indexOf('.') + 1);
  return record.startsWith('*.') || parent.includes('.') ? parent : record;
}

function parseListen(text: string): { readonly host: string; readonly port: number } | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return null;
  const [, six, four = ''] = match;
  const host = six !== undefined ? normalIpv6(six) : four === 'localhost' ? '127.0.0.1' : normalIpv4(four);
  return host === null ? null : { host, port };
}

/** `ip:port`, or `[ip6]:port`. */
export function formatListen(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What is already attached, and the listening address of its server. */
export interface Attached extends Attachment {
  readonly listen: string;
}

/**
 * Why one more name cannot be served beside the others. A zone has one file and one server; and of nested zones the longer one answers, so
 * a name kept in the shorter one would vanish.
 */
export function findConflict(others: readonly Attached[], next: Attached): Problem | null {
  for (const other of others) {
    if (other.zone === next.zone && other.directory !== next.directory)
      return {
        name: 'FAILOVERD_STATE_DIR',
        why: `zone ${next.zone} is kept in ${other.directory} already, not in ${next.directory}`,
        remedy: 'give services of one zone one state folder',
      };
    if (other.zone === next.zone && other.listen !== next.listen)
      return {
        name: 'BUILTIN_DNS_LISTEN',
        why: `zone ${next.zone} is served on ${other.listen} already, not on ${next.listen}`,
        remedy: 'give services of one zone one listening address',
      };
  }
  const all = [...others.filter((other) => other.listen === next.listen), next];
  for (const one of all) {
    const shadow = all.find(
      ({ zone }) =>
        zone.length > one.zone.length && [one.record, markerName(one.record)].some((name) => isIn(name, zone)),
    );
    if (shadow !== undefined)
      return {
        name: 'FAILOVERD_ZONE',
        why: `${one.record} of zone ${one.zone} also lies in the zone ${shadow.zone} (of ${shadow.record}), which would answer for it`,
        remedy: `set FAILOVERD_ZONE to ${shadow.zone} for both, or listen on another address for one`,
      };
  }
  return null;
}

function isIn(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
