import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Bench, createBench } from './judge';
import type { Mutant } from './mutant';
import { mutants } from './table';

/** The judge of the mutants: it notices, and it can say that nobody did. */

const place = mkdtempSync(join(tmpdir(), 'failoverd-judge-'));
let bench: Bench;
beforeAll(() => {
  bench = createBench(join(place, 'bench'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

function named(start: string): Mutant {
  const found = mutants.find(({ name }) => name.startsWith(start));
  if (found === undefined) throw new Error(`no mutant is called ${start}`);
  return found;
}

const harmless: Mutant = {
  name: 'harmless',
  file: 'src/domain/budget.js',
  find: '"use strict";',
  put: '"use strict";;',
  tests: ['domain/budget'],
};

const limitMs = 120_000;

test(
  'a test notices, by name, and only while the code is spoilt',
  async () => {
    expect(await bench.judge(named('wall clock in a cooldown'))).toMatch(/^domain\/budget: penalty/);
    expect(await bench.judge(harmless)).toBeNull();
  },
  limitMs,
);

test(
  'the simulator notices, by seed and promise',
  async () => {
    expect(await bench.judge(named('not-down: a site that is not down is left'))).toMatch(/^simulator, seed \d+: S/);
  },
  limitMs,
);

test.each<[name: string, changes: Partial<Mutant>, why: RegExp]>([
  ['a place that is not there', { find: 'nowhere' }, /not stand exactly once/],
  ['a place that is there twice', { find: 'policy' }, /not stand exactly once/],
  ['what is no program any more', { put: '(' }, /no program/],
  ['tests that do not load', { put: 'throw 1;', tests: ['domain/budget'] }, /did not run at all/],
])(
  '%s is no noticing',
  async (_name, changes, why) => {
    await expect(bench.judge({ ...harmless, ...changes })).rejects.toThrow(why);
  },
  limitMs,
);
