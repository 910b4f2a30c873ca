import { type RecordSet, recordSet, valuesKey } from '../domain/records';
import { type Host, parseHost } from './host';
import { bad, collect, type Fault, good, isMapping, type Parsed, type Parser, type Raw } from './parse';

/** A site with its targets; the record sets still lack the service's TTL (theirs is 0). */
export interface SiteTargets {
  readonly name: string;
  readonly sets: readonly RecordSet[];
}

const accepts = '`name=address+address, …`, or one host name per site (CNAME)';
const example = 'write it like: eu=198.51.100.7+2001:db8::7, us=203.0.113.10';
const limit = { sites: 16, addresses: 16 } as const;

/** FAILOVERD_SITES: names and targets in priority order; in the services file also a mapping of name to address or addresses. */
export const sites: Parser<readonly SiteTargets[]> = {
  accepts,
  parse: (raw) => {
    const entries = split(raw);
    if (entries.length > limit.sites)
      return bad(`has ${entries.length} sites; at most ${limit.sites} are allowed`, 'shorten it');
    const results = entries.map(([name, targets]) => parseSite(name, targets));
    const parsed = collect(results);
    const right = results.flatMap((result) => (result.ok ? [result.value] : []));
    const faults = [...(parsed.ok ? [] : parsed.faults), ...twins(right), ...strangers(right)];
    if (entries.length === 1)
      faults.push({ why: 'has only one site: there is nowhere to go', remedy: 'add a standby' });
    return faults.length > 0 ? { ok: false, faults } : good(right);
  },
};

type Entry = readonly [name: string | null, targets: readonly string[]];

function split(raw: Raw): readonly Entry[] {
  if (isMapping(raw))
    return [...raw].map(([name, value]): Entry => [name.trim(), typeof value === 'string' ? value.split('+') : value]);
  const items = typeof raw === 'string' ? raw.split(',') : raw;
  return items.map((item): Entry => {
    const equals = item.indexOf('=');
    return equals < 0 ? [null, [item]] : [item.slice(0, equals).trim(), item.slice(equals + 1).split('+')];
  });
}

function parseSite(name: string | null, targets: readonly string[]): Parsed<SiteTargets> {
  if (name === null) return bad(`"${(targets[0] ?? '').trim()}" is not name=address`, example);
  const named = parseSiteName(name);
  if (targets.length > limit.addresses)
    return bad(`site ${name} has ${targets.length} addresses; at most ${limit.addresses} are allowed`, 'shorten it');
  const hosts = collect(
    targets.map((target) => (target.trim() === '' ? bad('an address is empty', example) : parseHost(target.trim()))),
  );
  const faults = [
    ...(named.ok ? [] : named.faults),
    ...(hosts.ok ? [] : hosts.faults.map((fault) => ({ ...fault, why: `site ${name}: ${fault.why}` }))),
  ];
  if (faults.length > 0 || !hosts.ok) return { ok: false, faults };
  const names = hosts.value.filter((host) => host.type === 'CNAME');
  if (names.length > 0 && hosts.value.length > 1)
    return bad(
      `site ${name} mixes a host name with other targets`,
      'give addresses only, or exactly one host name (CNAME)',
    );
  return good({ name, sets: setsOf(hosts.value) });
}

function parseSiteName(name: string): Parsed<string> {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
    return bad(`"${name}" is not a site name`, 'use lower-case letters, digits and inner hyphens, at most 63');
  // Records by site name are plain objects.
  return name in {} ? bad(`"${name}" cannot be a site name`, 'choose another') : good(name);
}

function setsOf(hosts: readonly Host[]): readonly RecordSet[] {
  return (['A', 'AAAA', 'CNAME'] as const).flatMap((type) => {
    const values = hosts.filter((host) => host.type === type).map((host) => host.text);
    const set = recordSet(type, 0, values);
    return set === null || set.values.length === 0 ? [] : [set];
  });
}

/** Sites that cannot be told apart: the same name twice, or the same targets in whatever spelling. */
function twins(all: readonly SiteTargets[]): Fault[] {
  return all.flatMap((site, index) => {
    const before = all.slice(0, index);
    if (before.some((other) => other.name === site.name))
      return [{ why: `site ${site.name} is there twice`, remedy: 'give every site a name of its own' }];
    const twin = before.find((other) => valuesKey(other.sets) === valuesKey(site.sets));
    if (twin === undefined) return [];
    const who = index === 1 ? 'the standby is the same as the primary' : 'the two are the same';
    return [
      {
        why: `sites ${twin.name} and ${site.name} have the same targets (${valuesKey(site.sets)}): ${who}`,
        remedy: 'give every site targets of its own, or drop one of the two',
      },
    ];
  });
}

/** A switch between CNAME and addresses would leave a moment with neither or both, which most providers refuse. */
function strangers(all: readonly SiteTargets[]): Fault[] {
  const isName = (site: SiteTargets): boolean => site.sets.some((set) => set.type === 'CNAME');
  const named = all.find(isName);
  const addressed = all.find((site) => !isName(site));
  if (named === undefined || addressed === undefined) return [];
  return [
    {
      why: `site ${named.name} is a host name (CNAME) and site ${addressed.name} has addresses: no record can change between the two in one step everywhere`,
      remedy: 'give all sites addresses, or give each one host name',
    },
  ];
}
