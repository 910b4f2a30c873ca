import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Observation } from '../../src/domain/types';
import { startDeadline, within } from '../../src/probe/deadline';
import { createProber } from '../../src/probe/round';
import { type SelfWatch, watchSelf } from '../../src/probe/self';
import { check, context, expecting, siteAt, verdict, why } from './setup';

/** Answers from a thread of its own, so that it stays fast while this one stands still: at once, or after the path's milliseconds. */
const serverCode = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    const ms = Number(request.url.slice(1));
    if (ms >= 0) setTimeout(() => response.end('ok'), ms);
  });
  server.listen(0, '127.0.0.1', 511, () => parentPort.postMessage(server.address().port));`;

let server: Worker;
let port = 0;
let self: SelfWatch;
beforeAll(async () => {
  server = new Worker(serverCode, { eval: true });
  port = await new Promise<number>((resolve) => server.once('message', resolve));
  self = watchSelf({ holdMs: 1_000 });
});
afterAll(async () => {
  self.close();
  await server.terminate();
});

function probe(path: string, timeoutMs: number): Promise<Observation> {
  const checks = { a: [check({ port, path })] };
  const options = { record: 'www.example.test', expect: expecting(), allowPrivate: true, timeoutMs, checks };
  return createProber({ ...options, context: context({ self }) }).probe(siteAt('a', '127.0.0.1'));
}

function standStill(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a stalled event loop', () => {
  test('700 ms against a timeout of 500 ms and a fast server: no false timeout in 200 probes', async () => {
    let plainTimeouts = 0;
    const seen: string[] = [];
    for (let block = 0; block < 2; block++) {
      const probes = Array.from({ length: 100 }, async () => {
        let answered = false;
        setTimeout(() => (plainTimeouts += answered ? 0 : 1), 500);
        const observation = await probe('/0', 500);
        answered = true;
        seen.push(verdict(observation));
      });
      standStill(700);
      await Promise.all(probes);
    }
    expect(plainTimeouts).toBeGreaterThan(190);
    expect(seen.filter((result) => result !== 'unknown' && result !== 'pass')).toEqual([]);
    expect(seen).toHaveLength(200);
  });

  test('short, over the deadline: an answer that lay in the socket is heard, silence is still a timeout', async () => {
    const probing = [probe('/930', 1_000), probe('/-1', 1_000)];
    await wait(900);
    standStill(300);
    const [answered, silent] = await Promise.all(probing);
    expect(answered).toMatchObject({ result: 'pass' });
    expect(silent).toMatchObject({ result: 'fail', class: 'timeout' });
    expect(silent).toMatchObject({ why: expect.stringMatching(/not done within 1000 ms/) });
  });

  test('long, over a silent server: unknown, not a timeout', async () => {
    const probing = probe('/-1', 500);
    await wait(20);
    standStill(700);
    const observation = await probing;
    expect(verdict(observation)).toBe('unknown');
    expect(why(observation)).toMatch(/our event loop stood still for \d{3} ms/);
  });

  test('long, inside the window: what was seen through it is unknown too', async () => {
    const probing = probe('/-1', 900);
    await wait(20);
    standStill(650);
    expect(verdict(await probing)).toBe('unknown');
  });

  test('before the window: no matter', async () => {
    standStill(700);
    await wait(120);
    expect(verdict(await probe('/0', 500))).toBe('pass');
  });
});

describe('startDeadline', () => {
  /** How long after the end of a stall, and how many turns of the loop later, the deadline ends. */
  async function endAfter(timeoutMs: number, stallMs: number) {
    const deadline = startDeadline(timeoutMs);
    standStill(stallMs);
    const stalledMs = performance.now();
    let turns = 0;
    let ended = false;
    const turn = (): void => {
      turns++;
      if (!ended) setImmediate(turn);
    };
    setImmediate(turn);
    const how = await new Promise((resolve) => deadline.onEnd(resolve));
    ended = true;
    return { how, turns, tookMs: performance.now() - stalledMs };
  }

  test('late: the sockets may speak for many turns of the loop', async () => {
    const { how, turns, tookMs } = await endAfter(50, 150);
    expect(how).toBe('expired');
    expect(turns).toBeGreaterThan(10);
    expect(tookMs).toBeGreaterThan(45);
  });

  test('on time: for one', async () => {
    const deadline = startDeadline(100);
    await new Promise((resolve) => deadline.onEnd(resolve));
    const tookMs = performance.now() - deadline.startedMs;
    expect(tookMs).toBeGreaterThanOrEqual(99);
    expect(tookMs).toBeLessThan(1_000);
  });

  test('cancelled: at once, and for whoever asks later', async () => {
    const deadline = startDeadline(10_000);
    const first = new Promise((resolve) => deadline.onEnd(resolve));
    deadline.cancel();
    expect(await first).toBe('cancelled');
    expect(await new Promise((resolve) => deadline.onEnd(resolve))).toBe('cancelled');
    expect(await within(deadline, new Promise(() => {}))).toBeNull();
    expect(await within(startDeadline(10), Promise.resolve(7))).toBe(7);
  });
});
