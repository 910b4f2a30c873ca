import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { asked, usage } from './asked';
import { commit } from './commit';
import { explore, walkText } from './explore';
import { kept, storyOf } from './failures';
import { type Plan, planOf } from './plan';
import { type Listen, play, textOf } from './play';
import { setups } from './small-worlds';
import { summed } from './sum';
import { added, counted, nothing, type Tally } from './tally';
import { progressText, tallyMarkdown, tallyText } from './tally-text';

async function main(): Promise<number> {
  const given = asked();
  if (!given.ok) {
    process.stderr.write(`${given.why}\n\n${usage}\n`);
    return 2;
  }
  const { values } = given;
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (values.explore !== undefined) return walk(Number(values.explore));
  if (values.sum !== undefined) return sum(values.sum, values.markdown);
  const listen = ear();
  // As it is now: what is loaded already stays what is played, whatever becomes of the files meanwhile.
  const played = commit();
  if (values.seed !== undefined) return one(planOf(Number(values.seed)), played, listen);
  if (values.plan !== undefined) return one(JSON.parse(readFileSync(values.plan, 'utf8')).plan, played, listen);
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
  if (process.send !== undefined) {
    const said = (tally: Tally): void => void process.send?.({ progress: tally });
    process.send({ tally: await many(share, listen, said) });
    return 0;
  }
  const show = (tally: Tally): void => void process.stderr.write(`${progressText(tally)}\n`);
  const tally = jobs === 1 ? await many(share, listen, show) : await spread(share, jobs, show);
  const run = { commit: played, seconds: (performance.now() - startedMs) / 1_000 };
  process.stdout.write(`${values.json ? JSON.stringify({ ...run, ...tally }) : tallyText(tally, run)}\n`);
  for (const seed of tally.broken.slice(0, 3)) {
    const plan = planOf(seed);
    process.stderr.write(`\n${await kept(plan, await play(plan, listen), played, listen)}\n`);
  }
  return tally.broken.length === 0 ? 0 : 1;
}

/** What is thrown where nobody waits for it belongs to the seed that is being played, and the run goes on. */
function ear(): Listen {
  let heard: ((error: unknown) => void) | null = null;
  const hear = (error: unknown): void => {
    if (heard === null) {
      process.stderr.write(`${textOf(error)}\n`);
      process.exit(1);
    }
    heard(error);
  };
  process.on('unhandledRejection', hear);
  process.on('uncaughtException', hear);
  return (threw) => {
    heard = threw;
  };
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

async function many({ from, stride, limits }: Share, listen: Listen, show: (tally: Tally) => void): Promise<Tally> {
  const startedMs = performance.now();
  let shownMs = startedMs;
  let tally = nothing;
  const goesOn = (): boolean =>
    tally.seeds < limits.seeds && tally.years < limits.years && performance.now() - startedMs < 60_000 * limits.minutes;
  for (let seed = from; goesOn(); seed += stride) {
    const cpu = process.cpuUsage();
    const outcome = await play(planOf(seed), listen);
    const { user, system } = process.cpuUsage(cpu);
    tally = { ...counted(tally, outcome, (user + system) / 1e6), ranges: [{ from, stride, seeds: tally.seeds + 1 }] };
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

function sum(path: string, markdown: boolean): number {
  const all = summed(readFileSync(path, 'utf8'));
  if (!all.ok) {
    process.stderr.write(`${all.why}\n`);
    return 2;
  }
  process.stdout.write(`${(markdown ? tallyMarkdown : tallyText)(all.tally, all.run)}\n`);
  return all.tally.broken.length === 0 ? 0 : 1;
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

/** Plays one plan and tells its story; what broke is shrunk and kept like in a run of many. */
async function one(plan: Plan, played: string, listen: Listen): Promise<number> {
  const outcome = await play(plan, listen);
  process.stdout.write(`seed ${plan.seed} at ${played}\n${storyOf(outcome)}\n`);
  if (outcome.violations.length === 0) return 0;
  process.stdout.write(`\n${await kept(plan, outcome, played, listen)}\n`);
  return 1;
}

// One of several ends with whoever began it.
const ends = (): never => process.exit(1);
process.once('disconnect', ends);
main().then(
  (code) => {
    process.exitCode = code;
    process.off('disconnect', ends);
    if (process.send !== undefined) process.disconnect();
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
