import { expect } from '@jest/globals';
import { leadsTo } from '../../src/domain/hints';
import type { World } from './world';
import { recordWrites, testWrites, type Version, type Zone } from './zone';

/** The site a version of the zone points at. */
export function siteOf(world: World, version: Version): string | null {
  return world.policy.sites.find((site) => leadsTo(version.sets, site))?.name ?? null;
}

/** The way of the record: every site it ever pointed at, in order; at one of two providers, if need be. */
export function way(world: World, zone = world.zone): readonly (string | null)[] {
  return zone.history.map((version) => siteOf(world, version));
}

/** What must hold of the zone's whole history, whatever the story was; of every provider for itself where there are two. */
export function keepsPromises(world: World): void {
  for (const zone of world.second === null ? [world.zone] : [world.zone, world.second]) zoneKeepsPromises(world, zone);
}

/** Each request replaces what a reading has just shown, each attempt anew; of two providers the one waits for the reading of the other. */
export function readsBeforeWriting(zone: Zone, withinMs = 1_000): void {
  expect(zone.requests.filter(({ readAgoMs }) => readAgoMs >= withinMs)).toEqual([]);
}

function zoneKeepsPromises(world: World, zone: Zone): void {
  readsBeforeWriting(zone, world.second === null ? 1_000 : 5_100);
  // A self-test leaves the record as it was, whatever it does to the marker.
  for (const version of testWrites(zone)) {
    expect(version.sets).toEqual(zone.history[zone.history.indexOf(version) - 1]?.sets);
  }
  const written = recordWrites(zone);
  const generations = written.map((version) => version.marker?.generation ?? -1);
  expect(generations).toEqual([...new Set(generations)].sort((left, right) => left - right));
  for (const version of written) {
    const before = zone.history[zone.history.indexOf(version) - 1];
    expect(siteOf(world, version)).toBe(version.marker?.site);
    expect(version.marker?.owner).toBe(world.policy.owner);
    expect(before?.foreignMarker ?? null).toBeNull();
    expect(before?.obstacles ?? []).toEqual([]);
    if (before !== undefined && before.sets.length > 0) expect(siteOf(world, before)).not.toBeNull();
  }
  const decided = world.tell('decided').map((tell) => [tell.fields['generation'], tell.fields['to']].join());
  for (const version of written) {
    expect(decided).toContain([version.marker?.generation, version.marker?.site].join());
  }
}
