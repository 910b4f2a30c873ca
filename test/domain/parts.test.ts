import { describe, expect, test } from '@jest/globals';
import { judge, representative } from '../../src/domain/parts';
import type { Durable, Switch } from '../../src/domain/state';
import { initial } from '../../src/domain/step';
import type { Found, Part, Policy } from '../../src/domain/types';
import { a, b, c, foundAt, policyOf, viewOf } from './fixtures';

const none: Found = { sets: [], marker: null, foreignMarker: null, obstacles: [] };
const stranger: Found = { ...none, sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] };
const moved = (to: string, found: Found): Found => ({ ...found, sets: foundAt(to).sets });

function partOf(provider: string, found: Found | null, changes: Partial<Part> = {}): Part {
  return { provider, found, why: found === null ? '503' : '', proof: 'dns', atomic: true, owned: false, ...changes };
}

/** What is remembered: generation 5 at `a`, verified; more may be issued. */
function durableOf(changes: Partial<Durable> = {}): Durable {
  const last: Switch = { atMs: 0, generation: 5, from: b, to: a, kind: 'order', verifiedMs: 1, why: '' };
  return { ...initial(null).durable, generation: 5, issued: 6, active: a, switches: [last], ...changes };
}

const left: Switch = { atMs: 9, generation: 6, from: a, to: b, kind: 'failover', verifiedMs: null, why: '' };

function verdict(parts: readonly Part[], durable = durableOf(), changes: Partial<Policy> = {}): string {
  const policy = policyOf(changes);
  const found = representative(parts, policy);
  if (found === null) return 'unread';
  const state = { ...initial(null), durable };
  const { behind, diverged, lagging } = judge(viewOf(state, policy, 10), found, parts);
  const word = diverged !== null ? 'diverged' : behind.length > 0 ? `behind: ${behind.join('; ')}` : 'in line';
  return lagging ? `${word}, lagging` : word;
}

describe('two parts, each against the newest', () => {
  const [atA, atB] = ['203.0.113.10', '198.51.100.7'];
  const rows: readonly [name: string, one: Found | null, other: Found | null, expected: string, durable?: Durable][] = [
    ['the same', foundAt(a, 5), foundAt(a, 5), 'in line'],
    ['the same, one without a marker', foundAt(a, 5), foundAt(a), 'in line'],
    ['the same, neither with a marker', foundAt(a), foundAt(a), 'in line'],
    ['the same values, an older marker', foundAt(a, 5), foundAt(a, 4), `behind: other holds A ${atA} at generation 4`],
    [
      'an older generation with its own values',
      foundAt(b, 6),
      foundAt(a, 5),
      `behind: other holds A ${atA} at generation 5`,
    ],
    ['an older generation with values of another site', foundAt(b, 6), moved(c, foundAt(a, 5)), 'diverged'],
    ['an older generation with a stranger', foundAt(b, 6), { ...stranger, marker: foundAt(a, 5).marker }, 'diverged'],
    ['the same generation with values of another site', foundAt(a, 5), moved(b, foundAt(a, 5)), 'diverged'],
    ['no marker, another site', foundAt(a, 5), foundAt(b), 'diverged'],
    ['no marker, a stranger', foundAt(a, 5), stranger, 'diverged'],
    ['no record', foundAt(a, 5), none, 'diverged'],
    [
      'no marker, and the site we were at before a write of ours landed',
      foundAt(b, 6),
      foundAt(a),
      `behind: other holds A ${atA}`,
    ],
    [
      'no marker, and the site an unsettled switch led from',
      foundAt(b, 6),
      foundAt(a),
      `behind: other holds A ${atA}`,
      durableOf({ generation: 6, active: b, switches: [left] }),
    ],
    [
      'no marker, and a site nothing of ours led from',
      foundAt(b, 6),
      foundAt(c),
      'diverged',
      durableOf({ generation: 6, active: b, switches: [left] }),
    ],
    [
      'no marker, and the site a settled switch led from',
      foundAt(b, 6),
      foundAt(a),
      'diverged',
      durableOf({ generation: 6, active: b, switches: [{ ...left, verifiedMs: 9 }] }),
    ],
    [
      'an older marker, and where a hand had moved it before our switch led from there',
      foundAt(b, 6),
      moved(a, foundAt(c, 5)),
      `behind: other holds A ${atA} at generation 5`,
      durableOf({ generation: 6, active: b, switches: [left] }),
    ],
    [
      'an older marker, and where a hand moved it once our switch was settled',
      foundAt(b, 6),
      moved(a, foundAt(c, 5)),
      'diverged',
      durableOf({ generation: 6, active: b, switches: [{ ...left, verifiedMs: 9 }] }),
    ],
    ['one unread, the other as remembered', foundAt(a, 5), null, 'in line, lagging'],
    ['one unread, the other older', null, foundAt(b, 4), `behind: other holds A ${atB} at generation 4, lagging`],
    ['one unread, the other newer', null, foundAt(b, 6), 'in line'],
    ['one unread, the other of the same generation elsewhere', null, moved(b, foundAt(a, 5)), 'diverged, lagging'],
    ['one unread, the other a stranger', stranger, null, 'diverged, lagging'],
    ['both unread', null, null, 'unread'],
  ];
  test.each(rows)('%s: %#', (_name, one, other, expected, ...[durable]) => {
    expect(verdict([partOf('one', one), partOf('other', other)], durable)).toBe(expected);
    expect(verdict([partOf('other', other), partOf('one', one)], durable)).toBe(expected);
  });

  test('no record is behind where we may create it, and in a zone of our own', () => {
    const behind = 'behind: other holds no record';
    expect(verdict([partOf('one', foundAt(a, 5)), partOf('other', none)], durableOf(), { create: true })).toBe(behind);
    expect(verdict([partOf('one', foundAt(a, 5)), partOf('other', none, { owned: true })])).toBe(behind);
  });
});

test('the newest speaks, whole before half made, records before none', () => {
  const speaks = (one: Found, other: Found) =>
    representative([partOf('one', one), partOf('other', other)], policyOf())?.sets;
  expect(speaks(foundAt(a, 1), foundAt(b, 2))).toEqual(foundAt(b).sets);
  expect(speaks(moved(a, foundAt(b, 2)), foundAt(b, 2))).toEqual(foundAt(b).sets);
  expect(speaks(none, foundAt(b))).toEqual(foundAt(b).sets);
  expect(speaks(foundAt(a), foundAt(b))).toEqual(foundAt(a).sets);
});
