import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createSupervisor, type Run, runProgram, type SupervisorInput } from '../../src/notify/systemd';

/** Notes what was sent; each child ends when the test says so. */
function children() {
  const sent: string[] = [];
  const ends: ((why: string | null) => void)[] = [];
  const run: Run = (program, args, { NOTIFY_SOCKET }) => {
    sent.push([program, ...args, NOTIFY_SOCKET].join(' '));
    return new Promise((resolve) => ends.push(resolve));
  };
  const end = async (why: string | null = null) => {
    ends.shift()?.(why);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { sent, run, end, open: () => ends.length };
}

function supervisor(of: ReturnType<typeof children>, more: Partial<SupervisorInput> = {}) {
  return createSupervisor({
    notifySocket: '/run/notify',
    watchdogUsec: undefined,
    alive: () => true,
    pid: 42,
    monotonicUsec: () => 1_234_567n,
    onTrouble: () => undefined,
    run: of.run,
    ...more,
  });
}

test.each([undefined, ''])('without a socket nothing is run: %p', async (notifySocket) => {
  const of = children();
  const told = supervisor(of, { notifySocket });
  told.ready();
  told.status('x');
  told.reloading();
  await told.stopping();
  expect(of.sent).toEqual([]);
});

test('one child at a time, in order; of several statuses the newest', async () => {
  const of = children();
  const told = supervisor(of);
  told.ready();
  told.status('one');
  told.status('two');
  told.reloading();
  told.status('three\n\u0000READY=1');
  expect(of.open()).toBe(1);
  for (let count = 0; count < 4; count++) await of.end();
  expect(of.sent).toEqual([
    'systemd-notify READY=1 MAINPID=42 /run/notify',
    'systemd-notify RELOADING=1 MONOTONIC_USEC=1234567 /run/notify',
    'systemd-notify STATUS=three READY=1 /run/notify',
  ]);
  const stopping = told.stopping();
  await of.end();
  await stopping;
  expect(of.sent.at(-1)).toBe('systemd-notify STOPPING=1 /run/notify');
});

test('a child that fails is told once, and the next message goes out', async () => {
  const of = children();
  const troubles: string[] = [];
  const told = supervisor(of, { onTrouble: (why) => troubles.push(why) });
  told.ready();
  told.status('x');
  await of.end('ENOENT');
  await of.end('ENOENT');
  expect(troubles).toEqual(['systemd-notify READY=1 MAINPID=42: ENOENT']);
  expect(of.sent).toHaveLength(2);
});

test('a child that dies of the stop itself is no trouble', async () => {
  const of = children();
  const troubles: string[] = [];
  const told = supervisor(of, { onTrouble: (why) => troubles.push(why) });
  const stopping = told.stopping();
  await of.end('ended with SIGTERM');
  await stopping;
  expect(of.sent).toHaveLength(1);
  expect(troubles).toEqual([]);
});

test('what waits is bounded', async () => {
  const of = children();
  const told = supervisor(of);
  for (let count = 0; count < 100; count++) told.reloading();
  while (of.open() > 0) await of.end();
  expect(of.sent.length).toBeLessThan(12);
});

describe('the watchdog', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('is pinged three times a period, while the daemon makes progress, until it stops', async () => {
    const of = children();
    let alive = true;
    const told = supervisor(of, { watchdogUsec: '30000000', alive: () => alive });
    const pings = async (ms: number) => {
      const before = of.sent.length;
      for (let passed = 0; passed < ms; passed += 1_000) {
        jest.advanceTimersByTime(1_000);
        await of.end();
      }
      return of.sent.slice(before).filter((line) => line.includes('WATCHDOG=1')).length;
    };
    expect(await pings(9_000)).toBe(0);
    expect(await pings(21_000)).toBe(3);
    alive = false;
    expect(await pings(60_000)).toBe(0);
    alive = true;
    expect(await pings(30_000)).toBe(3);
    const stopping = told.stopping();
    await of.end();
    await stopping;
    expect(await pings(60_000)).toBe(0);
  });

  test('pings do not pile up behind a child that hangs', async () => {
    const of = children();
    supervisor(of, { watchdogUsec: '3000000' });
    jest.advanceTimersByTime(60_000);
    while (of.open() > 0) await of.end();
    expect(of.sent).toHaveLength(2);
  });

  test.each([undefined, '', '0', 'soon', '-5'])('is off when systemd does not ask for it: %p', (watchdogUsec) => {
    const of = children();
    supervisor(of, { watchdogUsec });
    jest.advanceTimersByTime(600_000);
    expect(of.sent).toEqual([]);
  });
});

test('a program runs to its end, or is killed, or cannot be started', async () => {
  const node = (code: string, limitMs?: number) => runProgram(process.execPath, ['-e', code], { MARK: 'yes' }, limitMs);
  expect(await node("process.exit(process.env.MARK === 'yes' ? 0 : 1)", 15_000)).toBeNull();
  expect(await node('process.exit(3)', 15_000)).toBe('ended with 3');
  expect(await node('setInterval(() => 0, 1000)', 300)).toBe('ended with SIGKILL');
  expect(await runProgram('no-such-program-anywhere', [], {})).toBe('ENOENT');
});
