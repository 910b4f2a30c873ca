import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Plan } from '../../src/sim/plan';
import { play } from '../../src/sim/play';

/** Plans that once broke a promise, shrunk to the acts they need: what they found, and what they play. */

interface Found {
  readonly what: string;
  readonly plan: Plan;
}

const found = readFileSync(join(__dirname, '../../../test/sim/plans.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line): Found => JSON.parse(line));

test.each(found.map(({ what, plan }) => [what, plan] as const))('%s', async (_what, plan) => {
  expect((await play(plan)).violations).toEqual([]);
});
