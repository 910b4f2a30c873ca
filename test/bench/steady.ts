import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { calm } from '../control/world';
import { policyOf } from '../domain/fixtures';
import type { Figure } from './figure';

/** An hour of simulated calm, sites at 1 s: what the daemon wrote, and whether its memory grew. */
export async function steady(): Promise<readonly Figure[]> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const heapKb = (): number => {
    if (typeof collect === 'function') collect();
    return process.memoryUsage().heapUsed / 1_024;
  };
  const world = await calm(policyOf({ intervalMs: 1_000, timeoutMs: 1_000, confirmIntervalMs: 200 }), 7);
  await world.time.run(600_000);
  const commits = world.disk.commits;
  const versions = world.zone.history.length;
  const beforeKb = heapKb();
  await world.time.run(3_600_000);
  const grownKb = heapKb() - beforeKb;
  const writes = world.zone.history.length - versions;
  return [
    { what: 'provider writes in an hour of calm', measured: String(writes), limit: '0', ok: writes === 0 },
    {
      what: 'state saves in an hour of calm',
      measured: String(world.disk.commits - commits),
      limit: '0',
      ok: world.disk.commits === commits,
    },
    { what: 'heap grown in an hour of calm', measured: `${grownKb.toFixed(0)} KB`, limit: '512 KB', ok: grownKb < 512 },
  ];
}
