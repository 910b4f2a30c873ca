import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { explore, setups } from './explore';
import { planOf } from './plan';
import { type Outcome, play } from './play';
import { shrink } from './shrink';
import { added, counted, nothing, type Tally, tallyText } from './tally';

/**
 * `npm run sim`: the real daemon code in a simulated world, every promise checked at every event.
 *
 *   --seed N      plays one seed and tells its story
 *   --seeds N     so many seeds (default 200), from --from N (default 1)
 *   --minutes N   as many as fit
 *   --jobs N      processes (default 1)
 *   --explore N   walks through the small worlds instead, at most N states of each (explore.ts)
 *
 * Exits 1 when a promise was broken: with the seed, a plan shrunk to what it needs, and its story in `sim-failures/`.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      explore: { type: 'string' },
      jobs: { type: 'string', default: '1' },
      stride: { type: 'string', default: '1' },
    },
  });
  if (values.explore !== undefined) return walk(Number(values.explore));
  if (values.seed !== undefined) return one(Number(values.seed));
  const jobs = Math.max(1, Number(values.jobs));
  const startedMs = performance.now();
  const limitMs = values.minutes === undefined ? Number.POSITIVE_INFINITY : 60_000 * Number(values.minutes);
  const count = values.minutes === undefined ? Number(values.seeds) : Number.POSITIVE_INFINITY;
  const from = Number(values.from);
  const tally =
    jobs === 1
      ? await many({ from, count, stride: Number(values.stride), limitMs })
      : await spread({ from, count, limitMs }, jobs);
  if (process.send !== undefined) {
    process.send(tally);
    return 0;
  }
  process.stdout.write(`${tallyText(tally, (performance.now() - startedMs) / 1_000)}\n`);
  for (const seed of tally.broken.slice(0, 3)) await report(seed);
  return tally.broken.length === 0 ? 0 : 1;
}

interface Share {
  readonly from: number;
  readonly count: number;
  readonly limitMs: number;
}

async function many({ from, count, stride, limitMs }: Share & { readonly stride: number }): Promise<Tally> {
  const startedMs = performance.now();
  let tally = nothing;
  for (let index = 0; index < count && performance.now() - startedMs < limitMs; index++) {
    tally = counted(tally, await play(planOf(from + index * stride)));
    if (index % 100 === 99 && process.send === undefined && process.stderr.isTTY === true) {
      process.stderr.write(`\r${tally.seeds} seeds, ${tally.years.toFixed(0)} years, ${tally.broken.length} broken `);
    }
  }
  return tally;
}

/** Each process takes every so-many-th seed. */
async function spread({ from, count, limitMs }: Share, jobs: number): Promise<Tally> {
  const parts = Array.from({ length: jobs }, (_, job) => {
    const limit = Number.isFinite(limitMs)
      ? ['--minutes', String(limitMs / 60_000)]
      : ['--seeds', String(Math.ceil((count - job) / jobs))];
    const child = fork(__filename, ['--from', String(from + job), '--stride', String(jobs), ...limit]);
    return new Promise<Tally>((resolve, reject) => {
      child.once('message', (tally) => resolve(tally as Tally));
      child.once('exit', (code) => reject(new Error(`a process of the simulation ended with ${code}`)));
    });
  });
  return (await Promise.all(parts)).reduce(added, nothing);
}

function walk(states: number): number {
  let broken = 0;
  for (const [name, setup] of Object.entries(setups)) {
    const startedMs = performance.now();
    const met = explore(setup, { depth: Number.POSITIVE_INFINITY, states });
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    const reach = met.whole ? `whole, ${met.depth} events deep` : `all of ${met.depth} events, not whole`;
    process.stdout.write(`${name}: ${met.states} states, ${met.transitions} transitions, ${reach}, ${seconds} s\n`);
    if (met.broken === null) continue;
    broken += 1;
    process.stdout.write(`${[...met.broken.way, ...met.broken.why.map((why) => `BROKEN ${why}`)].join('\n')}\n`);
  }
  return broken === 0 ? 0 : 1;
}

async function one(seed: number): Promise<number> {
  const outcome = await play(planOf(seed));
  process.stdout.write(`${story(outcome)}\n`);
  return outcome.violations.length === 0 ? 0 : 1;
}

async function report(seed: number): Promise<void> {
  const plan = planOf(seed);
  const small = await shrink(plan, await play(plan));
  mkdirSync('sim-failures', { recursive: true });
  const path = join('sim-failures', `seed-${seed}.json`);
  const { outcome } = small;
  writeFileSync(
    path,
    JSON.stringify({ plan: small.plan, violations: outcome.violations, story: outcome.story }, null, 2),
  );
  process.stdout.write(
    `\nseed ${seed}, shrunk to ${small.plan.acts.length} acts, kept in ${path}\n${story(outcome)}\n`,
  );
}

function story({ story: lines, violations }: Outcome): string {
  const told = lines.slice(-60).map(({ atMs, host, text }) => `${clock(atMs)} ${host ?? ' '} ${text}`);
  const broken = violations.map(({ promise, why }) => `BROKEN ${promise}: ${why}`);
  return [...told, ...(broken.length === 0 ? ['every promise held'] : broken)].join('\n');
}

function clock(atMs: number): string {
  const days = Math.floor(atMs / 86_400_000);
  const time = new Date(atMs % 86_400_000).toISOString().slice(11, 23);
  return `${String(days).padStart(5)}d ${time}`;
}

main().then(
  (code) => {
    process.exitCode = code;
    if (process.send !== undefined) process.disconnect();
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
