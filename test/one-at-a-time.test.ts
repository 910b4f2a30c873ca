import { expect, test } from '@jest/globals';
import { oneAtATime } from '../src/one-at-a-time';

/** Work whose every run ends when the test says so. */
function heldWork() {
  const ends: (() => void)[] = [];
  let underway = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    underway += 1;
    most = Math.max(most, underway);
    await new Promise<void>((resolve) => ends.push(resolve));
    underway -= 1;
  };
  return { work, started: () => ends.length, most: () => most, end: () => ends.at(-1)?.() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('asked five times while it is under way, it runs once more, and never beside itself', async () => {
  const held = heldWork();
  const once = oneAtATime(held.work);
  for (let ask = 0; ask < 5; ask += 1) once.ask();
  expect(held.started()).toBe(1);
  held.end();
  await turn();
  expect(held.started()).toBe(2);
  held.end();
  await turn();
  expect(held.started()).toBe(2);
  once.ask();
  expect(held.started()).toBe(3);
  expect(held.most()).toBe(1);
  held.end();
});

test('closed, it waits for what is under way and starts nothing more', async () => {
  const held = heldWork();
  const once = oneAtATime(held.work);
  once.ask();
  once.ask();
  let closed = false;
  const closing = once.close().then(() => {
    closed = true;
  });
  await turn();
  expect(closed).toBe(false);
  held.end();
  await closing;
  once.ask();
  await turn();
  expect(held.started()).toBe(1);
});
