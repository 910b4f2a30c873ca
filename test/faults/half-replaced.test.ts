import { describe, expect, test } from '@jest/globals';
import { siteOf, way } from '../control/promises';
import { calm, suffers } from '../control/world';
import { a, b, policyOf } from '../domain/fixtures';

/** D10: a change of which only a half took effect. Every adapter sends one request for all, so it takes a provider that breaks its word. */

const minuteMs = 60_000;
const dual = policyOf({
  sites: [
    { name: a, sets: [addresses('203.0.113.10'), addresses('2001:db8::10')] },
    { name: b, sets: [addresses('198.51.100.7'), addresses('2001:db8::7')] },
  ],
});

function addresses(value: string) {
  return { type: value.includes(':') ? 'AAAA' : 'A', ttl: 60, values: [value] } as const;
}

describe('an unanswered write leaves A of the new site and AAAA of the old one', () => {
  test('held as drift and paged with what is there; nothing is written over it; put right, all goes on', async () => {
    const world = await calm(dual);
    world.zone.treat = () => ({ how: 'unanswered', landsMs: null });
    suffers(world, a, 'status');
    await world.time.until(() => world.zone.requests.length > 0, 2 * minuteMs);
    world.zone.hand({ sets: [addresses('198.51.100.7'), addresses('2001:db8::10')] });
    world.zone.treat = () => ({ how: 'normal' });
    await world.time.run(10 * minuteMs);
    expect(world.zone.requests).toHaveLength(1);
    expect(world.tell('drift')).toMatchObject([
      { page: true, text: expect.stringMatching(/198\.51\.100\.7.*2001:db8::10/) },
    ]);
    expect(world.service().status()).toMatchObject({ hold: { by: 'drift' } });
    world.zone.hand({ sets: dual.sites[0]?.sets ?? [] });
    await world.time.run(2 * minuteMs);
    expect(siteOf(world, world.zone.now())).toBe(b);
    expect(way(world)).toEqual([a, null, a, b]);
  });
});
