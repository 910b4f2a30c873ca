import { normalName, type RecordSet, type RecordType, valuesKey } from './records';
import { hintsOf, parseSvcb, withHints } from './svcb';
import type { Found, Site } from './types';

/** HTTPS and SVCB values beside the addresses of a name: their hints lead where the addresses lead, and move with them. */

function isHint({ type }: Pick<RecordSet, 'type'>): boolean {
  return type === 'HTTPS' || type === 'SVCB';
}

/** The sets a site has values for. */
export function addressesOf(sets: readonly RecordSet[]): readonly RecordSet[] {
  return sets.filter((set) => !isHint(set));
}

/** Whether these sets lead users to that site: exactly its addresses, and no hint at any other. */
export function leadsTo(sets: readonly RecordSet[], site: Pick<Site, 'sets'>): boolean {
  return valuesKey(addressesOf(sets)) === valuesKey(site.sets) && strayHints(sets).length === 0;
}

/** What the hints say that the addresses beside them do not, for people. */
export function strayHints(sets: readonly RecordSet[]): readonly string[] {
  const addresses = new Set(addressesOf(sets).flatMap((set) => set.values));
  return sets.filter(isHint).flatMap(({ type, values }) => {
    const stray = values.flatMap(hintsOf).filter((address) => !addresses.has(address));
    return stray.length === 0 ? [] : [`${type} hints at ${[...new Set(stray)].join(' ')}`];
  });
}

/** The types in which the zone hints at addresses; with two providers, either of them. */
export function hintedTypes({ sets, parts = [] }: Found): readonly RecordType[] {
  const all = [...sets, ...parts.flatMap((part) => part.found?.sets ?? [])];
  return [...new Set(all.filter(isHint).map(({ type }) => type))];
}

/** Whether every address, host name and hint is one of some site. */
export function isConfigured(sites: readonly Site[], sets: readonly RecordSet[]): boolean {
  const known = new Set(sites.flatMap((site) => site.sets.flatMap(keysOf)));
  const addresses = new Set(sites.flatMap((site) => site.sets.flatMap(({ values }) => values)));
  return sets.every((set) =>
    isHint(set)
      ? set.values.flatMap(hintsOf).every((address) => addresses.has(address))
      : keysOf(set).every((key) => known.has(key)),
  );
}

function keysOf({ type, values }: RecordSet): readonly string[] {
  return values.map((value) => `${type} ${value}`);
}

/** What makes hints impossible to move with the addresses; empty: they can be. */
export function hintObstacles(record: string, sets: readonly RecordSet[], sites: readonly Site[]): readonly string[] {
  const hinted = sets.filter((set) => isHint(set) && set.values.some((value) => hintsOf(value).length > 0));
  const alias = sites.find((site) => site.sets.some((set) => set.type === 'CNAME'));
  return hinted.flatMap(({ type, values }) => {
    const elsewhere = values.find(
      (value) => !['.', record].includes(normalName(parseSvcb(value)?.target ?? '.') || '.'),
    );
    if (elsewhere !== undefined) {
      return [
        `${type} of ${record} sends clients to another name (${elsewhere}), which a switch does not move; remove it`,
      ];
    }
    if (alias === undefined) return [];
    return [`${type} of ${record} has address hints, and site ${alias.name} is a host name; remove the hints`];
  });
}

/**
 * What is to stand there: these addresses, and the HTTPS and SVCB values that stand there now, hinting at them. Caches keep a hint as long as
 * an address, so its TTL is never longer than theirs.
 */
export function pointed(addresses: readonly RecordSet[], now: readonly RecordSet[]): readonly RecordSet[] {
  const of = (type: 'A' | 'AAAA') => addresses.find((set) => set.type === type)?.values ?? [];
  const moved = now.filter(isHint).map(
    ({ type, ttl, values }): RecordSet => ({
      type,
      ttl: Math.min(ttl, ...addresses.map((set) => set.ttl)),
      values: values.map((value) => withHints(value, { A: of('A'), AAAA: of('AAAA') })).sort(),
    }),
  );
  return [...addressesOf(addresses), ...moved];
}
