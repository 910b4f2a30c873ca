import { expect } from '@jest/globals';
import type { Marker } from '../../src/domain/records';
import { A, B, C, type Clause, found, marker, record, replace, seedA, setsIn } from './conformance-scene';

/** Compare-and-swap: what stands there now must be what was read. */
export function changes(clause: Clause): void {
  clause('a stale "from" is a conflict', async ({ start, another }) => {
    const { provider } = await start(seedA);
    const stale = await found(provider);
    expect(await replace(await another(), stale, B, marker(8))).toMatchObject({ code: 'applied' });
    expect(await replace(provider, stale, C, marker(8, 'c'))).toMatchObject({ code: 'conflict' });
    expect((await found(provider)).sets).toEqual(B);
    expect((await found(provider)).marker).toEqual(marker(8));
  });

  clause('edited values are a conflict', async ({ start }) => {
    const { provider, subject } = await start(seedA);
    const stale = await found(provider);
    await subject.seed([{ name: record, type: 'A', ttl: 60, values: ['192.0.2.77'] }]);
    expect(await replace(provider, stale, B, marker(8))).toMatchObject({ code: 'conflict' });
    expect((await found(provider)).sets).toContainEqual({ type: 'A', ttl: 60, values: ['192.0.2.77'] });
  });

  clause('the marker alone is rewritten', async ({ start }) => {
    const { provider, subject } = await start(seedA);
    const first = await found(provider);
    const tested: Marker = { ...marker(0, 'a'), tested: '2026-11-23T09:50:00Z' };
    expect(await replace(provider, first, first.sets, tested)).toMatchObject({ code: 'applied' });
    const second = await found(provider);
    expect(second).toMatchObject({ sets: first.sets, marker: tested });
    const again: Marker = { ...tested, tested: '2026-11-23T10:00:00Z' };
    expect(await replace(provider, second, second.sets, again)).toMatchObject({ code: 'applied' });
    expect(await found(provider)).toMatchObject({ sets: first.sets, marker: again });
    expect(await replace(provider, second, second.sets, marker(9))).toMatchObject({ code: 'conflict' });
    expect(await replace(provider, first, B, marker(9))).toMatchObject({ code: 'conflict' });
    expect(setsIn(await subject.truth())).toEqual(expect.arrayContaining([...A]));
  });

  for (const type of ['HTTPS', 'SVCB'] as const) {
    clause(`${type} hints move, or stand in the way`, async ({ start, excuse }) => {
      const value = '1 . alpn=h2,h3 ipv4hint=203.0.113.9,203.0.113.10 ipv6hint=2001:db8::10';
      const { provider, subject } = await start([...seedA, { name: record, type, ttl: 60, values: [value] }]);
      if (!(await subject.truth()).some((one) => one.type === type)) return excuse(`it has no ${type} records`);
      const from = await found(provider);
      if (from.obstacles.length > 0) {
        expect(from.obstacles.join()).toContain(type);
        expect((await replace(provider, from, B, marker(1))).code).not.toBe('applied');
        return;
      }
      expect(from.sets).toContainEqual({ type, ttl: 60, values: [value] });
      const moved = '1 . alpn=h2,h3 ipv4hint=198.51.100.7,198.51.100.8 ipv6hint=2001:db8::7';
      const to = [...B, { type, ttl: 60, values: [moved] }];
      expect(await replace(provider, from, to, marker(1))).toMatchObject({ code: 'applied' });
      expect((await found(provider)).sets).toEqual(to);
      // Without hints it is a neighbour.
      await subject.seed([{ name: record, type, ttl: 60, values: ['1 . alpn=h2'] }]);
      const plain = await found(provider);
      expect(plain.sets).toEqual(B);
      expect(await replace(provider, plain, A, marker(2, 'a'))).toMatchObject({ code: 'applied' });
      expect(await subject.truth()).toContainEqual({ name: record, type, ttl: 60, values: ['1 . alpn=h2'] });
    });
  }
}
