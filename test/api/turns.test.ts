import { expect, test } from '@jest/globals';
import { createTurns } from '../../src/api/turns';

/** Work that takes so long, on a clock that only it moves; rests are noted, and last until they are ended. */
function bench() {
  let nowMs = 0;
  const rests: { readonly ms: number; readonly end: () => void }[] = [];
  const ran: string[] = [];
  const turns = createTurns(
    () => nowMs,
    (ms) => new Promise((end) => void rests.push({ ms, end })),
  );
  return {
    rests,
    ran,
    ask: (name: string, tookMs: number) =>
      turns.take(async () => {
        ran.push(name);
        nowMs += tookMs;
        if (name === 'fails') throw new Error(name);
        return name;
      }),
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

test('one at a time, each followed by three times its length for everybody else; one that fails too', async () => {
  const { ask, ran, rests, settle } = bench();
  const answers = [ask('a', 30), ask('fails', 5), ask('b', 1)].map((one) => one?.catch(() => 'failed'));
  await settle();
  expect([ran, rests.map(({ ms }) => ms)]).toEqual([['a'], [90]]);
  expect(await answers[0]).toBe('a');
  rests[0]?.end();
  await settle();
  expect([ran, rests.map(({ ms }) => ms)]).toEqual([
    ['a', 'fails'],
    [90, 15],
  ]);
  rests[1]?.end();
  expect(await Promise.all(answers)).toEqual(['a', 'failed', 'b']);
});

test('a thousand may wait; the next is turned away, and taken again when there is room', async () => {
  const { ask, rests, settle } = bench();
  const all = Array.from({ length: 1_000 }, () => ask('a', 1));
  expect(all).not.toContain(null);
  expect(ask('late', 1)).toBeNull();
  await settle();
  expect(ask('again', 1)).not.toBeNull();
  expect(rests).toHaveLength(1);
});
