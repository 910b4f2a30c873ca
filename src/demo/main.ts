import { createInterface } from 'node:readline';
import { tryThese } from './help';
import { openStage, type Region, record, type Stage } from './world';

/**
 * `npm run demo`: three regions, the real daemon with its built-in name server, and the story of a failover as it happens.
 * `--once` plays it and exits 0 only if every step was seen by asking DNS.
 */

const bornMs = performance.now();
const once = process.argv.includes('--once');

function say(text: string): void {
  const seconds = ((performance.now() - bornMs) / 1_000).toFixed(1).padStart(5);
  process.stdout.write(`${seconds}s  ${text}\n`);
}

const told = new Set(['decided', 'applied', 'switched', 'alert', 'cleared']);

function hear(line: Readonly<Record<string, unknown>>): void {
  const { level, msg, code, why } = line;
  const because = typeof why === 'string' && code === undefined ? `: ${why}` : '';
  if (level === 'error' || (typeof code === 'string' && told.has(code)))
    say(`         daemon: ${String(msg)}${because}`);
}

/** Waits until DNS answers this region, and says how long it took; false after the deadline. */
async function seen(stage: Stage, region: Region, deadlineMs: number): Promise<number | null> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < deadlineMs) {
    if ((await stage.answer()) === region.address) return performance.now() - startedMs;
    await pause(50);
  }
  return null;
}

/** The answers DNS gave, one after the other, while something was going on. */
async function watch(stage: Stage, forMs: number): Promise<readonly string[]> {
  const answers: string[] = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < forMs) {
    const answer = (await stage.answer()) ?? 'nothing';
    if (answers.at(-1) !== answer) answers.push(answer);
    await pause(50);
  }
  return answers;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function took(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** Plays the story; the text says which step was not seen, null when all were. */
async function play(stage: Stage): Promise<string | null> {
  const [primary, standby] = stage.regions;
  if (primary === undefined || standby === undefined) return 'no regions';

  const start = await seen(stage, primary, 10_000);
  if (start === null) return `DNS never answered ${primary.name}`;
  say(`healthy: ${record} is ${primary.address} (${primary.name})`);
  await pause(2_500);

  say(`killing ${primary.name} …`);
  primary.kill();
  const over = await seen(stage, standby, 10_000);
  if (over === null) return `DNS never moved to ${standby.name}`;
  say(`DNS answers ${standby.address} (${standby.name}) ${took(over)} after the kill`);

  await primary.revive();
  say(`${primary.name} is back; the daemon waits until it has been calm long enough …`);
  const calm = await seen(stage, primary, 30_000);
  if (calm === null) return `DNS never came back to ${primary.name}`;
  if (calm < 4_000) return `DNS came back after ${took(calm)}, sooner than FAILBACK_AFTER`;
  say(`DNS is back at ${primary.name} after ${took(calm)} of calm:`);
  say(
    '  six clean probes until it counts as up, then FAILBACK_AFTER (4 s), doubled by the failover just made (damping)',
  );
  await pause(1_000);

  say(`${primary.name} flaps: a second sick, a second well, six times over …`);
  const watching = watch(stage, 13_000);
  for (let flap = 0; flap < 6; flap++) {
    await primary.say('sick');
    await pause(1_000);
    await primary.say('well');
    await pause(1_000);
  }
  const answers = await watching;
  if (answers.length !== 2)
    return `DNS gave ${answers.length} different answers in a row while flapping: ${answers.join(', ')}`;
  say(`six flaps, one move: ${answers.join(' → ')}`);
  return null;
}

function help(stage: Stage): void {
  say('The story is over; everything keeps running until Ctrl-C. Try:');
  for (const line of tryThese(stage)) process.stdout.write(`          ${line}\n`);
  process.stdout.write('        Type 1, 2 or 3 and Enter to kill or revive a region.\n');
}

async function toggle(region: Region): Promise<void> {
  const dead = region.pid() === null;
  if (dead) await region.revive();
  else region.kill();
  say(`${region.name} is ${dead ? 'back' : 'killed'}`);
}

async function main(): Promise<number> {
  say('starting three regions and the daemon …');
  const stage = await openStage(hear);
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const failure = await Promise.race([play(stage), interrupted.then(() => 'interrupted')]);
  if (failure !== null) say(`NOT SEEN: ${failure}`);
  else if (!once) {
    help(stage);
    const input = createInterface({ input: process.stdin });
    input.on('line', (line) => {
      const region = stage.regions[Number(line.trim()) - 1];
      if (region !== undefined) void toggle(region);
    });
    await interrupted;
    input.close();
  }
  await stage.close();
  if (failure === null && once) say('every step was seen through DNS');
  return failure === null ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
