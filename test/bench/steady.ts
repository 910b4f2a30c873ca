import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pauseMs } from '../../src/domain/selftest';
import type { Policy } from '../../src/domain/types';
import { calm, type World } from '../control/world';
import { testWrites } from '../control/zone';
import { policyOf } from '../domain/fixtures';
import type { Figure } from './figure';

const hourMs = 3_600_000;
/** The default period, and what the built-in server takes to publish. */
const selftest = { everyMs: 600_000, settleMs: 200 };

/**
 * An hour of simulated calm, sites at 1 s: what the daemon wrote, and whether its memory grew. The record's own sets are never written, with the
 * self-test or without; the self-test rewrites the TXT beside them, at most so many times an hour.
 */
export async function steady(): Promise<readonly Figure[]> {
  const off = await settled(null);
  const commits = off.disk.commits;
  const grownKb = await heapGrown(off);
  const on = await settled(selftest);
  const earlier = on.zone.written().length;
  const tests = testWrites(on.zone).length;
  await on.time.run(hourMs);
  const txt = testWrites(on.zone).length - tests;
  const mostTxt = Math.ceil(hourMs / pauseMs(selftest, 0));
  return [
    none('writes in an hour of calm, self-test off', off.zone.written().length),
    none('its own sets, self-test every 10 min', on.zone.written().length - earlier - txt + setsChanged(on)),
    {
      what: 'its TXT, self-test every 10 min',
      measured: `${txt} in an hour`,
      limit: `${mostTxt}, and not none`,
      ok: txt > 0 && txt <= mostTxt,
    },
    none('state saves in an hour of calm, self-test off', off.disk.commits - commits),
    { what: 'heap grown in an hour of calm', measured: `${grownKb.toFixed(0)} KB`, limit: '512 KB', ok: grownKb < 512 },
  ];
}

/** Ten minutes into calm: everything is known, and the first self-test has claimed the record. */
async function settled(tested: Policy['selftest']): Promise<World> {
  const pace = { intervalMs: 1_000, timeoutMs: 1_000, confirmIntervalMs: 200 };
  const world = await calm(policyOf({ ...pace, selftest: tested }), 7);
  await world.time.run(600_000);
  return world;
}

/** How often what users see has changed since the world began. */
function setsChanged({ zone: { history } }: World): number {
  const seen = history.map(({ sets }) => JSON.stringify(sets));
  return seen.filter((sets, index) => index > 0 && sets !== seen[index - 1]).length;
}

async function heapGrown(world: World): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const heapKb = (): number => {
    if (typeof collect === 'function') collect();
    return process.memoryUsage().heapUsed / 1_024;
  };
  world.probes.length = 0;
  const beforeKb = heapKb();
  await world.time.run(hourMs);
  // What the stage notes of every probe is none of the daemon's.
  world.probes.length = 0;
  return heapKb() - beforeKb;
}

function none(what: string, count: number): Figure {
  return { what, measured: String(count), limit: '0', ok: count === 0 };
}
