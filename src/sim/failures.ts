import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from './plan';
import type { Listen, Outcome } from './play';
import { shrink } from './shrink';

/** Shrinks what broke to what it needs, keeps it in `sim-failures/` with its story and the journals, and says so. */
export async function kept(plan: Plan, broken: Outcome, commit: string, listen: Listen): Promise<string> {
  const small = await shrink(plan, broken, listen);
  const { violations, story, journal } = small.outcome;
  mkdirSync('sim-failures', { recursive: true });
  const path = join('sim-failures', `seed-${plan.seed}.json`);
  writeFileSync(path, JSON.stringify({ commit, plan: small.plan, violations, story, journal }, null, 2));
  const { acts } = small.plan;
  return [
    `seed ${plan.seed} at ${commit}, shrunk to ${acts.length} acts, kept in ${path}; play it again with --plan ${path}`,
    ...acts.map((act) => `  ${JSON.stringify(act)}`),
    storyOf(small.outcome),
  ].join('\n');
}

/** The last lines of what happened, and what was broken. */
export function storyOf({ story, violations }: Outcome): string {
  const told = story.slice(-60).map(({ atMs, host, text }) => `${clock(atMs)} ${host ?? ' '} ${text}`);
  const broken = violations.map(({ promise, why }) => `BROKEN ${promise}: ${why}`);
  return [...told, ...(broken.length === 0 ? ['every promise held'] : broken)].join('\n');
}

function clock(atMs: number): string {
  const days = Math.floor(atMs / 86_400_000);
  const time = new Date(atMs % 86_400_000).toISOString().slice(11, 23);
  return `${String(days).padStart(5)}d ${time}`;
}
