import { describe, expect, test } from '@jest/globals';
import type { RecordSet } from '../../src/domain/records';
import { a, b, foundAt, policyOf } from '../domain/fixtures';
import { keepsPromises, way } from './promises';
import { calm, suffers } from './world';

const minuteMs = 60_000;
const policy = policyOf({ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 });

function https(...values: readonly string[]): RecordSet {
  return { type: 'HTTPS', ttl: 60, values };
}

describe('an HTTPS record with address hints', () => {
  test('moves with the addresses, as one change, and is home again with them', async () => {
    const world = await calm({ ...policy, failbackAfterMs: minuteMs, ttlMs: 1_000 });
    world.zone.hand({ sets: [...foundAt(a).sets, https('1 . alpn=h2,h3 ipv4hint=203.0.113.10')] });
    suffers(world, a, 'status', minuteMs);
    await world.time.until(() => world.tell('switched').length > 0, 2 * minuteMs);
    expect(world.zone.now().sets).toEqual([...foundAt(b).sets, https('1 . alpn=h2,h3 ipv4hint=198.51.100.7')]);
    await world.time.until(() => world.tell('switched').length > 1, 10 * minuteMs);
    expect(world.zone.now().sets).toEqual([...foundAt(a).sets, https('1 . alpn=h2,h3 ipv4hint=203.0.113.10')]);
    const { length } = world.zone.requests;
    await world.time.run(10 * minuteMs);
    expect(world.zone.requests).toHaveLength(length);
    keepsPromises(world);
  });

  test('is cached no longer than the addresses once it was moved', async () => {
    const world = await calm(policy);
    world.zone.hand({ sets: [...foundAt(a).sets, { ...https('1 . ipv4hint=203.0.113.10'), ttl: 86_400 }] });
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('switched').length > 0, 2 * minuteMs);
    expect(world.zone.now().sets).toEqual([...foundAt(b).sets, https('1 . ipv4hint=198.51.100.7')]);
  });

  test('half moved by a change that broke off: completed, not held', async () => {
    const world = await calm(policy);
    const old = https('1 . alpn=h2 ipv4hint=203.0.113.10');
    world.zone.hand({ sets: [...foundAt(a).sets, old] });
    suffers(world, a, 'status');
    // The marker and the addresses went, the hints did not.
    world.zone.treat = (request) => {
      if (request > 0) return { how: 'normal' };
      world.zone.hand({ sets: [...foundAt(b).sets, old], marker: { owner: policy.owner, generation: 1, site: b } });
      return { how: 'unanswered', landsMs: null };
    };
    await world.time.until(() => world.tell('switched').length > 0, 5 * minuteMs);
    expect(world.zone.now().sets).toEqual([...foundAt(b).sets, https('1 . alpn=h2 ipv4hint=198.51.100.7')]);
    expect(world.tell('drift')).toEqual([]);
    expect(world.service().status()).toMatchObject({ active: b, write: 'settled', hold: null });
  });

  test.each([
    ['at nobody', '1 . ipv4hint=192.0.2.99', 'drift', /HTTPS hints at 192\.0\.2\.99/],
    ['at another site', '1 . ipv4hint=198.51.100.7', 'drift', /HTTPS hints at 198\.51\.100\.7/],
    ['for another name', '1 cdn.example.net ipv4hint=203.0.113.10', 'obstacle', /to another name/],
  ])('that hints %s is held and named, never written over', async (_what, value, by, why) => {
    const world = await calm(policy);
    world.zone.hand({ sets: [...foundAt(a).sets, https(value)] });
    await world.time.run(minuteMs);
    expect(world.service().status()).toMatchObject({ hold: { by, why: expect.stringMatching(why) }, ready: false });
    suffers(world, a, 'status');
    await world.time.run(2 * minuteMs);
    expect(world.zone.requests).toEqual([]);
  });

  test('that one name server still hints with: partial, naming it', async () => {
    const world = await calm(policy);
    world.zone.hand({ sets: [...foundAt(a).sets, https('1 . ipv4hint=203.0.113.10')] });
    const { ns2 } = world.zone.servers;
    if (ns2 !== undefined) ns2.lies = [...foundAt(b).sets, https('1 . ipv4hint=203.0.113.10')];
    suffers(world, a, 'status');
    await world.time.run(2 * minuteMs);
    expect(world.service().status()).toMatchObject({ active: b, write: 'partial' });
    expect(world.tell('partial')).toMatchObject([{ page: true, text: expect.stringContaining('ns2') }]);
    expect(way(world).filter((site) => site === b)).toHaveLength(1);
  });
});
