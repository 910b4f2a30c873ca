import { expect, test } from '@jest/globals';
import { type Heartbeat, startHeartbeat } from '../../src/notify/heartbeat';
import type { Answer } from '../../src/notify/post';
import { createTime, type Time } from '../../src/sim/time';

interface Scene {
  readonly time: Time;
  readonly asked: number[];
  readonly failed: string[];
  alive: boolean;
  answer: () => Promise<Answer>;
  start(): Heartbeat;
}

const good: Answer = { status: 200, body: '', retryAfter: null };

function scene(): Scene {
  const time = createTime(0);
  const made: Scene = {
    time,
    asked: [],
    failed: [],
    alive: true,
    answer: async () => good,
    start: () =>
      startHeartbeat({
        url: 'https://hc.example.net/ping/1',
        everyMs: 60_000,
        clock: time,
        alive: () => made.alive,
        failed: (why) => void made.failed.push(why),
        ask: (question) => {
          expect(question).toMatchObject({ method: 'GET', url: 'https://hc.example.net/ping/1' });
          made.asked.push(time.nowMs());
          return made.answer();
        },
      }),
  };
  return made;
}

test('once at the start, then every minute, as long as the daemon lives', async () => {
  const one = scene();
  const beats = one.start();
  await one.time.run(130_000);
  expect(one.asked).toEqual([0, 60_000, 120_000]);
  one.alive = false;
  await one.time.run(600_000);
  expect(one.asked).toHaveLength(3);
  one.alive = true;
  await one.time.run(60_000);
  expect(one.asked).toHaveLength(4);
  beats.stop();
  await one.time.run(600_000);
  expect(one.asked).toHaveLength(4);
  expect(beats.status()).toMatchObject({ channel: 'heartbeat', sent: 4, failures: 0, failingForMs: null });
});

test('one that is not taken is said once, and the next comes when it would have come', async () => {
  const one = scene();
  one.answer = async () => ({ status: 503, body: '', retryAfter: '3600' });
  const beats = one.start();
  await one.time.run(130_000);
  expect([one.asked, one.failed]).toEqual([[0, 60_000, 120_000], ['HTTP 503']]);
  expect(beats.status()).toMatchObject({ failures: 3, failingForMs: 130_000, why: 'HTTP 503' });
  one.answer = async () => good;
  await one.time.run(60_000);
  expect(beats.status()).toMatchObject({ sent: 1, failures: 3, failingForMs: null, why: null });
});

test('one that hangs holds up none that comes after it', async () => {
  const one = scene();
  one.answer = () => new Promise(() => undefined);
  one.start();
  await one.time.run(130_000);
  expect(one.asked).toEqual([0, 60_000, 120_000]);
});
