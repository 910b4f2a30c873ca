import { expect, test } from '@jest/globals';
import { initial } from '../../src/domain/step';
import { createDisk, type DiskFault } from '../../src/sim/disk';
import { createTime } from '../../src/sim/time';
import { createWay } from '../../src/sim/way';

test.each([
  ['that lives makes its calls', [true, true], 1, 1],
  ['that dies before a call sends nothing more', [false], 0, 0],
  ['that dies before the answer has sent, and learns nothing', [true, false], 1, 0],
])('a process %s', async (_what, passes, effects, answers) => {
  const time = createTime(0);
  const left = [...passes];
  const way = createWay({
    time,
    random: () => 0.5,
    faults: () => [],
    reaches: () => true,
    passes: async () => left.shift() ?? false,
    secret: 's',
  });
  const seen = { effects: 0, answers: 0 };
  const effect = (): number => (seen.effects += 1);
  void way.deliver(new AbortController().signal, effect, 0).then(() => (seen.answers += 1));
  await time.run(1_000);
  expect(seen).toEqual({ effects, answers });
});

test('a disk counts how often it lost what was said to be saved; what it refuses is not lost', () => {
  let fault: DiskFault = 'lost';
  const disk = createDisk(() => fault);
  const { durable } = initial(null);
  for (const losses of [1, 2]) {
    expect(disk.save(0, { ...durable, issued: losses }, [])).toEqual({ ok: true });
    disk.crash();
    expect(disk.forgot()).toBe(losses);
  }
  fault = 'broken';
  expect(disk.save(0, durable, [])).toMatchObject({ ok: false, code: 'failed' });
  disk.crash();
  expect(disk.forgot()).toBe(2);
});
