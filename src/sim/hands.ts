import type { Order } from '../domain/events';
import type { Found, Policy } from '../domain/types';
import type { Fault } from './faults';
import type { Zone } from './zone';

/** What people do to the record: in the zone itself, at one of two providers or at both, and by orders. */
export function movedByHand(
  zones: readonly Zone[],
  policy: Policy,
  { does, site, at }: Extract<Fault, { kind: 'hand' }>,
): void {
  const sets = policy.sites.find((one) => one.name === site)?.sets ?? [];
  for (const zone of zones.filter((_, index) => (at ?? index) === index)) {
    const { sets: present } = zone.now();
    const changes: Readonly<Record<typeof does, Partial<Found>>> = {
      moves: { sets },
      foreign: { sets: [{ type: 'A', ttl: 60, values: ['192.0.2.200'] }] },
      removes: { sets: [], marker: null, foreignMarker: null, obstacles: [] },
      ttl: { sets: present.map((set) => ({ ...set, ttl: set.ttl + 240 })) },
      claims: { marker: { owner: 'somebody-else', generation: 3, site }, foreignMarker: null },
      alias: { obstacles: [`${policy.record} is an alias of lb.example.net, too`] },
      stranger: { marker: null, foreignMarker: 'site-verification=simulated' },
      clears: { foreignMarker: null, obstacles: [] },
    };
    zone.hand(changes[does]);
  }
}

export function orderOf({ order, site }: Extract<Fault, { kind: 'order' }>): Order {
  if (order === 'switch') return { order, site };
  // Rehearsed by somebody who believes no probe: to wherever it is, also to a site that is down.
  return order === 'drill' ? { order, site, override: ['no-standby'] } : { order };
}
