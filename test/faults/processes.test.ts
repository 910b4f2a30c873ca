import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { canary } from '../canary';
import { failoverd } from '../live/command';
import { type Daemon, openWorld, ready, until, type World } from '../live/harness';
import { passOver } from '../servers/installed';
import { broken } from './broken';
import { fakeTime } from './fake-time';

/** The real daemon as a process that is stopped, killed again and again, or told a wrong time. */

/** The stories mostly wait: they are told at once, each in a world of its own. */
function story(name: string, net: number, tell: (world: World) => Promise<void>): void {
  test.concurrent(name, async () => {
    const world = await openWorld(net);
    try {
      await tell(world);
    } finally {
      await world.close();
    }
  }, 180_000);
}

/** What an error that nobody expected may have in its message; `close` of the world looks for it. */
const secrets = {
  FAILOVERD_API_TOKEN: `${canary}-secret-0123456789`,
  FAILOVERD_NOTIFY: `webhook+http://127.0.0.1:1/hook/${canary}-path0?key=${canary}-query`,
  FAILOVERD_HEARTBEAT: `http://127.0.0.1:1/${canary}-beat0`,
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const settledAt = (daemon: Daemon, site: string) => async (): Promise<boolean> => {
  const status = await daemon.status();
  return status?.active === site && status.write === 'settled';
};
const kindsDecided = ({ log }: Daemon): readonly unknown[] =>
  log.filter((line) => line['code'] === 'decided').map((line) => line['kind']);

/** Many times what makes any vote stale, and longer than any deadline of the daemon. */
const stopMs = 60_000;

describe('stopped by a signal for a minute', () => {
  story(
    'S14: the primary was down for a while meanwhile: nothing is moved, then it is watched as before',
    230,
    async (world) => {
      const daemon = world.start();
      expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
      daemon.signal('SIGSTOP');
      await world.sites[0]?.say('sick');
      await pause(stopMs / 2);
      await world.sites[0]?.say('well');
      await pause(stopMs / 2);
      daemon.signal('SIGCONT');
      expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
      expect(kindsDecided(daemon)).toEqual(['create']);
      world.sites[0]?.signal('SIGKILL');
      expect(await until(20_000, settledAt(daemon, 'b'))).toBe(true);
    },
  );

  story(
    'S5: the primary is down since: left once that was seen for SUSTAIN, not on what it woke up with',
    231,
    async (world) => {
      const daemon = world.start();
      expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
      daemon.signal('SIGSTOP');
      await world.sites[0]?.say('sick');
      await pause(stopMs);
      daemon.signal('SIGCONT');
      const awakeMs = performance.now();
      expect(await until(20_000, settledAt(daemon, 'b'))).toBe(true);
      expect(performance.now() - awakeMs).toBeGreaterThan(2_000);
      expect(kindsDecided(daemon)).toEqual(['create', 'failover']);
    },
  );
});

/** Files of the state directory, and how large they are together. */
function sizeOf(directory: string): { readonly names: readonly string[]; readonly bytes: number } {
  const names = readdirSync(directory).sort();
  return { names, bytes: names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0) };
}

story(
  'S3, S8, L1: killed every second or so, twenty times, while the primary is down: moved once, when the killing stops if not before',
  233,
  async (world) => {
    const first = world.start();
    expect(await until(20_000, ready(first, 'a'))).toBe(true);
    first.signal('SIGKILL');
    await first.exited;
    const before = sizeOf(world.stateDir);
    await world.sites[0]?.say('sick');
    for (let life = 0; life < 20; life++) {
      const daemon = world.start();
      await pause(300 + ((life * 397) % 1_700));
      daemon.signal('SIGKILL');
      await daemon.exited;
    }
    const after = sizeOf(world.stateDir);
    expect(after.names).toEqual(before.names);
    expect(after.bytes - before.bytes).toBeLessThan(512 * 1024);

    const last = world.start();
    expect(await until(20_000, settledAt(last, 'b'))).toBe(true);
    expect((await last.status())?.budget.spent).toBe(1);
    const history = await last.history();
    const told = (code: string) => history.filter((row) => row.kind === 'tell' && row.code === code);
    expect(told('applied').map((row) => row.data['to'])).toEqual(['a', 'b']);
    expect(told('switched').map((row) => row.data['to'])).toEqual(['a', 'b']);
    expect(readdirSync(`/proc/${last.pid}/fd`).length).toBeLessThan(64);
  },
);

story(
  'an error that no code expected ends it with 1 and is told; the next start writes nothing',
  235,
  async (world) => {
    for (const how of ['throw', 'reject'] as const) {
      const first = world.start({ ...secrets, ...broken(how) });
      expect(await until(20_000, ready(first, 'a'))).toBe(true);
      first.signal('SIGUSR2');
      expect(await first.exited).toBe(1);
      expect(first.log).toContainEqual(expect.objectContaining({ msg: 'unexpected error, stopping', level: 'error' }));
      expect(JSON.stringify(first.log)).toContain('broken on purpose');
    }
    const second = world.start();
    expect(await until(20_000, ready(second, 'a'))).toBe(true);
    expect((await second.history()).filter((row) => row.code === 'sending')).toHaveLength(1); // The creation.
  },
);

story(
  'an error that no code expected, before it runs or in a command: 1, told without a secret',
  236,
  async (world) => {
    const daemon = world.start({ ...secrets, ...broken('serve') });
    expect(await until(20_000, () => JSON.stringify(daemon.log).includes('broken on purpose'))).toBe(true);
    expect(await daemon.exited).toBe(1);
    for (const command of ['check', 'probe', 'notify test']) {
      const [name = '', ...words] = command.split(' ');
      const ended = await failoverd([name, ...words], { ...world.env, ...secrets, ...broken(`cli/${name}`) });
      expect(ended).toMatchObject({ code: 1, err: expect.stringContaining('broken on purpose') });
    }
  },
);

const faking = fakeTime();
if (faking === null) {
  test('clocks that jump', () => passOver('clocks that jump under a running daemon', 'apt-get install faketime'));
} else {
  describe('S14: the wall clock jumps under a running daemon', () => {
    for (const [index, [name, offset]] of (
      [
        ['C01 twelve years back', '-12y'],
        ['C02 twelve years ahead', '+12y'],
        ['C03 an hour back', '-1h'],
        ['C03 an hour ahead', '+1h'],
        ['C04 the same second once more', '-1'],
      ] as const
    ).entries()) {
      story(`${name}: nothing is moved, and a failover is made in time afterwards`, 240 + index, async (world) => {
        const { env, set } = faking(world.stateDir);
        const daemon = world.start({ ...env, FAILOVERD_MAX_SWITCHES: '1/6h' });
        expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
        set(offset);
        // Less than 5 s is no jump.
        const isJump = !name.startsWith('C04');
        expect(await until(isJump ? 20_000 : 4_000, () => told(daemon, 'sick'))).toBe(isJump);
        expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
        expect(kindsDecided(daemon)).toEqual(['create']);
        await world.sites[0]?.say('sick');
        expect(await until(20_000, settledAt(daemon, 'b'))).toBe(true);

        // The one switch of six hours is spent, whatever the wall says.
        set('+24y');
        await world.sites[0]?.say('well');
        await world.sites[1]?.say('sick');
        expect(await until(90_000, () => told(daemon, 'budget'))).toBe(true);
        expect(kindsDecided(daemon)).toEqual(['create', 'failover']);
        expect(await world.answer()).toBe(world.sites[1]?.address);
      });
    }
  });
}

/** Whether it raised that alert since it was started. */
function told({ log }: Daemon, alert: string): boolean {
  return log.some((line) => line['code'] === 'alert' && line['alert'] === alert);
}
