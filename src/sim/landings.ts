import type { RecordSet } from '../domain/records';
import { sameValues } from '../domain/records';
import type { Policy, Site } from '../domain/types';
import type { Judge } from './judge';
import { siteOf } from './moves';
import type { Host } from './process';
import type { Seen } from './seen';
import type { Version, Zone } from './zone';

/** What takes effect in the zones, against what stood there before (S1, S2, S11, S12, S22). */
export interface Landings {
  landed(zone: number, version: Version, before: Version): void;
  /** When the record last got other values there. */
  movedMs(zone: number): number;
  /** The site that stood there last with all of its values. */
  lastWhole(zone: number): string | null;
  /** Whether nothing stands there but values of ours, as in the middle of a change that takes several calls. */
  isMixture(sets: readonly RecordSet[], zone: number, sites: readonly Site[]): boolean;
  /** The settings are about to change: what left before may land after. */
  reloads(): void;
}

export interface LandingsInput {
  readonly policy: Policy;
  readonly judge: Judge;
  readonly zones: () => readonly Zone[];
  readonly hosts: () => readonly Host[];
  readonly nowMs: () => number;
  readonly of: (host: number) => Seen;
}

export function createLandings({ policy, judge, nowMs, of, ...input }: LandingsInput): Landings {
  const { check } = judge;
  const writers = new Map<string, number>();
  /** Of each zone. */
  const newest: number[] = [];
  /** When the record last got other values at each. */
  const moved: number[] = [];
  /** Sites of earlier settings. */
  const former: Site[] = [];

  function isMixture(sets: readonly RecordSet[], zone: number, sites: readonly Site[]): boolean {
    const ours = sites.flatMap((site) => site.sets.flatMap(({ values }) => values));
    const isAtomic = input.zones()[zone]?.atomic !== false;
    return !isAtomic && sets.length > 0 && sets.every(({ values }) => values.every((value) => ours.includes(value)));
  }

  function lastWhole(zone: number): string | null {
    const { history = [] } = input.zones()[zone] ?? {};
    const whole = history.findLast(({ sets }) => siteOf(policy, sets) !== null);
    return whole === undefined ? null : siteOf(policy, whole.sets);
  }

  function landed(zone: number, version: Version, before: Version): void {
    if (!sameValues(version.sets, before.sets)) moved[zone] = nowMs();
    if (version.by === 'hand') {
      // Who takes the marker away takes the fence away: generations are counted anew from what is there.
      if (version.marker?.generation === before.marker?.generation) return;
      newest[zone] = version.marker?.generation ?? 0;
      writers.clear();
      return;
    }
    const { marker, daemon, asOfMs } = version.by;
    const self = of(daemon);
    // Where the marker goes first, a change that ends there has moved nobody.
    if (JSON.stringify(before.sets) !== JSON.stringify(version.sets)) self.landed.add(marker.generation);
    if (self.chosen.has(marker.generation)) self.ordered = marker.site;
    else if (self.automatic.some(({ generation }) => generation === marker.generation)) self.ordered = null;
    const swaps = input.zones()[zone]?.swaps === true;
    const sites = [...policy.sites, ...former];
    const whole = siteOf({ sites }, version.sets) !== null || isMixture(version.sets, zone, sites);
    // Where the marker goes first, there is still nothing beside it while a record is made.
    const begins = input.zones()[zone]?.atomic === false && before.sets.length === 0 && version.sets.length === 0;
    // A self-test leaves the sets as they stand, also what a hand has put there since its reading.
    const kept = marker.tested !== undefined && JSON.stringify(before.sets) === JSON.stringify(version.sets);
    check('S1', begins || kept || (version.sets.length > 0 && whole), () => 'the zone holds no whole site');
    // Without compare-and-swap a request that was under way before the newer one may still land, which is what the adapter says of itself, and
    // after it the zone is at an older generation again.
    const latest = newest[zone] ?? 0;
    const standing = before.marker?.generation ?? 0;
    const wentBack = standing < latest && marker.generation >= standing;
    const excused = !swaps && (before.by === 'hand' || asOfMs <= before.atMs || wentBack);
    const tests = marker.tested !== undefined && siteOf(policy, before.sets) === siteOf(policy, version.sets);
    const rest = input.zones()[zone]?.atomic === false && before.marker?.generation === marker.generation;
    // Two hosts of one owner: what a hand puts under a marker of the generation that the other is about to write looks half made to it.
    const mistaken = before.by === 'hand' && input.hosts().length > 1 && before.marker?.site === marker.site;
    const again =
      marker.generation === latest && (tests || rest || mistaken || siteOf(policy, before.sets) === marker.site);
    check(
      'S2',
      marker.generation > latest || excused || again,
      () => `generation ${marker.generation} took effect after ${latest}`,
    );
    newest[zone] = Math.max(latest, marker.generation);
    // At each provider: two hosts of one owner that know nothing of each other may each win at another of two. Where a change takes several
    // calls, one of them may finish what broke off under the other, to the same site.
    const finishes = mistaken || (rest && before.marker?.site === marker.site);
    const key = `${zone} ${marker.owner} ${marker.generation}`;
    const first = writers.get(key) ?? daemon;
    if (marker.tested === undefined) writers.set(key, first);
    check(
      'S12',
      first === daemon || excused || finishes || marker.tested !== undefined,
      () => `generation ${marker.generation} was written by ${first} and ${daemon}`,
    );
    if (!swaps) return;
    const free = before.foreignMarker === null && before.obstacles.length === 0;
    check('S11', free, () => 'a foreign record was written over');
    const ours = before.marker === null || before.marker.owner === marker.owner;
    check('S11', ours, () => 'another owner was written over');
    const known = before.sets.length === 0 || siteOf({ sites }, before.sets) !== null;
    check('S22', known, () => 'a foreign value was written over');
  }

  return {
    landed,
    lastWhole,
    isMixture,
    movedMs: (zone) => moved[zone] ?? 0,
    reloads: () => void former.push(...policy.sites),
  };
}
