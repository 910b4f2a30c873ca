import { type Marker, markerText, type RecordSet, type RecordType, sameValues } from '../../src/domain/records';
import type { Content, Row } from './api';
import type { Snapshot } from './snapshot';

/** One call. */
export type Step =
  | { readonly call: 'create'; readonly at: 'name' | 'marker'; readonly content: Content }
  | { readonly call: 'update'; readonly at: 'name' | 'marker'; readonly row: Row; readonly content: Content }
  /** Only the TTL changes; that there is nothing to change is no failure. */
  | { readonly call: 'retime'; readonly at: 'name'; readonly row: Row; readonly content: Content }
  | { readonly call: 'remove'; readonly at: 'name'; readonly row: Row };

/**
 * The calls that make the name hold `to`, in order. What is right already needs no call, so a change that broke off goes on where it
 * stopped; and where no value changes the marker alone is written: a TTL's call carries the value, and would bring it back if it were
 * delivered late. Every state on the way must be one that the next reading tells apart from a stranger's edit, and none may be empty:
 *
 * | after                      | the zone holds                      | what a later reading makes of it (domain/found.ts, unfinished.ts) |
 * |----------------------------|-------------------------------------|-------------------------------------------------------------------|
 * | nothing, or the lock       | old values, old marker              | not begun: decided anew                                           |
 * | the marker                 | old values, marker of the new change| not begun: the old site is active; the change is tried again      |
 * | some values, of several    | values of both sites, that marker   | unfinished: tried again, or put back by a newer change            |
 * | all values                 | new values, that marker             | applied                                                           |
 * | (values before the marker) | new values, old marker              | would be a human's move to that site, and pinned: so never        |
 *
 * Values change in place: record by record, of the same type first and across types where that saves a record, because one call takes
 * the old away and puts the new there. Only a shortage is created and only a surplus removed, never both in one change; so the number of
 * records never exceeds the greater of the two sets, which plans limit, and a removed record is always one of several. Removing comes
 * last, so that the first call on the name already brings a new value; but before a CNAME, which tolerates nothing beside it:
 * then all records but one go first, and the one becomes the CNAME.
 */
export function plan(now: Snapshot, to: readonly RecordSet[], marker: Marker, ttlOf: (ttl: number) => number) {
  const wanted = to.flatMap(({ type, ttl, values }) => values.map((value) => ({ type, value, ttl: ttlOf(ttl) })));
  const same = (entry: { readonly type: RecordType; readonly value: string }, content: Content): boolean =>
    entry.type === content.type && entry.value === content.value;
  const kept = now.entries.filter((entry) => wanted.some((content) => same(entry, content)));
  const surplus = now.entries.filter((entry) => !kept.includes(entry));
  const missing = wanted.filter((content) => !now.entries.some((entry) => same(entry, content)));

  const updates: Step[] = [];
  for (const alike of [true, false]) {
    for (const content of [...missing]) {
      const index = surplus.findIndex((entry) => !alike || entry.type === content.type);
      const [entry] = index < 0 ? [] : surplus.splice(index, 1);
      if (entry === undefined) continue;
      missing.splice(missing.indexOf(content), 1);
      updates.push({ call: 'update', at: 'name', row: entry.row, content });
    }
  }
  const creates = missing.map((content): Step => ({ call: 'create', at: 'name', content }));
  const retimes = (sameValues(now.found.sets, to) ? [] : kept).flatMap((entry): readonly Step[] => {
    const content = wanted.find((one) => same(entry, one));
    if (content === undefined || content.ttl === entry.row.ttl) return [];
    return [{ call: 'retime', at: 'name', row: entry.row, content }];
  });
  const removes = surplus.map(({ row }): Step => ({ call: 'remove', at: 'name', row }));
  const values = to.some(({ type }) => type === 'CNAME')
    ? [...removes, ...updates, ...creates, ...retimes]
    : [...updates, ...creates, ...retimes, ...removes];
  return [...mark(now, { type: 'TXT', value: markerText(marker), ttl: ttlOf(to[0]?.ttl ?? 0) }), ...values];
}

function mark({ claims }: Snapshot, content: Content): readonly Step[] {
  const [claim] = claims;
  if (claim === undefined) return [{ call: 'create', at: 'marker', content }];
  return claim.text === content.value ? [] : [{ call: 'update', at: 'marker', row: claim.row, content }];
}
