import { readFileSync } from 'node:fs';
import { openWorld, ready, until } from '../live/harness';
import type { Figure } from './figure';

/** An idle daemon with the built-in provider and three sites: time to ready, memory, and what it has loaded. */
export async function idle(): Promise<readonly Figure[]> {
  const world = await openWorld(50, 3);
  const startedMs = performance.now();
  const daemon = world.start();
  const listening = await until(5_000, async () => (await daemon.status()) !== null, 5);
  const startMs = performance.now() - startedMs;
  await until(15_000, ready(daemon, 'a'));
  const rssMb: number[] = [];
  // Early, and once its heap has settled.
  for (const ms of [10_000, 290_000]) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    rssMb.push(residentMb(daemon.pid));
  }
  await world.close();
  return [
    {
      what: 'start to ready',
      measured: `${Math.round(startMs)} ms`,
      limit: '1000 ms',
      ok: listening && startMs < 1_000,
    },
    {
      what: 'resident memory, idle, 3 sites: 10 s, 5 min',
      measured: rssMb.map((mb) => `${mb.toFixed(0)} MB`).join(', '),
      limit: '100 MB',
      ok: rssMb.every((mb) => mb < 100),
    },
  ];
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1_024;
}
