import { describe, expect, test } from '@jest/globals';
import { notYet } from '../../src/domain/behind';
import type { Change, ChangeKind } from '../../src/domain/state';
import type { Found, Part } from '../../src/domain/types';
import { a, b, benchOf, c, fail, foundAt, policyOf } from './fixtures';

/** What is justified, and must wait all the same because of what the zone shows. */

const none: Found = { sets: [], marker: null, foreignMarker: null, obstacles: [] };
const stranger: Found = { ...none, sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] };
const at = (site: string): string => `the zone shows ${site}, and not ${a}`;

function both(one: Found, other: Found | null): Found {
  const part = (provider: string, found: Found | null): Part => {
    return { provider, found, why: '', proof: 'dns', atomic: true, owned: false };
  };
  return { ...one, parts: [part('one', one), part('other', other)] };
}

/** A change of generation 5 from b to a while every site but b serves. */
function verdictOn(kind: ChangeKind, phase: Change['phase'], found: Found, down: readonly string[] = [b]) {
  const bench = benchOf(policyOf({ fall: 1, sustainMs: 0 }));
  bench.post({ type: 'found', found: foundAt(b) });
  bench.allUp(a, b, c);
  for (const site of down) bench.see(site, fail());
  const { change } = bench.state.durable;
  if (change === null) throw new Error('nothing was decided');
  const view = bench.view();
  // A fence leads to where the record is.
  const active = kind === 'fence' ? a : b;
  const state = { ...view.state, durable: { ...view.state.durable, active } };
  return notYet({ ...view, state }, { ...change, from: active, to: a, generation: 5, kind, phase }, found);
}

describe('a fence moves nobody', () => {
  const down = `${a} cannot serve now`;
  const rows: readonly [name: string, found: Found, expected: string | null, down?: string[]][] = [
    ['the zone shows its site', foundAt(a, 4), null],
    ['the zone shows another site', foundAt(c, 4), at(c)],
    ['the zone shows another site, which is down', foundAt(b, 4), at(b)],
    ['both of two show another site', both(foundAt(b, 4), foundAt(b, 4)), at(b)],
    ['two show two others', both(foundAt(b, 4), foundAt(c, 4)), at(`${b}, ${c}`)],
    ['one of two shows its site', both(foundAt(a, 4), foundAt(b, 3)), null],
    ['one of two shows its site, which is down', both(foundAt(a, 4), foundAt(b, 3)), down, [a, b]],
    ['both of two show its site, which is down', both(foundAt(a, 4), foundAt(a, 3)), null, [a, b]],
    ['one of two could not be read', both(foundAt(b, 4), null), null],
    ['one of two is half written', both(foundAt(b, 4), stranger), null],
    ['one of two is half written, and its site is down', both(foundAt(b, 4), stranger), down, [a, b]],
    ['what was begun there was half made', { ...stranger, marker: foundAt(a, 4).marker }, null],
    ['there is no record', none, null],
  ];
  test.each(rows.map(([name, found, expected, down = [b]]) => [name, found, expected, down] as const))(
    '%s',
    (_name, found, expected, down) => expect(verdictOn('fence', 'unsure', found, down)).toBe(expected),
  );
});

describe('an automatic move leads away from where it was decided, or from what is down', () => {
  const not = (site: string): string => `the zone shows ${site}, and not ${b}`;
  const rows: readonly [kind: ChangeKind, name: string, found: Found, expected: string | null, down?: string[]][] = [
    ['failover', 'the zone shows where it was decided', foundAt(b, 4), null],
    ['failover', 'the zone shows its target', foundAt(a, 4), null],
    ['failover', 'the zone shows a third site, which serves', foundAt(c, 4), not(c)],
    ['failover', 'the zone shows a third site, which is down too', foundAt(c, 4), null, [b, c]],
    ['failback', 'the zone shows a third site, which serves', foundAt(c, 4), not(c)],
    ['failback', 'the zone shows where it was decided', foundAt(b, 4), null],
    ['order', 'a human moves it from anywhere', foundAt(c, 4), null],
    ['drill', 'so does a drill', foundAt(c, 4), null],
    ['create', 'there was no record', foundAt(c, 4), null],
  ];
  test.each(rows.map(([kind, name, found, expected, down = [b]]) => [kind, name, found, expected, down] as const))(
    '%s: %s',
    (kind, _name, found, expected, down) => expect(verdictOn(kind, 'intended', found, down)).toBe(expected),
  );
});

describe('the rest of a change', () => {
  const missing = 'none shows what one of them took';
  const rows: readonly [name: string, found: Found, expected: string | null][] = [
    ['one of two holds it', both(foundAt(a, 5), foundAt(b, 4)), null],
    ['one of two may hold it', both(foundAt(b, 4), null), null],
    ['neither holds it', both(foundAt(b, 4), foundAt(b, 4)), missing],
  ];
  test.each(rows)('%s', (_name, found, expected) => expect(verdictOn('failover', 'applied', found)).toBe(expected));
});
