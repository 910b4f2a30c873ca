import { describe, expect, test } from '@jest/globals';
import { createCanaries } from '../../src/control/canaries';
import { createDaemon, createElsewhere, createTurns, type Plan } from '../../src/control/daemon';
import { createTime } from '../../src/sim/time';
import { policyOf } from '../domain/fixtures';
import { createWorld } from './world';

/** Plans whose members write down what happens to them. */
function planner() {
  const happened: string[] = [];
  const plan = (record: string, version = 1, made: 'made' | 'refused' = 'made'): Plan => ({
    record,
    fingerprint: `${record}${version}`,
    async make() {
      happened.push(`make ${record}${version}`);
      await new Promise((resolve) => void setImmediate(resolve));
      if (made === 'refused') return { ok: false, why: 'no', passing: false };
      const world = createWorld(policyOf());
      const service = {
        ...world.start(),
        start: () => void happened.push(`start ${record}${version}`),
        stop: async () => void happened.push(`stop ${record}${version}`),
      };
      const close = async (): Promise<void> => void happened.push(`close ${record}${version}`);
      return { ok: true, member: { record, fingerprint: `${record}${version}`, service, close } };
    },
  });
  return { plan, happened };
}

describe('the services of a daemon', () => {
  test('unchanged ones go on, changed ones are replaced, old ones end before new ones start', async () => {
    const { plan, happened } = planner();
    const daemon = createDaemon(1_000);
    await daemon.apply([plan('a'), plan('b')]);
    happened.length = 0;
    expect(await daemon.apply([plan('a'), plan('b', 2), plan('c')])).toEqual({ ok: true });
    expect(happened).toEqual(['make b2', 'make c1', 'stop b1', 'close b1', 'start b2', 'start c1']);
    expect(daemon.members().map((member) => member.fingerprint)).toEqual(['a1', 'b2', 'c1']);
    happened.length = 0;
    await daemon.stop(1_000);
    expect(happened).toEqual(['stop a1', 'stop b2', 'stop c1', 'close a1', 'close b2', 'close c1']);
  });

  test('when one cannot be made nothing that runs is touched, and what was made for nothing is closed', async () => {
    const { plan, happened } = planner();
    const daemon = createDaemon(1_000);
    await daemon.apply([plan('a')]);
    happened.length = 0;
    expect(await daemon.apply([plan('a', 2), plan('b', 1, 'refused')])).toMatchObject({ ok: false, why: 'no' });
    expect(happened).toEqual(['make a2', 'make b1', 'close a2']);
    expect(daemon.members().map((member) => member.fingerprint)).toEqual(['a1']);
  });

  test('two changes at once are made one after the other', async () => {
    const { plan, happened } = planner();
    const daemon = createDaemon(1_000);
    await Promise.all([daemon.apply([plan('a')]), daemon.apply([plan('a')]), daemon.apply([])]);
    expect(happened).toEqual(['make a1', 'start a1', 'stop a1', 'close a1']);
  });
});

test('who switched elsewhere: every other service once, for as long as the window', () => {
  const time = { now: 0 };
  const elsewhere = createElsewhere({ nowMs: () => time.now });
  for (const record of ['a', 'b', 'b', 'c']) elsewhere.began(record);
  expect(elsewhere.count('a', 60_000)).toBe(2);
  expect(elsewhere.count('d', 60_000)).toBe(3);
  time.now = 30_000;
  elsewhere.began('b');
  time.now = 60_000;
  expect(elsewhere.count('a', 60_000)).toBe(1);
});

test('canaries are asked at their pace, each by itself, until stopped', async () => {
  const time = createTime(0);
  const told: string[] = [];
  const ask = async (name: string): Promise<boolean> => {
    await time.sleep(name === 'slow' ? 3_000 : 10);
    return name !== 'slow';
  };
  const canaries = createCanaries(['quick', 'slow'], 10_000, { clock: time, random: () => 0.5, ask }, (event) => {
    if (event.type === 'canary') told.push(`${Math.round(time.nowMs() / 1_000)} ${event.name} ${event.ok}`);
  });
  canaries.start();
  await time.run(24_000);
  expect(told).toEqual(['0 quick true', '3 slow false', '10 quick true', '16 slow false', '20 quick true']);
  canaries.stop();
  await time.run(60_000);
  expect(told).toHaveLength(5);
});

test('turns lie apart, however many ask at once; who comes later waits for nothing', () => {
  let nowMs = 1_000;
  const turn = createTurns({ nowMs: () => nowMs }, 2_000);
  expect([turn(), turn(), turn()]).toEqual([0, 2_000, 4_000]);
  nowMs = 6_000;
  expect([turn(), turn()]).toEqual([1_000, 3_000]);
  nowMs = 60_000;
  expect(turn()).toBe(0);
});
