import { expect } from '@jest/globals';
import { markerName, sameValues } from '../../src/domain/records';
import {
  A,
  B,
  C,
  type Clause,
  found,
  marker,
  neighbours,
  record,
  replace,
  rowOfPage,
  seedA,
} from './conformance-scene';

/** What is read, and what is written when nobody disturbs. */
export function basics(clause: Clause): void {
  clause('absent reads as absent', async ({ start }) => {
    const { provider } = await start();
    expect(await found(provider)).toMatchObject({ sets: [], marker: null, foreignMarker: null, obstacles: [] });
  });

  clause('reads back exactly what it wrote', async ({ start }) => {
    const { provider } = await start();
    expect(await replace(provider, await found(provider), B, marker(1))).toMatchObject({ code: 'applied' });
    const after = await found(provider);
    expect(after.sets).toEqual(B);
    expect(after.marker).toEqual(marker(1));
  });

  clause('a second plan is empty', async ({ start, another }) => {
    const { provider, subject } = await start(seedA);
    expect(await replace(provider, await found(provider), B, marker(8))).toMatchObject({ code: 'applied' });
    const second = await found(await another());
    expect(sameValues(second.sets, B)).toBe(true);
    expect(second.marker).toEqual(marker(8));
    const records = async () => (await subject.truth()).filter(({ name }) => name === record);
    const before = await records();
    expect(await replace(provider, second, B, marker(9))).toMatchObject({ code: 'applied' });
    expect(await records()).toEqual(before);
    expect((await found(provider)).marker).toEqual(marker(9));
  });

  clause('a family goes, and comes back', async ({ start }) => {
    const { provider } = await start(seedA);
    expect(await replace(provider, await found(provider), C, marker(1, 'c'))).toMatchObject({ code: 'applied' });
    expect((await found(provider)).sets).toEqual(C);
    expect(await replace(provider, await found(provider), A, marker(2, 'a'))).toMatchObject({ code: 'applied' });
    expect((await found(provider)).sets).toEqual(A);
  });

  clause('an empty target is refused', async ({ start }) => {
    const { provider, subject } = await start(seedA);
    expect((await replace(provider, await found(provider), [], marker(1))).code).not.toBe('applied');
    expect((await found(provider)).sets).toEqual(A);
    expect(subject.writes()).toBe(0);
  });

  clause('neighbours survive', async ({ start }) => {
    const { provider, subject } = await start(seedA);
    expect(await replace(provider, await found(provider), B, marker(1))).toMatchObject({ code: 'applied' });
    const truth = await subject.truth();
    for (const neighbour of neighbours) expect(truth).toContainEqual(neighbour);
  });

  clause('a wildcard is a neighbour', async ({ start }) => {
    const wildcard = { name: '*.example.test', type: 'A', ttl: 300, values: ['203.0.113.10'] };
    const { provider, subject } = await start([wildcard]);
    const from = await found(provider);
    expect(from).toMatchObject({ sets: [], marker: null, obstacles: [] });
    expect(await replace(provider, from, B, marker(1))).toMatchObject({ code: 'applied' });
    expect((await found(provider)).sets).toEqual(B);
    expect(await subject.truth()).toContainEqual(wildcard);
  });

  clause('found beyond the first page', async ({ start }) => {
    const crowd = Array.from({ length: 350 }, (_, index) => ({
      name: `a${String(index).padStart(3, '0')}.example.test`,
      type: 'A',
      ttl: 60,
      values: ['192.0.2.1'],
    }));
    const { provider } = await start([...crowd, ...seedA]);
    expect((await found(provider)).sets).toEqual(A);
  });

  clause("another's marker is told", async ({ start }) => {
    const { provider, subject } = await start(seedA);
    const at = { name: markerName(record), type: 'TXT', ttl: 60 };
    await subject.seed([{ ...at, values: ['heritage=failoverd,owner=other,generation=3,site=a'] }]);
    expect((await found(provider)).marker).toEqual({ owner: 'other', generation: 3, site: 'a' });
    await subject.seed([{ ...at, values: ['heritage=external-dns,external-dns/owner=k8s'] }]);
    const read = await found(provider);
    expect(read.marker).toBeNull();
    expect(read.foreignMarker).toContain('external-dns');
  });

  clause('as docs/providers.md says', async ({ start, adapter }) => {
    const { provider } = await start(seedA);
    const { CONFORMANCE_PAGE: writing } = process.env;
    if (writing !== undefined) return;
    const { atomic, compareAndSwap } = provider.guarantees;
    const yes = (claimed: boolean): string => (claimed ? 'yes' : 'no');
    // Written anew by the command at the end of the page.
    expect(rowOfPage(adapter)?.slice(0, 3)).toEqual([adapter, yes(atomic), yes(compareAndSwap)]);
  });
}
