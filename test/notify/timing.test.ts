import { expect, test } from '@jest/globals';
import type { JournalLine } from '../../src/control/ports';
import type { Sent } from '../../src/notify/channel';
import { createNotifier } from '../../src/notify/notifier';
import { seeded } from '../../src/sim/time';
import { calm, suffers, type World } from '../control/world';
import { a, b, policyOf } from '../domain/fixtures';
import { channelOf, refused } from './bench';

/** Whoever is told, and however badly that goes: the decision, its writes and their times are the same to the millisecond. */

const policy = policyOf({
  intervalMs: 1_000,
  timeoutMs: 1_000,
  sustainMs: 2_000,
  confirmIntervalMs: 200,
  rise: 2,
  ttlMs: 1_000,
});
const kinds = ['webhook', 'slack', 'pagerduty', 'dingtalk', 'feishu', 'wecom', 'smtp'] as const;

interface Course {
  readonly tells: readonly string[];
  readonly writes: number;
  readonly attempts: number;
}

async function play(seed: number, send: ((world: World) => Promise<Sent>) | null): Promise<Course> {
  let hear = (_line: JournalLine): void => undefined;
  const rows = new Map<string, string>();
  const world: World = await calm(policy, seed, { hear: (line) => hear(line) });
  let attempts = 0;
  if (send !== null) {
    createNotifier({
      channels: kinds.map((kind) => channelOf({ kind })),
      quietMs: 1_000,
      store: {
        outbox: {
          rows: () => rows,
          put: (key, json) => void rows.set(key, json),
          drop: (key) => void rows.delete(key),
        },
        watch: (heard) => {
          hear = (line) => heard(policy.record, line);
        },
        journal: () => undefined,
      },
      clock: world.time,
      random: seeded(seed),
      send: () => {
        attempts += 1;
        return send(world);
      },
      facts: (_record, code) => ({
        active: world
          .service()
          .status()
          .alerts.some((one) => one.code === code),
        evidence: [],
      }),
      owner: () => 'sre',
      host: 'node-1',
      redact: (text) => text,
      log: { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined },
    });
  }
  suffers(world, a, 'status', 20_000);
  await world.time.run(60_000);
  suffers(world, b, 'hole', 5_000);
  await world.time.run(600_000);
  return {
    tells: world.tells.map(({ atMs, code, text }) => `${atMs} ${code} ${text}`),
    writes: world.zone.written().length,
    attempts,
  };
}

const ways: Readonly<Record<string, (world: World) => Promise<Sent>>> = {
  'take everything': async () => ({ ok: true }),
  'refuse everything': async () => refused,
  'never answer': () => new Promise(() => undefined),
  'answer after ten seconds': (world) => world.time.sleep(10_000).then(() => refused),
};

test.each(Object.entries(ways))('channels that %s', async (_way, send) => {
  for (const seed of [1, 2, 3]) {
    const alone = await play(seed, null);
    const told = await play(seed, send);
    expect(told.tells).toEqual(alone.tells);
    expect(told.writes).toBe(alone.writes);
    expect(alone.tells.join()).toContain('switched');
    expect(told.attempts).toBeGreaterThanOrEqual(kinds.length);
  }
});
