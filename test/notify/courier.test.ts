import { describe, expect, test } from '@jest/globals';
import { backoffMs } from '../../src/notify/backoff';
import type { Sent } from '../../src/notify/channel';
import { type Courier, type CourierEvent, createCourier } from '../../src/notify/courier';
import { createTime, seeded, type Time } from '../../src/sim/time';
import { channelOf, messageOf, refused } from './bench';

interface Scene {
  readonly time: Time;
  readonly courier: Courier;
  /** Every attempt: which, how many more it told of, and when. */
  readonly tried: { readonly id: string; readonly more: number; readonly atMs: number }[];
  readonly done: string[];
  readonly events: CourierEvent[];
  answer: (id: string) => Sent | Promise<Sent>;
  add(incident: string, action?: 'trigger' | 'resolve' | 'info', page?: boolean): void;
}

function scene(kind: Parameters<typeof channelOf>[0] = {}): Scene {
  const time = createTime(0);
  const made: Scene = {
    time,
    tried: [],
    done: [],
    events: [],
    answer: () => ({ ok: true }),
    add(incident, action = 'info', page = false) {
      const message = messageOf({ incident, action, page, atMs: time.nowMs() });
      made.courier.add({ key: message.id, message });
    },
    courier: createCourier({
      channel: channelOf(kind),
      clock: time,
      random: seeded(3),
      async send({ id }, more) {
        made.tried.push({ id, more, atMs: time.nowMs() });
        return made.answer(id);
      },
      done: (key) => void made.done.push(key),
      event: (event) => void made.events.push(event),
    }),
  };
  return made;
}

const tries = ({ tried }: Scene): readonly string[] => tried.map(({ id }) => id);

describe('the pause between attempts', () => {
  test('doubles to five minutes, half of it by chance', () => {
    expect([1, 2, 3, 8, 9, 50].map((failures) => [backoffMs(failures, 0), backoffMs(failures, 1)])).toEqual([
      [1_000, 2_000],
      [2_000, 4_000],
      [4_000, 8_000],
      [128_000, 256_000],
      [150_000, 300_000],
      [150_000, 300_000],
    ]);
  });

  test('a day of refusals is a bounded number of attempts', async () => {
    const one = scene();
    one.answer = () => refused;
    one.add('x');
    await one.time.run(23 * 3_600_000);
    expect(one.tried.length).toBeGreaterThan(270);
    expect(one.tried.length).toBeLessThan(570);
    expect(one.done).toEqual([]);
    expect(one.courier.status()).toMatchObject({ pending: 1, sent: 0, failures: one.tried.length, why: 'HTTP 503' });
  });

  test('is at least what the channel asked for', async () => {
    const one = scene();
    one.answer = () => ({ ok: false, why: 'HTTP 429', unfit: false, retryAfterMs: 600_000 });
    one.add('x');
    one.add('y');
    await one.time.run(599_000);
    expect(tries(one)).toEqual(['x/info']);
    one.answer = () => ({ ok: true });
    await one.time.run(10_000);
    expect(tries(one)).toEqual(['x/info', 'x/info', 'y/info']);
    expect(one.events.map(({ type }) => type)).toEqual(['failed', 'recovered']);
  });
});

describe('order', () => {
  test('a message that is not wanted holds up its own incident and nothing else', async () => {
    const one = scene();
    one.answer = (id) =>
      id === 'x/trigger' ? { ok: false, why: 'HTTP 400', unfit: true, retryAfterMs: null } : { ok: true };
    one.add('x', 'trigger');
    one.add('x', 'resolve');
    one.add('y', 'trigger');
    await one.time.run(60_000);
    expect(new Set(tries(one))).toEqual(new Set(['x/trigger', 'y/trigger']));
    expect(one.done).toEqual(['y/trigger']);
    one.answer = () => ({ ok: true });
    await one.time.run(600_000);
    expect(one.done).toEqual(['y/trigger', 'x/trigger', 'x/resolve']);
  });

  test('a page goes before everything else', async () => {
    const one = scene({ kind: 'slack' });
    for (const incident of ['a', 'b', 'c']) one.add(incident);
    one.add('down', 'trigger', true);
    await one.time.run(10_000);
    expect(tries(one)).toEqual(['a/info', 'down/trigger', 'b/info', 'c/info']);
  });

  test('one at a time, however long it takes', async () => {
    const one = scene();
    let under = 0;
    let most = 0;
    one.answer = async () => {
      under += 1;
      most = Math.max(most, under);
      await one.time.sleep(9_000);
      under -= 1;
      return { ok: true };
    };
    for (let n = 0; n < 5; n++) one.add(`i${n}`);
    await one.time.run(60_000);
    expect([one.done.length, most]).toEqual([5, 1]);
  });
});

test.each([
  ['dingtalk', 20],
  ['wecom', 20],
  ['slack', 61],
  ['feishu', 87],
] as const)('%s gets at most %i messages in any minute', async (kind, most) => {
  const one = scene({ kind });
  for (let n = 0; n < 150; n++) one.add(`i${n}`);
  await one.time.run(600_000);
  expect(one.done).toHaveLength(150);
  const busiest = Math.max(
    ...one.tried.map(
      ({ atMs }) => one.tried.filter((other) => other.atMs >= atMs && other.atMs < atMs + 60_000).length,
    ),
  );
  expect(busiest).toBeLessThanOrEqual(most);
  expect(busiest).toBeGreaterThan(most / 2);
});

describe('more than 200 waiting', () => {
  test('infos give way first, and the next message says how many', async () => {
    const one = scene();
    one.answer = () => refused;
    one.add('first', 'trigger');
    for (let n = 0; n < 150; n++) one.add(`info${n}`);
    for (let n = 0; n < 86; n++) one.add(`alert${n}`, 'trigger');
    expect(one.courier.status().pending).toBe(200);
    expect(one.done).toEqual([...Array(37).keys()].map((n) => `info${n}/info`));
    one.answer = () => ({ ok: true });
    await one.time.run(60_000);
    expect(one.tried.slice(1, 3).map(({ id, more }) => [id, more])).toEqual([
      ['first/trigger', 37],
      ['info37/info', 0],
    ]);
    expect(one.courier.status().pending).toBe(0);
  });

  test('then what is over before anybody can have been told that it began; never an end that was told to begin', async () => {
    const one = scene();
    one.answer = () => refused;
    one.add('tried', 'trigger');
    await one.time.run(10);
    one.add('tried', 'resolve');
    one.add('over', 'trigger');
    one.add('over', 'resolve');
    for (let n = 0; n < 198; n++) one.add(`alert${n}`, 'trigger');
    expect(one.done).toEqual(['over/trigger', 'over/resolve']);
    one.add('late', 'trigger');
    expect(one.done.slice(2)).toEqual(['tried/trigger']);
  });
});

test('after its end nothing is tried and nothing is dropped', async () => {
  const one = scene();
  one.answer = async () => {
    await one.time.sleep(5_000);
    return { ok: true };
  };
  one.add('x');
  await one.time.run(1_000);
  one.courier.stop();
  one.add('y');
  await one.time.run(60_000);
  expect([tries(one), one.done]).toEqual([['x/info'], []]);
});
