import { expect, test } from '@jest/globals';
import { createRetention } from '../src/retention';

/** Waits are over at once when asked for; cancelled ones never. */
function fakeClock() {
  const waits: { run: () => void; over: boolean }[] = [];
  return {
    after(_ms: number, run: () => void) {
      const wait = { run, over: false };
      waits.push(wait);
      return () => {
        wait.over = true;
      };
    },
    pass() {
      const wait = waits.find((one) => !one.over);
      if (wait === undefined) return false;
      wait.over = true;
      wait.run();
      return true;
    },
  };
}

test('batch after batch until there is no more, and none after the stop', async () => {
  const clock = fakeClock();
  let left = 4;
  let batches = 0;
  const retention = createRetention(
    () => {
      batches += 1;
      left -= 1;
      return left > 0;
    },
    clock,
    '* * * * * *',
  );
  retention.start();
  while (batches === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  while (clock.pass());
  expect({ batches, left }).toEqual({ batches: 4, left: 0 });

  left = 4;
  while (batches === 4) await new Promise((resolve) => setTimeout(resolve, 20));
  retention.stop();
  expect(clock.pass()).toBe(false);
});
