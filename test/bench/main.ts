import { failoverTimes } from './failover';
import { idle } from './idle';
import { steady } from './steady';

/** `npm run bench`: what the promises about speed and memory measure here, now, beside their limits. */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const runs = { failover: failoverTimes, idle, steady };
  let failed = false;
  for (const [name, run] of Object.entries(runs)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const { what, measured, limit, ok } of await run()) {
      failed ||= !ok;
      process.stdout.write(`${ok ? 'ok  ' : 'OVER'}  ${what.padEnd(44)} ${measured.padEnd(34)} limit ${limit}\n`);
    }
  }
  process.exit(failed ? 1 : 0);
}

void main();
