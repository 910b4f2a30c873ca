import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type Plan, planOf } from '../../src/sim/plan';
import { play } from '../../src/sim/play';

/** Code that throws while it is played is told like a broken promise: with its seed, commit and story, shrunk and kept. */

const place = mkdtempSync(join(tmpdir(), 'failoverd-threw-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** A plan read from a file may hold what no type allows. */
function planWith(...faults: readonly unknown[]): Plan {
  const episodes = faults.map((fault) => ({ atMs: 1_000, forMs: 60_000, fault }));
  return JSON.parse(JSON.stringify({ ...planOf(1), acts: [{ calmMs: 1_000, episodes }] }));
}

test('a throw on the way of the world', async () => {
  const { violations, seed } = await play(planWith(null));
  expect([seed, violations]).toEqual([1, [expect.objectContaining({ promise: 'threw' })]]);
  expect(violations[0]?.why).toMatch(/TypeError/);
});

test('a rejection nobody waits for: the program tells the seed, shrinks it, keeps it with the journal, and exits 1', () => {
  const site = planOf(1).policy.sites[0]?.name;
  const needed = { kind: 'site', site, what: { how: 'unheard-of' } };
  const path = join(place, 'plan.json');
  writeFileSync(path, JSON.stringify({ plan: planWith({ kind: 'wall', byMs: 5 }, needed) }));
  const program = join(__dirname, '..', '..', 'src', 'sim', 'main.js');
  const run = spawnSync(process.execPath, [program, '--plan', path], { cwd: place, encoding: 'utf8' });
  expect([run.status, run.stderr]).toEqual([1, '']);
  expect(run.stdout).toMatch(/^seed 1 at \S+/);
  expect(run.stdout).toMatch(/^BROKEN threw: TypeError/m);
  expect(run.stdout).toMatch(/shrunk to 1 acts, kept in sim-failures.seed-1\.json/);
  const kept = JSON.parse(readFileSync(join(place, 'sim-failures', 'seed-1.json'), 'utf8'));
  expect(kept.plan.acts[0].episodes).toHaveLength(1);
  expect(kept.violations[0].promise).toBe('threw');
  expect(kept.journal.length).toBeGreaterThan(0);
});
