import { expect, test } from '@jest/globals';
import type { Replacement } from '../../providers/provider';
import { type Looked, type Name, replaceReread, type Seen, type Written } from '../../providers/reread';
import type { Found } from '../../src/domain/types';
import { a, b, c, foundAt } from '../domain/fixtures';

/** Read, compare, write, read back: for providers that cannot compare and swap. */

const before = foundAt(a, 3);
const after = foundAt(b, 4);
const wanted: Replacement = { from: before, to: after.sets, marker: { owner: 'sre', generation: 4, site: b } };
const taken: Written = { ok: true, why: 'accepted' };
const unavailable = { ok: false, code: 'unavailable', why: '503' } as const;
const lost = { ok: false, code: 'unknown', why: 'no answer' } as const;
const denied = { ok: false, code: 'denied', why: '403' } as const;

/** The looks come one after the other. */
async function replaced(
  looks: readonly (Found | Exclude<Looked<Seen>, { ok: true }>)[],
  written: Written,
  to = wanted,
) {
  const left = [...looks];
  let writes = 0;
  const name: Name<Seen> = {
    record: 'www.example.test',
    look: async () => {
      const next = left.shift();
      if (next === undefined) throw new Error('looked too often');
      return 'ok' in next ? next : { ok: true, seen: { found: next } };
    },
    write: async () => {
      writes += 1;
      return written;
    },
  };
  const { code } = await replaceReread(name, to, new AbortController().signal);
  return { code, writes };
}

const rows: readonly [name: string, ...Parameters<typeof replaced>, code: string, writes: number][] = [
  ['what was read still stands there: written, and read back', [before, after], taken, wanted, 'applied', 1],
  ['another value', [foundAt(c, 3)], taken, wanted, 'conflict', 0],
  ['another generation', [foundAt(a, 4)], taken, wanted, 'conflict', 0],
  ['no marker any more', [foundAt(a)], taken, wanted, 'conflict', 0],
  ['a stranger came', [{ ...before, foreignMarker: 'x' }], taken, wanted, 'conflict', 0],
  [
    'a stranger was there',
    [{ ...before, foreignMarker: 'x' }],
    taken,
    { ...wanted, from: { ...before, foreignMarker: 'x' } },
    'denied',
    0,
  ],
  ['an alias', [{ ...before, obstacles: ['an alias'] }], taken, wanted, 'denied', 0],
  ['nothing to put there', [before], taken, { ...wanted, to: [] }, 'denied', 0],
  ['a set without values', [before], taken, { ...wanted, to: [{ type: 'A', ttl: 60, values: [] }] }, 'denied', 0],
  ['cannot be read', [unavailable], taken, wanted, 'unavailable', 0],
  ['the reading got no answer: surely nothing was sent', [lost], taken, wanted, 'unavailable', 0],
  ['the writing got no answer', [before], lost, wanted, 'unknown', 1],
  ['refused, and nothing changed', [before, before], denied, wanted, 'denied', 1],
  ['refused, and yet something changed', [before, after], denied, wanted, 'unknown', 1],
  ['taken, and the old values stand there', [before, before], taken, wanted, 'unknown', 1],
  ['taken, and half of it stands there', [before, foundAt(b, 3)], taken, wanted, 'unknown', 1],
  ['taken, and cannot be read back', [before, unavailable], taken, wanted, 'unknown', 1],
];
test.each(rows)('%s', async (_name, looks, written, to, code, writes) => {
  expect(await replaced(looks, written, to)).toEqual({ code, writes });
});
