import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit } from './commit';
import { explore, walkText } from './explore';
import { planOf } from './plan';
import { type Outcome, play } from './play';
import { shrink } from './shrink';
import { setups } from './small-worlds';
import { added, counted, nothing, progressText, type Tally, tallyText } from './tally';

/**
 * `npm run sim`: the real daemon code in a simulated world, every promise checked at every event.
 *
 *   --seed N      plays one seed and tells its story
 *   --plan FILE   plays a plan that was kept in `sim-failures/`, and tells its story
 *   --seeds N     so many seeds (default 200), from --from N (default 1)
 *   --years N     as many as make so many service-years; --minutes N: as many as fit
 *   --jobs N      processes (default 1)
 *   --json        the tally as one line of JSON; --sum FILE adds up the lines of several runs
 *   --explore N   walks through the small worlds instead, at most N states of each (explore.ts)
 *
 * Exits 1 when a promise was broken: with the seed, the commit, a plan shrunk to what it needs, and its story in `sim-failures/`.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      plan: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      years: { type: 'string' },
      minutes: { type: 'string' },
      explore: { type: 'string' },
      jobs: { type: 'string', default: '1' },
      stride: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      sum: { type: 'string' },
    },
  });
  if (values.explore !== undefined) return walk(Number(values.explore));
  if (values.sum !== undefined) return summed(values.sum);
  if (values.seed !== undefined) return told(await play(planOf(Number(values.seed))));
  if (values.plan !== undefined) return told(await play(JSON.parse(readFileSync(values.plan, 'utf8')).plan));
  const share: Share = {
    from: Number(values.from),
    stride: Number(values.stride),
    limits: {
      seeds: limitOf(values.seeds ?? (values.years === undefined && values.minutes === undefined ? '200' : undefined)),
      years: limitOf(values.years),
      minutes: limitOf(values.minutes),
    },
  };
  const jobs = Math.max(1, Number(values.jobs));
  const startedMs = performance.now();
  // As it is now: what is loaded already stays what is played, whatever becomes of the files meanwhile.
  const played = commit();
  if (process.send !== undefined) {
    process.send({ tally: await many(share, (tally) => process.send?.({ progress: tally })) });
    return 0;
  }
  const show = (tally: Tally): void => void process.stderr.write(`${progressText(tally)}\n`);
  const tally = jobs === 1 ? await many(share, show) : await spread(share, jobs, show);
  const seconds = (performance.now() - startedMs) / 1_000;
  if (values.json) process.stdout.write(`${JSON.stringify({ commit: played, seconds, ...tally })}\n`);
  else process.stdout.write(`${tallyText(tally, seconds)}\n${'commit'.padEnd(50)} ${played}\n`);
  for (const seed of tally.broken.slice(0, 3)) await report(seed, played);
  return tally.broken.length === 0 ? 0 : 1;
}

function limitOf(text: string | undefined): number {
  return text === undefined ? Number.POSITIVE_INFINITY : Number(text);
}

interface Share {
  readonly from: number;
  readonly stride: number;
  readonly limits: { readonly seeds: number; readonly years: number; readonly minutes: number };
}

const progressMs = 10_000;

async function many({ from, stride, limits }: Share, show: (tally: Tally) => void): Promise<Tally> {
  const startedMs = performance.now();
  let shownMs = startedMs;
  let tally = nothing;
  const goesOn = (): boolean =>
    tally.seeds < limits.seeds && tally.years < limits.years && performance.now() - startedMs < 60_000 * limits.minutes;
  for (let seed = from; goesOn(); seed += stride) {
    const cpu = process.cpuUsage();
    const outcome = await play(planOf(seed));
    const { user, system } = process.cpuUsage(cpu);
    tally = counted(tally, outcome, (user + system) / 1e6);
    if (performance.now() - shownMs < progressMs) continue;
    shownMs = performance.now();
    show(tally);
  }
  return tally;
}

/** Each process takes every so-many-th seed. */
async function spread({ from, limits }: Share, jobs: number, show: (tally: Tally) => void): Promise<Tally> {
  const latest = new Map<number, Tally>();
  let shownMs = performance.now();
  const parts = Array.from({ length: jobs }, (_, job) => {
    const limit = [
      ...(Number.isFinite(limits.seeds) ? ['--seeds', String(Math.ceil((limits.seeds - job) / jobs))] : []),
      ...(Number.isFinite(limits.years) ? ['--years', String(limits.years / jobs)] : []),
      ...(Number.isFinite(limits.minutes) ? ['--minutes', String(limits.minutes)] : []),
    ];
    const child = fork(__filename, ['--from', String(from + job), '--stride', String(jobs), ...limit]);
    return new Promise<Tally>((resolve, reject) => {
      child.on('message', (message: { readonly tally?: Tally; readonly progress?: Tally }) => {
        if (message.tally !== undefined) return resolve(message.tally);
        if (message.progress !== undefined) latest.set(job, message.progress);
        if (performance.now() - shownMs < progressMs) return;
        shownMs = performance.now();
        show([...latest.values()].reduce(added, nothing));
      });
      child.once('exit', (code) => reject(new Error(`a process of the simulation ended with ${code}`)));
    });
  });
  return (await Promise.all(parts)).reduce(added, nothing);
}

function summed(path: string): number {
  const runs = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const all = runs.map((line): Tally & { readonly seconds: number } => JSON.parse(line));
  const tally = all.reduce<Tally>(added, nothing);
  const seconds = all.reduce((sum, one) => sum + one.seconds, 0);
  process.stdout.write(`${tallyText(tally, seconds)}\n`);
  return tally.broken.length === 0 ? 0 : 1;
}

function walk(states: number): number {
  let broken = 0;
  for (const [name, setup] of Object.entries(setups)) {
    const cpu = process.cpuUsage();
    const met = explore(setup, { depth: setup.depth, states });
    const { user, system } = process.cpuUsage(cpu);
    process.stdout.write(`${walkText(name, met, (user + system) / 1e6)}\n`);
    if (met.broken !== null) broken += 1;
  }
  return broken === 0 ? 0 : 1;
}

function told(outcome: Outcome): number {
  process.stdout.write(`${story(outcome)}\n`);
  return outcome.violations.length === 0 ? 0 : 1;
}

async function report(seed: number, at: string): Promise<void> {
  const plan = planOf(seed);
  const small = await shrink(plan, await play(plan));
  mkdirSync('sim-failures', { recursive: true });
  const path = join('sim-failures', `seed-${seed}.json`);
  const { outcome } = small;
  const kept = { commit: at, plan: small.plan, violations: outcome.violations, story: outcome.story };
  writeFileSync(path, JSON.stringify(kept, null, 2));
  process.stderr.write(
    `\nseed ${seed} at ${at}, shrunk to ${small.plan.acts.length} acts, kept in ${path}\n${story(outcome)}\n`,
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
